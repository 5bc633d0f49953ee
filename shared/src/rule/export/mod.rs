//! A rule as text for other places: YAML as the configuration has it, and the Prometheus alert that comes nearest.
//!
//! Reads nothing back; `server` has the reader of YAML, and a test there holds the two together.

mod prometheus;
mod yaml;

pub use prometheus::alerting_rule;
pub use yaml::yaml;

use serde_json::Value;

/// Keys of a rule in the order in which people read them; others follow.
const ORDER: [&str; 12] = [
    "id", "name", "enabled", "source", "query", "unit", "step", "window", "detector", "decision",
    "for", "severity",
];

/// A rule as YAML: what [`crate::rule::RuleDraft`] is read from.
pub fn rule_yaml(draft: &Value) -> String {
    let Value::Object(map) = draft else {
        return yaml(draft);
    };
    let mut text = String::new();
    let first = ORDER.iter().filter_map(|key| map.get_key_value(*key));
    let rest = map.iter().filter(|(key, _)| !ORDER.contains(&key.as_str()));
    for (key, value) in first.chain(rest) {
        yaml::entry(&mut text, key, value, 0);
    }
    text
}
