//! What the server says, in the app's other languages: each line of their catalogues fits something that is said, has
//! no other names in any language, and stands in all of them.

use std::collections::BTreeMap;

use super::catalogues::{literal, names};
use super::{Finding, Source};

/// Where the catalogues lie.
const CATALOGUES: [&str; 2] = ["app/i18n/said.ko.json", "app/i18n/said.ru.json"];

/// Country, day and names of each holiday.
const HOLIDAYS: &str = "server/src/calendar/holidays.txt";

/// What crates say that read for the server.
const FOREIGN: [&str; 2] = [
    "unknown variant `a`, expected one of `b`",
    "invalid type: integer `7`, expected a string",
];

type Lines = BTreeMap<String, String>;

pub(super) fn said(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read: Vec<(&Source, Lines)> = Vec::new();
    for path in CATALOGUES {
        let Some(source) = sources.iter().find(|source| source.path.ends_with(path)) else {
            continue;
        };
        match serde_json::from_str(&source.text) {
            Ok(lines) => read.push((source, lines)),
            Err(error) => findings.push(source.finding(0, format!("is no catalogue: {error}"))),
        }
    }
    let code = sources.iter().filter(|source| {
        let path = &source.path;
        (path.starts_with("server/src") || path.starts_with("shared/src"))
            && source.has_extension(&["rs"])
    });
    let foreign = FOREIGN.map(str::to_owned);
    let days = sources
        .iter()
        .filter(|source| source.path.ends_with(HOLIDAYS))
        .flat_map(|source| names_of_days(&source.text));
    let spoken: Vec<String> = code
        .flat_map(|source| literals(&source.text))
        .chain(foreign)
        .chain(days)
        .collect();
    for (source, lines) in &read {
        for (english, own) in lines {
            let mut wrong = |why: &str| {
                findings.push(source.finding(at(source, english), format!("{english:?} {why}")));
            };
            // A language may do without a word that another one needs.
            let given = names(english);
            if names(own).iter().any(|name| !given.contains(name)) {
                wrong("names other values in its line");
            }
            if read.iter().any(|(_, others)| !others.contains_key(english)) {
                wrong("has no line in the other catalogue");
            }
            if !spoken.iter().any(|text| fits(english, text)) {
                wrong("is said by nobody");
            }
        }
    }
    findings
}

/// The names of holidays, as they are looked up: of several on a day, each.
fn names_of_days(table: &str) -> impl Iterator<Item = String> + '_ {
    table
        .lines()
        .filter_map(|line| line.splitn(3, ' ').nth(2))
        .flat_map(|names| names.split("; "))
        .map(str::to_owned)
}

fn at(source: &Source, english: &str) -> usize {
    let key = serde_json::Value::from(english).to_string();
    let line = |line: &str| line.trim_start().starts_with(&key);
    source.text.lines().position(line).unwrap_or(0)
}

/// Every text in a file of code.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(open) = rest.find('"') {
        let Some((text, after)) = literal(&rest[open..]) else {
            break;
        };
        // A quote that begins nothing, such as the one of a character, sets the rest of its line off by one.
        rest = if text.contains('\n') {
            &rest[open + 1..]
        } else {
            after
        };
        found.push(text);
    }
    found
}

/// Whether a text is a case of a pattern; a name stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = next_name(rest) {
        parts.push(before);
        rest = after;
    }
    let Some((first, between)) = parts.split_first() else {
        return unescaped(text) == pattern;
    };
    let text = unescaped(text);
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    for part in between {
        // At least one letter stands where the name is.
        let Some(found) = left.char_indices().nth(1).and_then(|(one, _)| {
            let found = left[one..].find(part)?;
            Some(one + found + part.len())
        }) else {
            return false;
        };
        left = &left[found..];
    }
    left.ends_with(rest) && left.len() > rest.len()
}

/// What is before and after the first `{name}`.
fn next_name(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find('{')?;
        let close = open + text[open..].find('}')?;
        let name = &text[open + 1..close];
        if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Some((&text[..open], &text[close + 1..]));
        }
        from = open + 1;
    }
}

/// Braces as they are read and not as a format has them.
fn unescaped(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str, ko: &str, ru: &str) -> Vec<String> {
        let source = |path: &str, text: &str| Source {
            path: path.into(),
            text: text.to_owned(),
        };
        let sources = [
            source("server/src/a.rs", code),
            source("app/i18n/said.ko.json", ko),
            source("app/i18n/said.ru.json", ru),
        ];
        said(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn said_when_every_line_fits_something_then_finds_nothing() {
        let code =
            r#"fn a() { no("must be at least 1s"); no(format!("there is no `{id}`: {{ a }}")) }"#;
        let ko =
            r#"{"must be at least {n}": "{n} 이상", "there is no `{x}`: { a }": "{x}: { a }"}"#;
        let ru = r#"{"must be at least {n}": "не меньше {n}", "there is no `{x}`: { a }": "нет {x}: { a }"}"#;
        assert_eq!(found(code, ko, ru), Vec::<String>::new());
    }

    #[test]
    fn said_when_a_line_is_left_over_or_differs_then_is_found() {
        let code = r#"fn a() { no("must be given") }"#;
        let findings = found(
            code,
            r#"{"must be given": "필수", "was said once": "옛말"}"#,
            r#"{"must be given": "нужно {n}"}"#,
        );
        let all = findings.join("\n");
        assert_eq!(findings.len(), 3, "{all}");
        assert!(
            all.contains("is said by nobody") && all.contains("no line in the other"),
            "{all}"
        );
        assert!(all.contains("names other values"), "{all}");
    }
}
