//! The main job on a real Prometheus: a jump becomes an anomaly in the list, on the stream and on an open page.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::anomaly::Status;
use hindcast_shared::api::Event;
use hindcast_tests::{
    Api, Browser, Exporter, Hindcast, History, Prometheus, Script, Setup, Stream, eventually,
    now_ms,
};
use serde_json::{Value, json};

const QUEUE: &str = "queue_length";
const LEVEL: f64 = 50.0;

/// A rule on one-second samples; everything that makes up its latency is a second.
fn rule(name: &str, samples: u32) -> Value {
    json!({
        "name": name, "source": "prom", "query": QUEUE,
        "step": "1s", "delay": "1s", "window": "10m", "fit_every": "1h", "schedule": { "every": "1s" },
        "detector": { "kind": "zscore", "window_samples": 300 },
        "decision": { "threshold": 6.0, "direction": "above", "min_deviation": { "abs": 10.0 } },
        "for": samples, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s"
    })
}

/// Scrape interval + delay + N steps + evaluation interval + 1 s.
fn promised(samples: u64) -> Duration {
    Duration::from_secs(1 + 1 + samples + 1 + 1)
}

/// By how much the scrape came later than its interval: on a busy machine Prometheus keeps no time.
fn late_scrape(exporter: &Exporter, since_ms: i64) -> Duration {
    let waited_ms = exporter.told_ms().map_or(0, |at_ms| at_ms - since_ms);
    Duration::from_millis(u64::try_from(waited_ms - 1_000).unwrap_or(0))
}

struct Shop {
    exporter: Exporter,
    prometheus: Prometheus,
    series: String,
}

/// A shop with a quiet week behind it and a scrape a second.
async fn shop() -> Result<Shop> {
    let exporter = Exporter::start()?;
    exporter.set(QUEUE, LEVEL);
    let series = format!("{QUEUE}{{instance=\"shop\",job=\"shop\"}}");
    let week = History::quiet_week(&series, LEVEL, now_ms() / 1_000 - 60);
    let prometheus = Prometheus::start(&exporter, &[week]).await?;
    prometheus.has_scraped(QUEUE).await?;
    let points = prometheus
        .instant(&format!("count_over_time({QUEUE}[8d])"))
        .await?;
    ensure!(
        points.first().is_some_and(|points| *points > 10_000.0),
        "the week is missing: {points:?}"
    );
    Ok(Shop {
        exporter,
        prometheus,
        series,
    })
}

/// Waits until the rules are evaluated up to now.
async fn is_live(hindcast: &Hindcast, rule: &str) -> Result<()> {
    let api = hindcast.api()?;
    eventually(
        &format!("{rule} to be live"),
        Duration::from_mins(1),
        || async {
            let record: Value = api.get(&format!("/api/v1/rules/{rule}")).await?.json()?;
            let run = &record["last_run"];
            ensure!(run["error"].is_null(), "{run}");
            let watermark_ms = run["watermark_ms"].as_i64().context("no watermark")?;
            Ok((now_ms() - watermark_ms < 4_000).then_some(()))
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn jump_when_it_lasts_then_is_in_the_list_on_the_stream_and_on_the_open_page_in_time()
-> Result<()> {
    let shop = shop().await?;
    let rules = json!([rule("jump-1", 1), rule("jump-3", 3)]);
    let setup = Setup::new()?
        .with_prometheus(&shop.prometheus.url())
        .with("rules", rules);
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    is_live(&hindcast, "jump-1").await?;
    is_live(&hindcast, "jump-3").await?;
    ensure!(
        api.anomalies("").await?.items.is_empty(),
        "a quiet week has no anomaly"
    );

    let mut browser = Browser::start(Script::Live, &json!({ "url": hindcast.url() }))?;
    browser.hear("ready", Duration::from_mins(1)).await?;
    let mut streams = [hindcast.stream().await?, hindcast.stream().await?];
    for stream in &mut streams {
        stream
            .wait_for("the build", Duration::from_secs(5), |event| {
                event.name == "build"
            })
            .await?;
    }

    let (jumped, jumped_ms) = (Instant::now(), now_ms());
    shop.exporter.set(QUEUE, LEVEL * 4.0);
    let mut ids = Vec::new();
    for (stream, samples) in streams.iter_mut().zip([1, 3]) {
        let name = format!("jump-{samples}");
        let (anomaly, took) = detected(stream, &name, jumped).await?;
        println!(
            "measured sse_detection_for_{samples}_ms {}",
            took.as_millis()
        );
        let after_ms = |key: &str| anomaly[key].as_i64().map(|at_ms| at_ms - jumped_ms);
        println!(
            "  scraped after {:?} ms, first sample after {:?} ms, its tick after {:?} ms",
            shop.exporter.told_ms().map(|at_ms| at_ms - jumped_ms),
            after_ms("start_ms"),
            after_ms("detected_at_ms")
        );
        let allowed = promised(samples) + late_scrape(&shop.exporter, jumped_ms);
        ensure!(
            took <= allowed,
            "{name} took {took:?}, {allowed:?} promised"
        );
        ensure!(anomaly["series"] == shop.series, "{anomaly}");
        ids.push(listed(&api, &anomaly).await?);
    }
    for id in &ids {
        browser
            .order(&json!({ "wait": "seen", "id": id, "limit_ms": 5_000 }))
            .await?;
        let seen = browser.hear("seen", Duration::from_secs(10)).await?;
        ensure!(
            seen["text"]
                .as_str()
                .is_some_and(|text| text.contains("jump-")),
            "{seen}"
        );
    }

    shop.exporter.set(QUEUE, LEVEL);
    for (stream, rule) in streams.iter_mut().zip(["jump-1", "jump-3"]) {
        stream
            .wait_for("the end", Duration::from_secs(30), |event| {
                event.name == "anomaly.resolved" && event.data.contains(rule)
            })
            .await?;
    }
    for id in &ids {
        browser
            .order(&json!({ "wait": "gone", "id": id, "limit_ms": 10_000 }))
            .await?;
        browser.hear("gone", Duration::from_secs(15)).await?;
    }
    let before = api.anomalies("").await?;
    ensure!(before.items.len() == 2, "{before:?}");
    ensure!(
        before
            .items
            .iter()
            .all(|anomaly| anomaly.status == Status::Resolved),
        "{before:?}"
    );

    // What was stored survives the hardest end there is.
    hindcast.kill()?;
    hindcast.restart().await?;
    let after = hindcast.api()?.anomalies("").await?;
    ensure!(after.items == before.items, "{after:?} is not {before:?}");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(end["same"] == true, "the page was loaded again");
    ensure!(end["reports"] == json!([]), "{end}");
    browser.close().await?;
    hindcast.stop().await
}

/// Answers the id of an anomaly that was told, once it is found in the store with its story.
async fn listed(api: &Api, told: &Value) -> Result<String> {
    let id = told["id"].as_str().context("no id")?.to_owned();
    let stored = api.anomaly(&id).await?;
    ensure!(
        stored.anomaly.status == Status::Open && !stored.text.is_empty(),
        "{stored:?}"
    );
    let peak = stored.anomaly.peak.context("no peak")?;
    ensure!(peak.score > 1.0 && peak.value > LEVEL * 3.0, "{peak:?}");
    Ok(id)
}

async fn detected(stream: &mut Stream, rule: &str, since: Instant) -> Result<(Value, Duration)> {
    let event = stream
        .wait_for(rule, Duration::from_secs(30), |event| {
            event.name == "anomaly.detected" && event.data.contains(rule)
        })
        .await?;
    ensure!(event.id.is_some(), "an anomaly without an id on the stream");
    let Event::AnomalyDetected(told) = event.event()? else {
        anyhow::bail!("{event:?}");
    };
    ensure!(!told.title.is_empty() && !told.text.is_empty(), "{told:?}");
    Ok((
        serde_json::to_value(&told.anomaly)?,
        event.at.duration_since(since),
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn source_when_it_goes_down_then_is_shown_as_down_since_when_and_why() -> Result<()> {
    let exporter = Exporter::start()?;
    exporter.set(QUEUE, LEVEL);
    let mut prometheus = Prometheus::start(&exporter, &[]).await?;
    prometheus.has_scraped(QUEUE).await?;
    let setup = Setup::new()?.with_prometheus(&prometheus.url());
    let mut hindcast = setup
        .with("rules", json!([rule("watch", 1)]))
        .start()
        .await?;
    let api = hindcast.api()?;
    let state = |wanted: &'static str| {
        let api = api.clone();
        eventually(wanted, Duration::from_secs(40), move || {
            let api = api.clone();
            async move {
                let sources: Value = api.get("/api/v1/sources").await?.json()?;
                let source = sources["items"].get(0).unwrap_or(&sources[0]).clone();
                Ok((source["state"] == wanted).then_some(source))
            }
        })
    };
    state("up").await?;
    prometheus.kill()?;
    let killed_ms = now_ms();
    let down = state("down").await?;
    ensure!(
        down["why"].as_str().is_some_and(|why| !why.is_empty()),
        "{down}"
    );
    ensure!(
        down["since_ms"]
            .as_i64()
            .is_some_and(|since| since >= killed_ms - 5_000),
        "{down}"
    );
    ensure!(down["last_ok_ms"].is_i64(), "{down}");
    hindcast.stop().await
}
