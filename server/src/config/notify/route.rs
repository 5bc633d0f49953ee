//! A way to tell somebody: whom, of what, how often, and in which words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hindcast_shared::error::FieldError;
use hindcast_shared::message::Lang;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::channel::Channel;
use super::hours::Hours;
use super::{address, between};
use crate::config::values::Secret;
use crate::notify::{self, template};

/// A way to tell somebody.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the configuration"
)]
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteConfig {
    /// Its name.
    pub(crate) name: String,
    /// What speaks there.
    pub(crate) channel: Channel,
    /// Where: the webhook's address, or the server's (`smtps://` for mail, or `smtp://`, which asks for
    /// TLS and goes on without it only by `?tls=opportunistic` or `?tls=none`); `PagerDuty` has its own.
    #[serde(default)]
    pub(crate) url: Option<Secret>,
    /// Secret: signs a webhook; `PagerDuty`'s integration key; a token for Alertmanager, Grafana or a Slack bot; a mail
    /// password.
    #[serde(default)]
    pub(crate) secret: Option<Secret>,
    /// The id of a room in Slack, for a bot's token: then the chart is uploaded. Without it, `url` is a webhook's.
    #[serde(default)]
    pub(crate) room: Option<String>,
    /// Whether the chart is shown, where pictures can be: in Slack, Discord and mail.
    #[serde(default = "yes")]
    pub(crate) picture: bool,
    /// Whether it is chosen by what follows; otherwise only another route's `escalate` leads here.
    #[serde(default = "yes")]
    pub(crate) direct: bool,
    /// Glob over the rule's id.
    #[serde(default = "anything")]
    pub(crate) rule: String,
    /// Labels that the anomaly must have, with globs as values.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Least severity.
    #[serde(default = "mildest")]
    pub(crate) severity: Severity,
    /// Only at these hours; any when left out.
    #[serde(default)]
    pub(crate) hours: Option<Hours>,
    /// Whether the routes after this one are asked too.
    #[serde(default, rename = "continue")]
    pub(crate) goes_on: bool,
    /// Whether it is told too when an anomaly is over.
    #[serde(default = "yes")]
    pub(crate) resolved: bool,
    /// Several anomalies in one message.
    #[serde(default)]
    pub(crate) group: Option<Gather>,
    /// Most messages in a time; the others wait.
    #[serde(default)]
    pub(crate) limit: Option<RateLimit>,
    /// Who is told when nobody takes it.
    #[serde(default)]
    pub(crate) escalate: Option<Escalate>,
    /// Language of the words: `en`, `ko` or `ru`.
    #[serde(default = "english")]
    pub(crate) lang: String,
    /// The body of a webhook, as a minijinja template; JSON of a fixed form when left out.
    #[serde(default)]
    pub(crate) template: Option<String>,
    /// The type of that body.
    #[serde(default)]
    pub(crate) content_type: Option<String>,
    /// Whom a mail is from.
    #[serde(default)]
    pub(crate) from: Option<String>,
    /// Whom it is for.
    #[serde(default)]
    pub(crate) to: Vec<String>,
    /// The name that belongs to a mail server's password.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// Certificates that a mail server's may be signed by, beside those that the system knows.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) ca_file: Option<PathBuf>,
    /// How often Alertmanager is told again what goes on, and asked for its silences.
    #[serde(default = "minute")]
    pub(crate) keep_alive: Millis,
    /// Whether a silence in Alertmanager silences the other routes too.
    #[serde(default = "yes")]
    pub(crate) silences: bool,
    /// Whether Alertmanager is told of an alert that always fires: when it stops, Hindcast is dead.
    #[serde(default)]
    pub(crate) watchdog: bool,
    /// Longest time for one attempt.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Millis,
    /// How long to wait after a first failure; each further one doubles it, up to 15 minutes.
    #[serde(default = "five_seconds")]
    pub(crate) retry: Millis,
    /// After so many attempts it is given up.
    #[serde(default = "fifteen")]
    pub(crate) attempts: u32,
}

/// Several anomalies in one message, as in Alertmanager: `{ by: [team], wait: 30s, interval: 5m }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gather {
    /// Labels that anomalies of one message share; `rule` and `source` are what they are of. All in one when empty.
    pub(crate) by: Vec<String>,
    /// How long the first one waits for others.
    #[serde(default = "half_a_minute")]
    pub(crate) wait: Millis,
    /// Least time between two messages of a group.
    #[serde(default = "five_minutes")]
    pub(crate) interval: Millis,
}

/// Most messages in a time: `{ messages: 10, per: 1m }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateLimit {
    /// So many.
    pub(crate) messages: u32,
    /// In so long.
    pub(crate) per: Millis,
}

/// Who is told when nobody takes it: `{ after: 15m, to: second-line }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Escalate {
    /// How long this route's people have.
    pub(crate) after: Millis,
    /// Name of the route that is told then.
    pub(crate) to: String,
}

fn anything() -> String {
    "*".to_owned()
}

fn english() -> String {
    "en".to_owned()
}

fn mildest() -> Severity {
    Severity::Info
}

fn yes() -> bool {
    true
}

fn ten_seconds() -> Millis {
    Millis::from_secs(10)
}

fn five_seconds() -> Millis {
    Millis::from_secs(5)
}

fn half_a_minute() -> Millis {
    Millis::from_secs(30)
}

fn minute() -> Millis {
    Millis::from_secs(60)
}

fn five_minutes() -> Millis {
    Millis::from_secs(300)
}

fn fifteen() -> u32 {
    15
}

impl RouteConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(plain) {
            return Err(FieldError::new(
                "name",
                "must have 1 to 64 letters, digits, `-`, `_` or `.`",
            ));
        }
        self.address()?;
        let needed = match self.channel {
            Channel::Pagerduty => Some("PagerDuty needs the integration key"),
            Channel::Grafana => Some("Grafana needs a service account's token"),
            Channel::Slack if self.room.is_some() => Some("a room needs a bot's token"),
            _ => None,
        };
        if self.channel == Channel::Push && self.url.is_some() {
            return Err(FieldError::new("url", "each browser has its own"));
        }
        if self.room.is_some() && self.channel != Channel::Slack {
            return Err(FieldError::new("room", "only Slack has rooms"));
        }
        if let (Some(message), None) = (needed, &self.secret) {
            return Err(FieldError::new("secret", message));
        }
        if !(1..=100).contains(&self.attempts) {
            return Err(FieldError::new("attempts", "must lie between 1 and 100"));
        }
        self.lang
            .parse::<Lang>()
            .map_err(|message| FieldError::new("lang", message))?;
        between("timeout", self.timeout, 100, 60_000)?;
        between("retry", self.retry, 10, 900_000)?;
        between("keep_alive", self.keep_alive, 1_000, 3_600_000)?;
        self.how_often()?;
        self.words()?;
        self.hours.as_ref().map_or(Ok(()), |hours| {
            hours.check().map_err(|error| error.under("hours"))
        })
    }

    fn how_often(&self) -> Result<(), FieldError> {
        if let Some(group) = &self.group {
            let under = |error: FieldError| error.under("group");
            if !self.channel.takes_groups() {
                let message = format!("{} knows each anomaly by itself", self.channel.as_str());
                return Err(FieldError::new("group", message));
            }
            if group.by.iter().any(|name| name == "severity") {
                let message = "a severity can change, and with it the group";
                return Err(under(FieldError::new("by", message)));
            }
            between("wait", group.wait, 0, 3_600_000).map_err(under)?;
            between("interval", group.interval, 0, 86_400_000).map_err(under)?;
        }
        if let Some(limit) = &self.limit {
            let under = |error: FieldError| error.under("limit");
            if limit.messages == 0 {
                return Err(under(FieldError::new("messages", "must be 1 or more")));
            }
            between("per", limit.per, 1_000, 86_400_000).map_err(under)?;
        }
        self.escalate.as_ref().map_or(Ok(()), |escalate| {
            between("after", escalate.after, 1_000, 7 * 86_400_000)
                .map_err(|error| error.under("escalate"))
        })
    }

    fn words(&self) -> Result<(), FieldError> {
        if let Some(text) = &self.template {
            if self.channel != Channel::Webhook {
                return Err(FieldError::new("template", "only a webhook has one"));
            }
            template::check(text).map_err(|message| FieldError::new("template", message))?;
        }
        let typed = |text: &String| http::HeaderValue::from_str(text).is_ok();
        if !self.content_type.as_ref().is_none_or(typed) {
            return Err(FieldError::new("content_type", "cannot be a header"));
        }
        if self.channel != Channel::Email {
            return Ok(());
        }
        let mailbox = |field: &str, text: &str| {
            notify::mailbox(text)
                .map(|_| ())
                .map_err(|message| FieldError::new(field, message))
        };
        let from = self.from.as_deref();
        mailbox(
            "from",
            from.ok_or_else(|| FieldError::new("from", "must be given"))?,
        )?;
        if self.to.is_empty() {
            return Err(FieldError::new("to", "must be given"));
        }
        self.login()?;
        self.to.iter().try_for_each(|to| mailbox("to", to))
    }

    /// A password is told to nobody who could only pretend to be the server.
    fn login(&self) -> Result<(), FieldError> {
        let url = self.address()?;
        if !matches!(url.query(), None | Some("tls=none" | "tls=opportunistic")) {
            return Err(FieldError::new(
                "url",
                "may end with ?tls=opportunistic or ?tls=none",
            ));
        }
        let open = url.scheme() == "smtp" && url.query().is_some();
        match (&self.user, &self.secret) {
            (Some(_), None) => Err(FieldError::new("secret", "a user needs the password")),
            (None, Some(_)) => Err(FieldError::new("user", "a password needs the user's name")),
            (Some(_), Some(_)) if open => {
                let message = "a password goes over TLS only: smtps://, or smtp:// without ?tls";
                Err(FieldError::new("user", message))
            }
            _ => Ok(()),
        }
    }

    /// Where it is sent.
    pub(crate) fn address(&self) -> Result<Url, FieldError> {
        let schemes: &[&str] = match self.channel {
            Channel::Email => &["smtp", "smtps"],
            _ => &["http", "https"],
        };
        let text = match (&self.url, self.channel) {
            (Some(url), _) => url.reveal(),
            (None, Channel::Pagerduty) => "https://events.pagerduty.com/v2/enqueue",
            // Each browser has its own.
            (None, Channel::Push) => "https://push.invalid",
            (None, Channel::Slack) if self.room.is_some() => "https://slack.com",
            (None, _) => return Err(FieldError::new("url", "must be given")),
        };
        address(text, schemes)
    }

    /// How long Alertmanager believes an alert: four times as long as until it is told again, since some may fail.
    pub(crate) fn believed_ms(&self) -> i64 {
        self.keep_alive.ms() * 4
    }

    /// Language of the words.
    pub(crate) fn lang(&self) -> Lang {
        self.lang.parse().unwrap_or_default()
    }
}
