//! What arrives at a sink that answers well, badly, late or not at all; and what a crash loses: nothing.

use std::time::Duration;

use hindcast_shared::anomaly::Status;
use hindcast_shared::api::NoticeState;
use hindcast_shared::pipeline::{PageKind, PageVerdict, SuppressReason, TransitionKind};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::MINUTE_MS;
use serde_json::{Value, json};

use super::signature::signature;
use super::testing::{Bench, NOW_MS, Reply, Seen};
use super::*;
use crate::store::testing::anomaly;

/// Writes down and sends everything that is due now.
pub(super) async fn work(notify: &Notify) -> anyhow::Result<()> {
    notify.fill().await?;
    for route in &notify.routes {
        notify.pass(route).await?;
    }
    Ok(())
}

fn webhook() -> Value {
    json!([{"name": "hook", "channel": "webhook", "url": "{sink}/in?token=hunter2", "secret": "s3cret", "timeout": "500ms"}])
}

#[tokio::test]
async fn anomaly_when_it_opens_and_ends_then_both_arrive_signed_and_in_order() -> anyhow::Result<()>
{
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "what was before is not told");
    let found = bench.opens("s", Severity::Critical).await?;
    bench.closes(&found).await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    let events: Vec<_> = seen.iter().map(|one| one.body()["event"].clone()).collect();
    assert_eq!(events, ["opened", "resolved"]);
    let first = &seen[0];
    let header = |name: &str| {
        first
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let at_s: i64 = header("x-hindcast-timestamp").parse()?;
    assert_eq!(
        header("x-hindcast-signature"),
        signature("s3cret", at_s, &first.text)
    );
    assert_eq!(
        first.body()["url"],
        format!("https://hindcast.example/ml/anomalies/{}", found.id)
    );
    assert_eq!(first.body()["anomaly"]["id"], found.id.to_string());
    assert_eq!(
        header("idempotency-key"),
        first.body()["key"].as_str().unwrap_or_default()
    );
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "nothing is told twice");
    Ok(())
}

#[tokio::test]
async fn page_when_suppressed_or_of_another_route_then_nobody_is_told() -> anyhow::Result<()> {
    let routes = json!([
        {"name": "night", "channel": "webhook", "url": "{sink}/night", "hours": {"from": "20:00", "to": "06:00"}},
        {"name": "bad", "channel": "webhook", "url": "{sink}/bad", "severity": "critical", "continue": true},
        {"name": "other", "channel": "webhook", "url": "{sink}/other", "rule": "x*"},
        {"name": "team", "channel": "webhook", "url": "{sink}/team", "labels": {"team": "pay*"}},
        {"name": "rest", "channel": "webhook", "url": "{sink}/rest"},
        {"name": "never", "channel": "webhook", "url": "{sink}/never"},
    ]);
    let bench = Bench::new(routes).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let found = anomaly("r", "quiet", NOW_MS, Status::Open);
    let muted = PageVerdict::Suppressed(SuppressReason::Late);
    bench
        .happens(
            TransitionKind::Opened,
            &found,
            Some((PageKind::Opened, muted)),
        )
        .await?;
    bench.closes(&found).await?;
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "its end is not told either");
    bench.opens("mild", Severity::Warning).await?;
    work(&notify).await?;
    let paths = |seen: Vec<Seen>| {
        let mut paths: Vec<_> = seen.into_iter().map(|one| one.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(bench.sink.take()), ["/rest"]);
    bench.opens("bad", Severity::Critical).await?;
    work(&notify).await?;
    assert_eq!(paths(bench.sink.take()), ["/bad", "/rest"]);
    let mut labelled = anomaly("r", "labelled", NOW_MS, Status::Open);
    labelled
        .origin_mut()
        .labels
        .insert("team".to_owned(), "payments".to_owned());
    let page = (PageKind::Opened, PageVerdict::Sent);
    bench
        .happens(TransitionKind::Opened, &labelled, Some(page))
        .await?;
    work(&notify).await?;
    assert_eq!(paths(bench.sink.take()), ["/team"]);
    Ok(())
}

#[tokio::test]
async fn sink_when_it_fails_then_is_tried_again_later_with_the_same_key_and_in_order()
-> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let found = bench.opens("s", Severity::Warning).await?;
    bench.closes(&found).await?;
    bench.sink.answer(&[Reply::Status(500)]);
    work(&notify).await?;
    let first = bench.sink.take();
    assert_eq!(first.len(), 1, "the end waits for the beginning");
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "not at once");
    bench.clock.advance(10_000);
    bench.sink.answer(&[Reply::RetryAfter(120)]);
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 1);
    bench.clock.advance(119_000);
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "it asked for two minutes");
    bench.clock.advance(1_000);
    bench.sink.answer(&[Reply::Never]);
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 1, "there was no answer in time");
    bench.clock.advance(MINUTE_MS);
    work(&notify).await?;
    let last = bench.sink.take();
    let events: Vec<_> = last.iter().map(|one| one.body()["event"].clone()).collect();
    assert_eq!(events, ["opened", "resolved"]);
    assert_eq!(last[0].body()["key"], first[0].body()["key"]);
    assert_ne!(last[0].body()["key"], last[1].body()["key"]);
    let sent = bench.states().await?;
    assert_eq!(
        sent,
        [
            ("hook".into(), NoticeState::Sent, 4),
            ("hook".into(), NoticeState::Sent, 1)
        ]
    );
    Ok(())
}

#[tokio::test]
async fn notification_when_refused_then_is_given_up_and_can_be_sent_again() -> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    bench.opens("s", Severity::Warning).await?;
    bench.sink.answer(&[Reply::Status(404)]);
    work(&notify).await?;
    bench.sink.take();
    let list = bench
        .fixture
        .store
        .outbox()
        .list(Some(NoticeState::Dead), None, 10)
        .await?;
    let error = list[0].error.clone().unwrap_or_default();
    assert!(
        error.contains("404") && !error.contains("hunter2"),
        "{error}"
    );
    assert_eq!(notify.states().await?[0].dead, 1);
    assert!(
        bench
            .fixture
            .store
            .outbox()
            .resend(list[0].id, NOW_MS)
            .await?
    );
    assert!(
        !bench
            .fixture
            .store
            .outbox()
            .resend(list[0].id, NOW_MS)
            .await?
    );
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 1);
    assert_eq!(bench.states().await?[0].1, NoticeState::Sent);
    Ok(())
}

#[tokio::test]
async fn beginning_when_sent_again_after_the_end_then_the_end_is_told_again_after_it()
-> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let found = bench.opens("s", Severity::Warning).await?;
    bench.closes(&found).await?;
    bench.sink.answer(&[Reply::Status(400)]);
    work(&notify).await?;
    let first = bench.sink.take();
    let events =
        |seen: &[Seen]| -> Vec<_> { seen.iter().map(|one| one.body()["event"].clone()).collect() };
    assert_eq!(events(&first), ["opened", "resolved"]);
    let outbox = bench.fixture.store.outbox();
    let dead = outbox.list(Some(NoticeState::Dead), None, 10).await?;
    assert!(outbox.resend(dead[0].id, NOW_MS).await?);
    work(&notify).await?;
    let again = bench.sink.take();
    assert_eq!(events(&again), ["opened", "resolved"]);
    assert_eq!(again[1].body()["key"], first[1].body()["key"]);
    Ok(())
}

#[tokio::test]
async fn receiver_when_it_repeats_secrets_then_they_are_not_kept() -> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    bench.opens("s", Severity::Warning).await?;
    bench
        .sink
        .answer(&[Reply::Says(400, "bad s3cret for /in?token=hunter2")]);
    work(&notify).await?;
    let list = bench.fixture.store.outbox().list(None, None, 10).await?;
    let error = list[0].error.clone().unwrap_or_default();
    assert!(error.contains("bad … for"), "{error}");
    assert!(!error.contains("s3cret") && !error.contains("hunter2"));
    Ok(())
}

#[tokio::test]
async fn route_when_it_fails_again_and_again_then_rests_and_one_goes_ahead() -> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    for series in 0..20 {
        bench
            .opens(&format!("s{series}"), Severity::Warning)
            .await?;
    }
    bench.sink.answer(&[Reply::Status(503); 40]);
    work(&notify).await?;
    let tried = bench.sink.take().len();
    assert!(
        (5..=15).contains(&tried),
        "{tried} attempts before the rest"
    );
    assert!(notify.states().await?[0].resting_until_ms.is_some());
    work(&notify).await?;
    assert!(bench.sink.take().is_empty());
    bench.clock.advance(30 * MINUTE_MS);
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 1, "one goes ahead");
    bench.sink.told().replies.clear();
    bench.clock.advance(30 * MINUTE_MS);
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 20, "all arrive in the end");
    assert_eq!(notify.states().await?[0].resting_until_ms, None);
    Ok(())
}

#[tokio::test]
async fn process_when_it_dies_between_any_two_steps_then_nothing_is_lost() -> anyhow::Result<()> {
    let bench = Bench::new(webhook()).await?;
    work(&bench.notify()?).await?;
    let mut expected = Vec::new();
    for series in 0..10 {
        expected.push(
            bench
                .opens(&format!("s{series}"), Severity::Warning)
                .await?
                .id
                .to_string(),
        );
        // Each life does a different part of the work before it ends: nothing, written down, sent without an answer.
        let notify = bench.notify()?;
        match series % 3 {
            0 => {}
            1 => notify.fill().await?,
            _ => {
                notify.fill().await?;
                bench.sink.answer(&[Reply::Never; 8]);
                let pass = notify.pass(&notify.routes[0]);
                tokio::time::timeout(Duration::from_millis(100), pass)
                    .await
                    .ok();
                bench.sink.told().replies.clear();
            }
        }
    }
    bench.clock.advance(60 * MINUTE_MS);
    let notify = bench.notify()?;
    work(&notify).await?;
    bench.clock.advance(60 * MINUTE_MS);
    work(&notify).await?;
    let mut keys = BTreeMap::new();
    for one in bench.sink.take() {
        let body = one.body();
        let id = body["anomaly"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let key = body["key"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            keys.entry(id).or_insert(key.clone()),
            &key,
            "a repetition has the same key"
        );
    }
    expected.sort();
    assert_eq!(keys.into_keys().collect::<Vec<_>>(), expected);
    assert!(
        bench
            .states()
            .await?
            .iter()
            .all(|(_, state, _)| *state == NoticeState::Sent)
    );
    Ok(())
}

#[tokio::test]
async fn route_when_tried_then_says_what_the_other_side_said() -> anyhow::Result<()> {
    let bench = Bench::new(
        json!([{"name": "pd", "channel": "pagerduty", "url": "{sink}/pd", "secret": "key"}]),
    )
    .await?;
    let notify = bench.notify()?;
    bench.sink.answer(&[Reply::Status(403)]);
    let refused = notify.test("pd").await.expect("a route");
    assert!(
        !refused.arrived && refused.detail.contains("403"),
        "{refused:?}"
    );
    let fine = notify.test("pd").await.expect("a route");
    assert!(fine.arrived);
    let actions: Vec<_> = bench
        .sink
        .take()
        .iter()
        .map(|one| one.body()["event_action"].clone())
        .collect();
    assert_eq!(
        actions,
        ["trigger", "trigger", "resolve"],
        "nothing stays open"
    );
    assert!(notify.test("nobody").await.is_none());
    let mut inner = bench.config.clone();
    inner.notify.allow.clear();
    let error = Notify::open(&inner, bench.fixture.store.clone(), bench.clock.clone());
    let error = format!("{:#}", error.expect_err("loopback is not allowed"));
    assert!(error.contains("notify.allow"), "{error}");
    Ok(())
}
