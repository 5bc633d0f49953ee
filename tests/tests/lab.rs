//! The Lab: what a moved slider shows is what the same code computes outside of a browser.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::ReplaySummary;
use hindcast_tests::{Browser, History, Prometheus, Script, Setup, now_ms, replayed};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// A rule on a week of samples a minute.
fn rule() -> Value {
    json!({
        "name": "checkout", "source": "prom", "query": "checkout_ms",
        "step": "1m", "window": "2d", "fit_every": "1d",
        "detector": { "kind": "zscore", "window_samples": 240 },
        "decision": { "threshold": 4.0, "direction": "above" }, "for": 2, "merge_gap": "10m"
    })
}

/// A quiet week with bumps from barely visible to a catastrophe.
fn week() -> History {
    let until_s = now_ms() / 1_000 - 120;
    let mut week = History::quiet_week("checkout_ms{instance=\"shop\"}", 100.0, until_s);
    for (hours_ago, by) in [
        (70, 3.0),
        (61, 5.0),
        (52, 8.0),
        (43, 12.0),
        (34, 20.0),
        (25, 40.0),
        (16, 90.0),
    ] {
        week = week.with_bump(hours_ago * 60, 6, by);
    }
    week
}

#[tokio::test(flavor = "multi_thread")]
async fn slider_when_moved_then_shows_what_the_fold_computes_and_asks_nobody() -> Result<()> {
    let prometheus = Prometheus::start_still(&[week()]).await?;
    let setup = Setup::new()?.with_prometheus(&prometheus.url());
    let mut hindcast = setup.with("rules", json!([rule()])).start().await?;
    let api = hindcast.api()?;
    let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
    let from_ms = to_ms - 72 * HOUR_MS;
    let fold = replayed(&api, "checkout", from_ms, to_ms).await?;

    let path = format!("/lab?rule=checkout&from={from_ms}&to={to_ms}");
    let mut browser = Browser::start(Script::Lab, &json!({ "url": hindcast.url(), "path": path }))?;
    let ready = browser.hear("ready", Duration::from_secs(90)).await?;
    let at_first = fold.at_threshold(4.0)?;
    ensure!(
        ready["count"] == at_first.fired.len(),
        "{ready}, and not {}",
        at_first.fired.len()
    );
    // Otherwise the log would not show what the worker asks for.
    let asked = ready["requests"].to_string();
    ensure!(
        asked.contains("/api/v1/series"),
        "the log does not see the worker: {asked}"
    );

    let mut counts = vec![at_first.fired.len()];
    for threshold in [2.5, 3.0, 6.5, 9.0, 12.0, 4.0] {
        let expected = fold.at_threshold(threshold)?.fired.len();
        browser
            .order(&json!({ "slider": "threshold", "value": threshold, "expected": expected }))
            .await?;
        let moved = browser.hear("moved", Duration::from_secs(20)).await?;
        ensure!(
            moved["count"] == expected,
            "at {threshold}: {moved}, and not {expected}"
        );
        ensure!(
            moved["requests"] == json!([]),
            "at {threshold} somebody was asked: {moved}"
        );
        counts.push(expected);
    }
    println!("would have fired, by threshold: {counts:?}");
    counts.sort_unstable();
    counts.dedup();
    ensure!(
        counts.len() >= 4,
        "the thresholds make no difference: {counts:?}"
    );

    let expected = fold.at_threshold(6.5)?.fired.len();
    browser
        .order(&json!({ "slider": "threshold", "value": 6.5, "expected": expected }))
        .await?;
    browser.hear("moved", Duration::from_secs(20)).await?;
    browser.order(&json!({ "download": true })).await?;
    let file = browser.hear("file", Duration::from_secs(20)).await?;
    let summary: ReplaySummary = serde_json::from_value(file["replay"].clone())?;
    let same = fold.at_threshold(6.5)?;
    // The draft is not the saved rule, and says so by another hash; everything else is the same.
    ensure!(summary == same, "{summary:#?}\nis not\n{same:#?}");

    browser
        .order(&Value::Null)
        .await
        .context("the last order")?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
