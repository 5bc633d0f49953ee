//! The Lab's charts and queries: streaks, bounds, readings and zones are what the fold and the API tell.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::ReplaySummary;
use hindcast_shared::rule::{MinDeviation, RuleDraft, Schedule};
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};
use hindcast_tests::{
    Browser, History, Prometheus, Replayed, Script, Setup, checkout, now_ms, replayed,
};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(4);
const QUERY: &str = "histogram_quantile(0.95,sum by(le,service)(rate(http_request_duration_seconds_bucket{job=\"shop\"}[5m])))";

/// A quiet week with bumps of several lengths and heights.
fn week() -> History {
    let mut week = checkout::quiet_week();
    for (hours_ago, minutes, by) in [(61, 3, 9.0), (52, 6, 12.0), (34, 14, 40.0), (25, 4, 20.0)] {
        week = week.with_bump(hours_ago * 60, minutes, by);
    }
    week
}

/// A threshold beside the rule's own 4 that finds the same.
fn nudged(fold: &Replayed, found: &ReplaySummary) -> Result<f64> {
    let looks = |summary: &ReplaySummary| -> Vec<_> {
        let found = summary.fired.iter().map(|fired| &fired.anomaly);
        let look = |found: &Anomaly| (found.start_ms, found.end_ms, found.severity);
        found.map(look).collect()
    };
    for threshold in [5.0, 3.2, 4.4, 3.6] {
        if looks(&fold.at_threshold(threshold)?) == looks(found) {
            return Ok(threshold);
        }
    }
    bail!("each threshold finds something else")
}

#[expect(
    clippy::too_many_lines,
    reason = "one tour of one page, in one browser"
)]
#[tokio::test(flavor = "multi_thread")]
async fn charts_when_looked_at_then_show_what_the_fold_and_the_api_tell() -> Result<()> {
    let prometheus = Prometheus::start_still(&[week()]).await?;
    let given = json!({ "name": "Checkout of the shop", "source": "prom", "query": "checkout_ms{instance=\"shop\"}" });
    let lab = json!({ "source": "prom", "query": "checkout_ms", "range": "now-3d", "detector": { "kind": "mad" }, "queries": [given] });
    let setup = Setup::new()?
        .with_prometheus(&prometheus.url())
        .with("lab", lab);
    let mut hindcast = setup
        .with("rules", json!([checkout::rule()]))
        .start()
        .await?;
    let api = hindcast.api()?;
    let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
    let from_ms = to_ms - 72 * HOUR_MS;
    let fold = replayed(&api, "checkout", from_ms, to_ms).await?;
    let whole = fold.in_full()?;
    let streaks = &whole.columns.values().next().context("a series")?.streaks;
    let longest = streaks.longest().context("a streak")?;
    ensure!(longest.samples > 5, "{longest:?}");
    let fired =
        |change: fn(&mut RuleDraft)| Ok::<_, anyhow::Error>(fold.changed(change)?.fired.len());
    let alike = |draft: &mut RuleDraft| draft.confirm = json!(longest.samples);
    let at = json!({
        "first": whole.summary.fired.len(),
        "longest": fold.changed(alike)?.fired.len(),
        "least": fired(|draft| draft.decision.min_deviation = MinDeviation { abs: 15.0, rel: 0.0 })?,
        "fitted": fired(|draft| draft.fit_every = Millis::new(6 * HOUR_MS))?,
        "inferred": fired(|draft| draft.schedule = Some(Schedule::Every {
            every: Millis::from_secs(300), jitter: Millis::default(), catch_up: Millis::from_secs(3_600),
        }))?,
    });
    ensure!(
        at["first"] != at["longest"] && at["first"] != at["least"],
        "{at}"
    );

    let nudged = nudged(&fold, &whole.summary)?;
    let middle_ms = i64::midpoint(longest.from_ms, longest.to_ms);
    let args = json!({
        "url": hindcast.url(), "path": format!("/lab?rule=checkout&from={from_ms}&to={to_ms}"), "at": at,
        "share": (middle_ms - from_ms) as f64 / (to_ms - from_ms) as f64,
        "least": 15, "nudged": nudged, "query": QUERY, "given": given["query"],
    });
    let mut browser = Browser::start(Script::LabLooks, &args)?;
    let begins = browser.hear("begins", PATIENCE).await?;
    ensure!(
        begins
            == json!({ "event": "begins", "query": "checkout_ms", "source": "prom", "detector": "mad", "from": "now-3d", "rule": "" }),
        "{begins}"
    );

    let limit = browser.hear("limit", PATIENCE).await?;
    ensure!(
        limit["stayed"] == true && limit["moved"] == true,
        "{limit} at {nudged}"
    );
    let seen = browser.hear("streaks", PATIENCE).await?;
    let lasting = streaks
        .as_slice()
        .iter()
        .filter(|one| one.samples >= 2)
        .count();
    let expected = format!(
        "{} {} {} {lasting}",
        whole.summary.over_threshold,
        streaks.as_slice().len(),
        longest.samples
    );
    ensure!(
        seen["numbers"].as_str() == Some(&expected),
        "{seen}, and not {expected}"
    );
    let text = |key: &str| seen[key].as_str().unwrap_or_default();
    ensure!(
        seen["moved"] == true
            && seen["clicked"] == at["longest"]
            && seen["byKey"] == at["longest"]
            && seen["undone"] == at["first"]
            && text("length").parse() == Ok(longest.samples)
            && text("alert").contains(&format!("for: \"{}s\"", (longest.samples - 1) * 60)),
        "{seen}, and not {at}"
    );
    let reading = text("reading");
    ensure!(
        ["expected", "score", "instance=\"shop\""]
            .iter()
            .all(|part| reading.contains(part)),
        "{reading}"
    );

    let bounds = browser.hear("bounds", PATIENCE).await?;
    ensure!(
        bounds["bounded"] == at["least"] && bounds["drawn"] == true,
        "{bounds}, and not {at}"
    );
    let fits = browser.hear("fits", PATIENCE).await?;
    ensure!(
        fits["fitted"] == at["fitted"]
            && fits["inferred"] == at["inferred"]
            && fits["refused"]
                .as_str()
                .is_some_and(|said| said.contains("fit_every")),
        "{fits}, and not {at}"
    );

    let kept = browser.hear("kept", PATIENCE).await?;
    let oldest = whole
        .summary
        .fired
        .first()
        .context("an anomaly")?
        .anomaly
        .start_ms;
    let is_by = |shown: &Value, hours: i64| {
        let of_day_ms = (oldest + hours * HOUR_MS).rem_euclid(DAY_MS);
        let (hour, minute) = (of_day_ms / HOUR_MS, of_day_ms % HOUR_MS / MINUTE_MS);
        let time = format!("{hour:02}:{minute:02}");
        shown.as_str().is_some_and(|shown| shown.ends_with(&time))
    };
    ensure!(
        kept["byKeys"] == 60.0 && kept["dragged"] == 110.0 && kept["after"] == 110.0,
        "the height is not kept: {kept}"
    );
    ensure!(
        is_by(&kept["inSeoul"], 9) && (is_by(&kept["inBerlin"], 1) || is_by(&kept["inBerlin"], 2)),
        "{kept}, and {oldest}"
    );
    ensure!(
        kept["zone"] == "Asia/Seoul" && kept["zones"].as_u64() > Some(200),
        "{kept}"
    );

    let queries = browser.hear("queries", PATIENCE).await?;
    let asked = json!({ "source": "prom", "query": QUERY });
    let laid: Value = api.post("/api/v1/queries/format", &asked).await?.json()?;
    ensure!(
        queries["laid"] == laid["query"] && queries["given"] == given["name"],
        "{queries}, and not {laid}"
    );
    let wrong = queries["wrong"].as_str().unwrap_or_default();
    ensure!(wrong.contains("Line 2, column 13"), "{wrong}");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(20)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
