use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::time::MINUTE_MS;
use http::StatusCode;
use serde_json::{Value, json};

use crate::feedback::{Link, link_key};
use crate::routes::testing::{Answer, NOW_MS, TestApp};

async fn link(app: &TestApp, found: &Anomaly, route: &str) -> anyhow::Result<String> {
    let link = Link {
        anomaly_id: found.id,
        route: route.to_owned(),
        expires_s: NOW_MS / 1_000 + 3_600,
    };
    let key = link_key(&app.store).await;
    let key = key.map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(format!("/feedback/{}", link.token(&key)))
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

async fn post(app: &TestApp, uri: &str, answer: &str) -> anyhow::Result<Answer> {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        // As browsers say of a form on a page without a referrer.
        ("origin", "null"),
    ];
    app.post(uri, &headers, &format!("answer={answer}")).await
}

async fn current(app: &TestApp, found: &Anomaly) -> anyhow::Result<Value> {
    let uri = format!("/api/v1/anomalies/{}/feedback", found.id);
    Ok(app.get(&uri).await?.body["current"].clone())
}

#[tokio::test]
async fn link_when_opened_however_often_then_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s<b>", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = link(&app, &found, "chat").await?;
    let before = app.store.head();
    for _ in 0..3 {
        let page = app.get(&uri).await?;
        assert_eq!(page.status, StatusCode::OK);
        let text = text(&page);
        assert_eq!(text.matches("<button").count(), 4, "{text}");
        assert!(text.contains("s&lt;b&gt;") && !text.contains("<script"));
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("x-robots-tag").contains("noindex"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("set-cookie"), "");
    }
    let head = http::Request::head(&uri)
        .header("host", "127.0.0.1")
        .body(axum::body::Body::empty())?;
    let router = crate::router::router(&crate::state::AppState::new(app.app().clone()));
    let head = tower::ServiceExt::oneshot(router, head).await?;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(app.store.head(), before, "nothing was written down");
    assert_eq!(current(&app, &found).await?, Value::Null);
    let korean = app
        .get_with(&uri, &[("accept-language", "ko-KR,ko")])
        .await?;
    assert!(text(&korean).contains("lang=\"ko\"") && text(&korean).contains("오탐"));
    Ok(())
}

#[tokio::test]
async fn link_when_answered_then_acts_once_and_tells_who_was_first() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = link(&app, &found, "chat").await?;
    let empty = app.post(&uri, &[], "").await?;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        post(&app, &uri, "perhaps").await?.status,
        StatusCode::BAD_REQUEST
    );
    let first = post(&app, &uri, "false").await?;
    assert_eq!(first.status, StatusCode::OK, "{}", text(&first));
    assert!(text(&first).contains("value=\"undo\""));
    let told = current(&app, &found).await?;
    assert_eq!(told["actor"], "feedback by link via chat");
    assert_eq!(
        (&told["answer"], &told["route"]),
        (&json!("false"), &json!("chat"))
    );
    for answer in ["false", "true"] {
        let again = post(&app, &uri, answer).await?;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(text(&again).contains("feedback by link via chat"));
    }
    // Another message's link neither, and it cannot take the answer back.
    let other = link(&app, &found, "mail").await?;
    assert_eq!(
        post(&app, &other, "true").await?.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        post(&app, &other, "undo").await?.status,
        StatusCode::CONFLICT
    );
    assert_eq!(current(&app, &found).await?["answer"], "false");
    let listed = app.get("/api/v1/labels?from=now-1d&to=now").await?;
    assert_eq!(
        listed.body["items"][0]["author"],
        "feedback by link via chat"
    );
    Ok(())
}

#[tokio::test]
async fn link_when_it_takes_its_word_back_then_can_only_for_ten_minutes() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = link(&app, &found, "chat").await?;
    post(&app, &uri, "expected").await?;
    app.advance(9 * MINUTE_MS);
    assert_eq!(post(&app, &uri, "undo").await?.status, StatusCode::OK);
    assert_eq!(current(&app, &found).await?, Value::Null);
    assert_eq!(post(&app, &uri, "true").await?.status, StatusCode::OK);
    app.advance(10 * MINUTE_MS);
    assert_eq!(post(&app, &uri, "undo").await?.status, StatusCode::CONFLICT);
    assert!(!text(&app.get(&uri).await?).contains("value=\"undo\""));
    Ok(())
}

#[tokio::test]
async fn link_when_a_person_was_first_then_does_not_overrule_them() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let judge = format!("/api/v1/anomalies/{}/expected", found.id);
    app.post(&judge, &[], "").await?;
    let uri = link(&app, &found, "chat").await?;
    assert!(!text(&app.get(&uri).await?).contains("<button"));
    assert_eq!(
        post(&app, &uri, "false").await?.status,
        StatusCode::CONFLICT
    );
    assert_eq!(current(&app, &found).await?, Value::Null);
    Ok(())
}

#[tokio::test]
async fn link_when_it_is_not_ours_expired_or_revoked_then_opens_nothing() -> anyhow::Result<()> {
    let app = TestApp::new().await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = link(&app, &found, "chat").await?;
    let broken = app.get("/feedback/nonsense").await?;
    assert_eq!(broken.status, StatusCode::NOT_FOUND);
    assert!(!text(&broken).contains("<form"));
    let revoked = app.post("/api/v1/feedback-links/revoke", &[], "").await?;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&uri).await?.status, StatusCode::NOT_FOUND);
    assert_eq!(
        post(&app, &uri, "true").await?.status,
        StatusCode::NOT_FOUND
    );
    let fresh = link(&app, &found, "chat").await?;
    assert_eq!(app.get(&fresh).await?.status, StatusCode::OK);
    app.advance(3_600_000);
    assert_eq!(app.get(&fresh).await?.status, StatusCode::GONE);
    assert_eq!(post(&app, &fresh, "true").await?.status, StatusCode::GONE);
    assert_eq!(current(&app, &found).await?, Value::Null);
    Ok(())
}

#[tokio::test]
async fn link_when_keys_are_needed_then_still_needs_none_and_no_other_door_opens()
-> anyhow::Result<()> {
    let server = crate::testing::TestApp::new().await?;
    server
        .make_key("kim", hindcast_shared::api::Role::Admin)
        .await?;
    let refused = server.get("/api/v1/digest").await?;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let page = server.get("/feedback/nonsense").await?;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<!doctype html>"));
    Ok(())
}

#[tokio::test]
async fn link_when_opened_too_often_then_is_told_to_wait() -> anyhow::Result<()> {
    let app = TestApp::with(|config| config.limits.feedback_per_minute = 2).await?;
    let found = app.open("s", NOW_MS - 10 * MINUTE_MS).await?;
    let uri = link(&app, &found, "chat").await?;
    for _ in 0..2 {
        assert_eq!(app.get(&uri).await?.status, StatusCode::OK);
    }
    assert_eq!(app.get(&uri).await?.status, StatusCode::TOO_MANY_REQUESTS);
    Ok(())
}
