use std::collections::BTreeMap;

use hindcast_shared::rule::RuleDraft;
#[cfg(not(target_arch = "wasm32"))]
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Unreadable, pretty, read, write};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Frame { width: u8, height: Option<u8> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    shapes: Vec<Shape>,
    #[serde(default)]
    count: u64,
    letter: char,
    pair: (bool, f32),
    by_name: BTreeMap<String, Option<u8>>,
    maybe: Option<Box<Thing>>,
}

fn thing() -> Thing {
    Thing {
        name: "a \"quoted\" name,\nwith \\ and \u{1} and é and 𝄞".to_owned(),
        shapes: vec![
            Shape::Point,
            Shape::Circle(0.1 + 0.2),
            Shape::Line(-3, i32::MAX),
            Shape::Frame {
                width: 7,
                height: None,
            },
        ],
        count: u64::MAX,
        letter: 'ж',
        pair: (true, -1.5),
        by_name: BTreeMap::from([("é".to_owned(), None), (String::new(), Some(1))]),
        maybe: None,
    }
}

#[test]
fn value_when_written_then_both_read_it() {
    let inner = thing();
    let outer = Thing {
        maybe: Some(Box::new(thing())),
        name: String::new(),
        ..inner
    };
    let text = write(&outer);
    assert_eq!(read(&text).as_ref(), Ok(&outer));
    let theirs: Thing = serde_json::from_str(&text).expect("what is written is JSON");
    assert_eq!(theirs, outer);
    assert_eq!(
        read(&serde_json::to_string(&outer).expect("a value")),
        Ok(outer)
    );
}

#[test]
fn keys_when_they_are_numbers_then_are_written_as_text() {
    let map = BTreeMap::from([(-1_i16, "a"), (2, "b")]);
    assert_eq!(write(&map), r#"{"-1":"a","2":"b"}"#);
}

#[test]
fn rule_when_read_then_has_its_defaults() {
    let text = r#"{"name":"r","source":"s","query":"q","detector":{"kind":"zscore","window_samples":60},
        "for":"3m","decision":{"threshold":2.5},"schedule":{"every":"5m"}}"#;
    let ours: RuleDraft = read(text).expect("a rule");
    let theirs: RuleDraft = serde_json::from_str(text).expect("a rule");
    assert_eq!(ours, theirs);
    let all = serde_json::to_value(&ours).expect("a rule");
    assert_eq!(read::<Value>(&write(&ours)), Ok(all));
}

#[test]
fn text_when_it_makes_no_sense_then_is_refused_where_it_stops() {
    let stops = |text: &str| read::<Value>(text).expect_err("not JSON");
    assert_eq!(stops(""), Unreadable { line: 1, column: 1 });
    assert_eq!(
        stops("{\n  \"a\": 1,\n  b\n}"),
        Unreadable { line: 3, column: 3 }
    );
    for text in [
        "{",
        "[1",
        "[1,]",
        "[,1]",
        "{\"a\" 1}",
        "{\"a\":}",
        "{\"a\":1,}",
        "tru",
        "nul",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "+1",
        "1 2",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\n\"",
        "{1:2}",
        "1e999",
        "é",
        "[1}",
        "{\"a\":1]",
    ] {
        assert!(
            serde_json::from_str::<Value>(text).is_err(),
            "{text} is JSON"
        );
        assert!(read::<Value>(text).is_err(), "{text} was read");
    }
    let deep = "[".repeat(100_000);
    assert!(read::<Value>(&deep).is_err());
    assert!(read::<serde::de::IgnoredAny>(&deep).is_err());
}

#[test]
fn type_when_the_text_is_of_another_then_is_refused() {
    for text in [
        r#"{"name":"n","shapes":[],"letter":"x","pair":[true,1]}"#,
        r#"{"name":1,"shapes":[],"letter":"x","pair":[true,1],"by_name":{}}"#,
        r#"{"name":"n","shapes":["Square"],"letter":"x","pair":[true,1],"by_name":{}}"#,
        r#"{"name":"n","shapes":["Circle"],"letter":"x","pair":[true,1],"by_name":{}}"#,
        r#"{"name":"n","shapes":[],"letter":"x","pair":[true,1],"by_name":{},"count":-1}"#,
        r#"{"name":"n","shapes":[],"letter":"x","pair":[true,1],"by_name":{},"more":0}"#,
        r#"{"name":"n","shapes":[],"letter":"x","pair":[true],"by_name":{}}"#,
        r#"{"name":"n","shapes":[],"letter":"x","pair":[true,1,2],"by_name":{}}"#,
    ] {
        assert!(read::<Thing>(text).is_err(), "{text} was read");
        assert!(
            serde_json::from_str::<Thing>(text).is_err(),
            "{text} is one"
        );
    }
}

#[test]
fn number_when_it_is_hard_then_has_the_nearest_bits() {
    for text in [
        "0",
        "-0",
        "-0.0",
        "1.0",
        "0.1",
        "5e-324",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "9007199254740993",
        "9007199254740993.0",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "8.41e21",
        "9.5e-22",
        "0.000001",
        "1e22",
        "1e23",
        "4.35",
        "100E-2",
        "1e-9999",
        "0e999999999999",
        "179769313486231570815e288",
        "3.14159265358979323846264338327950288419716939937510",
    ] {
        let nearest: f64 = text.parse().expect("a number");
        let ours: f64 = read(text).expect("a number");
        assert_eq!(ours.to_bits(), nearest.to_bits(), "{text} became {ours}");
        let back: f64 = read(&write(&nearest)).expect("a number");
        assert_eq!(
            back.to_bits(),
            nearest.to_bits(),
            "{text} came back as {back}"
        );
    }
    assert_eq!(read("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(read("-9223372036854775808"), Ok(i64::MIN));
    assert_eq!(write(&(4.0, 4_u8, f64::NAN)), "[4.0,4,null]");
}

#[test]
fn text_when_spread_then_looks_like_theirs() {
    let value = json!({
        "a": [1, {"b": "x:{},\"["}], "c": {}, "d": [], "e": {"f": null}, "g": "\\",
    });
    assert_eq!(pretty(&value), format!("{value:#}"));
}

#[cfg(not(target_arch = "wasm32"))]
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[cfg(not(target_arch = "wasm32"))]
proptest! {
    #[test]
    fn value_when_read_then_equals_what_serde_json_reads(value in any_value()) {
        prop_assert_eq!(&read::<Value>(&value.to_string()).expect("JSON"), &value);
        prop_assert_eq!(&read::<Value>(&format!("{value:#}")).expect("JSON"), &value);
        prop_assert_eq!(&serde_json::from_str::<Value>(&write(&value)).expect("JSON"), &value);
        prop_assert_eq!(pretty(&value).parse::<Value>().expect("JSON"), value);
    }

    #[test]
    fn nonsense_when_read_then_is_refused_as_serde_json_does(text in "[\\[\\]{}\",:0-9eE.+\\- a-z\\\\\n]{0,24}") {
        let (ours, theirs) = (read::<Value>(&text), serde_json::from_str::<Value>(&text));
        prop_assert_eq!(ours.ok(), theirs.ok());
    }
}
