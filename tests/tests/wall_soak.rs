//! A wall for days in minutes: what the page holds stays what it was after the first day, and it is never loaded again.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup, long};
use serde_json::{Value, json};

/// Days of the server a minute of ours.
const TIME_SCALE: u32 = 1_440;

/// What may be more at the end of a day than at the end of the one before.
const MOST_BYTES: f64 = 1_000_000.0;

fn number(sample: &Value, key: &str) -> Result<f64> {
    sample[key]
        .as_f64()
        .with_context(|| format!("no {key} in {sample}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_when_it_hangs_for_days_then_holds_no_more_than_after_the_first() -> Result<()> {
    // What comes first fills rings and caches, so that a day is measured that is not the first.
    let days: u32 = if long() { 30 } else { 2 };
    let setup = Setup::new()?.with_time_scale(TIME_SCALE);
    let mut hindcast = setup.start().await?;
    let path = "/kiosk?pages=overview,rule:demo-memory,anomalies&every=10m&hold=5m&from=now-6h";
    let arguments = json!({ "url": hindcast.url(), "path": path, "days": days });
    let mut browser = Browser::start(Script::WallSoak, &arguments)?;
    let mut samples = Vec::new();
    for _ in 0..=days * 4 {
        let sample = browser.hear("sample", Duration::from_mins(4)).await?;
        println!("{sample}");
        samples.push(sample);
    }
    let end = browser.hear("end", Duration::from_mins(1)).await?;
    ensure!(end["same"] == true, "the page was loaded again: {end}");
    let first = samples.get(4).context("a first day")?;
    let last = samples.last().context("samples")?;
    let passed = number(last, "day")? - number(first, "day")?;
    for key in ["wasm_bytes", "js_bytes"] {
        let grown = number(last, key)? - number(first, key)?;
        println!("measured wall_{key}_a_day {:.0}", grown / passed);
        ensure!(
            grown <= MOST_BYTES * passed,
            "{key} grows by {grown}: {samples:?}"
        );
    }
    for (key, slack) in [("nodes", 400.0), ("listeners", 60.0), ("documents", 1.0)] {
        let (before, after) = (number(first, key)?, number(last, key)?);
        println!("measured wall_{key} {before:.0} {after:.0}");
        ensure!(
            after <= before * 1.1 + slack,
            "{key} grow from {before} to {after}: {samples:?}"
        );
    }
    let live = samples
        .iter()
        .filter(|sample| sample["link"] == "live")
        .count();
    ensure!(
        live * 2 > samples.len(),
        "the wall has mostly been without its server: {samples:?}"
    );
    browser.close().await?;
    hindcast.stop().await
}
