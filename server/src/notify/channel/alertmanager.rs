//! Alertmanager: one alert an anomaly and severity.

use hindcast_shared::api::NoticeEvent;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::DAY_MS;
use serde_json::{Map, Value, json};

use super::super::Notice;
use super::time;

/// How long Alertmanager believes that something goes on when it hears nothing more.
const BELIEVED_MS: i64 = 7 * DAY_MS;

/// Alerts by Alertmanager's API v2. What it knows an alert by are its labels, so an escalation ends the milder one.
pub(super) fn alertmanager(notice: &Notice, now_ms: i64) -> Value {
    let anomaly = &notice.anomaly;
    let alert = |severity: Severity, ends_ms: i64| {
        let mut labels: Map<String, Value> = anomaly
            .labels
            .iter()
            .filter(|(name, value)| is_label_name(name) && !value.is_empty())
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        labels.insert("alertname".to_owned(), json!(anomaly.rule_id.to_string()));
        labels.insert("severity".to_owned(), json!(severity.as_str()));
        labels.insert("source".to_owned(), json!(anomaly.source.0));
        labels.insert("hindcast_id".to_owned(), json!(anomaly.id.to_string()));
        let mut alert = json!({
            "labels": labels,
            "annotations": {"summary": notice.title, "description": notice.text},
            "startsAt": time(anomaly.start_ms),
            "endsAt": time(ends_ms),
        });
        if let Some(url) = &notice.url {
            alert["generatorURL"] = json!(url);
        }
        alert
    };
    let all = [Severity::Info, Severity::Warning, Severity::Critical];
    let over_ms = now_ms.max(anomaly.start_ms + 1);
    let goes_on = notice.event != NoticeEvent::Resolved;
    let alerts = all
        .into_iter()
        .filter(|severity| *severity <= anomaly.severity)
        .map(|severity| {
            let on = goes_on && severity == anomaly.severity;
            alert(severity, if on { now_ms + BELIEVED_MS } else { over_ms })
        });
    alerts.collect()
}

fn is_label_name(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
