//! A long time under load: whatever comes and goes, the server's memory and handles stay what they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Hindcast, Setup, Stream, long, now_ms};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

const SERIES: i64 = 200;

/// Streams that are open at a time; each is dropped after some seconds and opened again.
const STREAMS: u64 = 8;

/// Handles that may be open more at the end than at the beginning: connections that are just being made.
const SLACK_HANDLES: f64 = 12.0;

fn rule() -> Value {
    json!({
        "name": "lanes", "source": "push", "query": "lane", "step": "1s", "delay": "1s", "window": "2m",
        "fit_every": "1m", "schedule": { "every": "1s" },
        "detector": { "kind": "mad", "window_samples": 60, "min_samples": 8 }, "decision": { "threshold": 6.0 },
        "for": 2, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s", "no_data": "off"
    })
}

/// What the load did, so that a soak in which nothing happened is none.
#[derive(Debug, Default)]
struct Done {
    stop: AtomicBool,
    pushes: AtomicU64,
    requests: AtomicU64,
    streams: AtomicU64,
    events: AtomicU64,
}

impl Done {
    fn count(&self, of: impl Fn(&Self) -> &AtomicU64) {
        of(self).fetch_add(1, Ordering::Relaxed);
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_when_under_load_for_long_then_memory_and_handles_stay_flat() -> Result<()> {
    let lasts = if long() {
        Duration::from_mins(10)
    } else {
        Duration::from_secs(24)
    };
    let limits =
        json!({ "list_per_minute": 1_000_000, "detect_per_minute": 100_000, "body_mib": 16 });
    let setup = Setup::new()?.with_push().with("limits", limits);
    let mut hindcast = setup.with("rules", json!([rule()])).start().await?;
    let done = Arc::new(Done::default());
    let mut load = vec![
        tokio::spawn(push(hindcast.api()?, done.clone())),
        tokio::spawn(read(hindcast.api()?, done.clone())),
    ];
    for turn in 0..STREAMS {
        load.push(tokio::spawn(listen(hindcast.api()?, turn, done.clone())));
    }
    let samples = watch(&hindcast, lasts).await?;
    done.stop.store(true, Ordering::Relaxed);
    end(load).await?;

    let anomalies = hindcast.api()?.anomalies("rule=lanes").await?.items.len();
    // The first third fills the windows and the caches.
    let (_, flat) = samples.split_at(samples.len() / 3);
    let (early, late) = flat.split_at(flat.len() / 2);
    let (before, after) = (Footprint::median(early), Footprint::median(late));
    println!("measured soak_s {}", lasts.as_secs());
    println!(
        "measured soak_pushes {}",
        done.pushes.load(Ordering::Relaxed)
    );
    println!(
        "measured soak_requests {}",
        done.requests.load(Ordering::Relaxed)
    );
    println!(
        "measured soak_streams {}",
        done.streams.load(Ordering::Relaxed)
    );
    println!(
        "measured soak_events {}",
        done.events.load(Ordering::Relaxed)
    );
    println!("measured soak_anomalies {anomalies}");
    println!("measured soak_rss_before_mb {:.1}", before.rss_mb);
    println!("measured soak_rss_after_mb {:.1}", after.rss_mb);
    println!("measured soak_handles_before {:.0}", before.handles);
    println!("measured soak_handles_after {:.0}", after.handles);
    ensure!(
        anomalies > 0 && done.events.load(Ordering::Relaxed) > 0,
        "nothing happened: {done:?}"
    );
    // What is allowed for is the allocator's, which keeps what it had at the busiest moment.
    ensure!(
        after.rss_mb <= before.rss_mb * 1.1 + 8.0,
        "memory grew: {before:?}, then {after:?}"
    );
    ensure!(
        after.handles <= before.handles + SLACK_HANDLES,
        "handles leak: {before:?}, then {after:?}"
    );
    hindcast.stop().await
}

/// What a process holds.
#[derive(Debug, Clone, Copy)]
struct Footprint {
    rss_mb: f64,
    handles: f64,
}

impl Footprint {
    fn of(hindcast: &Hindcast) -> Result<Self> {
        let process = format!("/proc/{}", hindcast.id());
        let status = std::fs::read_to_string(format!("{process}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        let kib: f64 = kib.context("no VmRSS")?.parse()?;
        Ok(Self {
            rss_mb: kib / 1_024.0,
            handles: std::fs::read_dir(format!("{process}/fd"))?.count() as f64,
        })
    }

    fn median(samples: &[Self]) -> Self {
        let middle = |of: fn(&Self) -> f64| {
            let mut values: Vec<f64> = samples.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            rss_mb: middle(|sample| sample.rss_mb),
            handles: middle(|sample| sample.handles),
        }
    }
}

async fn watch(hindcast: &Hindcast, lasts: Duration) -> Result<Vec<Footprint>> {
    let until = Instant::now() + lasts;
    let mut samples = Vec::new();
    while Instant::now() < until {
        samples.push(Footprint::of(hindcast)?);
        sleep(Duration::from_secs(1)).await;
    }
    Ok(samples)
}

/// Every second a sample of every series; now and then some of them jump for some seconds.
async fn push(api: Api, done: Arc<Done>) -> Result<()> {
    let mut turn: i64 = 0;
    while done.goes_on() {
        let sample = |lane: i64| {
            let noise = ((lane * 7 + turn * 13) % 29) as f64;
            let jump = if lane % 20 == turn / 10 % 20 && turn >= 10 {
                500.0
            } else {
                0.0
            };
            let labels = json!({ "lane": lane.to_string() });
            json!({ "name": "lane", "labels": labels, "value": noise + jump })
        };
        let samples: Vec<Value> = (0..SERIES).map(sample).collect();
        let body = json!({ "samples": samples });
        let answer = api.post("/api/v1/samples", &body).await?;
        ensure!(answer.status.is_success(), "{}", answer.text());
        done.count(|done| &done.pushes);
        turn += 1;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// What dashboards and people ask, with a connection of its own each round.
async fn read(api: Api, done: Arc<Done>) -> Result<()> {
    while done.goes_on() {
        for path in [
            "/api/v1/anomalies?limit=50",
            "/api/v1/rules",
            "/api/v1/sources",
            "/api/v1/series?source=push&query=lane&from=now-1m&to=now&step=1s",
            "/metrics",
            "/health",
        ] {
            let answer = api.get(path).await?;
            ensure!(answer.status.is_success(), "{path}: {}", answer.text());
            done.count(|done| &done.requests);
        }
        let now_ms = now_ms();
        let range = json!({ "from": (now_ms - 60_000).to_string(), "to": now_ms.to_string() });
        let replay = api.post("/api/v1/rules/lanes/replay", &range).await?;
        ensure!(replay.status.is_success(), "{}", replay.text());
        done.count(|done| &done.requests);
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Opens a stream, listens for some seconds, goes away without a word, and comes again.
async fn listen(api: Api, turn: u64, done: Arc<Done>) -> Result<()> {
    while done.goes_on() {
        let mut stream = Stream::open(&api, "topics=anomaly", None).await?;
        done.count(|done| &done.streams);
        let until = Instant::now() + Duration::from_secs(2 + turn % 5);
        while Instant::now() < until && done.goes_on() {
            let next = tokio::time::timeout(Duration::from_millis(500), stream.next());
            if let Ok(event) = next.await {
                let event = event?.context("the stream has ended")?;
                if event.id.is_some() {
                    done.count(|done| &done.events);
                }
            }
        }
    }
    Ok(())
}

async fn end(load: Vec<JoinHandle<Result<()>>>) -> Result<()> {
    for task in load {
        task.await??;
    }
    Ok(())
}
