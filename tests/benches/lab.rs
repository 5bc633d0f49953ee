//! The Lab: from a moved slider to the painted frame, and the longest task meanwhile.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hindcast_tests::{Browser, Script, Setup};
use serde_json::{Value, json};

const MOVES: usize = 200;

/// So many come while the browser still compiles what they run, on the core that the worker and the frames share.
const FIRST: usize = 40;

/// Sizes, and how they are called in the figures.
const SIZES: [(usize, &str); 3] = [(10_080, "10k"), (100_000, "100k"), (1_000_000, "1m")];

/// The newest sample; a round number of steps since 1970.
const UNTIL_MS: i64 = 1_780_000_000_000;

#[tokio::main]
async fn main() -> Result<()> {
    for (points, name) in SIZES {
        measure(points, name).await?;
    }
    Ok(())
}

async fn measure(points: usize, name: &str) -> Result<()> {
    let setup = Setup::new()?;
    let file = setup.dir().join("samples.csv");
    std::fs::write(&file, table(points)?)?;
    let rule = json!({
        "name": "wave", "source": "sheet", "query": "wave", "enabled": false, "step": "1s", "window": "1h",
        "fit_every": "1d", "detector": { "kind": "zscore", "window_samples": 240 },
        "decision": { "threshold": 3.0 }, "no_data": "off"
    });
    let source = json!([{ "name": "sheet", "kind": "csv", "path": file }]);
    let setup = setup.with("sources", source).with("rules", json!([rule]));
    let mut hindcast = setup.start().await?;
    let from_ms = UNTIL_MS - points as i64 * 1_000;
    let arguments = json!({
        "url": hindcast.url(), "moves": MOVES,
        "path": format!("/lab?rule=wave&from={from_ms}&to={UNTIL_MS}"),
    });
    let mut browser = Browser::start(Script::LabSpeed, &arguments)?;
    let figures = browser.hear("figures", Duration::from_mins(5)).await?;
    let frames = numbers(&figures["frames_ms"])?;
    let first = frames.get(..FIRST).context("moves")?;
    let longest = numbers(&figures["tasks_ms"])?
        .into_iter()
        .fold(0.0, f64::max);
    let figure = |what: &str, value: f64| {
        println!("measured lab_slider_to_frame_{name}_{what}_ms {value:.1}");
    };
    figure("p50", quantile(&frames, 0.5));
    figure("p95", quantile(&frames, 0.95));
    figure("first_moves_p95", quantile(first, 0.95));
    println!("measured lab_longest_task_{name}_ms {longest:.1}");
    browser.close().await?;
    hindcast.stop().await
}

fn numbers(list: &Value) -> Result<Vec<f64>> {
    let list = list.as_array().context("no figures")?;
    Ok(list.iter().filter_map(Value::as_f64).collect())
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// A wave with noise and a spike now and then, a sample a second.
fn table(points: usize) -> Result<String> {
    let mut text = String::from("time,wave\n");
    for index in 0..points {
        let at_ms = UNTIL_MS - (points - index) as i64 * 1_000;
        let noise = ((index * 2_654_435_761) % 1_000) as f64 / 500.0;
        let spike = if index % 5_003 < 4 { 30.0 } else { 0.0 };
        let value = 50.0 + (index as f64 / 600.0).sin() * 10.0 + noise + spike;
        writeln!(text, "{at_ms},{value:.3}")?;
    }
    Ok(text)
}
