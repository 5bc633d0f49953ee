//! A day of one series with short and long highs, some of them labelled, and a rule that fires at each.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::Api;

const MINUTE_MS: i64 = 60_000;

/// Pushes samples.
///
/// # Errors
/// When they are refused.
pub async fn push(api: &Api, samples: Vec<Value>) -> Result<()> {
    let answer = api
        .post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

/// A day, in which every two hours something is high: shortly, which is a false alarm, or for long, an incident.
pub fn day(now_ms: i64) -> (Vec<Value>, Vec<(i64, i64, &'static str)>) {
    let at = |minute: i64| now_ms / MINUTE_MS * MINUTE_MS - (1_440 - minute) * MINUTE_MS;
    let high = |minute: i64| match minute % 120 {
        50..52 => (minute / 120) % 2 == 0,
        60..75 => (minute / 120) % 2 == 1,
        _ => false,
    };
    let samples = (0..1_440).map(|minute| {
        let value = if high(minute) { 95.0 } else { 40.0 };
        json!({"name": "load", "at_ms": at(minute), "value": value})
    });
    let labels = [
        (290, 292, "normal"),
        (530, 532, "normal"),
        (420, 435, "incident"),
        (660, 675, "incident"),
    ];
    let labels = labels.map(|(from, to, kind)| (at(from), at(to), kind));
    (samples.collect(), labels.to_vec())
}

/// A rule that fires at each high of [`day`], shortly or for long.
pub fn load() -> Value {
    json!({
        "id": "load", "name": "Load", "source": "push", "query": "load", "step": "1m", "window": "1d", "fit_every": "1d",
        "detector": {"kind": "threshold"}, "decision": {"threshold": 90.0}, "for": 1, "no_data": "off",
    })
}
