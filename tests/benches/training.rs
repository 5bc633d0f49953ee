//! How long the server's answers take while it trains a network on the same processors.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Hindcast, Setup, eventually, now_ms};
use serde_json::{Value, json};

const SERIES: usize = 8;
const SAMPLES: usize = 10_080;
const MINUTE_MS: i64 = 60_000;

/// As many answers are waited for, one after the other, and so long between two.
const ANSWERS: usize = 500;
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() -> Result<()> {
    let mut hindcast = started().await?;
    let api = hindcast.api()?;
    let quiet = answers(&api).await?;
    let job = train(&api).await?;
    let busy = answers(&api).await?;
    let state = job_of(&api, job).await?;
    ensure!(
        state["state"] == "running",
        "not all of it was trained beside: {state}"
    );
    println!("measured answers_quiet_p99_ms {:.1}", at(&quiet, 0.99));
    println!(
        "measured answers_while_training_p50_ms {:.1}",
        at(&busy, 0.5)
    );
    println!(
        "measured answers_while_training_p99_ms {:.1}",
        at(&busy, 0.99)
    );
    api.post(&format!("/api/v1/jobs/{job}/cancel"), &json!({}))
        .await?;
    hindcast.stop().await
}

async fn started() -> Result<Hindcast> {
    let setup = Setup::new()?;
    let file = setup.dir().join("load.csv");
    std::fs::write(&file, table(now_ms())?)?;
    let source = json!([{ "name": "table", "kind": "csv", "path": file }]);
    // Nobody is held back: what is measured is the server, and not its limits.
    let limits = json!({ "list_per_minute": 1_000_000 });
    setup
        .with("sources", source)
        .with("limits", limits)
        .start()
        .await
}

/// A week of eight waves until an instant.
fn table(until_ms: i64) -> Result<String> {
    let mut text = String::from("time");
    for series in 0..SERIES {
        write!(text, ",load{series}")?;
    }
    for sample in 0..SAMPLES {
        let at_ms = until_ms - (SAMPLES - sample) as i64 * MINUTE_MS;
        write!(text, "\n{at_ms}")?;
        for series in 0..SERIES {
            let noise = ((sample * SERIES + series) * 2_654_435_761 % 1_000) as f64 / 1_000.0;
            let value = (sample as f64 / 180.0 + series as f64).sin() * 5.0 + noise;
            write!(text, ",{value:.3}")?;
        }
    }
    Ok(text)
}

/// Begins a training that takes longer than the measuring, and waits until it learns.
async fn train(api: &Api) -> Result<i64> {
    let spec = json!({
        "name": "load", "kind": "tcn_autoencoder", "source": "table", "query": "{}", "layout": "joint",
        "history": "7d", "size": "base", "epochs": 1_000
    });
    let asked = json!({ "spec": spec, "promote": "never" });
    let begun: Value = api.post("/api/v1/jobs", &asked).await?.json()?;
    let id = begun["id"].as_i64().with_context(|| begun.to_string())?;
    eventually("the training", Duration::from_mins(1), || async {
        let job = job_of(api, id).await?;
        ensure!(job["state"] != "failed", "{job}");
        Ok((job["state"] == "running").then_some(()))
    })
    .await?;
    Ok(id)
}

async fn job_of(api: &Api, id: i64) -> Result<Value> {
    api.get(&format!("/api/v1/jobs/{id}")).await?.json()
}

/// Milliseconds of each answer, the shortest first: what a page asks for when it is opened, in turn.
async fn answers(api: &Api) -> Result<Vec<f64>> {
    let asked = [
        "/api/v1/rules",
        "/api/v1/anomalies?limit=50",
        "/api/v1/series?source=table&query=load1&from=now-1d&to=now&px=800",
        "/api/v1/models",
        "/health",
    ];
    let mut took = Vec::with_capacity(ANSWERS);
    for path in asked.into_iter().cycle().take(ANSWERS) {
        let began = Instant::now();
        let answer = api.get(path).await?;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        ensure!(answer.status.is_success(), "{path}: {}", answer.text());
        tokio::time::sleep(PAUSE).await;
    }
    took.sort_by(f64::total_cmp);
    Ok(took)
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
