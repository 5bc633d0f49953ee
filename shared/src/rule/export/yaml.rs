//! JSON values as YAML of the core schema: blocks, plain words where they are safe, quotes where they are not.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// A value as a YAML document.
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => entries(&mut text, map, 0),
        Value::Array(items) if !items.is_empty() => list(&mut text, items, 0),
        value => {
            scalar(&mut text, value);
            text.push('\n');
        }
    }
    text
}

fn indent(text: &mut String, depth: usize) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

fn entries(text: &mut String, map: &Map<String, Value>, depth: usize) {
    for (key, value) in map {
        entry(text, key, value, depth);
    }
}

/// One line of a mapping, with what lies under it.
pub(super) fn entry(text: &mut String, key: &str, value: &Value, depth: usize) {
    indent(text, depth);
    word(text, key);
    text.push(':');
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            entries(text, map, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            list(text, items, depth + 1);
        }
        value => {
            text.push(' ');
            scalar(text, value);
            text.push('\n');
        }
    }
}

fn list(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(text, depth);
        text.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                // The dash and a space take the place of the first line's indent.
                let mut block = String::new();
                entries(&mut block, map, depth + 1);
                text.push(' ');
                text.push_str(block.trim_start_matches(' '));
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                list(text, items, depth + 1);
            }
            item => {
                text.push(' ');
                scalar(text, item);
                text.push('\n');
            }
        }
    }
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&written(number)),
        Value::String(string) => word(text, string),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// A number by the standard library: serde's own writer would bring its tables into the browser.
fn written(number: &Number) -> String {
    let real = match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(whole), _, _) => return whole.to_string(),
        (_, Some(whole), _) => return whole.to_string(),
        (_, _, real) => real.unwrap_or(f64::NAN),
    };
    let size = real.abs();
    let mut text = if size >= 1e16 || (size > 0.0 && size < 1e-5) {
        format!("{real:e}")
    } else {
        real.to_string()
    };
    // `1e300` is a text in YAML 1.1; with a point and a sign it is a number everywhere.
    let at = text.find('e').unwrap_or(text.len());
    if text[at..].starts_with('e') && !text[at..].starts_with("e-") {
        text.insert(at + 1, '+');
    }
    if !text.contains('.') {
        text.insert_str(at, ".0");
    }
    text
}

/// Whether a text can stand without quotes: a word that begins with a letter and is nothing else in any schema.
fn is_plain(string: &str) -> bool {
    const TAKEN: [&str; 16] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity", "e",
        "o", "x", "t",
    ];
    let begins = string.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on = string
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' '));
    let lower = string.to_ascii_lowercase();
    begins && goes_on && !string.ends_with([' ', '.']) && !TAKEN.contains(&lower.as_str())
}

fn word(text: &mut String, string: &str) {
    if is_plain(string) {
        return text.push_str(string);
    }
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // What YAML does not print, and what it takes for a line's end.
            c if c.is_control()
                || matches!(
                    c,
                    '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                ) =>
            {
                write!(text, "\\u{:04x}", u32::from(c)).ok();
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn value_when_it_has_depth_then_is_written_in_blocks() {
        let value = json!({
            "name": "Checkout latency", "query": "a{b=\"c\"}", "for": 3, "on": true,
            "detector": {"kind": "zscore", "far": 1e300}, "holidays": ["2026-12-25"], "none": [], "o": {}
        });
        assert_eq!(
            yaml(&value),
            "detector:\n  far: 1.0e+300\n  kind: zscore\nfor: 3\nholidays:\n  - \"2026-12-25\"\nname: Checkout latency\nnone: []\n\"o\": {}\n\"on\": true\nquery: \"a{b=\\\"c\\\"}\"\n"
        );
    }
}
