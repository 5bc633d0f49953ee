//! The page of an anomaly: everything that can be done to it there, told as the API has it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup, eventually, now_ms};
use serde_json::{Value, json};

fn rule() -> Value {
    json!({
        "name": "queue", "source": "push", "query": "queue", "step": "1s", "delay": "0s", "window": "2m",
        "fit_every": "1h", "schedule": { "every": "1s" },
        "detector": { "kind": "threshold" }, "decision": { "threshold": 10.0, "direction": "above" },
        "for": 1, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s", "no_data": "off"
    })
}

#[expect(clippy::too_many_lines, reason = "one walk in front of one browser")]
#[tokio::test(flavor = "multi_thread")]
async fn anomaly_when_acted_on_then_the_page_tells_what_the_api_has_and_who_was_faster()
-> Result<()> {
    let setup = Setup::new()?.with_push().with("rules", json!([rule()]));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let open = async |lane: &'static str| {
        eventually("an anomaly", Duration::from_secs(30), || async {
            let sample = json!({ "name": "queue", "labels": { "lane": lane }, "value": 100.0 });
            let answer = api
                .post("/api/v1/samples", &json!({ "samples": [sample] }))
                .await?;
            ensure!(answer.status.is_success(), "{}", answer.text());
            let found = api.anomalies("rule=queue&status=open").await?.items;
            let mut found = found.into_iter();
            let of_lane = found.find(|anomaly| anomaly.series.contains(lane));
            Ok(of_lane.map(|anomaly| anomaly.id.to_string()))
        })
        .await
    };
    let first = open("north").await?;
    let second = open("south").await?;

    let shots = std::env::temp_dir().join("hindcast-anomaly");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut browser = Browser::start(Script::Anomaly, &arguments)?;
    let page = format!("/anomalies/{second}");
    let path = |rest: &str| format!("/api/v1/anomalies/{second}{rest}");
    let ready = json!({ "goto": page, "ready": ".past-count", "axe": true, "shot": "light" });
    let seen = browser.look(ready).await?;
    ensure!(seen["axe"] == json!([]), "{seen}");
    ensure!(
        seen["past"] == json!(["1"]),
        "the one before is a similar one: {seen}"
    );
    ensure!(
        seen["lab"][0]
            .as_str()
            .is_some_and(|lab| lab.starts_with("lab?rule=queue&from=")),
        "{seen}"
    );
    ensure!(seen["history"] == json!(["opened"]), "{seen}");

    // Somebody else resolves it at the very moment.
    let resolve = path("/resolve");
    let order = json!({ "answer412": resolve, "key": "a", "until": ".said.refused" });
    let overtaken = browser.look(order).await?;
    let said = overtaken["said"].to_string();
    ensure!(
        said.contains("anonymous was faster (Judged)"),
        "{overtaken}"
    );
    let stored = api.anomaly(&second).await?;
    ensure!(
        stored.anomaly.status.as_str() == "resolved",
        "nothing was overwritten: {stored:?}"
    );
    let undone = api.post(&path("/undo"), &json!({})).await?;
    ensure!(undone.status.is_success(), "{}", undone.text());

    let order = json!({ "goto": page, "ready": "[data-action=acknowledge]", "key": "a", "until": "[data-action=undo]" });
    let taken = browser.look(order).await?;
    ensure!(
        taken["said"].to_string().contains("Acknowledged."),
        "{taken}"
    );
    ensure!(
        api.anomaly(&second).await?.anomaly.status.as_str() == "acknowledged",
        "{taken}"
    );
    let order = json!({ "click": "[data-action=undo]", "until": "[data-action=acknowledge]" });
    browser.look(order).await?;
    ensure!(
        api.anomaly(&second).await?.anomaly.status.as_str() == "open",
        "it was taken back"
    );

    let order = json!({ "fill": "#assignee", "value": "Kim", "key": "Enter", "until": ".facts .tag:text('with Kim')" });
    let seen = browser.look(order).await?;
    ensure!(seen["assignee"] == json!(["Kim"]), "{seen}");
    let order = json!({ "select": ".actions p select", "value": "4h", "until": ".facts .tag:text('snoozed until')" });
    browser.look(order).await?;
    let stored = api.anomaly(&second).await?.anomaly;
    let until_ms = stored.snoozed_until_ms.context("not snoozed")?;
    let left_ms = until_ms - now_ms();
    ensure!(
        (14_340_000..=14_400_000).contains(&left_ms),
        "{left_ms} ms are left of four hours"
    );
    ensure!(stored.assignee.as_deref() == Some("Kim"), "{stored:?}");
    let order = json!({ "fill": "#note", "value": "the queue of orders", "key": "Enter", "until": ".history li[data-kind=note]" });
    let noted = browser.look(order).await?;
    ensure!(
        noted["quotes"].as_array().and_then(|quotes| quotes.last())
            == Some(&json!("the queue of orders")),
        "{noted}"
    );
    let order =
        json!({ "click": "[data-action=false-alarm]", "until": "[data-status=false_alarm]" });
    let judged = browser.look(order).await?;
    let stored = api.anomaly(&second).await?;
    let kinds: Vec<&str> = stored
        .history
        .iter()
        .map(|record| record.kind.as_str())
        .collect();
    ensure!(judged["history"] == json!(kinds), "{judged} and {kinds:?}");
    ensure!(judged["actions"].to_string().contains("undo"), "{judged}");

    let order = json!({ "key": "j", "until": format!("[data-key=k][href='anomalies/{second}']") });
    let previous = browser.look(order).await?;
    ensure!(
        previous["path"] == format!("/anomalies/{first}"),
        "{previous}"
    );
    let phone = json!({ "goto": page, "ready": ".past-count", "scheme": "dark", "size": { "width": 390, "height": 844 },
        "axe": true, "shot": "phone-dark" });
    let phone = browser.look(phone).await?;
    ensure!(phone["axe"] == json!([]) && phone["wide"] == 0, "{phone}");
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(end["reports"] == json!([]), "{end}");
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn level_when_accepted_on_the_page_then_is_expected_until_somebody_keeps_alarming()
-> Result<()> {
    let setup = Setup::new()?.with_push().with("rules", json!([rule()]));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let id = eventually("an anomaly", Duration::from_secs(30), || async {
        let sample = json!({ "name": "queue", "labels": { "lane": "east" }, "value": 100.0 });
        let answer = api
            .post("/api/v1/samples", &json!({ "samples": [sample] }))
            .await?;
        ensure!(answer.status.is_success(), "{}", answer.text());
        let found = api.anomalies("rule=queue&status=open").await?.items;
        Ok(found.first().map(|anomaly| anomaly.id.to_string()))
    })
    .await?;
    let status = async || {
        let found = api.anomaly(&id).await?;
        Ok::<_, anyhow::Error>(found.anomaly.status.as_str().to_owned())
    };
    let shots = std::env::temp_dir().join("hindcast-anomaly");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut browser = Browser::start(Script::Anomaly, &arguments)?;

    let page = format!("/anomalies/{id}");
    let order = json!({
        "goto": page, "ready": "[data-action=accept]", "click": "[data-action=accept]", "until": "dialog[open] #accept-now",
    });
    browser.look(order).await?;
    let order =
        json!({ "click": "#accept-until", "until": "#accept-end", "axe": true, "shot": "accept" });
    let asked = browser.look(order).await?;
    ensure!(asked["axe"] == json!([]), "{asked}");
    let order = json!({ "click": "#accept-now", "until": ".facts [data-status=expected]" });
    let accepted = browser.look(order).await?;
    ensure!(
        accepted["said"].to_string().contains("Accepted as normal.")
            && status().await? == "expected",
        "{accepted}"
    );
    let path = format!("/api/v1/journal?anomaly={id}");
    let journal = api.get(&path).await?.text();
    let week_ms = 7 * 24 * 3_600_000;
    let until_ms = journal
        .split("\\\"until_ms\\\":")
        .chain(journal.split("\"until_ms\":"))
        .filter_map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<i64>().ok()
        })
        .max();
    let until_ms = until_ms.with_context(|| journal.clone())?;
    ensure!(
        (week_ms - 120_000..=week_ms).contains(&(until_ms - now_ms())),
        "accepted for a week: {until_ms}"
    );
    let order = json!({ "until": "[data-accepted]", "shot": "accepted" });
    let shown = browser.look(order).await?;
    ensure!(
        shown["accepted"][0][0] == until_ms && shown["history"].to_string().contains("judged"),
        "{shown}"
    );
    let story = api.get(&format!("/api/v1/anomalies/{id}")).await?;
    let story: Value = story.json()?;
    let judged = story["history"].as_array().and_then(|all| all.last());
    ensure!(
        judged.is_some_and(|one| one["until_ms"] == until_ms),
        "{story}"
    );
    let order = json!({ "click": "[data-action=undo]", "until": ".facts [data-status=open]", "gone": "[data-accepted]" });
    browser.look(order).await?;
    ensure!(status().await? == "open", "it was taken back");

    let order = json!({ "click": "[data-action=accept]", "until": "dialog[open] #accept-now" });
    browser.look(order).await?;
    let order = json!({ "click": "#accept-for-good", "key": "Enter", "until": ".facts [data-status=expected]" });
    browser.look(order).await?;
    let order =
        json!({ "click": "[data-action=keep-alarming]", "until": ".facts [data-status=open]" });
    let kept = browser.look(order).await?;
    ensure!(
        kept["said"].to_string().contains("It alarms as before.") && status().await? == "open",
        "{kept}"
    );
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(30)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
