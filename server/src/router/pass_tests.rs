//! What passes open, and that they open nothing else.

use axum::body::Body;
use futures::StreamExt as _;
use hindcast_shared::api::Role;
use hindcast_shared::time::DAY_MS;
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::tests::operations;
use crate::store::testing::save_rule;
use crate::testing::{Answer, NOW_MS, TestApp};

/// A server that needs keys, with the rules `mine` and `other`; an operator asks.
async fn guarded() -> anyhow::Result<TestApp> {
    let mut test = TestApp::with(|config| {
        config.limits.list_per_minute = 1_000;
        config.limits.login_per_minute = 1_000;
        config.rules = Vec::new();
    })
    .await?;
    for id in ["mine", "other"] {
        save_rule(&test.app.store, id, "demo", "demo_queue_depth").await?;
    }
    let key = test.make_key("ann", Role::Operator).await?;
    test.use_key(key);
    Ok(test)
}

async fn with_token(
    test: &TestApp,
    method: &Method,
    uri: &str,
    token: &str,
) -> anyhow::Result<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())?;
    test.send_as_nobody(request).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn panel(test: &TestApp, more: Value) -> anyhow::Result<(String, String)> {
    let mut body = json!({"name": "grafana", "rule": "mine"});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    let made = test.post("/api/v1/capabilities", &body).await?;
    anyhow::ensure!(made.status == StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    Ok((text(&made["token"]), text(&made["capability"]["id"])))
}

#[tokio::test]
async fn panel_when_its_token_is_used_then_opens_one_panel_and_nothing_else() -> anyhow::Result<()>
{
    let test = guarded().await?;
    let (token, _) = panel(&test, json!({})).await?;
    let range = "from=now-1h&to=now";
    let open = [
        "/api/v1/rules/mine".to_owned(),
        format!("/api/v1/series?rule=mine&{range}"),
        format!("/api/v1/anomalies?rule=mine&{range}"),
        "/api/v1/sessions/me".to_owned(),
    ];
    for uri in &open {
        let answer = with_token(&test, &Method::GET, uri, &token).await?;
        assert_eq!(answer.status, StatusCode::OK, "{uri}: {}", answer.text);
    }
    let me = with_token(&test, &Method::GET, "/api/v1/sessions/me", &token).await?;
    assert_eq!(me.json()["rules"], json!(["mine"]));
    let ticket = with_token(&test, &Method::POST, "/api/v1/stream-tickets", &token).await?;
    assert_eq!(ticket.status, StatusCode::CREATED);
    let closed = [
        "/api/v1/rules/other".to_owned(),
        format!("/api/v1/series?rule=other&{range}"),
        format!("/api/v1/series?source=demo&query=demo_queue_depth&{range}"),
        format!("/api/v1/series?rule=mine&rule=other&{range}"),
        format!("/api/v1/anomalies?{range}"),
        format!("/api/v1/anomalies?rule=other&{range}"),
        "/api/v1/stream".to_owned(),
        "/api/v1/stream?rule=other".to_owned(),
        "/api/v1/stream?rule=mine&rule=other".to_owned(),
        format!(
            "/api/v1/stream?ticket={}&rule=other",
            text(&ticket.json()["ticket"])
        ),
    ];
    for uri in &closed {
        let answer = with_token(&test, &Method::GET, uri, &token).await?;
        assert_eq!(answer.refusal().0, 403, "{uri}: {}", answer.text);
    }
    for (method, path) in operations() {
        let operation = format!("{method} {path}");
        let known = [
            "POST /api/v1/stream-tickets",
            "GET /api/v1/sessions/me",
            "GET /health",
            "GET /ready",
            "POST /api/v1/sessions",
            "DELETE /api/v1/sessions/me",
            "POST /api/v1/pairings",
            "GET /api/v1/pairings/me",
        ];
        if known.contains(&operation.as_str())
            || path.starts_with("/embed/")
            || path.starts_with("/feedback/")
        {
            continue;
        }
        // Without naming the panel's rule no route of the API is open.
        let uri = path.replace("{id}", "other");
        let answer = with_token(&test, &method, &uri, &token).await?;
        assert_eq!(answer.refusal().0, 403, "{operation}: {}", answer.text);
    }
    Ok(())
}

#[tokio::test]
async fn panel_when_it_shows_one_series_then_no_other_leaves_the_server() -> anyhow::Result<()> {
    let test = guarded().await?;
    let all = test
        .get("/api/v1/series?rule=mine&from=now-1h&to=now")
        .await?
        .json();
    let name = text(&all["series"][0]["series"]);
    for (only, count) in [(name.as_str(), 1), ("another{a=\"b\"}", 0)] {
        let (token, _) = panel(&test, json!({ "series": only })).await?;
        let uri = "/api/v1/series?rule=mine&from=now-1h&to=now";
        let found = with_token(&test, &Method::GET, uri, &token).await?.json();
        assert_eq!(found["series"].as_array().map(Vec::len), Some(count));
        let uri = "/api/v1/anomalies?rule=mine";
        let refused = with_token(&test, &Method::GET, uri, &token).await?;
        assert_eq!(refused.refusal().0, 403, "the series is not named");
    }
    Ok(())
}

#[tokio::test]
async fn panel_when_its_time_is_over_or_revoked_or_unknown_then_says_which() -> anyhow::Result<()> {
    let test = guarded().await?;
    let uri = "/api/v1/rules/mine";
    let ask = async |token: &str| -> anyhow::Result<(u16, String)> {
        let answer = with_token(&test, &Method::GET, uri, token).await?.refusal();
        Ok((answer.0, answer.1))
    };
    let (ended, _) = panel(&test, json!({"expires_at_ms": NOW_MS + 10})).await?;
    let (revoked, id) = panel(&test, json!({})).await?;
    test.clock.advance(10);
    assert_eq!(ask(&ended).await?, (401, "expired_token".into()));
    let gone = test
        .call(
            &Method::DELETE,
            &format!("/api/v1/capabilities/{id}"),
            &Value::Null,
        )
        .await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&revoked).await?, (401, "revoked_token".into()));
    assert_eq!(ask("hcp_made_up").await?, (401, "unknown_token".into()));
    let list = test.get("/api/v1/capabilities").await?;
    assert!(!list.text.contains("hcp_"), "no secret is shown again");
    let list = list.json();
    let mut items = list["items"].as_array().into_iter().flatten();
    let record = items.find(|item| item["id"] == id.as_str());
    assert_eq!(
        record.map(|item| &item["revoked_at_ms"]),
        Some(&json!(NOW_MS + 10))
    );
    for (body, field) in [
        (json!({"name": "x", "rule": "nothing"}), "rule"),
        (json!({"name": "", "rule": "mine"}), "name"),
        (
            json!({"name": "x", "rule": "mine", "expires_at_ms": NOW_MS - 1}),
            "expires_at_ms",
        ),
        (
            json!({"name": "x", "rule": "mine", "expires_at_ms": NOW_MS + 500 * DAY_MS}),
            "expires_at_ms",
        ),
    ] {
        let refused = test.post("/api/v1/capabilities", &body).await?.refusal();
        assert_eq!(refused.2.as_deref(), Some(field), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn wall_when_paired_by_its_code_then_its_own_token_comes_into_force() -> anyhow::Result<()> {
    let test = guarded().await?;
    let request = Request::post("/api/v1/pairings").body(Body::empty())?;
    let pairing = test.send_as_nobody(request).await?.json();
    let (code, token) = (text(&pairing["code"]), text(&pairing["token"]));
    let state = async || -> anyhow::Result<String> {
        let answer = with_token(&test, &Method::GET, "/api/v1/pairings/me", &token).await?;
        Ok(text(&answer.json()["status"]))
    };
    assert_eq!(state().await?, "waiting");
    let early = with_token(&test, &Method::GET, "/api/v1/rules", &token).await?;
    assert_eq!(early.refusal().0, 401, "a code alone opens nothing");
    let wrong = json!({"code": "AAAA-AAAA", "name": "hall"});
    let wrong = test.post("/api/v1/kiosks", &wrong).await?;
    assert_eq!(
        wrong.refusal(),
        (404, "unknown_code".into(), Some("code".into()))
    );
    let let_in = json!({"code": code.to_lowercase(), "name": "hall"});
    let let_in = test.post("/api/v1/kiosks", &let_in).await?;
    assert_eq!(let_in.status, StatusCode::CREATED, "{}", let_in.text);
    assert_eq!(let_in.json()["token"], Value::Null);
    assert_eq!(state().await?, "paired");
    // It never logs out.
    test.clock.advance(400 * DAY_MS);
    for uri in ["/api/v1/rules", "/api/v1/anomalies", "/api/v1/rules/other"] {
        let answer = with_token(&test, &Method::GET, uri, &token).await?;
        assert_eq!(answer.status, StatusCode::OK, "{uri}: {}", answer.text);
    }
    let writes = with_token(&test, &Method::POST, "/api/v1/rules/validate", &token).await?;
    assert_eq!(writes.refusal().0, 403, "a wall only looks");

    let stream = Request::get("/api/v1/stream")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())?;
    let stream = test.open_as_nobody(stream).await?;
    let id = text(&let_in.json()["kiosk"]["id"]);
    let uri = format!("/api/v1/kiosks/{id}");
    test.call(&Method::DELETE, &uri, &Value::Null).await?;
    let frames: Vec<_> = stream.into_body().into_data_stream().collect().await;
    assert!(!frames.is_empty(), "the stream ends with the wall");
    assert_eq!(state().await?, "over");
    Ok(())
}

#[tokio::test]
async fn wall_when_it_shows_rules_only_then_reads_only_those() -> anyhow::Result<()> {
    let test = guarded().await?;
    let body = json!({"name": "hall", "pages": ["rule:mine"]});
    let made = test.post("/api/v1/kiosks", &body).await?.json();
    let token = text(&made["token"]);
    for (uri, status) in [
        ("/api/v1/rules/mine", 200),
        ("/api/v1/rules/other", 403),
        ("/api/v1/rules", 403),
        ("/api/v1/anomalies", 403),
        ("/api/v1/anomalies?rule=mine", 200),
    ] {
        let answer = with_token(&test, &Method::GET, uri, &token).await?;
        assert_eq!(answer.status.as_u16(), status, "{uri}: {}", answer.text);
    }
    let wrong = json!({"name": "hall", "pages": ["Rule 1"]});
    let wrong = test.post("/api/v1/kiosks", &wrong).await?.refusal();
    assert_eq!((wrong.0, wrong.2.as_deref()), (422, Some("pages")));
    Ok(())
}
