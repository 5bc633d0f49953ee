use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::time::MINUTE_MS;
use http::StatusCode;
use serde_json::{Value, json};

use crate::routes::testing::{NOW_MS, TestApp, draft};

async fn said(app: &TestApp, found: &Anomaly, answer: &str) -> anyhow::Result<Value> {
    let uri = format!("/api/v1/anomalies/{}/feedback", found.id);
    let body = json!({ "answer": answer }).to_string();
    let told = app.post(&uri, &[], &body).await?;
    anyhow::ensure!(told.status == StatusCode::OK, "{}", told.body);
    Ok(told.body)
}

async fn status(app: &TestApp, found: &Anomaly) -> anyhow::Result<String> {
    let uri = format!("/api/v1/anomalies/{}", found.id);
    let status = app.get(&uri).await?.body["status"].clone();
    Ok(status.as_str().unwrap_or_default().to_owned())
}

async fn labels(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let listed = app.get("/api/v1/labels?from=now-1d&to=now").await?;
    Ok(listed.body["items"].as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn feedback_when_given_then_labels_the_series_and_judges_the_anomaly() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let told = said(&app, &found, "false").await?;
    assert_eq!(told["current"]["answer"], "false");
    assert_eq!(told["current"]["actor"], "anonymous");
    assert_eq!(status(&app, &found).await?, "false_alarm");
    let kept = labels(&app).await?;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["kind"], "normal");
    assert_eq!(kept[0]["origin"], "feedback");
    assert_eq!(kept[0]["start_ms"], found.start_ms);
    assert_eq!(kept[0]["end_ms"], found.end_ms + MINUTE_MS);
    let history = app.get(&format!("/api/v1/anomalies/{}", found.id)).await?;
    let kinds: Vec<_> = history.body["history"]
        .as_array()
        .expect("a history")
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["opened", "feedback_given", "judged"]);
    app.store.journal().verify_chain().await?;
    Ok(())
}

#[tokio::test]
async fn feedback_when_changed_then_the_label_has_another_version_and_the_anomaly_follows()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    said(&app, &found, "false").await?;
    said(&app, &found, "expected").await?;
    assert_eq!(status(&app, &found).await?, "expected");
    let told = said(&app, &found, "true").await?;
    // No run of the rule remembers it here, so it does not go on; a system test sees it open again.
    assert_eq!(status(&app, &found).await?, "resolved");
    let kept = labels(&app).await?;
    assert_eq!((kept.len(), &kept[0]["kind"]), (1, &json!("incident")));
    assert_eq!(kept[0]["version"], 3);
    let items = told["items"].as_array().expect("items");
    assert_eq!(items.len(), 3);
    assert!(
        items[1..]
            .iter()
            .all(|one| one["taken_back_at_ms"] == NOW_MS)
    );
    said(&app, &found, "wrong_team").await?;
    assert_eq!(labels(&app).await?, Vec::<Value>::new(), "nothing is known");
    said(&app, &found, "false").await?;
    assert_eq!(
        labels(&app).await?[0]["version"],
        5,
        "the fourth took it away"
    );
    app.store.journal().verify_chain().await?;
    Ok(())
}

#[tokio::test]
async fn feedback_when_taken_back_then_label_and_judgement_go() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = format!("/api/v1/anomalies/{}/feedback", found.id);
    let nothing = app.delete(&uri, &[]).await?;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    assert_eq!(nothing.body["error"]["code"], "no_feedback");
    said(&app, &found, "expected").await?;
    let gone = app.delete(&uri, &[]).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(status(&app, &found).await?, "resolved");
    assert_eq!(labels(&app).await?, Vec::<Value>::new());
    let told = app.get(&uri).await?;
    assert_eq!(told.body["current"], Value::Null);
    assert_eq!(told.body["items"][0]["taken_back_by"], "anonymous");
    Ok(())
}

#[tokio::test]
async fn judgement_when_undone_then_what_was_said_goes_with_it() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    said(&app, &found, "false").await?;
    let undo = format!("/api/v1/anomalies/{}/undo", found.id);
    assert_eq!(app.post(&undo, &[], "").await?.status, StatusCode::OK);
    assert_ne!(status(&app, &found).await?, "false_alarm");
    assert_eq!(labels(&app).await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test]
async fn feedback_when_the_anomaly_is_over_then_judges_it_afterwards() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let resolve = format!("/api/v1/anomalies/{}/resolve", found.id);
    app.post(&resolve, &[], "").await?;
    said(&app, &found, "false").await?;
    assert_eq!(status(&app, &found).await?, "false_alarm");
    said(&app, &found, "true").await?;
    assert_eq!(status(&app, &found).await?, "resolved", "as it was");
    Ok(())
}

#[tokio::test]
async fn feedback_when_the_server_was_stopped_in_between_then_is_carried_out_at_the_start()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let new = crate::store::NewFeedback {
        anomaly: &found,
        answer: hindcast_shared::api::FeedbackAnswer::False,
        actor: "kim",
        route: None,
        at_ms: NOW_MS,
        label: None,
        replace: false,
    };
    app.store.feedback().give(new).await?.expect("the first");
    assert_eq!(status(&app, &found).await?, "open");
    for _ in 0..2 {
        crate::feedback::finish(app.app().clone()).await;
        assert_eq!(status(&app, &found).await?, "false_alarm");
    }
    Ok(())
}

#[tokio::test]
async fn feedback_when_wrong_then_names_the_field_and_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = format!("/api/v1/anomalies/{}/feedback", found.id);
    for (body, field) in [
        (json!({"answer": "perhaps"}), "answer"),
        (json!({"answer": "true", "why": 1}), "why"),
    ] {
        let refused = app.post(&uri, &[], &body.to_string()).await?;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["error"]["field"], field);
    }
    let unknown = app
        .post(
            "/api/v1/anomalies/nonsense/feedback",
            &[],
            r#"{"answer": "true"}"#,
        )
        .await?;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(status(&app, &found).await?, "open");
    Ok(())
}

/// Ten minutes high every two hours for a day; a short one is a false alarm, a long one an incident.
async fn history(app: &TestApp) -> anyhow::Result<()> {
    let high = |minute: i64| match minute % 120 {
        50..52 => (minute / 120) % 2 == 0,
        60..75 => (minute / 120) % 2 == 1,
        _ => false,
    };
    let samples: Vec<Value> = (0..1_440)
        .map(|minute| {
            let value = if high(minute) { 95.0 } else { 40.0 };
            json!({"name": "load", "at_ms": NOW_MS - (1_440 - minute) * MINUTE_MS, "value": value})
        })
        .collect();
    let body = json!({ "samples": samples }).to_string();
    let pushed = app.post("/api/v1/samples", &[], &body).await?;
    anyhow::ensure!(pushed.status == StatusCode::OK, "{}", pushed.body);
    app.post("/api/v1/rules", &[], &draft("cpu")).await?;
    for (from, to, kind) in [
        (290, 295, "normal"),
        (420, 435, "incident"),
        (50, 55, "normal"),
    ] {
        label(app, from, to, kind).await?;
    }
    Ok(())
}

async fn label(app: &TestApp, from: i64, to: i64, kind: &str) -> anyhow::Result<()> {
    let at = |minute: i64| NOW_MS - (1_440 - minute) * MINUTE_MS;
    let body = json!({"source": "inbox", "pattern": "load*", "kind": kind,
        "start_ms": at(from), "end_ms": at(to)});
    let made = app.post("/api/v1/labels", &[], &body.to_string()).await?;
    anyhow::ensure!(made.status == StatusCode::CREATED, "{}", made.body);
    Ok(())
}

#[tokio::test]
async fn suggestion_when_applied_then_is_the_next_version_and_does_what_it_said()
-> anyhow::Result<()> {
    let app = TestApp::new().await?;
    history(&app).await?;
    let told = app.post("/api/v1/rules/cpu/suggestion", &[], "").await?;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let told = told.body;
    assert_eq!(told["state"], "helps", "{told}");
    assert_eq!(
        (&told["labels"], &told["labels_unseen"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(told["before"]["labelled_false_alarms"], 2);
    assert_eq!(told["after"]["labelled_false_alarms"], 0);
    assert_eq!(told["before"]["found"], told["after"]["found"]);
    assert_eq!(told["changes"][0]["field"], "for", "{}", told["changes"]);
    let cases = told["cases"].as_array().expect("cases");
    let lost: Vec<_> = cases.iter().filter(|one| one["kept"] == false).collect();
    assert!(lost.iter().all(|one| one["said"] != "incident"));
    assert_eq!(
        cases.len() as u64,
        told["before"]["anomalies"].as_u64().expect("a count")
    );

    let apply = format!(
        "/api/v1/rules/cpu/suggestion/{}/apply",
        told["id"].as_str().expect("an id")
    );
    let stale = app.post(&apply, &[("if-match", "\"7\"")], "").await?;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let done = app.post(&apply, &[("if-match", "\"1\"")], "").await?;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.body["version"], 2);
    assert_eq!(done.body["rule"]["for"], told["rule"]["for"]);
    let range = json!({"from": told["range"]["from_ms"].to_string(), "to": told["range"]["to_ms"].to_string()});
    let replayed = app
        .post("/api/v1/rules/cpu/replay", &[], &range.to_string())
        .await?;
    assert_eq!(
        replayed.body["pages_sent"], told["after"]["pages"],
        "{}",
        replayed.body
    );
    let again = app.post(&apply, &[], "").await?;
    assert_eq!(again.body["error"]["code"], "unknown_suggestion");
    Ok(())
}

#[tokio::test]
async fn suggestion_when_rule_or_labels_have_changed_since_then_is_refused() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    history(&app).await?;
    let asked = async || {
        let told = app.post("/api/v1/rules/cpu/suggestion", &[], "").await?;
        let id = told.body["id"].as_str().unwrap_or_default().to_owned();
        anyhow::Ok(format!("/api/v1/rules/cpu/suggestion/{id}/apply"))
    };
    let first = asked().await?;
    label(&app, 660, 675, "incident").await?;
    let refused = app.post(&first, &[], "").await?;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(refused.body["error"]["code"], "labels_changed");
    let second = asked().await?;
    let mut other: Value = serde_json::from_str(&draft("cpu"))?;
    other["unit"] = json!("%");
    app.put("/api/v1/rules/cpu", &[], &other.to_string())
        .await?;
    let refused = app.post(&second, &[], "").await?;
    assert_eq!(
        refused.status,
        StatusCode::PRECONDITION_FAILED,
        "{}",
        refused.body
    );
    Ok(())
}

#[tokio::test]
async fn suggestion_when_nothing_is_labelled_then_says_so() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    app.post("/api/v1/rules", &[], &draft("cpu")).await?;
    let told = app.post("/api/v1/rules/cpu/suggestion", &[], "{}").await?;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert_eq!(told.body["state"], "nothing_to_drop");
    assert_eq!(told.body["id"], Value::Null);
    let wrong = app
        .post("/api/v1/rules/cpu/suggestion", &[], r#"{"from": "soon"}"#)
        .await?;
    assert_eq!(wrong.body["error"]["field"], "from");
    let nobody = app.post("/api/v1/rules/nobody/suggestion", &[], "").await?;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    Ok(())
}
