//! iCalendar files (RFC 5545): the events in them, with their own zones; everything else is passed over.
//!
//! Written here for the same reason as the recurrences: the crates that read such files bring zones of their own.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::event::{Event, Length, exact_or_days};
use super::rrule::Recurrence;
use super::value::date_time;
use crate::schedule::zone;

/// Most events of one file.
const MOST_EVENTS: usize = 5_000;

/// One property: `DTSTART;TZID=Europe/Berlin:20261120T020000`.
#[derive(Debug, Clone)]
struct Property {
    name: String,
    params: Vec<(String, String)>,
    value: String,
}

/// The events of a file; `fallback` is the zone of times that name none.
///
/// # Errors
/// A sentence with the line that cannot be read.
pub(super) fn read(text: &str, fallback: &TimeZone) -> Result<Vec<Event>, String> {
    let (mut events, mut overrides) = (Vec::new(), Vec::new());
    let mut floating = fallback.clone();
    let mut open: Option<(usize, Vec<Property>)> = None;
    let mut depth = Vec::new();
    for (line, text) in unfold(text) {
        let at = |message: String| format!("line {line}: {message}");
        let Some(property) = property(&text) else {
            return Err(at(format!("`{text}` is not NAME:VALUE")));
        };
        match (property.name.as_str(), property.value.as_str()) {
            ("BEGIN", "VEVENT") => open = Some((line, Vec::new())),
            ("BEGIN", other) => depth.push(other.to_owned()),
            ("END", "VEVENT") => {
                let Some((line, properties)) = open.take() else {
                    return Err(at("an event ends that never began".to_owned()));
                };
                let at = |message: String| format!("event at line {line}: {message}");
                if let Some(read) = Read::of(&properties, &floating).map_err(at)? {
                    match read.replaces {
                        Some(_) => overrides.push(read),
                        None => events.push(read),
                    }
                }
                if events.len() + overrides.len() > MOST_EVENTS {
                    return Err(format!("more than {MOST_EVENTS} events"));
                }
            }
            ("END", _) => _ = depth.pop(),
            ("X-WR-TIMEZONE", name) => {
                if let Ok(named) = zone(name) {
                    floating = named;
                }
            }
            _ => {
                // Alarms and zones within or beside an event have properties of the same names.
                let own = depth.last().is_none_or(|name| name == "VCALENDAR");
                if let (Some((_, properties)), true) = (&mut open, own) {
                    properties.push(property);
                }
            }
        }
    }
    if !text.contains("BEGIN:VCALENDAR") {
        return Err("this is not an iCalendar file: it has no BEGIN:VCALENDAR".to_owned());
    }
    let mut by_uid: BTreeMap<String, usize> = BTreeMap::new();
    for (index, read) in events.iter().enumerate() {
        by_uid.insert(read.uid.clone(), index);
    }
    let mut moved = Vec::new();
    for one in overrides {
        if let (Some(index), Some(replaced)) = (by_uid.get(&one.uid), one.replaces) {
            events[*index].event.except_ms.push(replaced);
        }
        if !one.cancelled {
            moved.push(one.event);
        }
    }
    let mut all: Vec<Event> = events
        .into_iter()
        .filter(|read| !read.cancelled)
        .map(|read| read.event)
        .collect();
    all.extend(moved);
    Ok(all)
}

struct Read {
    uid: String,
    cancelled: bool,
    /// The occurrence that this one stands for.
    replaces: Option<i64>,
    event: Event,
}

impl Read {
    fn of(properties: &[Property], floating: &TimeZone) -> Result<Option<Self>, String> {
        let find = |name: &str| properties.iter().find(|property| property.name == name);
        let all = |name: &'static str| properties.iter().filter(move |one| one.name == name);
        let Some(start) = find("DTSTART") else {
            return Ok(None);
        };
        let zone = start.zone(floating)?;
        let (begins, utc) = date_time(&start.value)?;
        let zone = if utc { TimeZone::UTC } else { zone };
        let whole_days = start.is_date();
        let length = if let Some(end) = find("DTEND") {
            let (ends, end_utc) = date_time(&end.value)?;
            let end_zone = if end_utc {
                TimeZone::UTC
            } else {
                end.zone(floating)?
            };
            exact_or_days((begins, &zone), (ends, &end_zone), whole_days)?
        } else if let Some(lasts) = find("DURATION") {
            duration(&lasts.value)?
        } else if whole_days {
            Length::Days(1)
        } else {
            Length::Millis(0)
        };
        let mut event = Event {
            start: begins,
            zone,
            length,
            rules: Vec::new(),
            also_ms: Vec::new(),
            except_ms: Vec::new(),
            title: find("SUMMARY").map_or_else(String::new, |one| unescaped(&one.value)),
        };
        for rule in all("RRULE") {
            event.rules.push(Recurrence::parse(&rule.value, begins)?);
        }
        for (name, to) in [("RDATE", true), ("EXDATE", false)] {
            for property in all(name) {
                if property.param("VALUE") == Some("PERIOD") {
                    return Err(format!("{name} of periods is not known here"));
                }
                for one in property.value.split(',') {
                    let instant = property.instant(one, &event.zone)?;
                    if to {
                        event.also_ms.push(instant);
                    } else {
                        event.except_ms.push(instant);
                    }
                }
            }
        }
        let replaces = find("RECURRENCE-ID").map(|one| one.instant(&one.value, &event.zone));
        Ok(Some(Self {
            uid: find("UID").map_or_else(String::new, |one| one.value.clone()),
            cancelled: find("STATUS")
                .is_some_and(|one| one.value.eq_ignore_ascii_case("CANCELLED")),
            replaces: replaces.transpose()?,
            event,
        }))
    }
}

impl Property {
    fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str())
    }

    fn is_date(&self) -> bool {
        self.param("VALUE") == Some("DATE") || !self.value.contains('T')
    }

    fn zone(&self, floating: &TimeZone) -> Result<TimeZone, String> {
        let Some(name) = self.param("TZID") else {
            return Ok(floating.clone());
        };
        // Some programs write a path of their own before the name.
        let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
        let tail = parts
            .iter()
            .rev()
            .take(2)
            .rev()
            .copied()
            .collect::<Vec<_>>()
            .join("/");
        zone(name).or_else(|error| zone(&tail).map_err(|_| error))
    }

    fn instant(&self, value: &str, floating: &TimeZone) -> Result<i64, String> {
        let (at, utc) = date_time(value)?;
        let zone = if utc {
            TimeZone::UTC
        } else {
            self.zone(floating)?
        };
        super::event::instant(at, &zone).ok_or_else(|| format!("`{value}` lies beyond time"))
    }
}

/// Lines with what is folded under them, numbered from one.
fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((index + 1, line.trim_start_matches('\u{feff}').to_owned())),
        }
    }
    lines
}

fn property(line: &str) -> Option<Property> {
    let mut quoted = false;
    let mut cuts = Vec::new();
    let mut colon = None;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => cuts.push(at),
            ':' if !quoted => {
                colon = Some(at);
                break;
            }
            _ => {}
        }
    }
    let colon = colon?;
    cuts.push(colon);
    let name = line[..cuts[0]].to_ascii_uppercase();
    let params = cuts.windows(2).filter_map(|pair| {
        let (key, value) = line[pair[0] + 1..pair[1]].split_once('=')?;
        Some((key.to_ascii_uppercase(), value.trim_matches('"').to_owned()))
    });
    Some(Property {
        name,
        params: params.collect(),
        value: line[colon + 1..].trim().to_owned(),
    })
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", " ")
        .replace("\\N", " ")
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
}

/// `PT2H`, `P1D`, `P1W`, `P1DT12H`.
fn duration(text: &str) -> Result<Length, String> {
    let refused = || format!("`{text}` is not a duration such as PT2H or P1D");
    let mut rest = text
        .strip_prefix('+')
        .unwrap_or(text)
        .strip_prefix('P')
        .ok_or_else(refused)?;
    let (mut days, mut millis, mut in_time) = (0_i64, 0_i64, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            (rest, in_time) = (time, true);
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refused)?;
        let count: i64 = rest[..end].parse().map_err(|_| refused())?;
        if count > 100_000 {
            return Err(refused());
        }
        let mut after = rest[end..].chars();
        match (after.next(), in_time) {
            (Some('W'), false) => days += 7 * count,
            (Some('D'), false) => days += count,
            (Some('H'), true) => millis += count * 3_600_000,
            (Some('M'), true) => millis += count * 60_000,
            (Some('S'), true) => millis += count * 1_000,
            _ => return Err(refused()),
        }
        rest = after.as_str();
    }
    Ok(if millis == 0 {
        Length::Days(days)
    } else {
        Length::Millis(days * 86_400_000 + millis)
    })
}
