//! What each kind of receiver is sent: the forms that their vendors document.

mod alertmanager;
mod chat;
mod pager_duty;
#[cfg(test)]
mod tests;
mod trial;
mod webhook;

use hindcast_shared::api::NoticeEvent;
use url::Url;

pub(super) use self::alertmanager::{alerts, watchdog};
use self::chat::{discord, slack};
use self::pager_duty::pagerduty;
pub(super) use self::trial::test_notice;
use self::webhook::webhook;
use super::bundle::Bundle;
use super::signature::signature;
use super::template;
use crate::config::{Channel, RouteConfig, Secret};

/// What goes out by one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content_type: String,
    pub(super) body: String,
}

impl Channel {
    /// Whether an event means anything there.
    pub(super) fn hears(self, event: NoticeEvent) -> bool {
        use NoticeEvent::{Acknowledged, CaughtUp, Digest, Opened, Reopened, Resolved};
        match self {
            Self::Webhook => true,
            Self::Slack | Self::Discord | Self::Email => event != Acknowledged,
            Self::Pagerduty => !matches!(event, CaughtUp | Digest),
            Self::Alertmanager => !matches!(event, Acknowledged | CaughtUp | Digest),
            Self::Grafana => matches!(event, Opened | Reopened | Resolved),
        }
    }

    /// Whether something stays open there until it is told that it is over.
    pub(super) fn keeps_state(self) -> bool {
        matches!(self, Self::Pagerduty | Self::Alertmanager | Self::Grafana)
    }
}

/// One attempt for a receiver that takes one request.
pub(super) fn outgoing(
    route: &RouteConfig,
    url: &Url,
    bundle: &Bundle,
    key: &str,
    now_ms: i64,
) -> Result<Outgoing, String> {
    let mut out = Outgoing {
        url: url.clone(),
        headers: vec![("idempotency-key", key.to_owned())],
        content_type: "application/json".to_owned(),
        body: String::new(),
    };
    let secret = route.secret.as_ref().map(Secret::reveal);
    match route.channel {
        Channel::Webhook => {
            let message = webhook(bundle, key);
            out.body = match &route.template {
                Some(text) => template::render(text, &message)
                    .map_err(|error| format!("its template: {error}"))?,
                None => message.to_string(),
            };
            if let Some(content_type) = &route.content_type {
                out.content_type.clone_from(content_type);
            }
            let sent_at_s = now_ms / 1_000;
            let event = bundle.event().as_str().to_owned();
            out.headers.push(("x-hindcast-event", event));
            out.headers
                .push(("x-hindcast-timestamp", sent_at_s.to_string()));
            if let Some(secret) = secret {
                let signature = signature(secret, sent_at_s, &out.body);
                out.headers.push(("x-hindcast-signature", signature));
            }
        }
        Channel::Slack => out.body = slack(bundle).to_string(),
        Channel::Discord => out.body = discord(bundle).to_string(),
        Channel::Pagerduty => {
            out.body = pagerduty(bundle.lead(), secret.unwrap_or_default()).to_string();
        }
        Channel::Alertmanager => {
            out.body = serde_json::Value::from(alerts(bundle.lead(), now_ms, route.believed_ms()))
                .to_string();
            to_alertmanager(&mut out, secret, "/api/v2/alerts");
        }
        // These take more than one request, or none of this kind.
        Channel::Grafana | Channel::Email => {}
    }
    Ok(out)
}

/// Addresses a request to a path of an Alertmanager.
pub(super) fn to_alertmanager(out: &mut Outgoing, token: Option<&str>, path: &str) {
    out.url = under(&out.url, path);
    out.headers
        .extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
}

/// A path under a server's own.
pub(super) fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| String::new(), |at| at.to_string())
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Text for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
