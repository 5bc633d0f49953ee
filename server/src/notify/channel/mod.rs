//! What each kind of receiver is sent: the forms that their vendors document.

mod alertmanager;
mod chat;
mod pager_duty;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
mod trial;
mod webhook;

use hindcast_shared::api::NoticeEvent;
use url::Url;

pub(super) use self::alertmanager::{alerts, watchdog};
pub(super) use self::chat::{FILE as CHART_FILE, slack};
use self::chat::{discord, with_file};
use self::pager_duty::pagerduty;
pub(super) use self::trial::test_notice;
use self::webhook::webhook;
use super::Route;
use super::bundle::Bundle;
use super::picture::Picture;
use super::signature::signature;
use super::template;
use crate::config::{Channel, Secret};

/// What goes out by one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Channel {
    /// Whether an event means anything there.
    pub(super) fn hears(self, event: NoticeEvent) -> bool {
        use NoticeEvent::{Acknowledged, CaughtUp, Digest, Opened, Reopened, Resolved};
        match self {
            Self::Webhook => true,
            Self::Slack | Self::Discord | Self::Email | Self::Push => event != Acknowledged,
            Self::Pagerduty => !matches!(event, CaughtUp | Digest),
            Self::Alertmanager => !matches!(event, Acknowledged | CaughtUp | Digest),
            Self::Grafana => matches!(event, Opened | Reopened | Resolved),
        }
    }

    /// Whether it shows pictures.
    pub(super) fn takes_pictures(self) -> bool {
        matches!(self, Self::Slack | Self::Discord | Self::Email)
    }

    /// Whether something stays open there until it is told that it is over.
    pub(super) fn keeps_state(self) -> bool {
        matches!(self, Self::Pagerduty | Self::Alertmanager | Self::Grafana)
    }
}

/// One attempt for a receiver that takes one request.
pub(super) fn outgoing(
    route: &Route,
    bundle: &Bundle,
    key: &str,
    picture: Option<&Picture>,
    now_ms: i64,
) -> Result<Outgoing, String> {
    let mut out = Outgoing {
        url: route.url.clone(),
        headers: vec![("idempotency-key", key.to_owned())],
        content_type: "application/json".to_owned(),
        body: Vec::new(),
    };
    let route = &route.config;
    let secret = route.secret.as_ref().map(Secret::reveal);
    match route.channel {
        Channel::Webhook => {
            let message = webhook(bundle, key);
            let body = match &route.template {
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
                let signature = signature(secret, sent_at_s, &body);
                out.headers.push(("x-hindcast-signature", signature));
            }
            out.body = body.into_bytes();
        }
        Channel::Slack => {
            let shown = picture.and_then(|picture| Some((picture.url.as_deref()?, &*picture.alt)));
            out.body = slack(bundle, shown).to_string().into_bytes();
        }
        Channel::Discord => match picture {
            Some(picture) => with_file(&mut out, discord(bundle, true), picture),
            None => out.body = discord(bundle, false).to_string().into_bytes(),
        },
        Channel::Pagerduty => {
            out.body = pagerduty(bundle.lead(), bundle.words(), secret.unwrap_or_default())
                .to_string()
                .into_bytes();
        }
        Channel::Alertmanager => {
            out.body = serde_json::Value::from(alerts(bundle.lead(), now_ms, route.believed_ms()))
                .to_string()
                .into_bytes();
            to_alertmanager(&mut out, secret, "/api/v2/alerts");
        }
        // These take more than one request, or none of this kind.
        Channel::Grafana | Channel::Email | Channel::Push => {}
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
