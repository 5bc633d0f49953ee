//! A rule over a value that a test pushes: critical as soon as that is high.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{Api, eventually};

/// The rule.
#[must_use]
pub fn rule(name: &str) -> Value {
    json!({
        "name": name, "source": "push", "query": name, "step": "1s", "delay": "0s", "window": "2m",
        "fit_every": "1h", "schedule": { "every": "1s" },
        "detector": { "kind": "threshold" }, "decision": { "threshold": 10.0, "direction": "above" },
        "for": 1, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s", "no_data": "off",
        "severity": { "warning": 1.0, "critical": 2.0 }
    })
}

/// Pushes one value, of now.
///
/// # Errors
/// When the server does not take it.
pub async fn push(api: &Api, name: &str, value: f64) -> Result<()> {
    let body = json!({ "samples": [{ "name": name, "labels": {}, "value": value }] });
    let answer = api.post("/api/v1/samples", &body).await?;
    ensure!(answer.status.is_success(), "{}", answer.text());
    Ok(())
}

/// Pushes a value until an anomaly of the rule is open, and says which.
///
/// # Errors
/// When none opens.
pub async fn open(api: &Api, name: &str, value: f64) -> Result<String> {
    eventually("an anomaly", Duration::from_secs(30), || async {
        push(api, name, value).await?;
        let found = api.anomalies(&format!("rule={name}&status=open")).await?;
        Ok(found.items.first().map(|anomaly| anomaly.id.to_string()))
    })
    .await
}

/// How many streams are open at the server, as its metrics say.
///
/// # Errors
/// When the server does not answer.
pub async fn streams(api: &Api) -> Result<u64> {
    let metrics = api.get("/metrics").await?.text();
    let line = metrics
        .lines()
        .find(|line| line.starts_with("hindcast_sse_clients "));
    let count = line.and_then(|line| line.split(' ').nth(1));
    Ok(count.context("no gauge of streams")?.parse::<f64>()? as u64)
}

/// Waits until so many streams are open.
///
/// # Errors
/// When they do not become so many.
pub async fn streams_become(api: &Api, wanted: u64) -> Result<()> {
    let what = format!("{wanted} streams");
    eventually(&what, Duration::from_secs(20), || async {
        Ok((streams(api).await? == wanted).then_some(()))
    })
    .await
}
