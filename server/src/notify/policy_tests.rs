//! Groups, limits, escalations and silences: who is told how often, and of what together.

use hindcast_shared::anomaly::Status;
use hindcast_shared::api::NoticeState;
use hindcast_shared::pipeline::{PageKind, PageVerdict, TransitionKind};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{MINUTE_MS, SECOND_MS};
use serde_json::{Value, json};

use super::testing::{Bench, NOW_MS, Reply, Seen};
use super::tests::work;
use crate::store::testing::anomaly;

fn told(seen: &[Seen]) -> Vec<(String, Value)> {
    seen.iter()
        .map(|one| (one.path.clone(), one.body()["event"].clone()))
        .collect()
}

#[tokio::test]
async fn anomalies_when_of_one_group_then_come_in_one_message_after_its_wait() -> anyhow::Result<()>
{
    let bench = Bench::new(json!([
        {"name": "g", "channel": "webhook", "url": "{sink}/g", "group": {"by": ["team"], "wait": "30s", "interval": "5m"}},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let mut all = Vec::new();
    for n in 0..1_000 {
        let mut found = anomaly("r", &format!("s{n}"), NOW_MS, Status::Open);
        found.severity = Severity::Warning;
        let team = ["pay", "web", "ops"][n % 3];
        found
            .origin_mut()
            .labels
            .insert("team".to_owned(), team.to_owned());
        let page = (PageKind::Opened, PageVerdict::Sent);
        bench
            .happens(TransitionKind::Opened, &found, Some(page))
            .await?;
        all.push(found);
    }
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "it waits for others");
    bench.clock.advance(30 * SECOND_MS);
    work(&notify).await?;
    let seen = bench.sink.take();
    assert_eq!(seen.len(), 3, "one message a team");
    let counts: usize = seen
        .iter()
        .map(|one| one.body()["notices"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(counts, 1_000);
    assert!(seen.iter().all(|one| one.body()["event"] == "group"));
    let text = seen[0].body()["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(text.lines().count(), 11, "ten and how many more: {text}");

    // What ends comes with the next message, and not before the interval is over.
    bench.closes(&all[0]).await?;
    work(&notify).await?;
    bench.clock.advance(4 * MINUTE_MS);
    work(&notify).await?;
    assert!(bench.sink.take().is_empty());
    bench.clock.advance(MINUTE_MS);
    work(&notify).await?;
    assert_eq!(
        told(&bench.sink.take()),
        [("/g".to_owned(), json!("resolved"))]
    );
    Ok(())
}

#[tokio::test]
async fn group_when_its_message_fails_then_is_repeated_as_it_was_and_the_next_one_waits()
-> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "g", "channel": "webhook", "url": "{sink}/g", "group": {"by": [], "wait": "1s", "interval": "0s"}},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    bench.opens("a", Severity::Warning).await?;
    bench.opens("b", Severity::Warning).await?;
    work(&notify).await?;
    bench.clock.advance(SECOND_MS);
    bench.sink.answer(&[Reply::Status(500)]);
    work(&notify).await?;
    let first = bench.sink.take();
    assert_eq!(first.len(), 1);
    bench.opens("c", Severity::Warning).await?;
    work(&notify).await?;
    bench.clock.advance(MINUTE_MS);
    work(&notify).await?;
    let then = bench.sink.take();
    assert_eq!(then.len(), 2);
    assert_eq!(
        then[0].text, first[0].text,
        "what was tried once stays the same"
    );
    assert_eq!(then[1].body()["anomaly"]["series"], "c");
    Ok(())
}

#[tokio::test]
async fn route_when_limited_then_the_others_wait_and_none_is_lost() -> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "l", "channel": "webhook", "url": "{sink}/l", "limit": {"messages": 3, "per": "1m"}},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    for n in 0..8 {
        bench.opens(&format!("s{n}"), Severity::Warning).await?;
    }
    let mut counts = Vec::new();
    for _ in 0..4 {
        // A restart forgets no message that was sent.
        work(&bench.notify()?).await?;
        counts.push(bench.sink.take().len());
        bench.clock.advance(MINUTE_MS);
    }
    assert_eq!(counts, [3, 3, 2, 0]);
    Ok(())
}

#[tokio::test]
async fn anomaly_when_nobody_takes_it_then_the_next_route_is_told_and_the_one_after_it()
-> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "first", "channel": "webhook", "url": "{sink}/first", "escalate": {"after": "15m", "to": "second"}},
        {"name": "second", "channel": "webhook", "url": "{sink}/second", "direct": false, "escalate": {"after": "10m", "to": "third"}},
        {"name": "third", "channel": "webhook", "url": "{sink}/third", "direct": false},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let forgotten = bench.opens("forgotten", Severity::Critical).await?;
    let taken = bench.opens("taken", Severity::Critical).await?;
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 2, "only the first route is chosen");
    bench.clock.advance(14 * MINUTE_MS);
    let mut acknowledged = taken.clone();
    acknowledged.status = Status::Acknowledged;
    bench
        .happens(TransitionKind::Acknowledged, &acknowledged, None)
        .await?;
    work(&notify).await?;
    bench.sink.take();
    bench.clock.advance(MINUTE_MS);
    // Whoever dies in between tells it after the start, once.
    drop(notify);
    let notify = bench.notify()?;
    notify.fill().await?;
    notify.escalate().await?;
    notify.escalate().await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    assert_eq!(told(&seen), [("/second".to_owned(), json!("unanswered"))]);
    assert_eq!(seen[0].body()["anomaly"]["id"], forgotten.id.to_string());
    assert!(
        seen[0].body()["text"]
            .as_str()
            .unwrap_or_default()
            .starts_with("Nobody has taken")
    );
    bench.clock.advance(10 * MINUTE_MS);
    notify.escalate().await?;
    work(&notify).await?;
    assert_eq!(
        told(&bench.sink.take()),
        [("/third".to_owned(), json!("unanswered"))]
    );
    bench.closes(&forgotten).await?;
    work(&notify).await?;
    assert_eq!(
        bench.sink.take().len(),
        3,
        "whoever was told hears of the end"
    );
    Ok(())
}

#[tokio::test]
async fn anomaly_when_silenced_in_alertmanager_then_nobody_is_told_until_the_silence_ends()
-> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "am", "channel": "alertmanager", "url": "{sink}/am", "continue": true, "watchdog": true},
        {"name": "hook", "channel": "webhook", "url": "{sink}/hook"},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let silences = r#"[{"id": "1", "status": {"state": "active"}, "updatedAt": "2026-01-05T11:00:00.000Z", "createdBy": "kim", "comment": "works",
        "startsAt": "2026-01-05T11:00:00.000Z", "endsAt": "2026-01-05T14:00:00.000Z",
        "matchers": [{"name": "alertname", "value": "r", "isRegex": false, "isEqual": true}]}]"#;
    bench
        .sink
        .answer(&[Reply::Status(200), Reply::Json(silences)]);
    notify.say_again(&notify.routes[0]).await?;
    let asked = bench.sink.take();
    assert_eq!(asked[0].path, "/am/api/v2/alerts");
    assert_eq!(asked[0].body()[0]["labels"]["alertname"], "HindcastAlive");
    assert_eq!(
        (asked[1].method.as_str(), asked[1].path.as_str()),
        ("GET", "/am/api/v2/silences")
    );
    let long = bench.opens("long", Severity::Warning).await?;
    let short = bench.opens("short", Severity::Warning).await?;
    bench.closes(&short).await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    assert!(
        seen.iter().all(|one| one.path == "/am/api/v2/alerts"),
        "Alertmanager has its own silences"
    );
    let outbox = bench.fixture.store.outbox();
    let kept = outbox.list(Some(NoticeState::Silenced), None, 10).await?;
    assert_eq!(kept.len(), 2);
    assert!(
        kept[0]
            .error
            .as_deref()
            .unwrap_or_default()
            .contains("kim: works"),
        "{kept:?}"
    );

    // What goes on is told again, and what is over is not.
    bench.sink.answer(&[Reply::Status(200), Reply::Json("[]")]);
    notify.say_again(&notify.routes[0]).await?;
    let again = bench.sink.take();
    let ids: Vec<_> = again[0]
        .body()
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|alert| alert["labels"]["hindcast_id"].as_str().map(str::to_owned))
        .collect();
    assert!(
        ids.contains(&long.id.to_string()) && !ids.contains(&short.id.to_string()),
        "{ids:?}"
    );
    work(&notify).await?;
    assert_eq!(
        told(&bench.sink.take()),
        [("/hook".to_owned(), json!("opened"))]
    );
    Ok(())
}

#[tokio::test]
async fn annotation_when_repeated_then_is_found_and_its_end_is_set() -> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "grafana", "channel": "grafana", "url": "{sink}/g", "secret": "t0ken"},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let found = bench.opens("<b>", Severity::Warning).await?;
    bench.sink.answer(&[
        Reply::Json("[]"),
        Reply::Json(r#"{"id": 7, "message": "Annotation added"}"#),
    ]);
    work(&notify).await?;
    let seen = bench.sink.take();
    assert_eq!(
        seen[0].query,
        format!("tags=hindcast%3A{}&limit=1", found.id)
    );
    assert_eq!(
        (seen[1].method.as_str(), seen[1].path.as_str()),
        ("POST", "/g/api/annotations")
    );
    assert_eq!(seen[1].body()["time"], found.start_ms);
    assert!(seen[1].body().get("timeEnd").is_none());
    assert!(!seen[1].text.contains("<b>"), "{}", seen[1].text);
    bench.closes(&found).await?;
    bench.sink.answer(&[
        Reply::Json(r#"[{"id": 7, "time": 1, "text": "x"}]"#),
        Reply::Json("{}"),
    ]);
    work(&notify).await?;
    let end = bench.sink.take();
    assert_eq!(
        (end[1].method.as_str(), end[1].path.as_str()),
        ("PATCH", "/g/api/annotations/7")
    );
    assert_eq!(end[1].body()["timeEnd"], found.end_ms);
    assert!(end[1].body().get("time").is_none());
    Ok(())
}

#[tokio::test]
async fn words_when_a_route_asks_for_a_language_or_has_a_template_then_are_in_it()
-> anyhow::Result<()> {
    let bench = Bench::new(json!([
        {"name": "ko", "channel": "slack", "url": "{sink}/ko", "lang": "ko", "continue": true},
        {"name": "own", "channel": "webhook", "url": "{sink}/own", "template": "{{ severity }}: {{ anomaly.rule_name }}", "content_type": "text/plain", "continue": true},
        {"name": "broken", "channel": "webhook", "url": "{sink}/broken", "template": "{{ nothing }}"},
    ]))
    .await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    bench.opens("s", Severity::Critical).await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    let at = |path: &str| seen.iter().find(|one| one.path == path).cloned();
    assert!(at("/ko").expect("a message").text.contains("치명"));
    let own = at("/own").expect("a message");
    assert_eq!(own.text.split(':').next(), Some("critical"));
    assert_eq!(own.headers["content-type"], "text/plain");
    assert!(at("/broken").is_none());
    let dead = bench
        .fixture
        .store
        .outbox()
        .list(Some(NoticeState::Dead), None, 10)
        .await?;
    assert!(
        dead[0]
            .error
            .as_deref()
            .unwrap_or_default()
            .contains("template"),
        "{dead:?}"
    );
    Ok(())
}
