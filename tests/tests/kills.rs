//! Power cuts: whatever happens to the process, no transition is lost and none is told twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::Event;
use hindcast_tests::{
    Api, Exporter, Follower, Prometheus, Setup, SseEvent, Stream, eventually, long, now_ms,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::time::sleep;

const LANES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Opens and closes as fast as samples come.
fn rule() -> serde_json::Value {
    json!({
        "name": "flip", "source": "prom", "query": "lane_depth",
        "step": "1s", "delay": "1s", "window": "1m", "fit_every": "1m", "schedule": { "every": "1s" },
        "detector": { "kind": "threshold" }, "decision": { "threshold": 50.0 },
        "for": 1, "recover": { "below": 0.9, "for": 1 }, "merge_gap": "0s",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_when_the_server_is_killed_again_and_again_then_tells_everything_once_and_in_order()
-> Result<()> {
    let kills = if long() { 50 } else { 5 };
    let exporter = Exporter::start()?;
    let set = |lane: &str, high: bool| {
        exporter.set(
            &format!("lane_depth{{lane=\"{lane}\"}}"),
            if high { 90.0 } else { 10.0 },
        );
    };
    for lane in LANES {
        set(lane, false);
    }
    let prometheus = Prometheus::start(&exporter, &[]).await?;
    prometheus.has_scraped("lane_depth").await?;
    let setup = Setup::new()?.with_prometheus(&prometheus.url());
    let mut hindcast = setup.with("rules", json!([rule()])).start().await?;
    let api = hindcast.api()?;
    let follower = Follower::start(&api, 0);

    let mut chance = ChaCha8Rng::seed_from_u64(20_261_120);
    let mut high = [false; LANES.len()];
    for _ in 0..kills {
        // Two to four seconds of life, at an instant that is on no grid.
        let life_ms = 2_000 + u64::from(chance.next_u32() % 2_000);
        let pieces = 3;
        for _ in 0..pieces {
            for _ in 0..2 {
                let lane = chance.next_u32() as usize % LANES.len();
                high[lane] = !high[lane];
                set(LANES[lane], high[lane]);
            }
            sleep(Duration::from_millis(life_ms / pieces)).await;
        }
        hindcast.kill()?;
        // What happens while it is down is made up for.
        sleep(Duration::from_millis(u64::from(chance.next_u32() % 1_500))).await;
        hindcast.restart().await?;
    }
    for lane in LANES {
        set(lane, false);
    }
    let calm_ms = now_ms();
    eventually(
        "the last anomaly to end",
        Duration::from_secs(30),
        || async {
            let rule = api
                .get("/api/v1/rules/flip")
                .await?
                .json::<serde_json::Value>()?;
            let seen = rule["last_run"]["watermark_ms"]
                .as_i64()
                .context("no watermark")?;
            let open = api.anomalies("rule=flip&status=open").await?.items.len();
            Ok((seen > calm_ms + 4_000 && open == 0).then_some(()))
        },
    )
    .await?;

    // A stream from the beginning tells the whole journal; the one that was cut off has to have told the same.
    let head = api.anomalies("").await?.as_of_seq;
    let whole = whole_stream(&api, head).await?;
    let last = whole
        .last()
        .and_then(|event| event.id)
        .context("nothing happened")?;
    eventually(
        "the follower to catch up",
        Duration::from_secs(10),
        || async {
            Ok(follower
                .ids()
                .last()
                .is_some_and(|id| *id >= last)
                .then_some(()))
        },
    )
    .await?;
    let whole = told_alike(&follower.events(), &whole)?;
    told_as_stored(&api, &whole).await?;
    println!("measured kills {kills}");
    println!("measured kills_transitions {}", whole.len());
    ensure!(
        whole.len() >= kills * 2,
        "too little happened: {} transitions",
        whole.len()
    );
    hindcast.stop().await
}

/// The client that was cut off heard the whole story, in order and once; answers the story.
fn told_alike(followed: &[SseEvent], whole: &[SseEvent]) -> Result<Vec<(i64, String)>> {
    let story = |events: &[SseEvent]| {
        let with_id = events
            .iter()
            .filter_map(|event| Some((event.id?, event.data.clone())));
        with_id.collect::<Vec<_>>()
    };
    ensure!(
        !followed.iter().any(|event| event.name == "reset"),
        "a stream was told to start anew although everything was kept"
    );
    let (followed, whole) = (story(followed), story(whole));
    ensure!(
        followed.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "out of order or twice"
    );
    ensure!(
        followed == whole,
        "{} events followed, {} happened",
        followed.len(),
        whole.len()
    );
    Ok(whole)
}

/// Everything that the journal has for a stream, from its beginning.
async fn whole_stream(api: &Api, head: i64) -> Result<Vec<SseEvent>> {
    let mut stream = Stream::open(api, "since=0&topics=anomaly", None).await?;
    let mut events: Vec<SseEvent> = Vec::new();
    let silence = Duration::from_secs(2);
    while let Ok(next) = tokio::time::timeout(silence, stream.next()).await {
        let event = next?.context("the stream has ended")?;
        let at_end = event.id.is_some_and(|id| id >= head);
        events.extend(event.id.is_some().then_some(event));
        if at_end {
            break;
        }
    }
    Ok(events)
}

/// Each anomaly was detected once and resolved once, and its last event has what is stored.
async fn told_as_stored(api: &Api, told: &[(i64, String)]) -> Result<()> {
    let mut opened = BTreeMap::new();
    let mut last = BTreeMap::new();
    for (seq, data) in told {
        let event: Event = serde_json::from_str(data)?;
        let anomaly = match event {
            Event::AnomalyDetected(told) => {
                let before = opened.insert(told.anomaly.id, *seq);
                ensure!(before.is_none(), "{} was detected twice", told.anomaly.id);
                told.anomaly
            }
            Event::AnomalyUpdated(told) | Event::AnomalyResolved(told) => told.anomaly,
            other => anyhow::bail!("{other:?} has an id"),
        };
        last.insert(anomaly.id, anomaly);
    }
    let stored = api.anomalies("").await?.items;
    let ids: BTreeSet<_> = stored.iter().map(|anomaly| anomaly.id).collect();
    ensure!(
        ids == last.keys().copied().collect(),
        "the list and the stream differ"
    );
    for anomaly in &stored {
        ensure!(
            last.get(&anomaly.id) == Some(anomaly),
            "{anomaly:?} was told otherwise"
        );
    }
    // One lane has one anomaly at a time.
    for lane in LANES {
        let mut spans: Vec<_> = stored
            .iter()
            .filter(|anomaly| anomaly.series.contains(&format!("lane=\"{lane}\"")))
            .map(|anomaly| (anomaly.start_ms, anomaly.end_ms))
            .collect();
        spans.sort_unstable();
        ensure!(
            spans.windows(2).all(|pair| pair[0].1 < pair[1].0),
            "{lane}: {spans:?}"
        );
    }
    Ok(())
}
