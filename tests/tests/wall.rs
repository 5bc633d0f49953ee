//! Screens that nobody sits before: many tabs on one stream, a wall and its alarms, a wall for days.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::pushed::{open, push, rule, streams, streams_become};
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup};
use serde_json::{Value, json};

async fn pushing(rules: &[&str]) -> Result<(Hindcast, Api)> {
    let rules: Vec<Value> = rules.iter().map(|name| rule(name)).collect();
    let setup = Setup::new()?.with_push().with("rules", json!(rules));
    let hindcast = setup.start().await?;
    let api = hindcast.api()?;
    Ok((hindcast, api))
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_when_there_are_eight_then_share_one_stream_and_all_hear_the_same() -> Result<()> {
    let (mut hindcast, api) = pushing(&["queue"]).await?;
    let mut browser = Browser::start(Script::Tabs, &json!({ "url": hindcast.url(), "tabs": 8 }))?;
    browser.hear("ready", Duration::from_mins(2)).await?;
    streams_become(&api, 1).await?;
    let id = open(&api, "queue", 100.0).await?;
    let item = format!(".anomaly[data-id=\"{id}\"]");
    browser
        .order(&json!({ "wait": item, "limit_ms": 20_000 }))
        .await?;
    browser.hear("done", Duration::from_mins(1)).await?;
    // What was missed while a tab was away is caught up with, over the same stream.
    for (hidden, wanted) in [(true, 1), (false, 1)] {
        browser
            .order(&json!({ "hide": 3, "hidden": hidden }))
            .await?;
        browser.hear("done", Duration::from_secs(10)).await?;
        streams_become(&api, wanted).await?;
    }
    for tab in 0..7 {
        browser.order(&json!({ "close": tab })).await?;
        browser.hear("done", Duration::from_secs(10)).await?;
    }
    ensure!(streams(&api).await? == 1, "the last tab still listens");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(end["complaints"] == json!([]), "{end}");
    browser.close().await?;
    streams_become(&api, 0).await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_when_nothing_can_be_shared_then_each_that_is_seen_has_its_own() -> Result<()> {
    let (mut hindcast, api) = pushing(&["queue"]).await?;
    let arguments = json!({ "url": hindcast.url(), "tabs": 2, "without_shared": true });
    let mut browser = Browser::start(Script::Tabs, &arguments)?;
    browser.hear("ready", Duration::from_mins(2)).await?;
    streams_become(&api, 2).await?;
    browser.order(&json!({ "hide": 0, "hidden": true })).await?;
    browser.hear("done", Duration::from_secs(10)).await?;
    streams_become(&api, 1).await?;
    let id = open(&api, "queue", 100.0).await?;
    browser
        .order(&json!({ "hide": 0, "hidden": false }))
        .await?;
    browser.hear("done", Duration::from_secs(10)).await?;
    streams_become(&api, 2).await?;
    let item = format!(".anomaly[data-id=\"{id}\"]");
    browser
        .order(&json!({ "wait": item, "limit_ms": 20_000 }))
        .await?;
    browser.hear("done", Duration::from_mins(1)).await?;
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(10)).await?;
    browser.close().await?;
    hindcast.stop().await
}

/// The address of a wall on which it is night now: the screen is darker in one half of the day, and not in the other.
async fn by_night(browser: &mut Browser, path: &str) -> Result<String> {
    let paths = ["0-12", "12-0"].map(|hours| format!("{path}&dim={hours}"));
    let mut filters = Vec::new();
    for path in &paths {
        let order = json!({ "goto": path, "ready": ".kiosk-canvas canvas", "run_s": 1 });
        filters.push(browser.look(order).await?["brightness"].clone());
    }
    let night = filters
        .iter()
        .position(|filter| filter == "brightness(0.6)");
    let night = night.with_context(|| format!("darker by night: {filters:?}"))?;
    ensure!(filters[1 - night] == "none", "{filters:?}");
    Ok(paths[night].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_when_it_hangs_then_turns_stops_for_what_is_critical_and_never_looks_newer_than_it_is()
-> Result<()> {
    let (mut hindcast, api) = pushing(&["queue", "load"]).await?;
    for name in ["queue", "load"] {
        push(&api, name, 1.0).await?;
    }
    let shots = std::env::temp_dir().join("hindcast-wall");
    std::fs::create_dir_all(&shots)?;
    let path = "/kiosk?pages=overview,rule:queue,rule:nothing&every=20s&hold=40s&from=now-2m";
    let arguments = json!({ "url": hindcast.url(), "path": path, "shots": shots });
    let mut browser = Browser::start(Script::Wall, &arguments)?;
    let path = by_night(&mut browser, path).await?;
    let ready = json!({ "goto": path, "ready": ".kiosk-canvas canvas", "run_s": 2, "axe": true,
        "shot": "overview" });
    let calm = browser.look(ready).await?;
    ensure!(calm["condition"] == "fine" && calm["alarm"] == 0, "{calm}");
    ensure!(calm["axe"] == json!([]), "{calm}");
    ensure!(calm["cursor"] == "none", "{calm}");
    ensure!(calm["titles"].as_array().map(Vec::len) == Some(2), "{calm}");
    let px = |seen: &Value, key: &str| seen[key].as_f64().unwrap_or_default();
    ensure!(
        px(&calm["smallest"], "px") >= 24.0,
        "too small for five metres: {calm}"
    );
    // Six of the hundredths of the shorter side.
    ensure!((px(&calm, "sentencePx") - 64.8).abs() < 0.1, "{calm}");
    ensure!(
        ["2 rules checked in time", "data as of", "page 1 of 3"]
            .iter()
            .all(|text| calm.to_string().contains(text)),
        "{calm}"
    );
    let second = browser
        .look(json!({ "run_s": 20, "until": ".kiosk-one" }))
        .await?;
    ensure!(second["titles"] == json!(["queue"]), "{second}");
    ensure!(
        second["swap"] != calm["swap"],
        "the layout changes sides: {second}"
    );
    let third = browser
        .look(json!({ "run_s": 20, "until": ".kiosk-note" }))
        .await?;
    ensure!(
        third["note"]
            .to_string()
            .contains("There is no rule nothing"),
        "{third}"
    );

    open(&api, "queue", 100.0).await?;
    let alarm = json!({ "run_s": 2, "until": ".kiosk-alarm", "axe": true, "shot": "alarm" });
    let alarm = browser.look(alarm).await?;
    ensure!(
        alarm["condition"] == "critical" && alarm["axe"] == json!([]),
        "{alarm}"
    );
    ensure!(
        alarm["brightness"] == "none",
        "as bright as by day: {alarm}"
    );
    let anomaly = api.anomalies("rule=queue&status=open").await?.items;
    let peak = anomaly
        .first()
        .and_then(|anomaly| anomaly.peak)
        .context("a peak")?;
    let value = format!("{}", peak.value);
    ensure!(
        alarm["sentence"]
            .as_str()
            .is_some_and(|text| text.contains("queue") && text.contains(&value)),
        "the sentence names the value {value} that the API has: {alarm}"
    );
    let held = browser.look(json!({ "run_s": 30 })).await?;
    ensure!(held["alarm"] == 1, "the rotation has stopped: {held}");
    let gone = browser.look(json!({ "run_s": 14 })).await?;
    ensure!(
        gone["alarm"] == 0 && gone["condition"] == "critical",
        "{gone}"
    );

    // The server falls silent: amber after two heartbeats, red and grey after five.
    hindcast.kill()?;
    let amber = browser
        .look(
            // The page's clock is ahead of the last heartbeat already: a second is enough to see that nobody is there.
            json!({ "run_s": 1, "until": "[data-link=doubtful]" }),
        )
        .await?;
    ensure!(amber["signs"].to_string().contains("old"), "{amber}");
    let red = browser
        .look(json!({ "run_s": 80, "until": "[data-link=stale]", "shot": "stale" }))
        .await?;
    ensure!(red["signs"].to_string().contains("STALE"), "{red}");
    hindcast.restart().await?;
    let back = json!({ "run_s": 3, "until": "[data-link=live]", "limit_ms": 90_000 });
    let back = browser.look(back).await?;
    ensure!(!back["signs"].to_string().contains("STALE"), "{back}");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(end["reports"] == json!([]), "{end}");
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_when_it_is_let_in_by_its_code_then_stays_in_until_it_is_put_out() -> Result<()> {
    let setup = Setup::new()?
        .with_push()
        .with("rules", json!([rule("queue")]));
    let mut hindcast = setup.with_keys()?.start().await?;
    let api = hindcast.api_as("operator")?;
    push(&api, "queue", 1.0).await?;
    let arguments = json!({ "url": hindcast.url(), "path": "/kiosk" });
    let mut browser = Browser::start(Script::Wall, &arguments)?;
    let outside = browser
        .look(json!({ "ready": ".kiosk-code", "axe": true }))
        .await?;
    ensure!(outside["axe"] == json!([]), "{outside}");
    let code = outside["code"][0].as_str().context("a code")?;
    let request = json!({ "code": code, "name": "hall", "pages": ["overview", "rule:queue"] });
    let kiosk: Value = api.post("/api/v1/kiosks", &request).await?.json()?;
    let order = json!({ "run_s": 5, "until": ".kiosk-canvas canvas" });
    let inside = browser.look(order).await?;
    ensure!(
        inside["small"].to_string().contains("page 1 of 2"),
        "{inside}"
    );
    // A restart of the browser: nothing but what is stored is left.
    let again = browser
        .look(json!({ "goto": "/kiosk", "ready": ".kiosk-canvas canvas" }))
        .await?;
    ensure!(
        again["stored"].to_string().contains("hindcast-wall"),
        "{again}"
    );
    let id = kiosk["kiosk"]["id"].as_str().context("an id")?;
    let out = api.delete(&format!("/api/v1/kiosks/{id}")).await?;
    ensure!(out.status.is_success(), "{}", out.text());
    let out = browser
        .look(json!({ "goto": "/kiosk", "ready": ".kiosk-code" }))
        .await?;
    ensure!(
        out["code"][0] != *code,
        "a new code for whoever was put out: {out}"
    );
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(10)).await?;
    browser.close().await?;
    hindcast.stop().await
}
