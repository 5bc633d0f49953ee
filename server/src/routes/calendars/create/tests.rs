//! The life of a calendar over HTTP, and what it would have changed.

use http::StatusCode;
use serde_json::{Value, json};

use crate::routes::testing::{NOW_MS, TestApp, draft};

const MINUTE_MS: i64 = 60_000;

fn nights() -> Value {
    json!({
        "name": "Nights", "time_zone": "Asia/Seoul", "effects": {"skip_paging": true},
        "events": [{"start": "2020-01-01T02:00", "length": "2h", "rrule": "FREQ=DAILY"}],
    })
}

#[tokio::test]
async fn calendar_when_made_changed_and_taken_back_then_each_version_is_seen_by_its_etag()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let made = app
        .post("/api/v1/calendars", &[], &nights().to_string())
        .await?;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.body["id"], "nights");
    assert_eq!(made.header("etag"), "\"1\"");
    let again = app
        .post("/api/v1/calendars", &[], &nights().to_string())
        .await?;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.body["error"]["code"], "calendar_exists");
    let uri = "/api/v1/calendars/nights";
    let mut longer = nights();
    longer["events"][0]["length"] = json!("3h");
    let seen = [("if-match", "\"1\"")];
    let changed = app.put(uri, &seen, &longer.to_string()).await?;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let stale = app.put(uri, &seen, &longer.to_string()).await?;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let listed = app.get("/api/v1/calendars").await?;
    assert_eq!(listed.body["items"], json!([changed.body]));
    let marker = json!({"title": "deploy 42", "length": "10m"}).to_string();
    let told = app.post(&format!("{uri}/markers"), &[], &marker).await?;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    let held = app
        .get(&format!("{uri}/occurrences?from=now-1d&to=now%2B1d"))
        .await?;
    let titles: Vec<_> = held.body["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|one| &one["title"])
        .collect();
    assert!(titles.contains(&&json!("deploy 42")), "{titles:?}");
    assert!(titles.len() >= 3, "{titles:?}");
    let gone = app.delete(uri, &[("if-match", "\"2\"")]).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let unknown = app.get(uri).await?;
    assert_eq!(unknown.body["error"]["code"], "unknown_calendar");
    let back = app
        .post("/api/v1/calendars", &[], &nights().to_string())
        .await?;
    assert_eq!(back.body["version"], 4, "versions go on");
    app.store.journal().verify_chain().await?;
    Ok(())
}

#[tokio::test]
async fn calendar_when_a_field_is_wrong_then_is_refused_by_name() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    for (key, value, field) in [
        ("name", json!(""), "name"),
        ("id", json!("No"), "id"),
        ("time_zone", json!("Mars"), "time_zone"),
        ("holidays", json!("xx"), "holidays"),
        ("colour", json!("red"), "colour"),
        ("ics", json!("none"), "ics"),
    ] {
        let mut body = nights();
        body[key] = value;
        let refused = app
            .post("/api/v1/calendars", &[], &body.to_string())
            .await?;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
    }
    let unread = app
        .post("/api/v1/calendars/none/markers", &[], r#"{"title": "x"}"#)
        .await?;
    assert_eq!(unread.status, StatusCode::NOT_FOUND);
    let mut rule: Value = serde_json::from_str(&draft("cpu"))?;
    rule["calendars"] = json!(["none"]);
    let refused = app.post("/api/v1/rules", &[], &rule.to_string()).await?;
    assert_eq!(
        refused.body["error"]["field"], "calendars[0]",
        "{}",
        refused.body
    );
    Ok(())
}

#[tokio::test]
async fn preview_when_a_rule_has_fired_then_tells_what_the_calendar_would_have_changed()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let samples: Vec<Value> = (0..60)
        .map(|minute| {
            let value = if minute % 20 == 10 { 95.0 } else { 40.0 };
            json!({"name": "load", "at_ms": NOW_MS - (60 - minute) * MINUTE_MS, "value": value})
        })
        .collect();
    app.post(
        "/api/v1/samples",
        &[],
        &json!({ "samples": samples }).to_string(),
    )
    .await?;
    app.post("/api/v1/rules", &[], &draft("cpu")).await?;
    let at = |minute: i64| NOW_MS - (60 - minute) * MINUTE_MS;
    let stored = app.get("/api/v1/rules/cpu").await?;
    let source = stored.body["rule"]["source"].as_str().expect("a source");
    let label = json!({"source": source, "pattern": "load*", "kind": "incident",
        "start_ms": at(29), "end_ms": at(32)});
    let labelled = app.post("/api/v1/labels", &[], &label.to_string()).await?;
    assert_eq!(labelled.status, StatusCode::CREATED, "{}", labelled.body);
    let text = |minute: i64| {
        let instant = jiff::Timestamp::from_millisecond(at(minute)).expect("an instant");
        instant.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let mut calendar = json!({
        "name": "half an hour", "effects": {"skip_paging": true},
        "events": [{"start": text(8), "length": "40m"}],
    });
    let ask = json!({"calendar": calendar, "from": "now-1h", "to": "now", "rules": ["cpu"]});
    let told = app
        .post("/api/v1/calendars/preview", &[], &ask.to_string())
        .await?;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert_eq!(told.body["total"], 1);
    let change = &told.body["rules"][0];
    assert_eq!(
        (&change["pages_without"], &change["pages_with"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(change["incidents_hidden"], 1);
    assert_eq!(
        change["says"],
        "removes 2 past pages, hides 1 labelled incident"
    );
    calendar["effects"] = json!({"scale_threshold": 1.2});
    let ask = json!({"calendar": calendar, "from": "now-1h", "to": "now", "rules": ["cpu"]});
    let told = app
        .post("/api/v1/calendars/preview", &[], &ask.to_string())
        .await?;
    let change = &told.body["rules"][0];
    assert_eq!(
        (&change["anomalies_without"], &change["anomalies_with"]),
        (&json!(3), &json!(1))
    );
    Ok(())
}
