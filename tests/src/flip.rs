//! A rule that opens at the first high sample, and samples to make it do so.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::{Api, Setup, now_ms};

/// Opens at the first high sample; a name and labels in every script.
///
/// # Errors
/// When its folder cannot be made.
pub fn setup(notify: &Value) -> Result<Setup> {
    let rules = json!([{
        "id": "flip", "name": "Задержка 지연", "source": "push", "query": "lane", "step": "1s", "delay": "1s", "window": "1m", "fit_every": "1m",
        "schedule": {"every": "1s"}, "detector": {"kind": "threshold"}, "decision": {"threshold": 50.0}, "for": 1,
        "recover": {"below": 0.9, "for": 1}, "merge_gap": "0s", "no_data": "off", "severity": {"warning": 1.0, "critical": 1.5},
    }]);
    Ok(Setup::new()?
        .with_push()
        .with("rules", rules)
        .with("http", json!({"public_url": "https://hindcast.example/"}))
        .with("notify", notify.clone()))
}

/// One sample now.
///
/// # Errors
/// When it is not taken.
pub async fn push(api: &Api, value: f64) -> Result<()> {
    let sample =
        json!({"name": "lane", "labels": {"lane": "결제"}, "at_ms": now_ms(), "value": value});
    let answer = api
        .post("/api/v1/samples", &json!({"samples": [sample]}))
        .await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

/// A sample every half second until something is there.
///
/// # Errors
/// When it is never there.
pub async fn pushing_until<T>(
    api: &Api,
    what: &str,
    value: f64,
    mut holds: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    for _ in 0..120 {
        push(api, value).await?;
        if let Some(found) = holds()? {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("{what} did not come about");
}
