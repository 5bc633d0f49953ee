//! What people say of an anomaly: by a link out of a message, without a login; and the change of a rule that follows.

#[path = "feedback/week.rs"]
mod week;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::day::{day, load, push};
use hindcast_tests::{Answer, Api, Browser, Script, Setup, Sink, SinkReply, eventually, now_ms};
use serde_json::{Value, json};

/// Where people would find the server; the test finds it elsewhere.
const PUBLIC: &str = "http://hindcast.test";

async fn form(api: &Api, path: &str, answer: &str) -> Result<Answer> {
    let request = api.request(reqwest::Method::POST, path);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "null")
        .body(format!("answer={answer}"));
    api.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn link_when_clicked_in_a_message_then_labels_and_judges_once() -> Result<()> {
    let sink = Sink::start(|_| SinkReply::Status(200, ""))?;
    let rule = json!({
        "id": "flip", "name": "Flip", "source": "push", "query": "lane", "step": "1s", "delay": "1s", "window": "1m",
        "fit_every": "1m", "schedule": {"every": "1s"}, "detector": {"kind": "threshold"}, "decision": {"threshold": 50.0},
        "for": 1, "recover": {"below": 0.9, "for": 1}, "no_data": "off",
    });
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [{"name": "hook", "channel": "webhook", "url": sink.url()}]});
    let mut hindcast = Setup::new()?
        .with_push()
        .with("rules", json!([rule]))
        .with("notify", notify)
        .with("http", json!({ "public_url": PUBLIC }))
        .with("log", json!({ "level": "debug" }))
        .start()
        .await?;
    let api = hindcast.api()?;
    let high = async || {
        push(
            &api,
            vec![json!({"name": "lane", "at_ms": now_ms(), "value": 90.0})],
        )
        .await
    };
    let message = eventually("a message", Duration::from_mins(1), || async {
        high().await?;
        let received = sink.received();
        let bodies = received
            .iter()
            .map(|one| serde_json::from_str::<Value>(&one.body).unwrap_or_default());
        Ok(bodies.into_iter().find(|body| body["event"] == "opened"))
    })
    .await?;
    let id = message["anomaly"]["id"].as_str().context("an anomaly")?;
    let link = message["feedback_url"].as_str().context("a link")?;
    let path = link.strip_prefix(PUBLIC).context("under the public url")?;
    let said = async || -> Result<Value> {
        let told = api.get(&format!("/api/v1/anomalies/{id}/feedback")).await?;
        Ok(told.json::<Value>()?["current"].clone())
    };
    let status = async || -> Result<String> {
        let detail: Value = api.get(&format!("/api/v1/anomalies/{id}")).await?.json()?;
        Ok(detail["status"].as_str().unwrap_or_default().to_owned())
    };

    let shots = std::env::temp_dir().join("hindcast-feedback");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut browser = Browser::start(Script::Anomaly, &arguments)?;
    // Scanners and previews open it, and so do people twice: nothing happens.
    for (scheme, width, shot) in [
        ("light", 1_000, "ask-light"),
        ("dark", 375, "ask-dark-phone"),
    ] {
        let order = json!({ "goto": path, "ready": "button[value=wrong_team]", "scheme": scheme,
            "size": {"width": width, "height": 800}, "axe": true, "shot": shot });
        let seen = browser.look(order).await?;
        ensure!(seen["title"] == json!(["Was this right?"]), "{seen}");
        ensure!(seen["axe"] == json!([]) && seen["wide"] == 0, "{seen}");
        ensure!(said().await? == Value::Null && status().await? == "open");
    }
    let order = json!({ "click": "button[value=false]", "until": "button[value=undo]", "axe": true, "shot": "answered" });
    let seen = browser.look(order).await?;
    ensure!(seen["axe"] == json!([]), "{seen}");
    let told = said().await?;
    ensure!(
        told["answer"] == "false" && told["actor"] == "feedback by link via hook",
        "{told}"
    );
    ensure!(status().await? == "false_alarm");
    let labels = api.get("/api/v1/labels?from=now-1h&to=now").await?;
    let labels: Value = labels.json()?;
    ensure!(
        labels["items"][0]["kind"] == "normal" && labels["items"][0]["origin"] == "feedback",
        "{labels}"
    );
    let again = form(&api, path, "true").await?;
    ensure!(again.status == 409, "{again:?}");
    ensure!(said().await?["answer"] == "false", "the first one stays");

    // Its own word can be taken back: the anomaly goes on, since the values never recovered.
    let order = json!({ "click": "button[value=undo]", "until": "button[value=wrong_team]" });
    browser.look(order).await?;
    ensure!(said().await? == Value::Null);
    ensure!(status().await? == "open", "{}", status().await?);
    let labels = api.get("/api/v1/labels?from=now-1h&to=now").await?;
    ensure!(labels.json::<Value>()?["items"] == json!([]));
    let right = form(&api, path, "true").await?;
    ensure!(
        right.status == 200 && status().await? == "open",
        "{right:?}"
    );
    browser.order(&json!(null)).await.ok();
    drop(browser);
    let log = hindcast.output();
    let token = path.rsplit('/').next().unwrap_or("?");
    ensure!(!log.contains(token), "the log knows the link");
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestion_when_applied_then_a_backtest_of_the_new_version_has_its_figures() -> Result<()>
{
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let (samples, labels) = day(now_ms());
    push(&api, samples).await?;
    ensure!(api.post("/api/v1/rules", &load()).await?.status == 201);
    for (start_ms, end_ms, kind) in labels {
        let label = json!({"source": "push", "pattern": "load*", "kind": kind, "start_ms": start_ms, "end_ms": end_ms});
        ensure!(api.post("/api/v1/labels", &label).await?.status == 201);
    }
    let told = api
        .post("/api/v1/rules/load/suggestion", &json!({}))
        .await?;
    let told: Value = told.json()?;
    ensure!(told["state"] == "helps", "{told}");
    ensure!(
        told["before"]["labelled_false_alarms"] == 2 && told["after"]["labelled_false_alarms"] == 0
    );
    ensure!(told["after"]["found"] == told["before"]["found"], "{told}");
    let id = told["id"].as_str().context("an id")?;
    let apply = format!("/api/v1/rules/load/suggestion/{id}/apply");
    let applied: Value = api.post(&apply, &json!({})).await?.json()?;
    ensure!(applied["version"] == 2, "{applied}");

    let file = hindcast.dir().join("labels.json");
    let labels = api.get("/api/v1/labels?from=now-2d&to=now").await?;
    std::fs::write(&file, labels.json::<Value>()?.to_string())?;
    let (from, to) = (
        told["range"]["from_ms"].to_string(),
        told["range"]["to_ms"].to_string(),
    );
    let file = file.display().to_string();
    let done = hindcast.run(&[
        "backtest", "--rule", "load", "--from", &from, "--to", &to, "--labels", &file, "--format",
        "json",
    ])?;
    ensure!(done.status.success(), "{done:?}");
    let replayed: Value = serde_json::from_slice(&done.stdout)?;
    let (after, event) = (&told["after"], &replayed["report"]["event"]);
    for (ours, theirs) in [
        (&after["pages"], &replayed["pages_sent"]),
        (&after["pages_per_week"], &replayed["pages_per_week"]),
        (&after["anomalies"], &event["alarms"]),
        (&after["incidents"], &event["events"]),
        (&after["found"], &event["found"]),
        (&after["false_alarms"], &event["false_alarms"]),
    ] {
        ensure!(ours == theirs, "{after} is not {replayed}");
    }
    let digest = hindcast.run(&["digest", "--format", "json"])?;
    let told: Value = serde_json::from_slice(&digest.stdout)?;
    let served: Value = api.get("/api/v1/digest").await?.json()?;
    ensure!(
        told == served && digest.status.success(),
        "{told} is not {served}"
    );
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestion_when_whoever_asked_goes_away_then_the_server_stops_its_search() -> Result<()> {
    let mut hindcast = Setup::new()?
        .with_push()
        .with("log", json!({ "level": "debug" }))
        .start()
        .await?;
    let api = hindcast.api()?;
    let (samples, labels) = day(now_ms());
    push(&api, samples).await?;
    // Each setting that is tried learns the day anew: a search that takes far longer than going away does.
    let mut rule = load();
    rule["detector"] = json!({"kind": "auto"});
    rule["decision"] = json!({"threshold": 1.0});
    rule["fit_every"] = json!("10m");
    ensure!(api.post("/api/v1/rules", &rule).await?.status == 201);
    for (start_ms, end_ms, kind) in labels {
        let label = json!({"source": "push", "pattern": "load*", "kind": kind, "start_ms": start_ms, "end_ms": end_ms});
        ensure!(api.post("/api/v1/labels", &label).await?.status == 201);
    }
    let asking = tokio::spawn({
        let api = api.clone();
        async move { api.post("/api/v1/rules/load/suggestion", &json!({})).await }
    });
    let said = async |what: &'static str| {
        eventually(what, Duration::from_mins(1), || async {
            Ok(hindcast.output().contains(what).then_some(()))
        })
        .await
    };
    said("a study begins").await?;
    asking.abort();
    said("a study was stopped").await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestion_when_asked_for_on_the_page_then_shows_and_saves_what_the_api_says() -> Result<()>
{
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let (samples, labels) = day(now_ms());
    push(&api, samples).await?;
    ensure!(api.post("/api/v1/rules", &load()).await?.status == 201);
    let quiet = json!({
        "id": "quiet", "name": "Quiet", "source": "push", "query": "load", "step": "1m", "window": "1d", "fit_every": "1d",
        "detector": {"kind": "threshold"}, "decision": {"threshold": 900.0}, "for": 1, "no_data": "off",
    });
    ensure!(api.post("/api/v1/rules", &quiet).await?.status == 201);
    for (start_ms, end_ms, kind) in labels {
        let label = json!({"source": "push", "pattern": "load*", "kind": kind, "start_ms": start_ms, "end_ms": end_ms});
        ensure!(api.post("/api/v1/labels", &label).await?.status == 201);
    }
    let found = "/api/v1/anomalies/detect-and-notify?hours=23";
    ensure!(api.post(found, &json!({})).await?.status == 200);
    let anomaly = api.anomalies("rule=load").await?;
    let id = anomaly.items.first().context("an anomaly")?.id.to_string();
    let shots = std::env::temp_dir().join("hindcast-suggestion");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut browser = Browser::start(Script::Anomaly, &arguments)?;

    let page = format!("/anomalies/{id}");
    ask_and_apply(&mut browser, &api, &page).await?;
    answer_each_way(&mut browser, &api, &page).await?;
    week::read(&mut browser, &api).await?;
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(30)).await?;
    ensure!(end["reports"] == json!([]), "{end}");
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}

/// A suggestion that is stopped, one that is told, and its new version.
async fn ask_and_apply(browser: &mut Browser, api: &Api, page: &str) -> Result<()> {
    let order = json!({
        "goto": page, "ready": "[data-action=suggest]", "hold": "**/suggestion", "click": "[data-action=suggest]",
        "until": "[data-action=stop-suggesting]", "shot": "asked",
    });
    browser.look(order).await?;
    let order = json!({ "click": "[data-action=stop-suggesting]", "gone": "[data-action=stop-suggesting]" });
    let stopped = browser.look(order).await?;
    ensure!(
        stopped["brokenOff"] == json!(["/api/v1/rules/load/suggestion"])
            && stopped["suggestion"] == json!([]),
        "{stopped}"
    );

    let order = json!({ "click": "[data-action=suggest]", "until": "[data-suggestion]", "axe": true, "shot": "told" });
    let shown = browser.look(order).await?;
    ensure!(
        shown["suggestion"] == json!(["helps"]) && shown["axe"] == json!([]),
        "{shown}"
    );
    let told = api
        .post("/api/v1/rules/load/suggestion", &json!({}))
        .await?;
    let told: Value = told.json()?;
    let (before, after) = (&told["before"], &told["after"]);
    let both = |name: &str| json!([before[name].to_string(), after[name].to_string()]);
    let incidents = |one: &Value| format!("{}/{}", one["found"], one["incidents"]);
    ensure!(
        shown["figures"]["anomalies"] == both("anomalies")
            && shown["figures"]["false"] == both("labelled_false_alarms")
            && shown["figures"]["incidents"] == json!([incidents(before), incidents(after)]),
        "{shown} is not {told}"
    );
    let order = json!({ "size": {"width": 390, "height": 844}, "scheme": "dark", "until": "[data-suggestion]", "shot": "told-phone" });
    let phone = browser.look(order).await?;
    ensure!(phone["wide"] == 0, "{phone}");
    let order =
        json!({ "click": "[data-action=apply]", "until": "[data-applied='2']", "shot": "applied" });
    browser.look(order).await?;
    let rule: Value = api.get("/api/v1/rules/load").await?.json()?;
    ensure!(rule["version"] == 2, "{rule}");
    Ok(())
}

/// The four answers, each in the place of the one before, and none.
async fn answer_each_way(browser: &mut Browser, api: &Api, page: &str) -> Result<()> {
    let order = json!({ "size": {"width": 1280, "height": 1000}, "scheme": "light", "goto": page, "ready": "[data-action=right]" });
    browser.look(order).await?;
    for (button, answer) in [
        ("right", "true"),
        ("wrong-team", "wrong_team"),
        ("expected", "expected"),
        ("false-alarm", "false"),
    ] {
        let order = json!({
            "click": format!("[data-action={button}]"), "until": format!("[data-feedback={answer}]"), "axe": true,
            "shot": format!("said-{answer}"),
        });
        let said = browser.look(order).await?;
        ensure!(
            said["pressed"] == json!([button]) && said["axe"] == json!([]),
            "{said}"
        );
        let kept: Value = api.get(&format!("/api/v1{page}/feedback")).await?.json()?;
        ensure!(kept["current"]["answer"] == answer, "{kept}");
    }
    let order = json!({ "click": "[data-action=take-back]", "gone": "[data-feedback]" });
    let back = browser.look(order).await?;
    ensure!(back["pressed"] == json!([]), "{back}");
    Ok(())
}
