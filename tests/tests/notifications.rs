//! Whoever is to be told is told: through power cuts, past bad receivers, and by the real Alertmanager.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{
    Alertmanager, Api, Browser, Hindcast, Mailbox, Received, Script, Setup, Sink, SinkReply,
    eventually, long, now_ms, proved, to_be_told,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::time::sleep;

/// Opens and closes as fast as samples come.
fn rule(severity: &Value) -> Value {
    json!({
        "id": "flip", "name": "Flip", "source": "push", "query": "lane", "step": "1s", "delay": "1s", "window": "1m", "fit_every": "1m",
        "schedule": {"every": "1s"}, "detector": {"kind": "threshold"}, "decision": {"threshold": 50.0}, "for": 1,
        "recover": {"below": 0.9, "for": 1}, "merge_gap": "0s", "no_data": "off", "severity": severity, "labels": {"team": "pay"},
    })
}

fn setup(notify: Value) -> Result<Setup> {
    let rules = json!([rule(&json!({"warning": 1.0, "critical": 100.0}))]);
    Ok(Setup::new()?
        .with_push()
        .with("rules", rules)
        .with("notify", notify))
}

async fn push(api: &Api, lanes: &[bool]) -> Result<()> {
    let at_ms = now_ms();
    let samples: Vec<Value> = lanes
        .iter()
        .enumerate()
        .map(|(lane, high)| {
            let value = if *high { 90.0 } else { 10.0 };
            json!({"name": "lane", "labels": {"lane": lane.to_string()}, "at_ms": at_ms, "value": value})
        })
        .collect();
    let answer = api
        .post("/api/v1/samples", &json!({ "samples": samples }))
        .await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

/// Samples every half second, until the condition holds.
async fn pushing_until<T>(
    api: &Api,
    what: &str,
    lanes: &[bool],
    mut holds: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    for _ in 0..120 {
        push(api, lanes).await?;
        if let Some(found) = holds().await? {
            return Ok(found);
        }
        sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("{what} did not come about");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_when_the_server_is_killed_and_the_receiver_fails_then_arrive_in_order_with_one_key()
-> Result<()> {
    // Ten thousand pages and more, either way.
    let (kills, lanes_count) = if long() { (100, 100) } else { (10, 600) };
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let sink = Sink::start(move |_| match chance.next_u32() % 40 {
        0..4 => SinkReply::Status(500, "broken"),
        4 => SinkReply::RetryAfter(0),
        5 => SinkReply::Late(Duration::from_millis(700)),
        6..8 => SinkReply::Nothing,
        _ => SinkReply::Status(200, ""),
    })?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [
        {"name": "hook", "channel": "webhook", "url": sink.url(), "timeout": "500ms", "retry": "50ms", "attempts": 100},
    ]});
    let mut hindcast = setup(notify)?.start().await?;
    let api = hindcast.api()?;
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_121);
    let mut lanes = vec![false; lanes_count];
    for _ in 0..kills {
        for _ in 0..4 {
            for high in &mut lanes {
                *high ^= chance.next_u32() % 2 == 0;
            }
            push(&api, &lanes).await?;
            sleep(Duration::from_millis(
                700 + u64::from(chance.next_u32() % 600),
            ))
            .await;
        }
        hindcast.kill()?;
        hindcast.restart().await?;
    }
    lanes.fill(false);
    pushing_until(&api, "the end of all anomalies", &lanes, async || {
        let open = api.anomalies("status=open").await?.items.len();
        Ok((open == 0).then_some(()))
    })
    .await?;
    eventually("an empty outbox", Duration::from_mins(5), || async {
        let routes = api
            .get("/api/v1/notification-routes")
            .await?
            .json::<Value>()?;
        Ok((routes["items"][0]["waiting"] == 0).then_some(()))
    })
    .await?;
    let expected = to_be_told(&api).await?;
    let received = sink.received();
    proved(&expected, &received)?;
    println!("measured notify_kills {kills}");
    println!("measured notify_messages {}", expected.len());
    println!("measured notify_attempts {}", received.len());
    ensure!(expected.len() >= 10_000, "too little: {}", expected.len());
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn alertmanager_when_it_is_told_then_fires_is_kept_told_and_hears_the_end() -> Result<()> {
    let pages = Sink::start(|_| SinkReply::Status(200, ""))?;
    let hook = Sink::start(|_| SinkReply::Status(200, ""))?;
    let alertmanager = Alertmanager::start(&pages.url()).await?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [
        {"name": "am", "channel": "alertmanager", "url": alertmanager.url(), "keep_alive": "1s", "watchdog": true, "continue": true},
        {"name": "hook", "channel": "webhook", "url": hook.url()},
    ]});
    let mut hindcast = setup(notify)?.start().await?;
    let api = hindcast.api()?;
    let tried = hindcast.run(&["notify", "test", "am"])?;
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    ensure!(
        tried.status.success() && said.contains("am: arrived"),
        "{tried:?}"
    );

    let named = async |name: &str| -> Result<Option<Value>> {
        let alerts = alertmanager.alerts().await?;
        Ok(alerts
            .into_iter()
            .find(|alert| alert["labels"]["alertname"] == name))
    };
    eventually(
        "the alert that always fires",
        Duration::from_secs(10),
        || named("HindcastAlive"),
    )
    .await?;
    let first = pushing_until(&api, "the alert", &[true], || named("flip")).await?;
    ensure!(
        first["labels"]["team"] == "pay" && first["labels"]["severity"] == "warning",
        "{first}"
    );
    // It is told again and again: its end moves on.
    let ends = first["endsAt"].as_str().unwrap_or_default().to_owned();
    pushing_until(&api, "a later end", &[true], async || {
        let again = named("flip").await?;
        Ok(again.filter(|again| again["endsAt"].as_str() > Some(&ends)))
    })
    .await?;

    // A silence there is honoured here, and ends here when it ends there.
    let id = alertmanager
        .silence("lane", "1", "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
        .await?;
    sleep(Duration::from_millis(2_500)).await;
    let silenced = pushing_until(&api, "a silenced notification", &[true, true], async || {
        let list: Value = api
            .get("/api/v1/notifications?state=silenced")
            .await?
            .json()?;
        Ok(list["items"]
            .as_array()
            .and_then(|items| items.first())
            .cloned())
    })
    .await?;
    ensure!(
        silenced["error"]
            .as_str()
            .is_some_and(|why| why.contains("kim: works on it")),
        "{silenced}"
    );
    let about = |seen: &[Received], id: &Value| {
        seen.iter()
            .filter(|one| one.body.contains(id.as_str().unwrap_or("?")))
            .count()
    };
    ensure!(
        about(&hook.received(), &silenced["anomaly_id"]) == 0,
        "it was told all the same"
    );
    alertmanager.unsilence(&id).await?;
    pushing_until(&api, "the end of the silence", &[true, true], async || {
        Ok((about(&hook.received(), &silenced["anomaly_id"]) == 1).then_some(()))
    })
    .await?;

    // The end arrives.
    pushing_until(&api, "the end of the alert", &[false, false], async || {
        Ok(named("flip").await?.is_none().then_some(()))
    })
    .await?;
    eventually(
        "what Alertmanager says of the end",
        Duration::from_secs(20),
        || async {
            let told = pages.received();
            Ok(told
                .iter()
                .any(|one| {
                    one.body.contains("\"status\":\"resolved\"") && one.body.contains("flip")
                })
                .then_some(()))
        },
    )
    .await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_when_the_server_is_busy_at_first_then_arrives_as_text_and_html() -> Result<()> {
    let mailbox = Mailbox::start(1)?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [{
        "name": "mail", "channel": "email", "url": format!("smtp://127.0.0.1:{}?tls=none", mailbox.port()), "retry": "100ms",
        "from": "Hindcast <hindcast@example.org>", "to": ["ops@example.org"], "lang": "ru",
    }]});
    let mut hindcast: Hindcast = setup(notify)?.start().await?;
    let api = hindcast.api()?;
    let first = pushing_until(&api, "a mail", &[true], async || {
        Ok(mailbox.mails().first().cloned())
    })
    .await?;
    for part in [
        "To: ops@example.org",
        "Message-ID: <",
        "References: <",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Auto-Submitted",
    ] {
        ensure!(first.contains(part), "{part} is missing: {first}");
    }
    pushing_until(&api, "the end", &[false], async || {
        Ok(mailbox.mails().get(1).cloned())
    })
    .await?;
    let mails = mailbox.mails();
    let line = |mail: &str, name: &str| {
        mail.lines()
            .find(|line| line.starts_with(name))
            .map(str::to_owned)
    };
    ensure!(
        line(&mails[0], "References:") == line(&mails[1], "References:"),
        "one thread"
    );
    ensure!(
        line(&mails[0], "Message-ID:") != line(&mails[1], "Message-ID:"),
        "two mails"
    );
    let list: Value = api.get("/api/v1/notifications").await?.json()?;
    let attempts: Vec<_> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["attempts"].clone())
        .collect();
    ensure!(attempts == [json!(1), json!(2)], "{list}");
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn page_when_something_was_given_up_then_it_is_sent_again_from_there() -> Result<()> {
    let mut first = true;
    let sink = Sink::start(move |_| {
        let refuse = std::mem::take(&mut first);
        SinkReply::Status(if refuse { 404 } else { 200 }, "")
    })?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [
        {"name": "hook", "channel": "webhook", "url": sink.url()},
    ]});
    let mut hindcast = setup(notify)?.start().await?;
    let api = hindcast.api()?;
    let route = async || -> Result<Value> {
        let routes: Value = api.get("/api/v1/notification-routes").await?.json()?;
        Ok(routes["items"][0].clone())
    };
    pushing_until(&api, "a dead letter", &[true], async || {
        Ok((route().await?["dead"] == 1).then_some(()))
    })
    .await?;
    let arguments = json!({"url": hindcast.url(), "shots": std::env::var("HINDCAST_SHOTS").ok()});
    let mut browser = Browser::start(Script::Notifications, &arguments)?;
    let minutes = Duration::from_mins(2);
    let seen = browser.hear("seen", minutes).await?;
    ensure!(
        seen["dead"] == route().await?["dead"] && seen["messages"] == json!(["dead"]),
        "{seen}"
    );
    let sent = browser.hear("sent", minutes).await?;
    ensure!(
        sent["dead"] == 0 && sent["messages"] == json!(["sent"]),
        "{sent}"
    );
    ensure!(route().await?["dead"] == 0);
    let keys: BTreeSet<_> = sink
        .received()
        .iter()
        .filter_map(|one| one.headers.get("idempotency-key").cloned())
        .collect();
    ensure!(
        sink.received().len() == 3 && keys.len() == 2,
        "once, once more with the same key, and the test"
    );
    let end = browser.hear("end", minutes).await?;
    for look in end["looks"].as_array().context("looks")? {
        ensure!(look["violations"] == json!([]), "{look}");
        ensure!(
            look["wide"].as_i64().is_some_and(|wide| wide <= 0),
            "{look}"
        );
    }
    ensure!(end["complaints"] == json!([]), "{end}");
    browser.close().await?;
    hindcast.stop().await
}
