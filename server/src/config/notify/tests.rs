//! What a section may say, and how it is told what it may not.

use serde_json::{Value, json};

use super::NotifyConfig;

fn read(routes: &Value) -> Result<(), String> {
    let config: NotifyConfig =
        serde_json::from_value(json!({ "routes": routes })).expect("a section");
    config.check().map_err(|error| error.to_string())
}

#[test]
fn route_when_wrong_then_names_the_field_without_the_secret() {
    let fine = json!({"name": "ops", "channel": "slack", "url": "https://hooks.example/x"});
    assert_eq!(read(&json!([fine])), Ok(()));
    for (key, value, field) in [
        ("url", json!("hunter2"), "url"),
        ("url", json!("ftp://hunter2"), "url"),
        ("name", json!("a b"), "name"),
        ("channel", json!("pagerduty"), "secret"),
        ("channel", json!("grafana"), "secret"),
        ("channel", json!("email"), "url"),
        ("timeout", json!("1ms"), "timeout"),
        ("lang", json!("de"), "lang"),
        ("template", json!("{{ hunter2 "), "template"),
        ("group", json!({"by": ["severity"]}), "group.by"),
        ("group", json!({"by": ["team"], "wait": "2d"}), "group.wait"),
        (
            "limit",
            json!({"messages": 0, "per": "1m"}),
            "limit.messages",
        ),
        (
            "escalate",
            json!({"after": "15m", "to": "nobody"}),
            "escalate.to",
        ),
        (
            "escalate",
            json!({"after": "15m", "to": "ops"}),
            "escalate.to",
        ),
    ] {
        let mut wrong = fine.clone();
        wrong[key] = value;
        let error = read(&json!([wrong])).expect_err("a wrong route");
        assert!(
            error.starts_with(&format!("routes[0].{field}")) && !error.contains("hunter2"),
            "{error}"
        );
    }
}

#[test]
fn escalations_when_they_lead_around_then_are_refused() {
    let route = |name: &str, to: &str| json!({"name": name, "channel": "slack", "url": "https://x.example/", "escalate": {"after": "1m", "to": to}});
    let last =
        json!({"name": "c", "channel": "slack", "url": "https://x.example/", "direct": false});
    assert_eq!(
        read(&json!([route("a", "b"), route("b", "c"), last])),
        Ok(())
    );
    let error = read(&json!([route("a", "b"), route("b", "a")])).expect_err("a circle");
    assert!(error.contains("back"), "{error}");
}

#[test]
fn mail_when_it_lacks_who_it_is_for_then_says_so() {
    let mut mail = json!({"name": "m", "channel": "email", "url": "smtps://mail.example", "from": "Hindcast <h@example.org>", "to": ["ops@example.org"]});
    assert_eq!(read(&json!([mail])), Ok(()));
    for (url, user, secret, fine) in [
        ("smtps://mail.example", json!("h"), json!("hunter2"), true),
        (
            "smtp://mail.example:587",
            json!("h"),
            json!("hunter2"),
            true,
        ),
        (
            "smtp://mail.example?tls=none",
            json!("h"),
            json!("hunter2"),
            false,
        ),
        (
            "smtp://mail.example?tls=opportunistic",
            json!("h"),
            json!("hunter2"),
            false,
        ),
        (
            "smtp://mail.example?tls=opportunistic",
            Value::Null,
            Value::Null,
            true,
        ),
        (
            "smtp://mail.example?tls=no",
            Value::Null,
            Value::Null,
            false,
        ),
        ("smtps://mail.example", json!("h"), Value::Null, false),
        ("smtps://mail.example", Value::Null, json!("hunter2"), false),
    ] {
        let mut one = mail.clone();
        (one["url"], one["user"], one["secret"]) = (json!(url), user, secret);
        assert_eq!(read(&json!([one])).is_ok(), fine, "{url}");
    }
    mail["to"] = json!([]);
    assert!(read(&json!([mail])).is_err());
    mail["to"] = json!(["not an address"]);
    assert!(read(&json!([mail])).is_err());
}
