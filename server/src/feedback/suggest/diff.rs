//! What a suggestion changes, field by field.

use std::collections::BTreeSet;

use hindcast_shared::api::RuleChange;
use hindcast_shared::rule::{RuleDraft, RuleId};
use hindcast_shared::time::TimeRange;
use serde_json::{Map, Value};

use crate::error::ApiResult;

/// What differs between two written rules, leaf by leaf.
pub(super) fn changes(before: &RuleDraft, after: &RuleDraft) -> ApiResult<Vec<RuleChange>> {
    let json = |draft| serde_json::to_value(draft).map_err(anyhow::Error::from);
    let mut changes = Vec::new();
    compare("", &json(before)?, &json(after)?, &mut changes);
    Ok(changes)
}

/// Where the Lab shows the changed rule: its drafts are merge patches of the saved rule.
pub(super) fn lab(
    rule: &RuleId,
    range: TimeRange,
    before: &RuleDraft,
    after: &RuleDraft,
) -> ApiResult<String> {
    let json = |draft| serde_json::to_value(draft).map_err(anyhow::Error::from);
    let patch = patch(&json(before)?, &json(after)?).to_string();
    let patch: String = url::form_urlencoded::byte_serialize(patch.as_bytes()).collect();
    let (from, to) = (range.from_ms, range.to_ms);
    Ok(format!("lab?rule={rule}&from={from}&to={to}&patch={patch}"))
}

/// What turns one into the other, by RFC 7396.
fn patch(before: &Value, after: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return after.clone();
    };
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    let mut patched: Map<String, Value> = gone.map(|key| (key.clone(), Value::Null)).collect();
    for (key, value) in new {
        match old.get(key) {
            Some(same) if same == value => {}
            Some(other) if other.is_object() && value.is_object() => {
                patched.insert(key.clone(), patch(other, value));
            }
            _ => {
                patched.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(patched)
}

fn compare(path: &str, before: &Value, after: &Value, changes: &mut Vec<RuleChange>) {
    if let (Value::Object(old), Value::Object(new)) = (before, after) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
            let (old, new) = (of(old), of(new));
            compare(
                &path,
                &old.unwrap_or(Value::Null),
                &new.unwrap_or(Value::Null),
                changes,
            );
        }
    } else if before != after {
        let told = |value: &Value| match value {
            Value::Null => String::new(),
            value => value.to_string(),
        };
        changes.push(RuleChange {
            field: path.to_owned(),
            before: told(before),
            after: told(after),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patch_when_made_then_names_only_what_differs() {
        let before = json!({"a": {"b": 1, "c": 2}, "d": "x"});
        let after = json!({"a": {"b": 3, "c": 2}, "e": {"f": 1}});
        let told = patch(&before, &after);
        assert_eq!(told, json!({"a": {"b": 3}, "d": null, "e": {"f": 1}}));
    }

    #[test]
    fn changes_when_leaves_differ_then_names_each_by_its_path() {
        let mut told = Vec::new();
        let before = json!({"a": {"b": 1, "c": [1]}, "d": "x"});
        let after = json!({"a": {"b": 2, "c": [1]}, "e": true});
        compare("", &before, &after, &mut told);
        let told: Vec<_> = told
            .iter()
            .map(|one| (&*one.field, &*one.before, &*one.after))
            .collect();
        assert_eq!(
            told,
            [("a.b", "1", "2"), ("d", "\"x\"", ""), ("e", "", "true")]
        );
    }
}
