//! The overview with three thousand open anomalies: what it says, lists and does is what the server has.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::ListPage;
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup, eventually, now_ms};
use serde_json::{Value, json};

const SERVERS: usize = 3_000;

fn rule(name: &str, query: &str) -> Value {
    json!({
        "name": name, "source": "push", "query": query, "step": "5s", "delay": "1s", "window": "5m",
        "fit_every": "1h", "detector": { "kind": "threshold" },
        "decision": { "threshold": 80.0, "direction": "above" }, "for": 1, "no_data": "off",
        "recover": { "below": 0.9, "for": 30 }, "severity": { "warning": 1.0, "critical": 1.5 },
        "labels": { "team": name }
    })
}

/// Three thousand servers that are too warm, every tenth of them far too warm, and one that is calm.
async fn warm() -> Result<(Hindcast, Api)> {
    // A rule watches at most a thousand series.
    let floors = ["cellar", "ground", "first", "roof"].iter().enumerate();
    let rules: Vec<Value> = floors
        .map(|(floor, name)| rule(name, &format!("heat{{floor=\"{floor}\"}}")))
        .collect();
    let setup = Setup::new()?.with_push().with("rules", json!(rules));
    let hindcast = setup.start().await?;
    let api = hindcast.api()?;
    // One that no rule has looked at yet, however soon they began.
    let at_ms = now_ms() / 5_000 * 5_000 + 5_000;
    let samples: Vec<Value> = (0..=SERVERS)
        .map(|server| {
            let value = match server {
                SERVERS => 20.0,
                server if server.is_multiple_of(10) => 150.0,
                _ => 100.0,
            };
            let labels = json!({
                "floor": (server % 4).to_string(), "rack": format!("r{:02}", server % 100), "n": server.to_string()
            });
            json!({ "name": "heat", "at_ms": at_ms, "value": value, "labels": labels })
        })
        .collect();
    let answer = api
        .post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    ensure!(answer.status.is_success(), "{}", answer.text());
    eventually(
        "three thousand anomalies",
        Duration::from_mins(2),
        || async {
            let stats: Value = api.get("/api/v1/anomalies/stats?hours=1").await?.json()?;
            Ok((stats["by_status"]["open"] == SERVERS).then_some(()))
        },
    )
    .await?;
    Ok((hindcast, api))
}

/// All anomalies of the server that are in a status.
async fn listed(api: &Api, query: &str) -> Result<Vec<Anomaly>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: ListPage<Anomaly> = api.anomalies(&format!("{query}{cursor}")).await?;
        all.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

async fn ask(browser: &mut Browser, order: Value) -> Result<Value> {
    browser.order(&order).await?;
    browser.hear("read", Duration::from_mins(1)).await
}

/// Filters the critical ones of one rack, and acts on all that are listed: the server has done that, and no more.
async fn acts(browser: &mut Browser, api: &Api, open: &[Anomaly]) -> Result<()> {
    let critical = |anomaly: &&Anomaly| anomaly.severity.as_str() == "critical";
    let of_rack = |anomaly: &&Anomaly| {
        anomaly.series.contains("rack=\"r30\"") && anomaly.rule_id.as_str() == "first"
    };
    let expected = open.iter().filter(critical).filter(of_rack).count();
    let racked = ask(browser, json!({ "words": "r30 team=first" })).await?;
    ensure!(
        racked["count"] == expected && expected > 5,
        "{racked}, and not {expected}"
    );
    let address = racked["address"].as_str().context("no address")?;
    ensure!(
        address.contains("severity=critical") && address.contains("q=r30"),
        "{address}"
    );

    // Everything that is listed is taken, and nothing else.
    let taken = ask(browser, json!({ "all": true, "act": "Acknowledge" })).await?;
    ensure!(
        taken["told"]
            .as_str()
            .is_some_and(|text| text.contains(&expected.to_string())),
        "{taken}"
    );
    let acknowledged = listed(api, "status=acknowledged").await?;
    ensure!(
        acknowledged.len() == expected && acknowledged.iter().all(|anomaly| of_rack(&anomaly)),
        "{} are acknowledged",
        acknowledged.len()
    );
    let still = ask(browser, json!({ "status": "open" })).await?;
    ensure!(still["count"] == 0, "{still}");
    let again = ask(browser, json!({ "status": "acknowledged" })).await?;
    ensure!(again["count"] == expected, "{again}");
    ask(browser, json!({ "all": true, "act": "Snooze" })).await?;
    let snoozed = listed(api, "status=acknowledged").await?;
    ensure!(
        snoozed
            .iter()
            .all(|anomaly| anomaly.snoozed_until_ms.is_some()),
        "not all are snoozed"
    );
    ask(
        browser,
        json!({ "all": true, "comment": "the fans are being changed", "act": "Mute" }),
    )
    .await?;
    let mutes: Value = api.get("/api/v1/mutes").await?.json()?;
    ensure!(
        mutes["items"].as_array().map(Vec::len) == Some(expected),
        "{mutes}"
    );
    Ok(())
}

/// Walks the timeline by keys to its last anomaly, and opens it.
async fn walks(browser: &mut Browser, open: &[Anomaly]) -> Result<()> {
    // The timeline has them as well: its last one is the newest of the server's.
    let walked = ask(
        browser,
        json!({ "words": "", "status": "active", "severity": "critical", "keys": ["End"] }),
    )
    .await?;
    ensure!(
        walked["timeline"]
            .as_str()
            .is_some_and(|text| text.starts_with(&format!("{SERVERS} of {SERVERS}"))),
        "{walked}"
    );
    let opened = ask(browser, json!({ "keys": ["Enter"], "open": true })).await?;
    let address = opened["address"].as_str().unwrap_or_default();
    let newest = open
        .iter()
        .map(|anomaly| (anomaly.start_ms, anomaly.id))
        .max();
    let newest = newest.context("none is open")?.1.to_string();
    ensure!(address.ends_with(&newest), "{address}, and not {newest}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn overview_when_three_thousand_are_open_then_lists_filters_and_acts_on_what_the_server_has()
-> Result<()> {
    let (mut hindcast, api) = warm().await?;
    let open = listed(&api, "status=open").await?;
    ensure!(open.len() == SERVERS, "{} are open", open.len());
    let critical = |anomaly: &&Anomaly| anomaly.severity.as_str() == "critical";
    let criticals = open.iter().filter(critical).count();
    let arguments = json!({ "url": hindcast.url(), "path": "/", "count": SERVERS });
    let mut browser = Browser::start(Script::Overview, &arguments)?;
    let first = browser.hear("read", Duration::from_mins(3)).await?;
    let says = format!("{criticals} critical, {} warnings: ", SERVERS - criticals);
    ensure!(
        first["sentence"]
            .as_str()
            .is_some_and(|text| text.starts_with(&says)),
        "{first}, and not {says}"
    );
    ensure!(
        first["changed"]
            .as_str()
            .is_some_and(|text| text.contains(&format!("{SERVERS} began"))),
        "{}",
        first["changed"]
    );
    let rows = |read: &Value| read["rows"].as_array().map_or(0, Vec::len);
    let bounded = |read: &Value| rows(read) < 60 && read["elements"].as_u64() < Some(2_500);
    ensure!(
        bounded(&first),
        "{} rows, {} elements",
        rows(&first),
        first["elements"]
    );
    ensure!(first["rows"][0]["severity"] == "critical", "{first}");

    let down = ask(&mut browser, json!({ "scroll": 37 * 2_000 })).await?;
    ensure!(
        bounded(&down) && rows(&down) > 5 && down["rows"][4]["id"] != first["rows"][4]["id"],
        "{down}"
    );
    let worst = ask(&mut browser, json!({ "severity": "critical" })).await?;
    ensure!(worst["count"] == criticals, "{worst}");
    acts(&mut browser, &api, &open).await?;
    walks(&mut browser, &open).await?;
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(10)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}
