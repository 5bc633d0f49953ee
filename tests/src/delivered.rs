//! What should have been told, by the journal, held against what a receiver got.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::Value;

use crate::{Api, Received};

/// What the journal says is to be told: the anomaly of each position.
///
/// # Errors
/// When the journal cannot be read.
pub async fn to_be_told(api: &Api) -> Result<BTreeMap<i64, String>> {
    let request = api
        .request(Method::GET, "/api/v1/journal")
        .header("accept", "application/x-ndjson");
    let answer = api.send(request).await?;
    let mut told = BTreeMap::new();
    let mut heard = BTreeSet::new();
    for line in answer.text().lines() {
        let entry: Value = serde_json::from_str(line)?;
        let Some(anomaly) = entry["anomaly_id"].as_str() else {
            continue;
        };
        let told_of = match entry["kind"].as_str() {
            Some("page") => entry["payload"]["verdict"] == "sent",
            Some("closed" | "judged" | "acknowledged") => heard.contains(anomaly),
            _ => false,
        };
        if told_of {
            heard.insert(anomaly.to_owned());
            told.insert(
                entry["seq"].as_i64().context("a position")?,
                anomaly.to_owned(),
            );
        }
    }
    Ok(told)
}

/// The position in the journal that an idempotency key names.
fn seq_of(received: &Received) -> Result<i64> {
    let key = received.headers.get("idempotency-key").context("no key")?;
    Ok(key.split(':').nth(1).context("no position")?.parse()?)
}

/// Everything arrived, nothing else did, each under one key with one body, and in order for each anomaly.
///
/// # Errors
/// When it is not so.
pub fn proved(expected: &BTreeMap<i64, String>, received: &[Received]) -> Result<()> {
    let mut arrived = BTreeSet::new();
    let mut bodies: BTreeMap<i64, &str> = BTreeMap::new();
    let mut newest_of: BTreeMap<&str, i64> = BTreeMap::new();
    for one in received {
        let seq = seq_of(one)?;
        let anomaly = expected
            .get(&seq)
            .with_context(|| format!("nobody asked for {seq}"))?;
        let before = bodies.insert(seq, &one.body);
        ensure!(
            before.is_none_or(|before| before == one.body),
            "{seq} has changed"
        );
        let newest = newest_of.entry(anomaly).or_insert(seq);
        ensure!(*newest <= seq, "{anomaly}: {seq} came after {newest}");
        // What is behind begins only when what is before has arrived.
        let next = expected.range(..seq).rev().find(|(_, of)| *of == anomaly);
        ensure!(
            next.is_none_or(|(seq, _)| arrived.contains(seq)),
            "{seq} overtook another"
        );
        *newest = seq;
        if one.answered == Some(200) {
            arrived.insert(seq);
        }
    }
    let missing: Vec<_> = expected
        .keys()
        .filter(|seq| !arrived.contains(seq))
        .collect();
    ensure!(
        missing.is_empty(),
        "{} never arrived: {missing:?}",
        missing.len()
    );
    Ok(())
}
