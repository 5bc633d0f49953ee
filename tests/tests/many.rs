//! Many series at once: each row shows what the server's own replay finds in that series.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::ReplaySummary;
use hindcast_shared::pipeline::PageVerdict;
use hindcast_shared::time::WEEK_MS;
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup, now_ms, replayed};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
const SERVERS: usize = 300;
/// Columns of the heat map.
const COLUMNS: i64 = 1_000;

async fn fleet() -> Result<(Hindcast, i64, i64)> {
    let source = json!([{ "name": "demo", "kind": "demo", "instances": SERVERS }]);
    let rule = json!({
        "name": "fleet", "source": "demo", "query": "demo_fleet_cpu_percent", "enabled": false,
        "step": "1m", "window": "4h", "fit_every": "1d",
        "detector": { "kind": "zscore", "window_samples": 120 },
        "decision": { "threshold": 5.0 }, "for": 3
    });
    let setup = Setup::new()?.with("sources", source);
    let hindcast = setup.with("rules", json!([rule])).start().await?;
    let to_ms = now_ms() / HOUR_MS * HOUR_MS - HOUR_MS;
    Ok((hindcast, to_ms - 24 * HOUR_MS, to_ms))
}

/// What the server finds with another threshold.
async fn found(api: &Api, from_ms: i64, to_ms: i64, threshold: f64) -> Result<ReplaySummary> {
    let mut rule = api.get("/api/v1/rules/fleet").await?.json::<Value>()?["rule"].take();
    rule["decision"]["threshold"] = json!(threshold);
    let body = json!({ "from": from_ms.to_string(), "to": to_ms.to_string(), "rule": rule });
    let answer = api.post("/api/v1/rules/fleet/replay", &body).await?;
    answer.json()
}

/// Anomalies and pages of each series that has any.
fn by_series(summary: &ReplaySummary) -> BTreeMap<&str, (u64, u64)> {
    let mut counts = BTreeMap::new();
    for fired in &summary.fired {
        let count: &mut (u64, u64) = counts.entry(fired.anomaly.series.as_str()).or_default();
        count.0 += 1;
        let sent = fired
            .pages
            .iter()
            .filter(|page| page.verdict == PageVerdict::Sent);
        count.1 += sent.count() as u64;
    }
    counts
}

/// Holds the rows that are seen against what the server found; gives back how many there were.
fn check(read: &Value, summary: &ReplaySummary) -> Result<usize> {
    let weeks = summary.range.duration_ms() as f64 / WEEK_MS as f64;
    let counts = by_series(summary);
    let rows = read["rows"].as_array().context("no rows")?;
    for row in rows {
        let series = row["series"].as_str().context("a row without a name")?;
        let (anomalies, pages) = counts.get(series).copied().unwrap_or_default();
        let rate = pages as f64 / weeks;
        ensure!(
            row["anomalies"] == anomalies
                && row["pages"]
                    .as_f64()
                    .is_some_and(|shown| (shown - rate).abs() < 0.06),
            "{row}, and not {anomalies} and {rate}"
        );
    }
    let sentence = read["sentence"].as_str().unwrap_or_default();
    let expected = format!("{} anomal", summary.fired.len());
    ensure!(
        sentence.starts_with(&expected)
            && sentence.contains(&format!("in {} of {SERVERS} series", counts.len())),
        "{sentence:?}, and not {expected:?} in {}",
        counts.len()
    );
    Ok(rows.len())
}

async fn ask(browser: &mut Browser, order: Value) -> Result<Value> {
    browser.order(&order).await?;
    browser.hear("read", Duration::from_mins(1)).await
}

/// The highest score of each series and when it was, largest first.
async fn highest(api: &Api, from_ms: i64, to_ms: i64) -> Result<Vec<(f64, i64)>> {
    let fold = replayed(api, "fleet", from_ms, to_ms).await?.in_full()?;
    let mut highest = Vec::new();
    for columns in fold.columns.values() {
        let scores = columns.scores.iter().enumerate();
        let (at, score) = scores.fold(
            (0, 0.0),
            |best, (at, score)| {
                if *score > best.1 { (at, *score) } else { best }
            },
        );
        highest.push((score, columns.start_ms + at as i64 * columns.step_ms));
    }
    highest.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(highest)
}

/// Walks the heat map to the cell of the highest score, and from there into the Lab.
async fn heat_leads_to_the_lab(
    browser: &mut Browser,
    api: &Api,
    (from_ms, to_ms): (i64, i64),
    (score, score_at_ms): (f64, i64),
) -> Result<()> {
    // In the heat map the series with the highest score stands on top; keys lead to that very cell.
    browser.order(&json!({ "view": "heat" })).await?;
    let viewed = browser.hear("viewed", Duration::from_mins(1)).await?;
    ensure!(
        viewed["address"]
            .as_str()
            .is_some_and(|address| address.contains("view=heat")),
        "{viewed}"
    );
    let column = (score_at_ms - from_ms) * COLUMNS / (to_ms - from_ms);
    let mut keys = vec!["Home", "PageUp", "PageUp", "PageUp"];
    keys.extend(vec!["ArrowRight"; usize::try_from(column)?]);
    browser.order(&json!({ "keys": keys })).await?;
    let said = browser.hear("said", Duration::from_mins(1)).await?;
    let wanted = format!("score {score:.2}");
    ensure!(
        said["text"]
            .as_str()
            .is_some_and(|text| text.ends_with(&wanted)),
        "{said}, and not {wanted}"
    );

    // Enter opens that series in the Lab, around that moment.
    browser.order(&json!({ "open": true })).await?;
    let opened = browser.hear("opened", Duration::from_secs(90)).await?;
    let address = opened["address"].as_str().unwrap_or_default();
    let at_ms = from_ms + (to_ms - from_ms) * column / COLUMNS;
    ensure!(
        address.contains("/lab?rule=fleet&series=") && address.contains(&format!("time={at_ms}&")),
        "{address}"
    );
    let half_ms = (to_ms - from_ms) / 8;
    let around = found(api, at_ms - half_ms, at_ms + half_ms, 5.0).await?;
    ensure!(
        opened["count"] == around.fired.len(),
        "{opened}, and not {}",
        around.fired.len()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn series_when_judged_together_then_each_has_what_the_server_finds_in_it() -> Result<()> {
    let (mut hindcast, from_ms, to_ms) = fleet().await?;
    let api = hindcast.api()?;
    let path = format!("/lab/series?rule=fleet&from={from_ms}&to={to_ms}");
    let arguments = json!({ "url": hindcast.url(), "path": path });
    let mut browser = Browser::start(Script::Many, &arguments)?;
    let ready = browser.hear("ready", Duration::from_secs(90)).await?;
    let at_five = found(&api, from_ms, to_ms, 5.0).await?;
    let rows = check(&ready, &at_five)?;
    ensure!(
        rows < 60 && ready["elements"].as_u64() < Some(1_500),
        "{rows} rows of {SERVERS} are in the page, {} elements",
        ready["elements"]
    );
    // Sorted by number of anomalies: the seen ones have some.
    ensure!(ready["rows"][0]["anomalies"].as_u64() > Some(0), "{ready}");

    let mut sums = vec![at_five.fired.len()];
    for threshold in [2.0, 12.0] {
        let read = ask(
            &mut browser,
            json!({ "slider": "threshold", "value": threshold }),
        )
        .await?;
        let summary = found(&api, from_ms, to_ms, threshold).await?;
        check(&read, &summary)?;
        sums.push(summary.fired.len());
    }
    println!("anomalies at thresholds 5, 2 and 12: {sums:?}");
    ensure!(sums[1] > sums[0] && sums[0] > sums[2], "{sums:?}");
    let read = ask(&mut browser, json!({ "slider": "threshold", "value": 5 })).await?;
    check(&read, &at_five)?;

    // Far down in the list are other rows, and not more of them.
    let down = ask(&mut browser, json!({ "scroll": 44 * 150 })).await?;
    check(&down, &at_five)?;
    ensure!(
        down["rows"][5]["series"] != read["rows"][5]["series"],
        "{down}"
    );
    ensure!(
        down["elements"].as_u64() < Some(1_500),
        "{}",
        down["elements"]
    );

    let filtered = ask(&mut browser, json!({ "filter": "role=web anomalies>0" })).await?;
    let expected = by_series(&at_five)
        .keys()
        .filter(|series| series.contains("role=\"web\""))
        .count();
    let shown = filtered["shown"].as_str().unwrap_or_default();
    ensure!(
        shown == format!("{expected} of {SERVERS} series"),
        "{shown}, and not {expected}"
    );
    let address = filtered["address"].as_str().unwrap_or_default();
    ensure!(address.contains("q=role%3Dweb"), "{address}");
    ask(&mut browser, json!({ "filter": "" })).await?;

    // The highest scores, as the same code computes them from what the server hands out.
    let by_score = ask(&mut browser, json!({ "sort": "score" })).await?;
    let highest = highest(&api, from_ms, to_ms).await?;
    let shown: Vec<&str> = by_score["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["score"].as_str())
        .take(10)
        .collect();
    let expected: Vec<String> = highest[..10]
        .iter()
        .map(|(score, _)| format!("{score:.2}"))
        .collect();
    ensure!(shown == expected, "{shown:?}, and not {expected:?}");
    heat_leads_to_the_lab(&mut browser, &api, (from_ms, to_ms), highest[0]).await?;

    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
