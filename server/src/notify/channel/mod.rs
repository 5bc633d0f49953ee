//! What each kind of receiver is sent: the forms that their vendors document.

mod alertmanager;
mod chat;
mod pager_duty;
#[cfg(test)]
mod tests;
mod trial;

use hindcast_shared::api::NoticeEvent;
use serde_json::{Value, json};
use url::Url;

use self::alertmanager::alertmanager;
use self::chat::{discord, slack};
use self::pager_duty::pagerduty;
pub(super) use self::trial::test_notice;

use super::Notice;
use super::signature::signature;
use crate::config::{Channel, RouteConfig, Secret};

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Channel {
    /// Whether an event means anything there.
    pub(super) fn hears(self, event: NoticeEvent) -> bool {
        match self {
            Self::Webhook => true,
            Self::Slack | Self::Discord => event != NoticeEvent::Acknowledged,
            Self::Pagerduty => event != NoticeEvent::CaughtUp,
            Self::Alertmanager => {
                !matches!(event, NoticeEvent::Acknowledged | NoticeEvent::CaughtUp)
            }
        }
    }

    /// Whether something stays open there until it is told that it is over.
    pub(super) fn keeps_state(self) -> bool {
        matches!(self, Self::Pagerduty | Self::Alertmanager)
    }
}

/// One attempt for a receiver.
pub(super) fn outgoing(
    route: &RouteConfig,
    url: &Url,
    notice: &Notice,
    key: &str,
    now_ms: i64,
) -> Outgoing {
    let mut headers = vec![("idempotency-key", key.to_owned())];
    let mut url = url.clone();
    let secret = route.secret.as_ref().map(Secret::reveal);
    let body = match route.channel {
        Channel::Webhook => webhook(notice, key),
        Channel::Slack => slack(notice),
        Channel::Discord => discord(notice),
        Channel::Pagerduty => pagerduty(notice, secret.unwrap_or_default()),
        Channel::Alertmanager => {
            let path = format!("{}/api/v2/alerts", url.path().trim_end_matches('/'));
            url.set_path(&path);
            alertmanager(notice, now_ms)
        }
    };
    let body = body.to_string();
    match (route.channel, secret) {
        (Channel::Webhook, secret) => {
            let sent_at_s = now_ms / 1_000;
            headers.push(("x-hindcast-event", notice.event.as_str().to_owned()));
            headers.push(("x-hindcast-timestamp", sent_at_s.to_string()));
            if let Some(secret) = secret {
                headers.push(("x-hindcast-signature", signature(secret, sent_at_s, &body)));
            }
        }
        (Channel::Alertmanager, Some(token)) => {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        _ => {}
    }
    Outgoing { url, headers, body }
}

fn webhook(notice: &Notice, key: &str) -> Value {
    json!({
        "version": 1,
        "key": key,
        "event": notice.event,
        "at_ms": notice.at_ms,
        "title": notice.title,
        "text": notice.text,
        "severity": notice.anomaly.severity,
        "url": notice.url,
        "sums_up": notice.sums_up,
        "anomaly": notice.anomaly,
    })
}

fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| String::new(), |at| at.to_string())
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
