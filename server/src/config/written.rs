//! What `shared` writes as YAML, held against the reader of the configuration.

use hindcast_shared::rule::RuleDraft;
use hindcast_shared::rule::export::{alerting_rule, rule_yaml, yaml};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::document::parse;

fn read(text: &str) -> Result<Value, String> {
    let tree = parse(&"rule".into(), text).map_err(|error| error.to_string())?;
    Ok(tree.value())
}

fn draft(value: Value) -> RuleDraft {
    serde_json::from_value(value).expect("a draft")
}

#[test]
fn rule_when_written_as_yaml_then_comes_back_as_it_was() {
    let draft = draft(json!({
        "name": "Checkout: latency", "source": "demo", "query": "a{b=\"c\"}",
        "detector": {"kind": "zscore", "window_samples": 240},
        "decision": {"threshold": 4.0, "direction": "above"}, "for": {"count": 3, "of": 5},
        "holidays": ["2026-12-25"], "labels": {"team": "on"}
    }));
    let value = serde_json::to_value(&draft).expect("JSON");
    let text = rule_yaml(&value);
    assert!(text.starts_with("name: \"Checkout: latency\"\n"), "{text}");
    let back = read(&text).expect("YAML");
    assert_eq!(
        serde_json::from_value::<RuleDraft>(back).expect("a draft"),
        draft
    );
}

#[test]
fn alert_when_read_as_yaml_then_is_one_group() {
    let draft = draft(json!({
        "name": "x", "source": "s", "query": "sum by (a) (b{c=~\"d|e\"})", "detector": {"kind": "mad"}
    }));
    let value = read(&alerting_rule(&draft)).expect("YAML");
    let rules = value["groups"][0]["rules"].as_array();
    assert_eq!(rules.map(Vec::len), Some(2), "a warning and a critical one");
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("no number of JSON", |number| {
            serde_json::Number::from_f64(number).map(Value::Number)
        }),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof![
            Just("no"),
            Just("1e3"),
            Just("~"),
            Just("0x1f"),
            Just("- a"),
            Just("")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("\\PC{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn value_when_written_as_yaml_then_is_read_back(
        value in proptest::collection::btree_map("[a-z]{1,6}", tree(), 1..4)
    ) {
        let value = Value::Object(value.into_iter().collect());
        let text = yaml(&value);
        prop_assert_eq!(read(&text), Ok(value), "{}", text);
    }
}
