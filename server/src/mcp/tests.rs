mod refused;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::routes::testing::draft;
use crate::testing::{Answer, NOW_MS, TestApp};

/// The revision that a client asks for when it says hello.
const REVISION: &str = "2025-06-18";

/// A server with pushed samples and the rule `cpu` over them: three peaks of one minute in the last hour.
async fn server() -> anyhow::Result<TestApp> {
    let test = TestApp::with(|config| {
        config.sources = vec![crate::config::SourceConfig {
            name: "inbox".into(),
            spec: crate::config::SourceSpec::Push(crate::config::PushSource {}),
        }];
        config.default_sources = false;
        config.rules = Vec::new();
    })
    .await?;
    let samples: Vec<Value> = (0..600)
        .map(|minute| {
            let value = if minute > 540 && minute % 20 == 10 {
                95.0
            } else {
                40.0 + f64::from(minute % 5)
            };
            let at_ms = NOW_MS - i64::from(600 - minute) * 60_000;
            json!({"name": "load", "at_ms": at_ms, "value": value})
        })
        .collect();
    test.post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    let rule: Value = serde_json::from_str(&draft("cpu"))?;
    let made = test.post("/api/v1/rules", &rule).await?;
    anyhow::ensure!(made.status.is_success(), "{}", made.text);
    Ok(test)
}

async fn send(test: &TestApp, headers: &[(&str, &str)], body: &Value) -> anyhow::Result<Answer> {
    let mut request = Request::post("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    test.send(request.body(Body::from(body.to_string()))?).await
}

fn message(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

fn hello() -> Value {
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": REVISION, "capabilities": {}, "clientInfo": client});
    message("initialize", &params)
}

/// The result of a tool; an error where it is one of the protocol.
async fn call(test: &TestApp, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
    let params = json!({"name": tool, "arguments": arguments});
    let revision = [("mcp-protocol-version", REVISION)];
    let answer = send(test, &revision, &message("tools/call", &params)).await?;
    anyhow::ensure!(answer.status == 200, "{} {}", answer.status, answer.text);
    Ok(answer.json()["result"].clone())
}

/// What a tool found.
async fn found(test: &TestApp, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
    let result = call(test, tool, arguments).await?;
    anyhow::ensure!(result["isError"] == false, "{result}");
    // Clients that know no structure read the same as text.
    let written = result["content"][0]["text"].as_str().unwrap_or_default();
    assert_eq!(
        serde_json::from_str::<Value>(written)?,
        result["structuredContent"]
    );
    Ok(result["structuredContent"].clone())
}

#[tokio::test]
async fn assistant_when_it_says_hello_then_is_told_what_this_is_and_keeps_no_session()
-> anyhow::Result<()> {
    let test = server().await?;
    let answer = send(&test, &[], &hello()).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.headers.contains_key("mcp-session-id"));
    let told = &answer.json()["result"];
    assert_eq!(told["protocolVersion"], REVISION);
    assert_eq!(told["serverInfo"]["name"], "hindcast");
    assert_eq!(told["capabilities"], json!({"tools": {}}));
    let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(send(&test, &[], &done).await?.status, 202);
    let stream = Request::get("/mcp").header("accept", "text/event-stream");
    let refused = test.send(stream.body(Body::empty())?).await?;
    assert_eq!(refused.status, 405, "there is nothing to listen to");
    Ok(())
}

#[tokio::test]
async fn tools_when_listed_then_are_as_documented_and_only_read() -> anyhow::Result<()> {
    let test = server().await?;
    let answer = send(&test, &[], &message("tools/list", &json!({}))).await?;
    let tools = answer.json()["result"]["tools"].clone();
    for tool in tools.as_array().expect("tools") {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert!(!tool["inputSchema"].to_string().contains("$ref"), "{tool}");
    }
    insta::assert_json_snapshot!(tools);
    Ok(())
}

#[tokio::test]
async fn rule_when_replayed_by_a_tool_then_is_as_the_api_has_it() -> anyhow::Result<()> {
    let test = server().await?;
    let over = json!({"from": "now-2h", "to": "now"});
    let expected = test.post("/api/v1/rules/cpu/replay", &over).await?.json();
    let asked = json!({"rule": "cpu", "from": "now-2h", "limit": 2});
    let told = found(&test, "replay_rule", &asked).await?;
    for count in [
        "samples",
        "over_threshold",
        "confirmed",
        "pages_sent",
        "pages_per_week",
        "range",
    ] {
        assert_eq!(told[count], expected[count], "{count}");
    }
    assert_eq!(told["fired_total"], 3);
    let newest = expected["fired"].as_array().map(|all| all[1..].to_vec());
    assert_eq!(told["fired"].as_array(), newest.as_ref());
    // The same rule as YAML, with another threshold, is a draft of it.
    let yaml = found(&test, "find_rule", &json!({"rule": "cpu"})).await?["yaml"].clone();
    let yaml = yaml
        .as_str()
        .expect("text")
        .replace("threshold: 90", "threshold: 99");
    let told = found(
        &test,
        "replay_rule",
        &json!({"yaml": yaml, "from": "now-2h"}),
    )
    .await?;
    assert_eq!(
        (&told["fired_total"], &told["pages_sent"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        test.get("/api/v1/rules/cpu").await?.json()["version"],
        1,
        "nothing was saved"
    );
    Ok(())
}

#[tokio::test]
async fn series_when_queried_or_profiled_then_have_the_values_of_the_api() -> anyhow::Result<()> {
    let test = server().await?;
    let asked = json!({"source": "inbox", "query": "load", "from": "now-10h", "points": 40});
    let told = found(&test, "query_series", &asked).await?;
    let uri = "/api/v1/series?source=inbox&query=load&from=now-10h&to=now&px=10";
    let expected = test.get(uri).await?.json();
    assert_eq!(told["series"][0]["points"], expected["series"][0]);
    assert_eq!(told["range"], expected["range"]);
    let summary = &told["series"][0]["summary"];
    assert_eq!(
        (&summary["samples"], &summary["missing"]),
        (&json!(600), &json!(0))
    );
    assert_eq!(
        (&summary["lowest"], &summary["highest"]),
        (&json!(40.0), &json!(95.0))
    );
    let rule = found(
        &test,
        "profile_series",
        &json!({"rule": "cpu", "from": "now-10h"}),
    )
    .await?;
    let series = &rule["series"][0];
    assert_eq!(series["values"], json!([40.0, 42.0, 95.0]));
    assert!(
        series["said"]
            .as_array()
            .is_some_and(|said| !said.is_empty()),
        "{series}"
    );
    assert!(
        series["advice"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{series}"
    );
    Ok(())
}

#[tokio::test]
async fn setting_when_searched_then_its_yaml_keeps_to_the_budget() -> anyhow::Result<()> {
    let test = server().await?;
    let asked = json!({"rule": "cpu", "from": "now-10h", "most_pages_per_week": 0.0});
    let told = found(&test, "search_setting", &asked).await?;
    assert_eq!(told["before"]["pages"], 3, "{told}");
    assert_eq!(
        (&told["fits"], &told["after"]["pages"]),
        (&json!(true), &json!(0)),
        "{told}"
    );
    let again = json!({"yaml": told["yaml"], "from": "now-10h"});
    let again = found(&test, "replay_rule", &again).await?;
    assert_eq!(again["pages_per_week"], told["after"]["pages_per_week"]);
    Ok(())
}

#[tokio::test]
async fn anomaly_when_open_then_is_listed_and_explained() -> anyhow::Result<()> {
    let test = server().await?;
    test.post("/api/v1/anomalies/detect-and-notify?hours=2", &Value::Null)
        .await?;
    let all = test.get("/api/v1/anomalies?from=0").await?.json();
    let id = all["items"][0]["id"].clone();
    let told = found(&test, "explain_anomaly", &json!({ "id": id })).await?;
    let id = id.as_str().expect("an id");
    let expected = test.get(&format!("/api/v1/anomalies/{id}")).await?.json();
    assert_eq!(told["anomaly"], expected);
    let why = test
        .get(&format!("/api/v1/anomalies/{id}/explanation"))
        .await?
        .json();
    assert_eq!(told["explanation"], why);
    let open = found(&test, "list_open_anomalies", &json!({})).await?;
    let active = test
        .get("/api/v1/anomalies?from=0&status=active&limit=20")
        .await?
        .json();
    assert_eq!(open["items"], active["items"]);
    Ok(())
}

#[tokio::test]
async fn lists_when_asked_for_then_are_those_of_the_api() -> anyhow::Result<()> {
    let test = server().await?;
    let sources = found(&test, "list_sources", &json!({})).await?;
    assert_eq!(
        sources["items"],
        test.get("/api/v1/sources").await?.json()["items"]
    );
    let rules = found(&test, "list_rules", &json!({})).await?;
    assert_eq!(
        (&rules["total"], &rules["items"][0]["id"]),
        (&json!(1), &json!("cpu"))
    );
    let after = found(&test, "list_rules", &json!({"after": "cpu"})).await?;
    assert_eq!(after["items"], json!([]));
    let detectors = test.get("/api/v1/detectors").await?.json();
    let expected = detectors["items"].as_array().expect("detectors");
    let told = found(&test, "list_detectors", &json!({})).await?;
    assert_eq!(told["items"].as_array().map(Vec::len), Some(expected.len()));
    let one = found(&test, "list_detectors", &json!({"kind": "zscore"})).await?;
    let zscore = expected.iter().find(|one| one["kind"] == "zscore");
    assert_eq!(one["items"].get(0), zscore);
    assert_eq!(
        found(&test, "list_queries", &json!({})).await?["items"],
        json!([])
    );
    Ok(())
}

#[tokio::test]
async fn rule_when_validated_by_a_tool_then_faults_have_line_and_field() -> anyhow::Result<()> {
    let test = server().await?;
    let yaml = "name: a\nsource: inbox\nquery: load\ndetector: { kind: nothing }\n";
    let told = found(&test, "validate_rule", &json!({ "yaml": yaml })).await?;
    let error = &told["errors"][0];
    assert_eq!(
        (&error["line"], &error["field"]),
        (&json!(4), &json!("detector.kind"))
    );
    assert_eq!(
        test.get("/api/v1/rules").await?.json()["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    Ok(())
}
