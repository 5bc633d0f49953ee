//! A rule as YAML: the keys in the order in which people think of them. Reading it back is the server's.

use serde_json::Value;

use crate::json;

/// Keys in the order of a rule; what is not here comes after, by name.
const ORDER: [&str; 30] = [
    "id",
    "name",
    "enabled",
    "source",
    "query",
    "source_pattern",
    "unit",
    "step",
    "delay",
    "window",
    "fit_every",
    "schedule",
    "every",
    "cron",
    "tz",
    "time_zone",
    "holidays",
    "detector",
    "kind",
    "decision",
    "threshold",
    "alarms_per_week",
    "below",
    "for",
    "count",
    "recover",
    "merge_gap",
    "fill",
    "no_data",
    "severity",
];

/// Writes a rule; what is null is left out.
pub(super) fn write(rule: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(_) = rule {
        write_inside(rule, 0, &mut text);
    }
    text
}

/// The entries of a map or a list, each on lines of its own.
fn write_inside(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = Vec::with_capacity(map.len());
            for (key, value) in map {
                if !value.is_null() {
                    crate::sorted::insert_by_key(&mut keys, key, |key| (rank(key), (*key).clone()));
                }
            }
            for key in keys {
                indent(depth, out);
                out.push_str(&scalar_text(key));
                out.push(':');
                write_after(&map[key.as_str()], depth, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                indent(depth, out);
                out.push('-');
                write_after(item, depth, out);
            }
        }
        _ => {}
    }
}

/// What follows a key or a dash.
fn write_after(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str(" {}\n"),
        Value::Array(items) if items.is_empty() => out.push_str(" []\n"),
        Value::Object(_) | Value::Array(_) => {
            out.push('\n');
            write_inside(value, depth + 1, out);
        }
        Value::String(text) => {
            out.push(' ');
            out.push_str(&scalar_text(text));
            out.push('\n');
        }
        value => {
            out.push(' ');
            out.push_str(&json::write(value));
            out.push('\n');
        }
    }
}

fn rank(key: &str) -> usize {
    ORDER
        .iter()
        .position(|known| *known == key)
        .unwrap_or(ORDER.len())
}

fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// A text plainly where YAML reads it as the same text, and in quotes otherwise.
fn scalar_text(text: &str) -> String {
    let first = text.chars().next().unwrap_or(' ');
    let plain = !text.is_empty()
        && text.trim() == text
        && !"-?:,[]{}#&*!|>'\"%@`=~.+".contains(first)
        && !first.is_ascii_digit()
        && !text.chars().any(char::is_control)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !["true", "false", "null"].contains(&text.to_ascii_lowercase().as_str());
    if plain || is_length(text) {
        text.to_owned()
    } else {
        json::write(&text)
    }
}

/// `90s`, `1h30m`: begins with a digit, and is no number all the same.
fn is_length(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.ends_with(['s', 'm', 'h', 'd', 'w'])
        && !text.contains(['e', 'E', 'x', 'o'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn rule_when_written_then_keys_stand_in_the_order_of_a_rule() {
        let rule = json!({
            "detector": { "window_samples": 240, "kind": "zscore" }, "name": "Checkout", "source": "demo",
            "query": "latency{a=\"b\"}", "step": "1m", "for": { "of": 5, "count": 3 }, "no_data": null,
            "holidays": ["2026-12-25"], "labels": {},
        });
        let text = "name: Checkout\nsource: demo\nquery: latency{a=\"b\"}\nstep: 1m\nholidays:\n  - \"2026-12-25\"\n\
            detector:\n  kind: zscore\n  window_samples: 240\nfor:\n  count: 3\n  of: 5\nlabels: {}\n";
        assert_eq!(write(&rule), text);
    }

    #[test]
    fn text_when_yaml_would_read_something_else_then_is_quoted() {
        for (text, written) in [
            ("off", "off"),
            ("15s", "15s"),
            ("1e5s", "\"1e5s\""),
            ("15", "\"15\""),
            ("true", "\"true\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("{a=\"b\"}", "\"{a=\\\"b\\\"}\""),
            ("0 */5 * * * *", "\"0 */5 * * * *\""),
            ("two\nlines", "\"two\\nlines\""),
        ] {
            assert_eq!(scalar_text(text), written, "{text}");
        }
    }
}
