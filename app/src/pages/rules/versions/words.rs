//! What changed between two rules, field by field. Owns no view.

use serde_json::Value;

use crate::json;

/// A field that differs: its path, what it was and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// Every field that differs, in the order of the keys.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    collect("", Some(old), Some(new), &mut found);
    found
}

fn collect(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Change>) {
    let (old, new) = (
        old.filter(|old| !old.is_null()),
        new.filter(|new| !new.is_null()),
    );
    let inside = |value: Option<&Value>| value.is_none_or(Value::is_object);
    if inside(old) && inside(new) {
        let keys = |value: Option<&Value>| -> Vec<String> {
            let map = value.and_then(Value::as_object);
            map.map(|map| map.keys().cloned().collect())
                .unwrap_or_default()
        };
        let mut all = keys(old);
        for key in keys(new) {
            if !all.contains(&key) {
                crate::sorted::insert_by_key(&mut all, key, String::clone);
            }
        }
        for key in all {
            let inner = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let at = |value: Option<&Value>| value.and_then(|value| value.get(&key).cloned());
            collect(&inner, at(old).as_ref(), at(new).as_ref(), found);
        }
    } else if !same(old, new) {
        found.push(Change {
            path: path.to_owned(),
            before: old.map(plain),
            after: new.map(plain),
        });
    }
}

/// A number is the same however it is written.
fn same(old: Option<&Value>, new: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    match (number(old), number(new)) {
        (Some(old), Some(new)) => old.total_cmp(&new).is_eq(),
        _ => old == new,
    }
}

fn plain(value: &Value) -> String {
    match (value, &value["count"], &value["of"]) {
        (Value::String(text), ..) => text.clone(),
        (_, Value::Number(count), Value::Number(of)) => {
            format!("{} of {}", json::write(count), json::write(of))
        }
        _ => json::write(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn field_when_it_differs_then_is_named_with_both_values() {
        let old = json!({ "name": "a", "decision": { "threshold": 3.0 }, "for": 3, "unit": "ms" });
        let new =
            json!({ "name": "a", "decision": { "threshold": 4 }, "for": { "count": 3, "of": 5 } });
        let told: Vec<_> = changes(&old, &new)
            .into_iter()
            .map(|change| (change.path, change.before, change.after))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("decision.threshold".to_owned(), text("3.0"), text("4")),
                ("for".to_owned(), text("3"), text("3 of 5")),
                ("unit".to_owned(), text("ms"), None),
            ]
        );
        assert_eq!(changes(&json!({ "seed": 1 }), &json!({ "seed": 1.0 })), []);
    }
}
