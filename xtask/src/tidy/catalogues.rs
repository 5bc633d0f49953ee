//! Words of the app: each text that the code asks for has a line in every catalogue, and no line is left over.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Finding, Source};

/// Where the catalogues lie, with the number of forms that a count takes in each.
const CATALOGUES: [(&str, usize); 2] = [("app/i18n/ko.json", 1), ("app/i18n/ru.json", 3)];

/// Functions whose first text is a key.
const FIRST: [&str; 3] = ["t", "tf", "key"];

/// The line under which a catalogue says its language.
const OWN: &str = "en";

/// A text that the code asks for.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    source: &'a Source,
    line: usize,
    counted: bool,
}

pub(super) fn catalogues(sources: &[Source]) -> Vec<Finding> {
    let mut asked = BTreeMap::new();
    let code = sources.iter().filter(|source| {
        source.path.starts_with("app/src")
            && source.has_extension(&["rs"])
            && !source.path.ends_with("i18n.rs")
    });
    for source in code {
        collect(source, &mut asked);
    }
    // What detectors and usual limits say of themselves is looked up as well; a test of the app knows which texts
    // those of detectors are.
    let described: String = sources
        .iter()
        .filter(|source| {
            source.path.starts_with("shared/src/detector")
                || source.path.ends_with("shared/src/rule/usual.rs")
        })
        .map(|source| source.text.as_str())
        .collect();
    let mut findings = Vec::new();
    for (path, forms) in CATALOGUES {
        let Some(source) = sources.iter().find(|source| source.path.ends_with(path)) else {
            continue;
        };
        match serde_json::from_str::<Map<String, Value>>(&source.text) {
            Ok(lines) => compare(&asked, &described, &lines, forms, source, &mut findings),
            Err(error) => findings.push(source.finding(0, format!("is no catalogue: {error}"))),
        }
    }
    findings
}

fn compare(
    asked: &BTreeMap<String, Asked<'_>>,
    described: &str,
    lines: &Map<String, Value>,
    forms: usize,
    catalogue: &Source,
    findings: &mut Vec<Finding>,
) {
    for (text, asked) in asked {
        let told = |why: &str| {
            let name = catalogue.path.display();
            asked
                .source
                .finding(asked.line, format!("{text:?} {why} {name}"))
        };
        let Some(line) = lines.get(text).and_then(Value::as_str) else {
            findings.push(told("has no line in"));
            continue;
        };
        let wanted = if asked.counted { forms } else { 1 };
        let parts: Vec<_> = line.split(" | ").collect();
        if parts.len() != wanted {
            findings.push(told(&format!("wants {wanted} forms in")));
        } else if parts.iter().any(|part| names(part) != names(text)) {
            findings.push(told("names other values than its line in"));
        }
    }
    let unasked = lines.keys().filter(|text| {
        *text != OWN && !asked.contains_key(*text) && !described.contains(&format!("{text:?}"))
    });
    for text in unasked {
        let at = catalogue.text.lines().position(|line| {
            line.trim_start()
                .starts_with(&Value::from(text.as_str()).to_string())
        });
        findings.push(catalogue.finding(at.unwrap_or(0), format!("nobody asks for {text:?}")));
    }
}

/// The `{names}` in a text, sorted.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<_> = text
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn collect<'a>(source: &'a Source, asked: &mut BTreeMap<String, Asked<'a>>) {
    let text = &source.text;
    for (at, _) in text.match_indices('(') {
        let before = &text[..at];
        let name = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(before, |end| &before[end + 1..]);
        let counted = ["plural", "pluralf"].contains(&name);
        if before.ends_with(|c: char| !c.is_alphanumeric()) || !(counted || FIRST.contains(&name)) {
            continue;
        }
        let mut rest = &text[at + 1..];
        if counted {
            // The number and the form for one come before the key.
            match rest.find('"').and_then(|open| literal(&rest[open..])) {
                Some((_, after)) => rest = after.trim_start().trim_start_matches(','),
                None => continue,
            }
        }
        if let Some((key, _)) = literal(rest.trim_start())
            && (!counted || key.contains("{n}"))
        {
            let line = text[..at].matches('\n').count();
            asked.entry(key).or_insert(Asked {
                source,
                line,
                counted,
            });
        }
    }
}

/// The value of the string literal that a text begins with, and what follows it.
pub(super) fn literal(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.char_indices();
    let mut value = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 2..])),
            '\\' => match chars.next()?.1 {
                '\n' => {
                    let rest = chars.as_str();
                    let skipped = rest.len() - rest.trim_start().len();
                    for _ in 0..skipped {
                        chars.next();
                    }
                }
                'n' => value.push('\n'),
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
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
            source("app/src/a.rs", code),
            source("app/i18n/ko.json", ko),
            source("app/i18n/ru.json", ru),
        ];
        let findings = catalogues(&sources);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn catalogues_when_every_text_has_its_lines_then_finds_nothing() {
        let code = "fn a() { t(\"Sign \\\n  out\"); i18n::plural(n, \"{n} page\", \"{n} pages\"); insert(\"x\") }";
        let ko = r#"{"Sign out": "로그아웃", "{n} pages": "{n}쪽"}"#;
        let ru = r#"{"Sign out": "Выйти", "{n} pages": "{n} а | {n} б | {n} в"}"#;
        assert_eq!(found(code, ko, ru), Vec::<String>::new());
    }

    #[test]
    fn catalogues_when_a_line_is_missing_or_left_over_then_finds_both() {
        let findings = found(
            "fn a() {\n t(\"Lab\") }",
            r#"{"Lab": "실험실"}"#,
            r#"{"Old": "С"}"#,
        );
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(
            findings[0].contains("a.rs:2") && findings[0].contains("no line"),
            "{findings:?}"
        );
        assert!(findings[1].contains("nobody asks for"), "{findings:?}");
    }

    #[test]
    fn catalogues_when_names_or_forms_differ_then_finds_them() {
        let code = "fn a() { tf(\"{a} of {b}\", &[]); plural(1, \"{n} x\", \"{n} xs\") }";
        let ko = r#"{"{a} of {b}": "{a}", "{n} xs": "{n}"}"#;
        let ru = r#"{"{a} of {b}": "{b} {a}", "{n} xs": "{n}"}"#;
        let findings = found(code, ko, ru);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
