//! Webhooks: one form for every message, whatever it is about.

use serde_json::{Value, json};

use super::super::bundle::Bundle;

/// What a webhook is sent, and what its template is given. The one that the message is named after stands in front;
/// `notices` has all of them.
pub(super) fn webhook(bundle: &Bundle, key: &str) -> Value {
    let lead = bundle.lead();
    let notices: Vec<Value> = bundle
        .notices()
        .iter()
        .map(|notice| {
            json!({
                "event": notice.event,
                "at_ms": notice.at_ms,
                "title": notice.title,
                "text": notice.text,
                "severity": notice.anomaly.severity,
                "url": notice.url,
                "feedback_url": notice.feedback_url,
                "sums_up": notice.sums_up,
                "anomaly": notice.anomaly,
            })
        })
        .collect();
    json!({
        "version": 1,
        "key": key,
        "event": bundle.event(),
        "at_ms": lead.at_ms,
        "title": bundle.title(),
        "text": bundle.text(),
        "severity": bundle.severity().unwrap_or(lead.anomaly.severity),
        "url": lead.url,
        "feedback_url": lead.feedback_url,
        "sums_up": lead.sums_up,
        "anomaly": lead.anomaly,
        "notices": notices,
    })
}
