//! Panels without a script, where dashboards put them: in frames of another origin with everything taken away.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, FramePage, Hindcast, Script, Setup};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// Samples: two hours, in which the rule finds two anomalies.
const SAMPLES: i64 = 120;

/// A server that needs keys and has found two anomalies of the rule `load`.
struct Found {
    hindcast: Hindcast,
    /// When the samples begin. The panels show a range that is over, so that every drawing is the same.
    start_ms: i64,
}

async fn found(origins: Vec<String>) -> Result<Found> {
    let setup = Setup::new()?
        .with_push()
        .with_keys()?
        .with("embed", json!({ "allowed_origins": origins }));
    let hindcast = setup.start().await?;
    let api = hindcast.api_as("admin")?;
    let now_ms = api.get("/api/v1/sessions/me").await?.json::<Value>()?["now_ms"].as_i64();
    let now_ms = now_ms.context("the server's time")?;
    let start_ms = now_ms - now_ms % MINUTE_MS - 200 * MINUTE_MS;
    let samples: Vec<Value> = (0..SAMPLES)
        .map(|minute| {
            let value = if [30, 31, 80].contains(&minute) {
                97.0
            } else {
                40.0 + (minute % 5) as f64
            };
            json!({"name": "load", "at_ms": start_ms + minute * MINUTE_MS, "value": value})
        })
        .collect();
    let pushed = api
        .post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    ensure!(pushed.status == 200, "{pushed:?}");
    let rule = json!({
        "id": "load", "name": "Load", "source": "push", "query": "load", "window": "1h", "fit_every": "1h",
        "schedule": {"cron": "0 0 0 1 1 *", "tz": "UTC"}, "detector": {"kind": "threshold"}, "decision": {"threshold": 90.0}, "for": 1,
        "recover": {"below": 1.0, "for": 1}, "no_data": "off",
    });
    let made = api.post("/api/v1/rules", &rule).await?;
    ensure!(made.status == 201, "{made:?}");
    let told = api
        .post("/api/v1/anomalies/detect-and-notify?hours=4", &Value::Null)
        .await?;
    ensure!(told.status == 200, "{told:?}");
    Ok(Found { hindcast, start_ms })
}

/// The addresses of a fresh link to the panel, without and with the page around it.
async fn link(found: &Found) -> Result<(String, String)> {
    let Found { hindcast, start_ms } = found;
    let api = hindcast.api_as("operator")?;
    let made = api
        .post(
            "/api/v1/capabilities",
            &json!({"name": "dashboard", "rule": "load"}),
        )
        .await?;
    ensure!(made.status == 201, "{made:?}");
    let made: Value = made.json()?;
    let range = format!(
        "from={}&to={}&theme=light",
        start_ms,
        start_ms + SAMPLES * MINUTE_MS
    );
    let address = |key: &str| -> Result<String> {
        let path = made[key].as_str().context("an address")?;
        Ok(format!(
            "{}/{path}?{range}",
            hindcast.url().trim_end_matches('/')
        ))
    };
    Ok((address("svg")?, address("html")?))
}

/// What a browser shows of each, by name.
async fn looks(
    outside: &FramePage,
    shown: &[Value],
    block_cookies: bool,
) -> Result<BTreeMap<String, Value>> {
    let arguments = json!({
        "outside": outside.framing("about:blank"), "shown": shown, "block_cookies": block_cookies,
    });
    let mut browser = Browser::start(Script::Still, &arguments)?;
    let mut seen = BTreeMap::new();
    for one in shown {
        let told = browser.hear("shown", Duration::from_mins(1)).await?;
        ensure!(told["name"] == one["name"], "{told}");
        seen.insert(told["name"].as_str().unwrap_or_default().to_owned(), told);
    }
    browser.close().await?;
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_when_everything_is_taken_from_its_frame_then_looks_the_same() -> Result<()> {
    let outside = FramePage::start()?;
    let mut found = found(vec![outside.origin()]).await?;
    let (svg, html) = link(&found).await?;
    let frame = |name: &str, url: &str, attributes: Value| json!({"name": name, "tag": "iframe", "url": url, "attributes": attributes});
    let shown = [
        frame("plain", &html, json!({})),
        frame("sandboxed", &html, json!({"sandbox": ""})),
        frame("credentialless", &html, json!({"credentialless": ""})),
        frame("picture", &svg, json!({})),
        frame("sandboxed picture", &svg, json!({"sandbox": ""})),
        json!({"name": "image", "tag": "img", "url": svg}),
        json!({"name": "nothing", "tag": "img", "url": svg.replace("panel.svg", "panel.png")}),
    ];
    for block_cookies in [false, true] {
        let seen = looks(&outside, &shown, block_cookies).await?;
        let plain = &seen["plain"]["picture"];
        for name in ["sandboxed", "credentialless"] {
            ensure!(seen[name]["picture"] == *plain, "{name} looks different");
        }
        ensure!(
            seen["sandboxed picture"]["picture"] == seen["picture"]["picture"],
            "the picture looks different in a sandbox"
        );
        ensure!(seen["nothing"]["picture"] != seen["image"]["picture"]);
        for (name, told) in seen.iter().filter(|(name, _)| *name != "nothing") {
            ensure!(told["loaded"] == "load", "{name}: {told}");
            ensure!(told["cookies"] == false, "{name} sent a cookie");
            ensure!(
                told["further"] == json!([]),
                "{name} asked for more: {}",
                told["further"]
            );
            ensure!(
                told["complaints"] == json!([]),
                "{name}: {}",
                told["complaints"]
            );
        }
    }
    found.hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_when_its_origin_is_not_allowed_then_frames_stay_empty_and_the_check_says_why()
-> Result<()> {
    let outside = FramePage::start()?;
    let mut found = found(Vec::new()).await?;
    let (svg, html) = link(&found).await?;
    let shown = [
        json!({"name": "frame", "tag": "iframe", "url": html}),
        json!({"name": "image", "tag": "img", "url": svg}),
    ];
    let seen = looks(&outside, &shown, false).await?;
    let complaints = seen["frame"]["complaints"].to_string();
    ensure!(complaints.contains("frame-ancestors"), "{complaints}");
    ensure!(seen["image"]["loaded"] == "load", "pictures need no frame");
    ensure!(
        seen["image"]["complaints"] == json!([]),
        "{}",
        seen["image"]
    );
    let api = found.hindcast.api_as("viewer")?;
    let told: Value = api
        .get(&format!("/embed/check.json?origin={}", outside.origin()))
        .await?
        .json()?;
    ensure!(told["checks"][0]["name"] == "frame", "{told}");
    ensure!(told["checks"][0]["state"] == "blocked", "{told}");
    found.hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_when_its_anomalies_are_counted_then_are_those_of_a_replay() -> Result<()> {
    let mut found = found(Vec::new()).await?;
    let api = found.hindcast.api_as("admin")?;
    let (from, to) = (found.start_ms, found.start_ms + SAMPLES * MINUTE_MS);
    let range = json!({"from": from.to_string(), "to": to.to_string()});
    let replayed: Value = api
        .post("/api/v1/rules/load/replay", &range)
        .await?
        .json()?;
    let fired = replayed["fired"].as_array().map_or(0, Vec::len);
    ensure!(fired == 2, "{replayed}");
    let (svg, html) = link(&found).await?;
    let page = reqwest::get(&html).await?.text().await?;
    let rows = page.matches("<tr><td>").count();
    ensure!(rows == fired, "{rows} rows, {fired} anomalies: {page}");
    let answer = reqwest::get(&svg).await?;
    ensure!(answer.headers()["cross-origin-resource-policy"] == "cross-origin");
    ensure!(!answer.text().await?.contains("<script"));
    // No secret of a link is written down anywhere.
    ensure!(
        !found.hindcast.output().contains("hcp_"),
        "{}",
        found.hindcast.output()
    );
    found.hindcast.stop().await
}
