//! Every message keeps to the fields and limits that its receiver documents: each event, alone and grouped, in each
//! language, with words that are usual, endless, hostile, or not there. The schemas in `tests/schemas` name their pages.

use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::pipeline::{PageKind, PageVerdict, TransitionKind};
use hindcast_shared::rule::Severity;
use jsonschema::Validator;
use rstest::rstest;
use serde_json::{Value, json};

use super::super::testing::{Bench, NOW_MS, Reply, Seen};
use super::super::tests::work;
use crate::store::testing::anomaly;

fn schema(text: &str) -> Validator {
    let schema: Value = serde_json::from_str(text).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// Everything that is wrong with what arrived.
fn complaints(seen: &[Seen]) -> Vec<String> {
    let schemas = [
        (
            "/slack",
            schema(include_str!("../../../../tests/schemas/slack.json")),
        ),
        (
            "/discord",
            schema(include_str!("../../../../tests/schemas/discord.json")),
        ),
        (
            "/pd",
            schema(include_str!("../../../../tests/schemas/pagerduty.json")),
        ),
        (
            "/grafana",
            schema(include_str!("../../../../tests/schemas/grafana.json")),
        ),
        (
            "/hook",
            schema(include_str!("../../../../tests/schemas/webhook.json")),
        ),
    ];
    let mut wrong = Vec::new();
    for one in seen.iter().filter(|one| one.method != "GET") {
        let (_, schema) = schemas
            .iter()
            .find(|(path, _)| one.path.starts_with(path))
            .expect("a schema for each path");
        let body = payload(one);
        assert!(body.is_object(), "{}", one.text);
        let found = schema.iter_errors(&body);
        wrong.extend(found.map(|error| format!("{} {}: {error}", one.path, error.instance_path())));
        if one.path == "/discord" && letters(&body["embeds"]) > 6_000 {
            wrong.push("Discord: the embeds have more than 6,000 characters".to_owned());
        }
        if one.path == "/pd" && one.text.len() > 512_000 {
            wrong.push("PagerDuty: the event has more than 512 KB".to_owned());
        }
    }
    wrong
}

/// What was said; with a picture it is the first part of several.
fn payload(one: &Seen) -> Value {
    let Some((_, rest)) = one.text.split_once("name=\"payload_json\"") else {
        return one.body();
    };
    let (_, body) = rest.split_once("\r\n\r\n").expect("a part");
    let (body, _) = body.split_once("\r\n--part-").expect("its end");
    serde_json::from_str(body).expect("JSON")
}

/// Characters that Discord counts: titles, descriptions, fields and footers.
fn letters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.iter().map(letters).sum(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !["url", "timestamp"].contains(&name.as_str()))
            .map(|(_, value)| letters(value))
            .sum(),
        _ => 0,
    }
}

fn words(kind: &str) -> String {
    match kind {
        "usual" => "latency{service=\"checkout\",zone=\"서울\"}".to_owned(),
        "endless" => format!("endless{{a=\"{}\"}}", "очень длинно 매우 길다 ".repeat(5_000)),
        "hostile" => "<!channel> <@U1> @everyone `*_~| &amp; \"\\ \u{0}\u{202e} </script> {{7*7}} %s \r\nX: y".to_owned(),
        _ => String::new(),
    }
}

fn found(kind: &str, number: i64) -> Anomaly {
    let mut found = anomaly(
        "r",
        &format!("{}{number}", words(kind)),
        NOW_MS,
        Status::Open,
    );
    if kind == "empty" {
        found.origin_mut().series.clear();
    }
    found.severity = Severity::Warning;
    if kind != "usual" {
        let origin = found.origin_mut();
        origin.rule_name = words(kind);
        origin.unit = words(kind);
        origin.labels.insert("team".to_owned(), words(kind));
    }
    found
}

#[rstest]
#[tokio::test]
async fn messages_when_of_any_event_language_and_words_then_keep_to_what_is_documented(
    #[values("en", "ko", "ru")] lang: &str,
    #[values("usual", "endless", "hostile", "empty")] kind: &str,
) -> anyhow::Result<()> {
    let key = "0123456789abcdef0123456789abcdef";
    let route = |name: &str, channel: &str, path: &str, more: Value| {
        let mut route = json!({"name": name, "channel": channel, "url": format!("{{sink}}{path}"), "secret": key, "lang": lang, "continue": true});
        if let (Some(route), Some(more)) = (route.as_object_mut(), more.as_object()) {
            route.extend(more.clone());
        }
        route
    };
    let group = json!({"group": {"by": ["rule"], "wait": "0s", "interval": "0s"}});
    let routes = json!([
        route("slack", "slack", "/slack", json!({})),
        route("slacks", "slack", "/slack", group.clone()),
        route("discord", "discord", "/discord", json!({})),
        route("discords", "discord", "/discord", group.clone()),
        route("pd", "pagerduty", "/pd", json!({})),
        route("grafana", "grafana", "/grafana", json!({})),
        route("hook", "webhook", "/hook", json!({})),
        route("hooks", "webhook", "/hook", group),
    ]);
    let bench = Bench::new(routes).await?;
    // Grafana is asked first whether it knows the annotation.
    bench.sink.answer_always(Reply::Json("[]"));
    let notify = bench.notify()?;
    work(&notify).await?;
    let sent = |page| Some((page, PageVerdict::Sent));
    let all: Vec<Anomaly> = (0..12).map(|number| found(kind, number)).collect();
    for one in &all {
        bench
            .happens(TransitionKind::Opened, one, sent(PageKind::Opened))
            .await?;
    }
    work(&notify).await?;
    let mut worse = all[0].clone();
    worse.severity = Severity::Critical;
    bench
        .happens(TransitionKind::Escalated, &worse, sent(PageKind::Escalated))
        .await?;
    work(&notify).await?;
    bench
        .happens(TransitionKind::Acknowledged, &worse, None)
        .await?;
    work(&notify).await?;
    bench.closes(&worse).await?;
    work(&notify).await?;
    for name in notify.names().map(str::to_owned).collect::<Vec<_>>() {
        notify.test(&name).await;
    }
    let seen = bench.sink.take();
    let events = |path: &str| seen.iter().filter(|one| one.path == path).count();
    assert!(
        events("/slack") >= 16 && events("/discord") >= 16 && events("/pd") >= 15,
        "too little arrived"
    );
    assert!(
        seen.iter()
            .any(|one| one.path.starts_with("/grafana/api/annotations") && one.method == "POST")
    );
    let wrong = complaints(&seen);
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn schema_when_something_is_wrong_then_says_so() {
    let seen = |path: &str, body: Value| Seen {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: String::new(),
        headers: http::HeaderMap::new(),
        text: body.to_string(),
        bytes: Vec::new(),
    };
    let section = |text: &str| json!({"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]});
    assert!(complaints(&[seen("/slack", section("fine"))]).is_empty());
    for wrong in [
        section(&"a".repeat(3_001)),
        section("<!channel>"),
        section(""),
        json!({"text": "a", "blocks": [{"type": "header"}]}),
    ] {
        assert!(!complaints(&[seen("/slack", wrong)]).is_empty());
    }
    assert!(
        !complaints(&[seen(
            "/pd",
            json!({"routing_key": "short", "event_action": "trigger", "dedup_key": "a"})
        )])
        .is_empty()
    );
    assert!(!complaints(&[seen("/discord", json!({"embeds": []}))]).is_empty());
}
