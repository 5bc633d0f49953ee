//! Rules, labels and figures as page and command write them.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// JSON as a part of an address.
pub(crate) fn encoded(patch: &Value) -> String {
    let text = patch.to_string();
    text.replace('{', "%7B")
        .replace('}', "%7D")
        .replace('"', "%22")
}

/// Applies a merge patch.
pub(crate) fn merge(value: &mut Value, patch: &Value) {
    match (value, patch) {
        (Value::Object(value), Value::Object(patch)) => {
            for (key, change) in patch {
                if change.is_null() {
                    value.remove(key);
                } else {
                    merge(value.entry(key.clone()).or_insert(json!({})), change);
                }
            }
        }
        (value, patch) => *value = patch.clone(),
    }
}

pub(crate) fn pages(per_week: &Value) -> String {
    let text = format!("{:.1}", per_week.as_f64().unwrap_or(f64::NAN));
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// As the page writes a threshold.
pub(crate) fn short(threshold: f64) -> String {
    let whole = threshold.to_string();
    if whole.len() > 8 {
        format!("{threshold:.4}")
    } else {
        whole
    }
}

pub(crate) fn without_the_oldest_incident(labels: &Value) -> Result<Value> {
    let mut left = labels["items"].as_array().context("labels")?.clone();
    let incidents = (0..left.len()).filter(|at| left[*at]["kind"] == "incident");
    let oldest = incidents.min_by_key(|at| left[*at]["start_ms"].as_i64());
    left.remove(oldest.context("an incident")?);
    Ok(json!({ "items": left }))
}

pub(crate) fn found(outcome: &Value) -> String {
    format!("{} of {}", outcome["found"], outcome["incidents"])
}
