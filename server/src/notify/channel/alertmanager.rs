//! Alertmanager: one alert an anomaly and severity, and one that always fires.

use hindcast_shared::api::NoticeEvent;
use hindcast_shared::rule::Severity;
use serde_json::{Map, Value, json};

use super::super::Notice;
use super::super::choose::labels;
use super::time;

/// Alerts by Alertmanager's API v2. What it knows an alert by are its labels, so an escalation ends the milder one;
/// what goes on is believed for so long and told again before.
pub(in super::super) fn alerts(notice: &Notice, now_ms: i64, believed_ms: i64) -> Vec<Value> {
    let anomaly = &notice.anomaly;
    let ends_ms = now_ms + believed_ms;
    let over_ms = now_ms.max(anomaly.start_ms + 1);
    let goes_on = notice.event != NoticeEvent::Resolved;
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .filter(|severity| *severity <= anomaly.severity)
        .map(|severity| {
            let on = goes_on && severity == anomaly.severity;
            alert(notice, severity, if on { ends_ms } else { over_ms })
        })
        .collect()
}

fn alert(notice: &Notice, severity: Severity, ends_ms: i64) -> Value {
    let anomaly = &notice.anomaly;
    let mut labels: Map<String, Value> = labels(anomaly)
        .into_iter()
        .filter(|(name, value)| is_label_name(name) && !value.is_empty())
        .map(|(name, value)| (name, json!(value)))
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
}

/// An alert that fires as long as Hindcast lives.
pub(in super::super) fn watchdog(now_ms: i64, believed_ms: i64, url: Option<&str>) -> Value {
    let mut alert = json!({
        "labels": {"alertname": "HindcastAlive", "severity": "none"},
        "annotations": {"summary": "Hindcast is alive. When this alert ends, it is not."},
        "startsAt": time(now_ms),
        "endsAt": time(now_ms + believed_ms),
    });
    if let Some(url) = url {
        alert["generatorURL"] = json!(url);
    }
    alert
}

fn is_label_name(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
