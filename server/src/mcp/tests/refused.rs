use axum::body::Body;
use hindcast_shared::api::Role;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};

use super::{call, hello, message, send, server};
use crate::testing::TestApp;

#[rstest]
#[case("replay_rule", json!({"rule": "cpu", "from": "soon"}), "from")]
#[case("replay_rule", json!({"rule": "nobody"}), "rule")]
#[case("replay_rule", json!({}), "rule")]
#[case("replay_rule", json!({"rule": "cpu", "limit": 0}), "limit")]
#[case("replay_rule", json!({"yaml": "name: a\nsource: nowhere\nquery: x\ndetector: {kind: mad}\n"}), "yaml.source")]
#[case("replay_rule", json!({"rule": 1}), "rule")]
#[case("find_rule", json!({"id": "cpu"}), "id")]
#[case("query_series", json!({"source": "inbox"}), "query")]
#[case("query_series", json!({"rule": "cpu", "points": 401}), "points")]
#[case("search_setting", json!({"rule": "cpu", "most_pages_per_week": -1.0}), "most_pages_per_week")]
#[case("search_setting", json!({"rule": "cpu"}), "most_pages_per_week")]
#[case("explain_anomaly", json!({"id": "nobody"}), "id")]
#[case("list_open_anomalies", json!({"severity": "bad"}), "severity")]
#[case("list_detectors", json!({"kind": "magic"}), "kind")]
#[tokio::test]
async fn tool_when_its_input_is_wrong_then_names_the_field(
    #[case] tool: &str,
    #[case] arguments: Value,
    #[case] field: &str,
) -> anyhow::Result<()> {
    let test = server().await?;
    let result = call(&test, tool, &arguments).await?;
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(
        result["structuredContent"]["error"]["field"], field,
        "{result}"
    );
    let text = result["content"][0]["text"].as_str().unwrap_or_default();
    assert!(text.starts_with(field), "{text}");
    Ok(())
}

#[tokio::test]
async fn stranger_when_without_a_key_or_of_another_origin_then_is_refused() -> anyhow::Result<()> {
    let mut test = server().await?;
    let key = test.make_key("viewer", Role::Viewer).await?;
    assert_eq!(send(&test, &[], &hello()).await?.status, 401);
    let in_address = Request::post(format!("/mcp?api_key={key}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    let in_address = test
        .send(in_address.body(Body::from(hello().to_string()))?)
        .await?;
    assert_eq!(in_address.status, 401, "no key in an address");
    let bearer = format!("Bearer {key}");
    let by_bearer = [("authorization", bearer.as_str())];
    assert_eq!(send(&test, &by_bearer, &hello()).await?.status, 200);
    let rebound = [
        ("authorization", bearer.as_str()),
        ("origin", "http://evil.example"),
    ];
    assert_eq!(send(&test, &rebound, &hello()).await?.status, 403);
    let own = [
        ("authorization", bearer.as_str()),
        ("origin", "http://127.0.0.1"),
    ];
    assert_eq!(send(&test, &own, &hello()).await?.status, 200);
    test.use_key(test.make_key("panel", Role::Embed).await?);
    assert_eq!(
        send(&test, &[], &hello()).await?.status,
        403,
        "a viewer at least"
    );
    Ok(())
}

#[tokio::test]
async fn message_when_too_large_or_not_understood_then_is_refused() -> anyhow::Result<()> {
    let test = server().await?;
    let large = json!({"yaml": "#".repeat(300_000)});
    let params = json!({"name": "validate_rule", "arguments": large});
    assert_eq!(
        send(&test, &[], &message("tools/call", &params))
            .await?
            .status,
        413
    );
    let nothing = message(
        "tools/call",
        &json!({"name": "delete_rule", "arguments": {}}),
    );
    let answer = send(&test, &[], &nothing).await?.json();
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let plain = Request::post("/mcp").header("content-type", "application/json");
    let plain = test
        .send(plain.body(Body::from(hello().to_string()))?)
        .await?;
    assert_eq!(
        plain.refusal(),
        (400, "invalid_header".to_owned(), Some("accept".to_owned()))
    );
    Ok(())
}

#[tokio::test]
async fn assistants_when_switched_off_then_find_nothing() -> anyhow::Result<()> {
    let test = TestApp::with(|config| config.mcp.enabled = false).await?;
    let answer = send(&test, &[], &hello()).await?;
    assert_eq!(answer.refusal().0, 404, "{}", answer.text);
    Ok(())
}

#[tokio::test]
async fn assistant_when_it_asks_too_often_then_is_told_to_wait() -> anyhow::Result<()> {
    let test = TestApp::with(|config| config.limits.list_per_minute = 2).await?;
    for _ in 0..2 {
        assert_eq!(send(&test, &[], &hello()).await?.status, 200);
    }
    let answer = send(&test, &[], &hello()).await?;
    assert_eq!(answer.refusal().1, "rate_limited");
    assert!(answer.headers.contains_key("retry-after"));
    Ok(())
}
