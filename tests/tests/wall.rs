//! Screens that nobody sits before: many tabs on one stream, a wall and its alarms, a wall for days.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Browser, FramePage, Hindcast, Script, Setup, eventually};
use serde_json::{Value, json};

/// A rule that is critical as soon as a pushed value is high.
fn rule(name: &str) -> Value {
    json!({
        "name": name, "source": "push", "query": name, "step": "1s", "delay": "0s", "window": "2m",
        "fit_every": "1h", "schedule": { "every": "1s" },
        "detector": { "kind": "threshold" }, "decision": { "threshold": 10.0, "direction": "above" },
        "for": 1, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s", "no_data": "off",
        "severity": { "warning": 1.0, "critical": 2.0 }
    })
}

async fn pushing(rules: &[&str]) -> Result<(Hindcast, Api)> {
    let rules: Vec<Value> = rules.iter().map(|name| rule(name)).collect();
    let setup = Setup::new()?.with_push().with("rules", json!(rules));
    let hindcast = setup.start().await?;
    let api = hindcast.api()?;
    Ok((hindcast, api))
}

async fn push(api: &Api, name: &str, value: f64) -> Result<()> {
    let body = json!({ "samples": [{ "name": name, "labels": {}, "value": value }] });
    let answer = api.post("/api/v1/samples", &body).await?;
    ensure!(answer.status.is_success(), "{}", answer.text());
    Ok(())
}

/// Pushes a value until an anomaly of the rule is open.
async fn open(api: &Api, name: &str, value: f64) -> Result<String> {
    eventually("an anomaly", Duration::from_secs(30), || async {
        push(api, name, value).await?;
        let found = api.anomalies(&format!("rule={name}&status=open")).await?;
        Ok(found.items.first().map(|anomaly| anomaly.id.to_string()))
    })
    .await
}

async fn streams(api: &Api) -> Result<u64> {
    let metrics = api.get("/metrics").await?.text();
    let line = metrics
        .lines()
        .find(|line| line.starts_with("hindcast_sse_clients "));
    let count = line.and_then(|line| line.split(' ').nth(1));
    Ok(count.context("no gauge of streams")?.parse::<f64>()? as u64)
}

async fn streams_become(api: &Api, wanted: u64) -> Result<()> {
    let what = format!("{wanted} streams");
    eventually(&what, Duration::from_secs(20), || async {
        Ok((streams(api).await? == wanted).then_some(()))
    })
    .await
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

/// Gives the wall an order and answers what it shows then.
async fn look(browser: &mut Browser, order: Value) -> Result<Value> {
    browser.order(&order).await?;
    browser.hear("seen", Duration::from_mins(2)).await
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
    let ready =
        json!({ "ready": ".kiosk-canvas canvas", "run_s": 2, "axe": true, "shot": "overview" });
    let calm = look(&mut browser, ready).await?;
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
    let second = look(&mut browser, json!({ "run_s": 20, "until": ".kiosk-one" })).await?;
    ensure!(second["titles"] == json!(["queue"]), "{second}");
    ensure!(
        second["swap"] != calm["swap"],
        "the layout changes sides: {second}"
    );
    let third = look(&mut browser, json!({ "run_s": 20, "until": ".kiosk-note" })).await?;
    ensure!(
        third["note"]
            .to_string()
            .contains("There is no rule nothing"),
        "{third}"
    );

    open(&api, "queue", 100.0).await?;
    let alarm = json!({ "run_s": 2, "until": ".kiosk-alarm", "axe": true, "shot": "alarm" });
    let alarm = look(&mut browser, alarm).await?;
    ensure!(
        alarm["condition"] == "critical" && alarm["axe"] == json!([]),
        "{alarm}"
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
    let held = look(&mut browser, json!({ "run_s": 30 })).await?;
    ensure!(held["alarm"] == 1, "the rotation has stopped: {held}");
    let gone = look(&mut browser, json!({ "run_s": 14 })).await?;
    ensure!(
        gone["alarm"] == 0 && gone["condition"] == "critical",
        "{gone}"
    );

    // The server falls silent: amber after two heartbeats, red and grey after five.
    hindcast.kill()?;
    let amber = look(
        &mut browser,
        // The page's clock is ahead of the last heartbeat already: a second is enough to see that nobody is there.
        json!({ "run_s": 1, "until": "[data-link=doubtful]" }),
    )
    .await?;
    ensure!(amber["signs"].to_string().contains("old"), "{amber}");
    let red = look(
        &mut browser,
        json!({ "run_s": 80, "until": "[data-link=stale]", "shot": "stale" }),
    )
    .await?;
    ensure!(red["signs"].to_string().contains("STALE"), "{red}");
    hindcast.restart().await?;
    let back = json!({ "run_s": 3, "until": "[data-link=live]", "limit_ms": 90_000 });
    let back = look(&mut browser, back).await?;
    ensure!(!back["signs"].to_string().contains("STALE"), "{back}");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(end["reports"] == json!([]), "{end}");
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}

#[expect(clippy::too_many_lines, reason = "one walk in front of one browser")]
#[tokio::test(flavor = "multi_thread")]
async fn panel_when_framed_with_a_pass_then_needs_no_cookie_and_follows_its_parent_alone()
-> Result<()> {
    let outside = FramePage::start()?;
    let setup = Setup::new()?
        .with_push()
        .with("rules", json!([rule("queue"), rule("load")]));
    let setup = setup
        .with_keys()?
        .with("embed", json!({ "allowed_origins": [outside.origin()] }));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api_as("operator")?;
    push(&api, "queue", 1.0).await?;
    let wanted = json!({ "name": "shop", "rule": "queue" });
    let made: Value = api.post("/api/v1/capabilities", &wanted).await?.json()?;
    let link = made["page"].as_str().context("a link")?;
    let (path, token) = link.split_once("#token=").context("no token behind #")?;
    let panel = |more: &str| {
        format!(
            "{}/{path}&from=now-2m&to=now{more}#token={token}",
            hindcast.url()
        )
    };
    let mut browser = Browser::start(Script::Panel, &json!({}))?;
    let frames = [
        json!({}),
        json!({ "credentialless": "" }),
        json!({ "sandbox": "allow-scripts allow-same-origin" }),
    ];
    for attributes in frames {
        let order = json!({ "open": outside.origin(), "panel": panel("&theme=dark"), "attributes": attributes,
            "ready": ".embed-chart canvas" });
        let seen = look(&mut browser, order).await?;
        ensure!(
            seen["text"]
                .as_str()
                .is_some_and(|text| text.contains("queue")),
            "{seen}"
        );
        ensure!(
            seen["hash"] == "" && !seen["address"].to_string().contains(token),
            "{seen}"
        );
        // A frame without credentials may have no storage at all.
        let kept = seen["kept"] == json!([]) || seen["kept"] == "blocked";
        ensure!(seen["cookies"] == "" && kept, "{seen}");
        ensure!(
            seen["scrolls"] == false && seen["theme"] == "dark",
            "{seen}"
        );
        let calls = seen["api"].as_array().context("calls")?;
        ensure!(!calls.is_empty(), "{seen}");
        ensure!(
            calls
                .iter()
                .all(|call| call["bearer"] == true && call["cookie"] == false),
            "each call has the token and none a cookie: {seen}"
        );
        ensure!(
            !calls
                .iter()
                .any(|call| call["url"].to_string().contains(token)),
            "{seen}"
        );
        let heights = seen["words"].as_array().context("words")?;
        ensure!(
            heights
                .iter()
                .any(|word| word == &json!({ "type": "hindcast:height", "height": 196 })),
            "{seen}"
        );
    }
    ensure!(
        streams(&hindcast.api_as("admin")?).await? == 0,
        "a panel asks now and then"
    );

    let (from_ms, to_ms) = (1_700_000_000_000_i64, 1_700_000_060_000_i64);
    let word = json!({ "type": "hindcast:range", "from": from_ms, "to": to_ms.to_string(), "theme": "light" });
    let other = json!({ "type": "hindcast:range", "from": 1_600_000_000_000_i64, "to": 1_600_000_060_000_i64, "theme": "dark" });
    let order = json!({ "say": word, "until": "html[data-theme=light]" });
    let told = look(&mut browser, order).await?;
    let order = json!({ "intrude": other, "ready": "html[data-theme=light]" });
    let intruded = look(&mut browser, order).await?;
    ensure!(
        intruded["theme"] == "light",
        "only the parent is heard: {intruded}"
    );
    let asked = format!("{}{}", told["series"], intruded["series"]);
    ensure!(
        !asked.contains("16000000") && asked.contains("to=1700000060000"),
        "{asked}"
    );

    // The stream on request, and what a pass does not show.
    let order = json!({ "open": outside.origin(), "panel": panel("&refresh=live"), "ready": ".embed-chart canvas" });
    look(&mut browser, order).await?;
    streams_become(&hindcast.api_as("admin")?, 1).await?;
    let elsewhere = panel("").replace("rule=queue", "rule=load");
    let order = json!({ "open": outside.origin(), "panel": elsewhere, "ready": ".embed-message[role=alert]" });
    let refused = look(&mut browser, order).await?;
    ensure!(
        refused["text"].to_string().contains("does not show this"),
        "{refused}"
    );
    let id = made["capability"]["id"].as_str().context("an id")?;
    let revoked = api.delete(&format!("/api/v1/capabilities/{id}")).await?;
    ensure!(revoked.status.is_success(), "{}", revoked.text());
    let order = json!({ "open": outside.origin(), "panel": panel(""), "ready": ".embed-message[role=alert]" });
    let ended = look(&mut browser, order).await?;
    ensure!(
        ended["text"]
            .to_string()
            .contains("has ended or was revoked"),
        "{ended}"
    );
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(10)).await?;
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
    let outside = look(&mut browser, json!({ "ready": ".kiosk-code", "axe": true })).await?;
    ensure!(outside["axe"] == json!([]), "{outside}");
    let code = outside["code"][0].as_str().context("a code")?;
    let request = json!({ "code": code, "name": "hall", "pages": ["overview", "rule:queue"] });
    let kiosk: Value = api.post("/api/v1/kiosks", &request).await?.json()?;
    let order = json!({ "run_s": 5, "until": ".kiosk-canvas canvas" });
    let inside = look(&mut browser, order).await?;
    ensure!(
        inside["small"].to_string().contains("page 1 of 2"),
        "{inside}"
    );
    // A restart of the browser: nothing but what is stored is left.
    let again = look(
        &mut browser,
        json!({ "goto": "/kiosk", "ready": ".kiosk-canvas canvas" }),
    )
    .await?;
    ensure!(
        again["stored"].to_string().contains("hindcast-wall"),
        "{again}"
    );
    let id = kiosk["kiosk"]["id"].as_str().context("an id")?;
    let out = api.delete(&format!("/api/v1/kiosks/{id}")).await?;
    ensure!(out.status.is_success(), "{}", out.text());
    let out = look(
        &mut browser,
        json!({ "goto": "/kiosk", "ready": ".kiosk-code" }),
    )
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
