//! Production = replay: what the scheduler did live is what the Lab and the command say afterwards.
//!
//! The rule is saved first. Then come, live: an incident that somebody takes and that comes back, one across a fit
//! boundary and a power cut, a silence, and one across the next boundary. The server's own replay is not asked.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::anomaly::{Anomaly, AnomalyKind, Status};
use hindcast_shared::api::{ReplaySummary, RuleRecord};
use hindcast_shared::pipeline::{Page, PageVerdict};
use hindcast_tests::{
    Api, Browser, Exporter, Hindcast, History, Prometheus, Script, Setup, eventually, now_ms,
    replayed,
};
use serde_json::{Value, json};
use tokio::time::sleep;

const MINUTE_MS: i64 = 60_000;
const QUEUE: &str = "queue_length";
const LEVEL: f64 = 50.0;

fn rule() -> Value {
    json!({
        "name": "queue", "source": "prom", "query": QUEUE,
        "step": "1s", "delay": "1s", "window": "2m", "fit_every": "1m", "schedule": { "every": "1s" },
        "detector": { "kind": "zscore", "window_samples": 60 },
        "decision": { "threshold": 6.0, "direction": "above", "min_deviation": { "abs": 10.0 } },
        "for": 2, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "12s",
        "no_data": { "after": "4s" }, "severity": { "warning": 1.0, "critical": 15.0 }
    })
}

/// The last ten minutes, a sample a second.
fn history() -> History {
    let values = (0..600)
        .map(|second: i64| LEVEL + [0.0, 0.6, -0.3, 0.9, -0.8][second.rem_euclid(5) as usize]);
    History {
        series: format!("{QUEUE}{{instance=\"shop\",job=\"shop\"}}"),
        until_s: now_ms() / 1_000 - 3,
        step_s: 1,
        values: values.collect(),
    }
}

async fn record(api: &Api) -> Result<RuleRecord> {
    api.get("/api/v1/rules/queue").await?.json()
}

/// Waits until the rule has evaluated everything up to an instant.
async fn evaluated(api: &Api, at_ms: i64) -> Result<()> {
    eventually("the evaluation", Duration::from_mins(1), || async {
        let run = record(api).await?.last_run.context("no run")?;
        Ok((run.watermark_ms >= Some(at_ms)).then_some(()))
    })
    .await
}

async fn until(at_ms: i64) {
    let left_ms = u64::try_from(at_ms - now_ms()).unwrap_or(0);
    sleep(Duration::from_millis(left_ms)).await;
}

fn next_minute_ms() -> i64 {
    (now_ms() / MINUTE_MS + 1) * MINUTE_MS
}

/// Lets everything happen; answers the range in which it did.
async fn incidents(hindcast: &mut Hindcast, exporter: &Exporter) -> Result<(i64, i64)> {
    let api = hindcast.api()?;
    let limit = Duration::from_secs(20);
    let from_ms = (now_ms() / 1_000) * 1_000;
    // Somebody takes it, it gets worse, ends, and comes back within the merge gap.
    exporter.set(QUEUE, LEVEL + 20.0);
    let first = eventually("the first anomaly", limit, || {
        api.anomaly_in("queue", Status::Open)
    })
    .await?;
    let taken = api
        .post(
            &format!("/api/v1/anomalies/{}/acknowledge", first.id),
            &json!({}),
        )
        .await?;
    ensure!(taken.status.is_success(), "{}", taken.text());
    exporter.set(QUEUE, LEVEL * 6.0);
    sleep(Duration::from_secs(3)).await;
    exporter.set(QUEUE, LEVEL);
    eventually("its end", limit, || {
        api.anomaly_in("queue", Status::Resolved)
    })
    .await?;
    exporter.set(QUEUE, LEVEL * 6.0);
    eventually("its return", limit, || async {
        let again = api.anomaly(first.id).await?.anomaly;
        Ok((again.reopened > 0).then_some(()))
    })
    .await?;
    exporter.set(QUEUE, LEVEL);
    eventually("its second end", limit, || {
        api.anomaly_in("queue", Status::Resolved)
    })
    .await?;

    // Across a fit boundary and a power cut.
    let mut boundary_ms = next_minute_ms();
    if boundary_ms - now_ms() < 16_000 {
        boundary_ms += MINUTE_MS;
    }
    until(boundary_ms - 4_000).await;
    exporter.set(QUEUE, LEVEL * 3.0);
    until(boundary_ms - 1_500).await;
    hindcast.kill()?;
    until(boundary_ms + 1_500).await;
    hindcast.restart().await?;
    until(boundary_ms + 4_000).await;
    exporter.set(QUEUE, LEVEL);

    // Silence, long enough to be told, well after the merge gap.
    until(boundary_ms + 24_000).await;
    exporter.set_silent(true);
    eventually("the silence", limit, || async {
        let found = api.anomalies("rule=queue&status=open").await?.items;
        Ok(found
            .into_iter()
            .find(|anomaly| anomaly.kind == AnomalyKind::NoData))
    })
    .await?;
    exporter.set_silent(false);

    // Across the next boundary.
    until(boundary_ms + MINUTE_MS - 4_000).await;
    exporter.set(QUEUE, LEVEL * 4.0);
    until(boundary_ms + MINUTE_MS + 4_000).await;
    exporter.set(QUEUE, LEVEL);
    eventually("calm", Duration::from_secs(30), || async {
        let active = api.anomalies("rule=queue&status=active").await?.items;
        Ok((active.is_empty() && now_ms() > boundary_ms + MINUTE_MS + 9_000).then_some(()))
    })
    .await?;
    let to_ms = (now_ms() / 1_000) * 1_000;
    evaluated(&api, to_ms).await?;
    Ok((from_ms, to_ms))
}

type Story = (Anomaly, Vec<Page>);

/// What is stored, oldest first.
async fn stored(api: &Api) -> Result<Vec<Story>> {
    let mut stories = Vec::new();
    for anomaly in api.anomalies("rule=queue").await?.items.iter().rev() {
        let detail = api.anomaly(anomaly.id).await?;
        ensure!(detail.anomaly == *anomaly, "list and detail differ");
        stories.push((detail.anomaly, detail.pages));
    }
    sort(&mut stories);
    Ok(stories)
}

fn sort(stories: &mut [Story]) {
    stories.sort_by_key(|(anomaly, _)| (anomaly.start_ms, anomaly.id));
}

fn fired(summary: ReplaySummary) -> Vec<Story> {
    let fired = summary
        .fired
        .into_iter()
        .map(|fired| (fired.anomaly, fired.pages));
    let mut stories: Vec<_> = fired.collect();
    sort(&mut stories);
    stories
}

/// Field by field, so that a difference is named.
fn compare(what: &str, live: &[Story], replay: &[Story]) -> Result<()> {
    let differences = |live: &Value, replay: &Value| {
        let keys = live.as_object().into_iter().flatten();
        let wrong = keys.filter(|(key, value)| replay[key.as_str()] != **value);
        wrong
            .map(|(key, value)| format!("{key}: live {value}, {what} {}", replay[key.as_str()]))
            .collect::<Vec<_>>()
    };
    ensure!(
        live.len() == replay.len(),
        "{} anomalies live, {} by {what}:\n{live:#?}\n{replay:#?}",
        live.len(),
        replay.len()
    );
    for ((anomaly, pages), (other, other_pages)) in live.iter().zip(replay) {
        let wrong = differences(
            &serde_json::to_value(anomaly)?,
            &serde_json::to_value(other)?,
        );
        ensure!(
            wrong.is_empty(),
            "{} of {}: {}",
            what,
            anomaly.id,
            wrong.join("; ")
        );
        ensure!(
            pages == other_pages,
            "pages of {}: live {pages:?}, {what} {other_pages:?}",
            anomaly.id
        );
    }
    Ok(())
}

async fn lab(url: &str, from_ms: i64, to_ms: i64) -> Result<ReplaySummary> {
    let path = format!("/lab?rule=queue&from={from_ms}&to={to_ms}");
    let mut browser = Browser::start(Script::Lab, &json!({ "url": url, "path": path }))?;
    let ready = browser.hear("ready", Duration::from_secs(90)).await?;
    let asked = ready["requests"].to_string();
    ensure!(
        !asked.contains("/replay"),
        "the server was asked to replay: {asked}"
    );
    browser.order(&json!({ "download": true })).await?;
    let file = browser.hear("file", Duration::from_secs(20)).await?;
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(10)).await?;
    browser.close().await?;
    Ok(serde_json::from_value(file["replay"].clone())?)
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_when_asked_afterwards_then_equals_what_happened_live() -> Result<()> {
    let exporter = Exporter::start()?;
    exporter.set(QUEUE, LEVEL);
    let prometheus = Prometheus::start(&exporter, &[history()]).await?;
    prometheus.has_scraped(QUEUE).await?;
    let mut hindcast = Setup::new()?
        .with_prometheus(&prometheus.url())
        .start()
        .await?;
    let api = hindcast.api()?;
    let saved = api.post("/api/v1/rules", &rule()).await?;
    ensure!(saved.status.is_success(), "{}", saved.text());
    evaluated(&api, now_ms()).await?;

    let (from_ms, to_ms) = incidents(&mut hindcast, &exporter).await?;
    let live = stored(&api).await?;
    println!("measured replay_live_anomalies {}", live.len());
    for (anomaly, pages) in &live {
        println!(
            "{:?} {} to {}, {} pages",
            anomaly.kind,
            anomaly.start_ms,
            anomaly.end_ms,
            pages.len()
        );
    }
    let kinds: Vec<_> = live.iter().map(|(anomaly, _)| anomaly.kind).collect();
    ensure!(
        live.len() == 4 && kinds.contains(&AnomalyKind::NoData),
        "{live:#?}"
    );
    let pages = || live.iter().flat_map(|(_, pages)| pages);
    ensure!(
        pages().any(|page| page.verdict == PageVerdict::Sent),
        "no page was sent"
    );
    ensure!(
        pages().any(|page| page.verdict != PageVerdict::Sent),
        "no page was held back"
    );

    let own = replayed(&api, "queue", from_ms, to_ms).await?.as_stored()?;
    compare("the shared fold", &live, &fired(own))?;
    let (from, to) = (from_ms.to_string(), to_ms.to_string());
    let args = [
        "backtest", "--rule", "queue", "--from", &from, "--to", &to, "--format", "json",
    ];
    let output = hindcast.run(&args)?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let backtest: ReplaySummary = serde_json::from_slice(&output.stdout)?;
    compare("the command", &live, &fired(backtest))?;
    compare(
        "the Lab",
        &live,
        &fired(lab(hindcast.url(), from_ms, to_ms).await?),
    )?;
    hindcast.stop().await
}
