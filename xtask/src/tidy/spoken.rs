//! What a page says goes through the catalogues: no text and no label of an element is written as it stands.

use super::{Finding, Source};

/// Attributes that are read out or shown.
const READ: [&str; 6] = [
    "aria-label",
    "aria-description",
    "title",
    "placeholder",
    "label",
    "help",
];

/// What is the same in every language.
const NAMES: [&str; 4] = ["Hindcast", "F1", "JSON", "CSV"];

/// Elements that hold what is typed and not what is said.
const TYPED: [&str; 4] = ["<code", "<kbd", "<pre", "<samp"];

pub(super) fn spoken(sources: &[Source]) -> Vec<Finding> {
    let views = sources
        .iter()
        .filter(|source| source.path.starts_with("app/src") && source.has_extension(&["rs"]));
    let mut findings = Vec::new();
    for source in views {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, text) in untold(code) {
            findings.push(source.finding(
                line,
                format!("{text:?} is not told in the reader's language: `t(…)`"),
            ));
        }
    }
    findings
}

/// Literals that an element says or is called, with their lines.
fn untold(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, row) in code.lines().enumerate() {
        let mut at = 0;
        while let Some(open) = row[at..].find('"') {
            let start = at + open;
            let Some(length) = end(&row[start + 1..]) else {
                break;
            };
            let text = &row[start + 1..start + 1 + length];
            let head = &row[..start];
            if (is_child(head, row, code, line) || is_read(head)) && has_word(text) {
                found.push((line, text.to_owned()));
            }
            at = start + length + 2;
        }
    }
    found
}

/// Where a literal ends.
fn end(rest: &str) -> Option<usize> {
    let mut escaped = false;
    rest.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })
}

/// Whether a literal stands between tags: right after one or after a value, or in the row below one.
fn is_child(head: &str, row: &str, code: &str, line: usize) -> bool {
    let left = head.trim_end();
    if left.is_empty() {
        // The row above ends with a tag, and this one is no arm and no argument.
        let above = code
            .lines()
            .take(line)
            .last()
            .unwrap_or_default()
            .trim_end();
        let alone = row.trim_end().ends_with('"') || row.contains('<');
        return alone && above.ends_with('>') && !above.ends_with("=>") && !above.ends_with("->");
    }
    let arrow = left.ends_with("=>") || left.ends_with("->");
    let follows = left.ends_with(['>', '}']) && !arrow && left.len() == head.len();
    follows && !TYPED.iter().any(|tag| last_tag(left).starts_with(tag))
}

/// The tag that a row ends with.
fn last_tag(row: &str) -> &str {
    row.rfind('<').map_or("", |open| &row[open..])
}

fn is_read(head: &str) -> bool {
    READ.iter().any(|name| {
        head.strip_suffix('=')
            .and_then(|head| head.strip_suffix(name))
            .is_some_and(|rest| rest.ends_with(char::is_whitespace))
    })
}

/// Whether somebody would translate it.
fn has_word(text: &str) -> bool {
    !NAMES.contains(&text)
        && text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| word.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        let source = Source {
            path: "app/src/a.rs".into(),
            text: code.to_owned(),
        };
        let findings = spoken(&[source]);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn spoken_when_a_text_or_a_label_is_plain_then_is_found() {
        let code = r#"view! {
            <h1 class="x">"Rules"</h1>
            <nav aria-label="Main pages" title="Where to"></nav>
            <label class="field">
                "Step"
            </label>
            <p>{kept}" kept"</p>
        }"#;
        let findings = found(code);
        assert_eq!(findings.len(), 5, "{findings:#?}");
        assert!(findings[0].contains("a.rs:2") && findings[0].contains("Rules"));
    }

    #[test]
    fn spoken_when_texts_are_told_or_are_no_words_then_finds_nothing() {
        let code = r#"
            view! { <h1 title=t("A")>{t("Rules")}" · "<code>"now-6h"</code><b>"Hindcast"</b></h1> };
            match x { 1 => "one", _ => "two" };
            fn a() -> &'static str { "name" }
            const A: Vec<&str> = ["a"];
            #[cfg(test)] mod tests { view! { <p>"Text"</p> } }
        "#;
        assert_eq!(found(code), Vec::<String>::new());
    }
}
