//! Bad input gets an answer that names what is wrong, and changes nothing.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::StreamExt as _;
use hindcast_tests::{Api, Exporter, Prometheus, Setup, eventually};
use http::Method;
use serde_json::{Value, json};

/// Runs a configuration that must be refused, and answers what it says.
fn refusal(text: &str) -> Result<String> {
    let setup = Setup::new()?;
    let file = setup.dir().join("wrong.yaml");
    std::fs::write(&file, text)?;
    let binary = hindcast_tests::binary()?;
    for command in ["serve", "check"] {
        let args: &[&str] = if command == "serve" {
            &["serve", "--bind", "127.0.0.1:0", "--config"]
        } else {
            &["config", "check", "--config"]
        };
        let output = std::process::Command::new(&binary)
            .args(args)
            .arg(&file)
            .current_dir(setup.dir())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.code().is_some_and(|code| code != 0),
            "{command} accepted it: {said}"
        );
        ensure!(!said.contains("panicked"), "{said}");
        if command == "check" {
            let stores = std::fs::read_dir(setup.dir())?.filter_map(Result::ok);
            let left: Vec<_> = stores.map(|entry| entry.file_name()).collect();
            ensure!(left == ["wrong.yaml"], "something was made: {left:?}");
            return Ok(said);
        }
    }
    Ok(String::new())
}

#[test]
fn configuration_when_wrong_then_the_start_names_file_line_and_key() -> Result<()> {
    let rule = "rules:\n- name: r\n  source: s\n  query: up\n  detector: { kind: zscore }\n";
    let sources = "sources:\n- { name: s, kind: push }\n";
    let cases = [
        ("http: {\n  bind: [\n".to_owned(), "wrong.yaml:", ""),
        (
            "htp: {}\n".to_owned(),
            "wrong.yaml:1",
            "did you mean `http`",
        ),
        ("http:\n  bnd: 1\n".to_owned(), "wrong.yaml:2", "http.bnd"),
        (
            format!("{sources}{rule}  window: 0s\n"),
            "wrong.yaml:8",
            "rules[0].window",
        ),
        (
            format!("{sources}{rule}  windoww: 1d\n"),
            "wrong.yaml:8",
            "did you mean `window`",
        ),
        (
            "sources:\n- { name: s, kind: prometeus }\n".to_owned(),
            "wrong.yaml:2",
            "did you mean `prometheus`",
        ),
        (
            "http: { tls: { cert: a } }\n".to_owned(),
            "wrong.yaml:1",
            "key",
        ),
    ];
    for (text, place, word) in cases {
        let said = refusal(&text)?;
        ensure!(
            said.contains(place) && said.contains(word),
            "`{text}` was refused with: {said}"
        );
    }
    Ok(())
}

async fn server() -> Result<(hindcast_tests::Hindcast, Api)> {
    let hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    Ok((hindcast, api))
}

fn rule() -> Value {
    json!({ "name": "r", "source": "push", "query": "m", "detector": { "kind": "zscore" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_when_wrong_then_the_field_is_named_and_nothing_is_saved() -> Result<()> {
    let (mut hindcast, api) = server().await?;
    let cases = [
        ("window", json!("0s"), "window"),
        (
            "detector",
            json!({ "kind": "zscore", "window_samples": 0 }),
            "detector.window_samples",
        ),
        ("detector", json!({ "kind": "zscroe" }), "detector.kind"),
        (
            "decision",
            json!({ "threshold": "high" }),
            "decision.threshold",
        ),
        ("thresold", json!(3), "thresold"),
        ("source", json!("nowhere"), "source"),
        ("query", json!("m{"), "query"),
        ("schedule", json!({ "cron": "every day" }), "schedule.cron"),
        ("name", json!(""), "name"),
    ];
    let before = api.anomalies("").await?.as_of_seq;
    for (key, value, field) in cases {
        let mut wrong = rule();
        wrong[key] = value;
        let error = api.post("/api/v1/rules", &wrong).await?.refused(422);
        let error = error.with_context(|| wrong.to_string())?;
        ensure!(error.field.as_deref() == Some(field), "{wrong}: {error:?}");
        ensure!(
            !error.message.is_empty() && !error.code.is_empty(),
            "{error:?}"
        );
    }
    for body in ["", "{", "[]", "null", "{\"name\": 1}", "\u{0}"] {
        let request = api.request(Method::POST, "/api/v1/rules").body(body);
        let answer = api
            .send(request.header("content-type", "application/json"))
            .await?;
        ensure!(
            [400, 422].contains(&answer.status.as_u16()),
            "{body:?}: {}",
            answer.text()
        );
        answer.refused(answer.status.as_u16())?;
    }
    let rules: Value = api.get("/api/v1/rules").await?.json()?;
    ensure!(rules["items"] == json!([]), "{rules}");
    ensure!(
        api.anomalies("").await?.as_of_seq == before,
        "the journal has grown"
    );
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn promql_when_prometheus_refuses_it_then_its_own_words_are_passed_on() -> Result<()> {
    let exporter = Exporter::start()?;
    exporter.set("queue", 1.0);
    let prometheus = Prometheus::start(&exporter, &[]).await?;
    let setup = Setup::new()?.with_prometheus(&prometheus.url());
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let path = "/api/v1/series?source=prom&query=rate(queue&from=now-1h&to=now";
    let error = api.get(path).await?.refused(400)?;
    ensure!(error.message.contains("parse error"), "{error:?}");
    ensure!(error.field.as_deref() == Some("query"), "{error:?}");
    let draft = json!({
        "name": "r", "source": "prom", "query": "rate(queue", "detector": { "kind": "zscore" }
    });
    let verdict: Value = api.post("/api/v1/rules/validate", &draft).await?.json()?;
    ensure!(verdict["valid"] == false, "{verdict}");
    ensure!(verdict["errors"][0]["field"] == "query", "{verdict}");
    let error = api.post("/api/v1/rules", &draft).await?.refused(422)?;
    ensure!(error.message.contains("parse error"), "{error:?}");
    let sources: Value = api.get("/api/v1/sources").await?.json()?;
    ensure!(
        !sources.to_string().contains("\"down\""),
        "a wrong question is no outage: {sources}"
    );
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_when_a_line_is_broken_then_file_and_line_are_named() -> Result<()> {
    let setup = Setup::new()?;
    let file = setup.dir().join("sheet.csv");
    std::fs::write(
        &file,
        "time,load\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2,3\n",
    )?;
    let source = json!([{ "name": "sheet", "kind": "csv", "path": file }]);
    let mut hindcast = setup.with("sources", source).start().await?;
    let api = hindcast.api()?;
    let path =
        "/api/v1/series?source=sheet&query=load&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z";
    let answer = api.get(path).await?;
    ensure!(
        answer.status.is_client_error() || answer.status.as_u16() == 502,
        "{}",
        answer.text()
    );
    let error = answer.refused(answer.status.as_u16())?;
    ensure!(
        error.message.contains("sheet.csv") && error.message.contains("line 3"),
        "{error:?}"
    );
    let down = eventually(
        "the source to be shown as down",
        Duration::from_secs(10),
        || async {
            let sources: Value = api.get("/api/v1/sources").await?.json()?;
            Ok(sources.to_string().contains("line 3").then_some(sources))
        },
    );
    ensure!(down.await?.to_string().contains("\"down\""));
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn body_when_fifty_megabytes_then_is_refused_with_and_without_a_length() -> Result<()> {
    let (mut hindcast, api) = server().await?;
    let size = 50 << 20;
    let post = |path: &str| {
        let request = api.request(Method::POST, path);
        request.header("content-type", "application/json")
    };
    for path in ["/api/v1/samples", "/api/v1/rules", "/api/v1/sessions"] {
        // A server that refuses early may close the connection while the rest is still on its way.
        if let Ok(answer) = api.send(post(path).body(vec![b' '; size])).await {
            let error = answer.refused(413)?;
            ensure!(error.code == "body_too_large", "{error:?}");
        }
        let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
        let body = reqwest::Body::wrap_stream(chunks.take(size >> 20));
        if let Ok(answer) = api.send(post(path).body(body)).await {
            let error = answer.refused(413)?;
            ensure!(error.code == "body_too_large", "{error:?}");
        }
    }
    // It is told in any case to who waits for the permission to send.
    let request = post("/api/v1/samples").header("expect", "100-continue");
    let answer = api.send(request.body(vec![b' '; 9 << 20])).await;
    if let Ok(answer) = answer {
        answer.refused(413)?;
    }
    ensure!(api.get("/health").await?.status.is_success());
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn query_when_wrong_then_is_a_400_that_names_the_parameter() -> Result<()> {
    let (mut hindcast, api) = server().await?;
    ensure!(
        api.post("/api/v1/rules", &rule())
            .await?
            .status
            .is_success()
    );
    let cases = [
        ("/api/v1/stream?since=yesterday", "since"),
        ("/api/v1/stream?since=-5", "since"),
        ("/api/v1/stream?topics=anomalies", "topics"),
        ("/api/v1/anomalies?from=now&to=now-1h", "from"),
        ("/api/v1/anomalies?from=soon", "from"),
        ("/api/v1/anomalies?limit=0", "limit"),
        ("/api/v1/anomalies?limit=many", "limit"),
        ("/api/v1/anomalies?status=opn", "status"),
        ("/api/v1/anomalies?stats=open", "stats"),
        ("/api/v1/anomalies?cursor=%00", "cursor"),
        ("/api/v1/anomalies/stats?hours=-1", "hours"),
        (
            "/api/v1/series?source=push&query=m&from=now&to=now-1h",
            "from",
        ),
        (
            "/api/v1/series?source=push&query=m&from=now-1h&to=now&step=0s",
            "step",
        ),
        (
            "/api/v1/series?source=push&query=m&from=now-1h&to=now&px=0",
            "px",
        ),
        (
            "/api/v1/series?source=push&query=m&from=now-1h&to=now&tz=Mars/Olympus",
            "tz",
        ),
        (
            "/api/v1/series?source=push&query=rate(m[5m])&from=now-1h&to=now",
            "query",
        ),
        ("/api/v1/transitions?from=now&to=now-1h", "from"),
        ("/api/v1/rules?enabled=true", "enabled"),
        ("/api/v1/rules/r?version=1", "version"),
    ];
    for (path, field) in cases {
        let error = api.get(path).await?.refused(400)?;
        ensure!(error.field.as_deref() == Some(field), "{path}: {error:?}");
    }
    let backwards = json!({ "from": "now", "to": "now-1h" });
    let error = api.post("/api/v1/rules/r/replay", &backwards).await?;
    let error = error.refused(error.status.as_u16())?;
    ensure!(error.field.as_deref() == Some("from"), "{error:?}");
    for path in [
        "/api/v1/rules/unknown",
        "/api/v1/series?source=nowhere&query=m&from=now-1h&to=now",
        "/api/v1/anomalies/01JH0000000000000000000000",
        "/api/v1/nothing",
    ] {
        api.get(path).await?.refused(404)?;
    }
    hindcast.stop().await
}
