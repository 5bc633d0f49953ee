//! `PagerDuty`: one incident an anomaly.

use hindcast_shared::api::NoticeEvent;
use serde_json::{Value, json};

use super::super::Notice;
use super::{cut, time};

/// Events v2 by <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>, as it was in November 2026.
pub(super) fn pagerduty(notice: &Notice, integration_key: &str) -> Value {
    let anomaly = &notice.anomaly;
    let action = match notice.event {
        NoticeEvent::Resolved => "resolve",
        NoticeEvent::Acknowledged => "acknowledge",
        _ => "trigger",
    };
    let mut event = json!({
        "routing_key": integration_key,
        "event_action": action,
        "dedup_key": format!("hindcast/{}", anomaly.id),
    });
    if action == "trigger" {
        event["client"] = json!("Hindcast");
        event["payload"] = json!({
            "summary": cut(&notice.title, 1_024),
            "source": anomaly.series,
            "severity": anomaly.severity.as_str(),
            "timestamp": time(notice.at_ms),
            "component": anomaly.rule_id.to_string(),
            "group": anomaly.source.0,
            "class": anomaly.kind.as_str(),
            "custom_details": {"text": notice.text, "labels": anomaly.labels, "score": anomaly.peak_score()},
        });
        if let Some(url) = &notice.url {
            event["client_url"] = json!(url);
            event["links"] = json!([{"href": url, "text": "Open in Hindcast"}]);
        }
    }
    event
}
