//! How much memory the server holds: doing nothing, and watching a thousand series.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::RuleRecord;
use hindcast_tests::{Hindcast, Setup, eventually, now_ms};
use serde_json::{Value, json};

const SERIES: usize = 1_000;

#[tokio::main]
async fn main() -> Result<()> {
    idle().await?;
    busy().await
}

/// On the defaults, once their rules have run.
async fn idle() -> Result<()> {
    let mut hindcast = Setup::new()?.start().await?;
    tokio::time::sleep(Duration::from_secs(20)).await;
    println!("measured server_rss_idle_mb {:.1}", resident_mb(&hindcast)?);
    hindcast.stop().await
}

/// One rule over a thousand series with a baseline of 240 samples each.
async fn busy() -> Result<()> {
    let rule = json!({
        "name": "many", "source": "push", "query": "lane", "step": "10s", "window": "1h", "fit_every": "1h",
        "schedule": { "every": "2s" },
        "detector": { "kind": "zscore", "window_samples": 240 }
    });
    let setup = Setup::new()?.with_push();
    let limits = json!({ "list_per_minute": 1_000_000, "body_mib": 64 });
    let mut hindcast = setup
        .with("limits", limits)
        .with("rules", json!([rule]))
        .start()
        .await?;
    let api = hindcast.api()?;
    let newest_ms = now_ms();
    for back in (0..300).rev() {
        let sample = |lane: usize| {
            let value = ((lane * 7 + back * 13) % 29) as f64;
            json!({ "name": "lane", "labels": { "lane": lane.to_string() }, "value": value,
                "at_ms": newest_ms - back as i64 * 10_000 })
        };
        let samples: Vec<Value> = (0..SERIES).map(sample).collect();
        let answer = api
            .post("/api/v1/samples", &json!({ "samples": samples }))
            .await?;
        ensure!(answer.status.is_success(), "{}", answer.text());
    }
    eventually("a run over all series", Duration::from_mins(1), || async {
        let rule: RuleRecord = api.get("/api/v1/rules/many").await?.json()?;
        let run = rule.last_run.context("no run")?;
        Ok(
            (run.series as usize == SERIES && run.watermark_ms >= Some(newest_ms - 20_000))
                .then_some(()),
        )
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!(
        "measured server_rss_1000_series_mb {:.1}",
        resident_mb(&hindcast)?
    );
    hindcast.stop().await
}

/// What the kernel counts as resident.
fn resident_mb(hindcast: &Hindcast) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", hindcast.id()))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()?;
    Ok(kib / 1_024.0)
}
