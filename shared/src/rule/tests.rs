//! How a written rule is read: defaults, round trips, refusals.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::time::MINUTE_MS;

fn minimal() -> Value {
    json!({"name": "Checkout latency", "source": "prom", "query": "up", "detector": {"kind": "zscore"}})
}

#[test]
fn rule_when_minimal_then_has_the_documented_defaults() {
    let rule = Rule::from_json(minimal()).expect("a valid rule");
    assert_eq!(rule.id.as_str(), "checkout-latency");
    assert_eq!(rule.delay, Millis::from_secs(30));
    assert_eq!(rule.confirm_samples(), (1, 1));
    assert_eq!(rule.decision.direction, Direction::Both);
    assert_eq!(
        rule.no_data.map(|no_data| no_data.after),
        Some(Millis::new(5 * MINUTE_MS))
    );
}

#[test]
fn rule_when_written_and_read_back_then_is_the_same() {
    let mut value = minimal();
    value["for"] = json!({"count": 3, "of": 5});
    value["no_data"] = json!("off");
    value["detector"] = json!({"kind": "iqr", "quartiles": "index"});
    let rule = Rule::from_json(value).expect("a valid rule");
    let text = serde_json::to_string(&rule).expect("rules serialize");
    let again: Rule = serde_json::from_str(&text).expect("its own text");
    assert_eq!(rule, again);
    assert_eq!(rule.config_hash(), again.config_hash());
}

#[rstest]
#[case("detector", json!({"kind": "zscore", "window_samples": 0}), "detector.window_samples")]
#[case("detector", json!({"kind": "zscore", "window_sample": 10}), "detector.window_sample")]
#[case("detector", json!({"kind": "zscore", "window_samples": "x"}), "detector.window_samples")]
#[case("detector", json!({"kind": "zscore", "min_samples": 500}), "detector.min_samples")]
#[case("detector", json!({"kind": "magic"}), "detector.kind")]
#[case("detector", json!({"kind": "threshold"}), "decision.threshold")]
#[case("decision", json!({"threshold": -1}), "decision.threshold")]
#[case("decision", json!({"direction": "up"}), "decision.direction")]
#[case("decision", json!({"alarms_per_week": 0.0}), "decision.alarms_per_week")]
#[case("decision", json!({"alarms_per_week": 2.0, "threshold": 3.0}), "decision.alarms_per_week")]
#[case("time_zone", json!(9), "time_zone")]
#[case("holidays", json!(["2026-12-25", "2026-02-30"]), "holidays[1]")]
#[case("holidays", json!("2026-12-25"), "holidays")]
#[case("window", json!("0s"), "window")]
#[case("window", json!("1h"), "detector.window_samples")]
#[case("step", json!("0s"), "step")]
#[case("step", json!("soon"), "step")]
#[case("fit_every", json!("90s"), "fit_every")]
#[case("for", json!(0), "for")]
#[case("for", json!({"count": 4, "of": 3}), "for.count")]
#[case("recover", json!({"below": 0.9, "for": 0}), "recover.for")]
#[case("severity", json!({"warning": 2.0, "critical": 1.0}), "severity.critical")]
#[case("no_data", json!({"after": "1s"}), "no_data.after")]
#[case("name", json!("  "), "name")]
#[case("thresold", json!(3), "thresold")]
fn rule_when_a_field_is_wrong_then_names_it(
    #[case] key: &str,
    #[case] value: Value,
    #[case] field: &str,
) {
    let mut rule = minimal();
    rule[key] = value;
    let error = Rule::from_json(rule).expect_err("an invalid rule");
    assert_eq!(error.field, field, "{error}");
}
