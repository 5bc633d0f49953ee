use hindcast_shared::anomaly::Status;
use hindcast_shared::pipeline::{Page, PageKind, PageVerdict, TransitionKind};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS};
use http::StatusCode;
use serde_json::json;

use super::*;
use crate::config::{Channel, Config};
use crate::routes::testing::{NOW_MS, TestApp};
use crate::store::testing::{anomaly, save_rule, tick, transition};

fn told(config: &mut Config) {
    let route = |name: &str, channel: &str| {
        serde_json::from_value(
            json!({"name": name, "channel": channel, "url": "https://chat.example/x"}),
        )
        .expect("a route")
    };
    config.notify.routes = vec![route("chat", "slack"), route("hook", "webhook")];
    config.digest.routes = vec!["chat".to_owned(), "hook".to_owned()];
    config.http.public_url = "https://h.example/ml/".parse().ok();
    assert!(Channel::Slack.takes_groups());
}

/// An anomaly with so many pages, on Wednesday of the week before.
async fn paged(app: &TestApp, series: &str, pages: usize) -> anyhow::Result<String> {
    let start_ms = NOW_MS - 5 * DAY_MS;
    let found = anomaly("r", series, start_ms, Status::Open);
    let rule = app.store.rules().get(&"r".parse().expect("a slug")).await?;
    let mut commit = tick(&rule.expect("the rule").rule, 1, start_ms);
    commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
    let page = |at: usize| Page {
        at_ms: start_ms + at as i64 * HOUR_MS,
        anomaly_id: found.id,
        severity: Severity::Warning,
        kind: PageKind::Opened,
        verdict: PageVerdict::Sent,
        sums_up: None,
    };
    commit.pages = (0..pages).map(page).collect();
    app.store.commit_tick(commit).await?;
    Ok(found.id.to_string())
}

#[tokio::test]
async fn digest_when_asked_for_then_names_noisy_rules_unanswered_pages_and_silent_rules()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    save_rule(&app.store, "mute", "inbox", "load").await?;
    let (noisy, taken) = (paged(&app, "a", 3).await?, paged(&app, "b", 2).await?);
    let uri = format!("/api/v1/anomalies/{taken}/feedback");
    app.post(&uri, &[], r#"{"answer": "wrong_team"}"#).await?;
    let told = app.get("/api/v1/digest?week=2026-W01").await?;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let told = told.body;
    assert_eq!(
        app.get("/api/v1/digest").await?.body,
        told,
        "the last whole week"
    );
    assert_eq!((&told["pages"], &told["anomalies"]), (&json!(5), &json!(2)));
    assert_eq!(told["noisiest"][0]["rule_id"], "r");
    assert_eq!(told["noisiest"][0]["unattended"], 1);
    assert_eq!(told["unattended"][0]["id"], json!(noisy));
    assert_eq!(told["unattended_total"], 1);
    let silent: Vec<_> = told["never_fired"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| rule["rule_id"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(silent, ["mute"]);
    let lab = told["noisiest"][0]["lab"].as_str().unwrap_or_default();
    assert!(lab.starts_with("lab?rule=r&from="), "{lab}");
    assert_eq!(
        (&told["previous"], &told["next"]),
        (&json!("2025-W52"), &json!(null))
    );
    // It was said in this week and not in that one.
    assert_eq!(told["answers"]["wrong_team"], 0);
    let now = app.get("/api/v1/digest?week=2026-W02").await?;
    assert_eq!(now.body["answers"]["wrong_team"], 1);
    let wrong = app.get("/api/v1/digest?week=soon").await?;
    assert_eq!(wrong.body["error"]["field"], "week");
    Ok(())
}

#[tokio::test]
async fn digest_when_its_time_comes_then_is_told_once_and_a_downtime_is_caught_up_with_once()
-> anyhow::Result<()> {
    let app = TestApp::with(told).await?;
    paged(&app, "a", 3).await?;
    let sent = async |app: &TestApp| {
        let listed = app.get("/api/v1/notifications").await?;
        anyhow::Ok(listed.body["items"].as_array().map_or(0, Vec::len))
    };
    // Nobody was ever told: what lies before is passed over.
    assert_eq!(send_due(app.app()).await?, None);
    assert_eq!(sent(&app).await?, 0);
    app.advance(7 * DAY_MS - 3 * HOUR_MS - MINUTE_MS);
    assert_eq!(send_due(app.app()).await?, None, "it is not nine yet");
    app.advance(MINUTE_MS);
    assert_eq!(send_due(app.app()).await?.as_deref(), Some("2026-W02"));
    for _ in 0..3 {
        assert_eq!(send_due(app.app()).await?, None);
        app.advance(DAY_MS);
    }
    assert_eq!(sent(&app).await?, 2, "one a route");
    // Three weeks of downtime: the last one is told of, and no other.
    app.advance(3 * WEEK_MS);
    assert_eq!(send_due(app.app()).await?.as_deref(), Some("2026-W05"));
    assert_eq!(send_due(app.app()).await?, None);
    let listed = app.get("/api/v1/notifications").await?.body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(4));
    assert_eq!(listed["items"][0]["event"], "digest");
    let key = listed["items"][0]["key"].as_str().unwrap_or_default();
    assert!(key.ends_with(":digest:2026-W05:hook"), "{key}");
    Ok(())
}

#[tokio::test]
async fn digest_when_written_then_every_line_leads_into_the_lab_in_every_language()
-> anyhow::Result<()> {
    let app = TestApp::with(told).await?;
    save_rule(&app.store, "mute", "inbox", "load").await?;
    paged(&app, "a", 3).await?;
    let week = Week::read("2026-W01", "UTC").map_err(anyhow::Error::msg)?;
    let digest = make(&app.store, week, NOW_MS).await?;
    for lang in hindcast_shared::message::Lang::ALL {
        let link = |path: &str| Some(format!("https://h.example/ml/{path}"));
        let text = text(&digest, lang, link);
        let items: Vec<&str> = text.lines().filter(|line| line.starts_with('•')).collect();
        assert_eq!(items.len(), 3, "{text}");
        assert!(
            items
                .iter()
                .all(|item| item.contains("https://h.example/ml/lab?rule="))
        );
        assert!(
            !text.contains('{') && !subject(&digest, lang).contains('{'),
            "{text}"
        );
    }
    let step = app.app().notify.digest("chat", &digest).expect("a step");
    let crate::store::Step::Tell(notice) = step else {
        panic!("{step:?}");
    };
    assert!(
        notice
            .body
            .contains("https://h.example/ml/tuning?week=2026-W01"),
        "{}",
        notice.body
    );
    Ok(())
}
