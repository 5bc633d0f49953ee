//! What arrives has the form that its vendor documents.

use hindcast_shared::pipeline::{PageKind, PageVerdict, TransitionKind};

use super::super::testing::{Bench, NOW_MS, Seen};
use super::super::tests::work;
use crate::store::testing::anomaly;
use hindcast_shared::anomaly::Status;
use hindcast_shared::rule::Severity;
use serde_json::json;

#[tokio::test]
async fn receivers_when_told_then_get_what_their_vendors_document() -> anyhow::Result<()> {
    let routes = json!([
        {"name": "slack", "channel": "slack", "url": "{sink}/slack", "continue": true},
        {"name": "discord", "channel": "discord", "url": "{sink}/discord", "continue": true},
        {"name": "pd", "channel": "pagerduty", "url": "{sink}/pd", "secret": "key", "continue": true},
        {"name": "pd-ru", "channel": "pagerduty", "url": "{sink}/pd-ru", "secret": "key", "lang": "ru", "continue": true},
        {"name": "am", "channel": "alertmanager", "url": "{sink}/base/", "secret": "t0ken"},
    ]);
    let bench = Bench::new(routes).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    let mut found = anomaly("r", "<script>&`", NOW_MS, Status::Open);
    found.severity = Severity::Critical;
    found
        .origin_mut()
        .labels
        .insert("team".to_owned(), "pay".to_owned());
    found
        .origin_mut()
        .labels
        .insert("not-a-name".to_owned(), "x".to_owned());
    let page = (PageKind::Opened, PageVerdict::Sent);
    bench
        .happens(TransitionKind::Opened, &found, Some(page))
        .await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    let at = |path: &str| {
        let found = seen.iter().find(|one| one.path == path);
        found.map(Seen::body).unwrap_or_default()
    };
    let slack = at("/slack");
    assert_eq!(slack["blocks"][0]["type"], "section");
    assert_eq!(slack["blocks"][0]["text"]["type"], "mrkdwn");
    assert!(!slack.to_string().contains("<script>"), "{slack}");
    assert_eq!(slack["blocks"][2]["elements"][0]["type"], "button");
    let discord = at("/discord");
    assert_eq!(discord["allowed_mentions"]["parse"], json!([]));
    assert_eq!(discord["embeds"][0]["timestamp"], "2026-01-05T12:00:00Z");
    let pd = at("/pd");
    assert_eq!(
        (&pd["event_action"], &pd["routing_key"]),
        (&json!("trigger"), &json!("key"))
    );
    assert_eq!(pd["payload"]["severity"], "critical");
    assert_eq!(pd["dedup_key"], format!("hindcast/{}", found.id));
    assert_eq!(pd["links"][0]["text"], "Open in Hindcast");
    assert_eq!(at("/pd-ru")["links"][0]["text"], "Открыть в Hindcast");
    let alerts = at("/base/api/v2/alerts");
    let alerts = alerts.as_array().expect("a list of alerts");
    assert_eq!(alerts.len(), 3, "the milder ones end");
    let critical = alerts
        .iter()
        .find(|one| one["labels"]["severity"] == "critical")
        .expect("the alert");
    assert_eq!(critical["labels"]["team"], "pay");
    assert!(critical["labels"].get("not-a-name").is_none());
    assert!(
        critical["endsAt"].as_str() > Some("2026-01-05T12:03"),
        "{critical}"
    );
    let token = seen
        .iter()
        .find(|one| one.path.ends_with("alerts"))
        .map(|one| one.headers["authorization"].clone());
    assert_eq!(token.expect("a header"), "Bearer t0ken");

    bench
        .happens(TransitionKind::Acknowledged, &found, None)
        .await?;
    work(&notify).await?;
    let heard = bench.sink.take();
    assert_eq!(heard.len(), 2, "only PagerDuty hears that somebody has it");
    assert_eq!(heard[0].body()["event_action"], "acknowledge");
    bench.closes(&found).await?;
    work(&notify).await?;
    let over = bench.sink.take();
    assert_eq!(over.len(), 5);
    let ended = over
        .iter()
        .find(|one| one.path.ends_with("alerts"))
        .map(Seen::body)
        .unwrap_or_default();
    let ends = ended
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["endsAt"].as_str());
    assert!(
        ends.into_iter().all(|at| at < Some("2026-01-05T12:03")),
        "{ended}"
    );
    Ok(())
}
