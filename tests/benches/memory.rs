//! How much memory the server holds: doing nothing, and watching a thousand series.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::RuleRecord;
use hindcast_tests::{Api, Hindcast, Setup, eventually, now_ms};
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
    for back in (0..300).rev() {
        push(&api, now_ms() - back * 10_000, back).await?;
    }
    let mut turn = 0;
    eventually("a run over all series", Duration::from_mins(2), || {
        turn += 1;
        let api = &api;
        async move {
            push(api, now_ms(), turn).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let rule: RuleRecord = api.get("/api/v1/rules/many").await?.json()?;
            let run = rule.last_run.context("no run")?;
            ensure!(run.series as usize == SERIES, "{run:?}");
            Ok(Some(()))
        }
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!(
        "measured server_rss_1000_series_mb {:.1}",
        resident_mb(&hindcast)?
    );
    hindcast.stop().await
}

/// One sample of every series.
async fn push(api: &Api, at_ms: i64, turn: i64) -> Result<()> {
    let sample = |lane: i64| {
        let value = ((lane * 7 + turn * 13) % 29) as f64;
        json!({ "name": "lane", "labels": { "lane": lane.to_string() }, "value": value, "at_ms": at_ms })
    };
    let samples: Vec<Value> = (0..SERIES as i64).map(sample).collect();
    let answer = api
        .post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    ensure!(answer.status.is_success(), "{}", answer.text());
    Ok(())
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
