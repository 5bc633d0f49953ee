//! How many notifications a second go out to a receiver on the same machine, each one written down before and after.
//!
//! From the first arrival to the last, so that what the detector needs to find them is not in it; what is still found
//! and written down meanwhile is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hindcast_tests::{Setup, Sink, SinkReply, eventually, now_ms};
use serde_json::{Value, json};

/// Anomalies that begin at once: as many as a rule may have series.
const LANES: usize = 1_000;

/// Samples of a request.
const BATCH: usize = 1_000;

#[tokio::main]
async fn main() -> Result<()> {
    let arrivals: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let noted = arrivals.clone();
    let sink = Sink::start(move |_| {
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(Instant::now());
        SinkReply::Status(200, "")
    })?;
    let rule = json!({
        "name": "many", "source": "push", "query": "lane", "step": "10s", "delay": "1s", "window": "1m", "fit_every": "1m",
        "detector": { "kind": "threshold" }, "decision": { "threshold": 50.0 }, "for": 1, "no_data": "off",
    });
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [{"name": "hook", "channel": "webhook", "url": sink.url()}]});
    let mut hindcast = Setup::new()?
        .with_push()
        .with("rules", json!([rule]))
        .with("notify", notify)
        .start()
        .await?;
    let api = hindcast.api()?;
    for first in (0..LANES).step_by(BATCH) {
        let at_ms = now_ms();
        let samples: Vec<Value> = (first..first + BATCH)
            .map(|lane| json!({"name": "lane", "labels": {"lane": lane.to_string()}, "at_ms": at_ms, "value": 90.0}))
            .collect();
        let answer = api
            .post("/api/v1/samples", &json!({ "samples": samples }))
            .await?;
        ensure!(answer.status.is_success(), "{answer:?}");
    }
    let count = || {
        arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    };
    eventually("every notification", Duration::from_mins(3), || async {
        Ok((count() >= LANES).then_some(()))
    })
    .await?;
    let arrivals = arrivals
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let took = arrivals[LANES - 1]
        .duration_since(arrivals[0])
        .as_secs_f64();
    println!("measured outbox_per_second {:.0}", LANES as f64 / took);
    hindcast.stop().await
}
