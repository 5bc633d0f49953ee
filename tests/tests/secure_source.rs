//! TLS towards a source: a Prometheus for whose certificate only a CA file of the configuration vouches.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{ListPage, SourceRecord, SourceState};
use hindcast_tests::{Certificate, History, Prometheus, Setup, eventually, now_ms};
use serde_json::{Value, json};

fn history() -> History {
    History {
        series: "queue_length{job=\"shop\"}".to_owned(),
        until_s: now_ms() / 1_000 - 60,
        step_s: 15,
        values: (0..100).map(f64::from).collect(),
    }
}

fn source(name: &str, url: &str, ca_file: Option<&Path>) -> Value {
    let mut source = json!({ "name": name, "kind": "prometheus", "url": url, "timeout": "5s" });
    if let Some(ca_file) = ca_file {
        source["ca_file"] = json!(ca_file);
    }
    source
}

#[tokio::test(flavor = "multi_thread")]
async fn source_when_its_certificate_is_vouched_for_then_is_up_and_otherwise_says_why_not()
-> Result<()> {
    let (dir, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let own = Certificate::make(dir.path())?;
    let foreign = Certificate::make(other.path())?;
    let prometheus = Prometheus::start_secure(&own, &[history()]).await?;
    let url = prometheus.url();
    let sources = json!([
        source("right", &url, Some(&own.cert)),
        source("wrong", &url, Some(&foreign.cert)),
        source("bare", &url, None),
        source("plain", &url.replace("https", "http"), None),
    ]);
    let mut hindcast = Setup::new()?.with("sources", sources).start().await?;
    let api = hindcast.api()?;
    let ask = |name: &str| {
        format!("/api/v1/series?source={name}&query=queue_length&from=now-1h&to=now&step=15s")
    };
    let found: Value = api.get(&ask("right")).await?.json()?;
    let series = found["series"].as_array().context("no series")?;
    ensure!(series.len() == 1, "{found}");
    for name in ["wrong", "bare", "plain"] {
        let error = api.get(&ask(name)).await?.refused(502)?;
        ensure!(error.code == "source_unavailable", "{error:?}");
    }
    eventually("the states", Duration::from_secs(30), || async {
        let listed: ListPage<SourceRecord> = api.get("/api/v1/sources").await?.json()?;
        for record in listed.items {
            let named_reason = match (record.name.as_str(), &record.state) {
                ("right", state) => matches!(state, SourceState::Up { .. }),
                ("plain", SourceState::Down { .. }) => true,
                (_, SourceState::Down { why, .. }) => why.contains("certificate"),
                _ => false,
            };
            ensure!(named_reason, "{record:?}");
        }
        Ok(Some(()))
    })
    .await?;
    hindcast.stop().await
}
