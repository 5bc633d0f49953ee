//! `PagerDuty`: one incident an anomaly.

use std::collections::BTreeMap;

use hindcast_shared::api::NoticeEvent;
use serde_json::{Value, json};

use super::super::Notice;
use super::super::words::Words;
use super::{cut, time};

/// Longest name, label or source, in characters, and most labels.
const LONGEST: usize = 1_024;
const LABELS: usize = 50;

/// Events v2 by <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>, as it was in November 2026.
pub(super) fn pagerduty(notice: &Notice, words: &Words, integration_key: &str) -> Value {
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
        // An event of more than 512 KB is refused, and so is one without a source.
        let source = match anomaly.series.trim() {
            "" => anomaly.source.0.as_str(),
            series => series,
        };
        let labels: BTreeMap<String, String> = anomaly
            .labels
            .iter()
            .take(LABELS)
            .map(|(name, value)| (cut(name, LONGEST), cut(value, LONGEST)))
            .collect();
        event["client"] = json!("Hindcast");
        event["payload"] = json!({
            "summary": cut(&notice.title, 1_024),
            "source": cut(source, LONGEST),
            "severity": anomaly.severity.as_str(),
            "timestamp": time(notice.at_ms),
            "component": anomaly.rule_id.to_string(),
            "group": anomaly.source.0,
            "class": anomaly.kind.as_str(),
            "custom_details": {"text": cut(&notice.text, 4_000), "labels": labels, "score": anomaly.peak_score()},
        });
        if let Some(url) = &notice.url {
            event["client_url"] = json!(url);
            event["links"] = json!([{"href": url, "text": words.open}]);
        }
    }
    event
}
