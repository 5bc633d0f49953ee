//! The text of a file, in the form that its reader is quick and safe with.

use icalendar::parser::{self, Calendar};

/// How deep components may lie in each other: an alarm lies in an event, which lies in a calendar.
const MOST_DEEP: usize = 8;

/// Most of a line that a refusal shows, in characters.
const SHOWN: usize = 60;

const END: &str = "\r\n";

/// A file whose folded lines are whole again.
pub(super) struct Unfolded {
    text: String,
    /// The line of the file at which each line of the text begins, from one.
    lines: Vec<usize>,
}

/// One calendar of a file, which may hold several.
pub(super) struct Object<'a> {
    text: &'a str,
    lines: &'a [usize],
}

/// Every line ends as the standard says, and none is empty. The reader looks for an end as in the standard first,
/// through all of a file that has none of these, and takes what lies before one as a single line.
pub(super) fn unfolded(file: &str) -> Unfolded {
    let (mut text, mut lines) = (String::with_capacity(file.len()), Vec::new());
    let file = file.trim_start_matches('\u{feff}');
    for (index, line) in file.split('\n').enumerate() {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            lines.push(index + 1);
        }
        text.push_str(line);
        text.push_str(END);
    }
    let text = parser::unfold(&text);
    Unfolded { text, lines }
}

impl Unfolded {
    /// Its calendars.
    ///
    /// # Errors
    /// A sentence, of a file that holds none or that nests too deep.
    pub(super) fn objects(&self) -> Result<Vec<Object<'_>>, String> {
        let (mut begins, mut at, mut depth) = (Vec::new(), 0, 0_usize);
        for (index, line) in self.text.split_inclusive(END).enumerate() {
            let bare = line.trim();
            let starts = |with: &str| {
                bare.get(..with.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(with))
            };
            if !is_property(bare) {
                let short: String = bare.chars().take(SHOWN).collect();
                return Err(format!(
                    "line {}: `{short}` is not NAME:VALUE",
                    self.line(index)
                ));
            }
            if bare.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
                begins.push((at, index));
            }
            if starts("BEGIN:") {
                depth += 1;
            } else if starts("END:") {
                depth = depth.saturating_sub(1);
            }
            if depth > MOST_DEEP {
                let line = self.line(index);
                return Err(format!(
                    "line {line}: lies more than {MOST_DEEP} components deep"
                ));
            }
            at += line.len();
        }
        if begins.is_empty() {
            return Err("this is not an iCalendar file: it has no BEGIN:VCALENDAR".to_owned());
        }
        let ends = begins
            .iter()
            .skip(1)
            .copied()
            .chain([(at, self.lines.len())]);
        let objects = begins
            .iter()
            .zip(ends)
            .map(|(&(from, first), (to, last))| Object {
                text: &self.text[from..to],
                lines: self.lines.get(first..last.max(first)).unwrap_or(&[]),
            });
        Ok(objects.collect())
    }

    fn line(&self, index: usize) -> usize {
        self.lines.get(index).copied().unwrap_or(index + 1)
    }
}

impl<'a> Object<'a> {
    /// What the crate makes of it.
    ///
    /// # Errors
    /// A sentence with the line at which it cannot go on.
    pub(super) fn read(&self) -> Result<Calendar<'a>, String> {
        let refused = match parser::read_calendar_simple(self.text) {
            Ok(mut roots) => match roots.pop() {
                Some(root) if roots.is_empty() => {
                    return Ok(Calendar {
                        properties: root.properties,
                        components: root.components,
                    });
                }
                _ => self.text,
            },
            Err(error) => error.input,
        };
        let read = &self.text[..self.text.len() - refused.len().min(self.text.len())];
        let index = read.matches(END).count();
        let line = self.lines.get(index).or(self.lines.last());
        let line = line.copied().unwrap_or_default();
        let said = self.text.split(END).nth(index).unwrap_or_default().trim();
        if said.is_empty() {
            return Err(format!("line {line}: the file ends within a component"));
        }
        let short: String = said.chars().take(SHOWN).collect();
        Err(format!("line {line}: `{short}` is not expected here"))
    }
}

fn is_property(line: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | '/');
    let rest = line.trim_start_matches(name);
    rest.len() < line.len() && rest.starts_with([':', ';']) && rest.contains(':')
}
