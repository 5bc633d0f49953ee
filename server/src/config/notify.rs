//! `notify:` who is told of anomalies, and by what.

use hindcast_shared::error::FieldError;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::Millis;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;
use utoipa::ToSchema;

use super::values::Secret;
use crate::schedule;

/// Who is told of anomalies, and by what.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NotifyConfig {
    /// Local networks that may be told all the same: `127.0.0.0/8`. Loopback, link-local and clouds' metadata are not.
    #[serde(deserialize_with = "super::http::networks")]
    #[schema(value_type = Vec<String>)]
    pub(crate) allow: Vec<IpNet>,
    /// Networks that must not be told, whatever `allow` says: `10.0.0.0/8`.
    #[serde(deserialize_with = "super::http::networks")]
    #[schema(value_type = Vec<String>)]
    pub(crate) deny: Vec<IpNet>,
    /// Ways to tell somebody; of those that fit the first is taken, unless it says `continue`.
    pub(crate) routes: Vec<RouteConfig>,
}

/// A way to tell somebody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteConfig {
    /// Its name.
    pub(crate) name: String,
    /// What speaks there.
    pub(crate) channel: Channel,
    /// Where: the webhook's address, or the server's; PagerDuty has its own unless given.
    #[serde(default)]
    pub(crate) url: Option<Secret>,
    /// Secret: signs the body of a webhook; PagerDuty's integration key; a bearer token for Alertmanager.
    #[serde(default)]
    pub(crate) secret: Option<Secret>,
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
    /// Longest time for one attempt.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Millis,
    /// After so many attempts it is given up.
    #[serde(default = "fifteen")]
    pub(crate) attempts: u32,
}

/// What speaks at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    /// Anything that takes JSON.
    Webhook,
    /// Slack's incoming webhooks.
    Slack,
    /// Discord's webhooks.
    Discord,
    /// `PagerDuty` Events v2.
    Pagerduty,
    /// Alertmanager's API v2.
    Alertmanager,
}

impl Channel {
    /// The word in the configuration.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Pagerduty => "pagerduty",
            Self::Alertmanager => "alertmanager",
        }
    }
}

/// Hours of the day, by a wall clock; over midnight where `from` is later than `to`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// `08:00`.
    pub(crate) from: String,
    /// `20:00`.
    pub(crate) to: String,
    /// Days such as `mon`; all when left out.
    #[serde(default)]
    pub(crate) days: BTreeSet<String>,
    /// Name of a time zone.
    #[serde(default = "utc")]
    pub(crate) tz: String,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn anything() -> String {
    "*".to_owned()
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

fn fifteen() -> u32 {
    15
}

fn utc() -> String {
    "UTC".to_owned()
}

impl NotifyConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let mut names = BTreeSet::new();
        for (index, route) in self.routes.iter().enumerate() {
            let under = |error: FieldError| error.under(&format!("routes[{index}]"));
            route.check().map_err(under)?;
            if !names.insert(&route.name) {
                let message = format!("`{}` is taken already", route.name);
                return Err(under(FieldError::new("name", message)));
            }
        }
        Ok(())
    }
}

impl RouteConfig {
    fn check(&self) -> Result<(), FieldError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(plain) {
            return Err(FieldError::new(
                "name",
                "must have 1 to 64 letters, digits, `-`, `_` or `.`",
            ));
        }
        self.address()?;
        if self.channel == Channel::Pagerduty && self.secret.is_none() {
            return Err(FieldError::new(
                "secret",
                "PagerDuty needs the integration key",
            ));
        }
        if !(1..=100).contains(&self.attempts) {
            return Err(FieldError::new("attempts", "must lie between 1 and 100"));
        }
        if self.timeout < Millis::new(100) || self.timeout > Millis::from_secs(60) {
            return Err(FieldError::new("timeout", "must lie between 100ms and 60s"));
        }
        self.hours.as_ref().map_or(Ok(()), |hours| {
            hours.check().map_err(|error| error.under("hours"))
        })
    }

    /// Where it is sent.
    pub(crate) fn address(&self) -> Result<Url, FieldError> {
        let refuse = |message: &str| FieldError::new("url", message);
        let text = match (&self.url, self.channel) {
            (Some(url), _) => url.reveal(),
            (None, Channel::Pagerduty) => "https://events.pagerduty.com/v2/enqueue",
            (None, _) => return Err(refuse("must be given")),
        };
        // The sentence must not repeat the address: it may hold a secret.
        let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(refuse("must begin with http:// or https://"));
        }
        Ok(url)
    }
}

impl Hours {
    fn check(&self) -> Result<(), FieldError> {
        minute_of_day(&self.from).map_err(|message| FieldError::new("from", message))?;
        minute_of_day(&self.to).map_err(|message| FieldError::new("to", message))?;
        if let Some(day) = self.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
            let message = format!("`{day}` is not one of {}", DAYS.join(", "));
            return Err(FieldError::new("days", message));
        }
        schedule::zone(&self.tz)
            .map(|_| ())
            .map_err(|message| FieldError::new("tz", message))
    }

    /// Whether an instant lies in these hours.
    pub(crate) fn contain(&self, at_ms: i64) -> bool {
        let (Ok(from), Ok(to), Ok(zone)) = (
            minute_of_day(&self.from),
            minute_of_day(&self.to),
            schedule::zone(&self.tz),
        ) else {
            return true;
        };
        let Ok(at) = jiff::Timestamp::from_millisecond(at_ms) else {
            return true;
        };
        let local = at.to_zoned(zone);
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let day = DAYS[usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)];
        let fits = if from <= to {
            (from..to).contains(&minute)
        } else {
            minute >= from || minute < to
        };
        fits && (self.days.is_empty() || self.days.contains(day))
    }
}

fn minute_of_day(text: &str) -> Result<i32, String> {
    let refuse = || format!("`{text}` is not a time such as 08:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(refuse)?;
    let number = |text: &str, below: i32| {
        let value: i32 = text.parse().ok()?;
        (text.len() == 2 && (0..below).contains(&value)).then_some(value)
    };
    let minutes = number(minutes, 60).ok_or_else(refuse)?;
    if (hours, minutes) == ("24", 0) {
        return Ok(24 * 60);
    }
    Ok(number(hours, 24).ok_or_else(refuse)? * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_when_over_midnight_in_another_zone_then_hold_there() {
        let hours = Hours {
            from: "22:00".to_owned(),
            to: "06:00".to_owned(),
            days: BTreeSet::new(),
            tz: "Asia/Seoul".to_owned(),
        };
        // 2026-01-05T12:00:00Z is nine in the evening in Seoul, a Monday.
        let noon_ms = 1_767_614_400_000;
        assert!(!hours.contain(noon_ms));
        assert!(hours.contain(noon_ms + 2 * 3_600_000));
        let days = Hours {
            from: "00:00".to_owned(),
            to: "24:00".to_owned(),
            days: ["tue".to_owned()].into(),
            ..hours
        };
        assert!(!days.contain(noon_ms));
        assert!(days.contain(noon_ms + 4 * 3_600_000), "Tuesday in Seoul");
    }

    #[test]
    fn route_when_wrong_then_names_the_field_without_the_secret() {
        let read = |text: serde_json::Value| {
            let config: NotifyConfig =
                serde_json::from_value(serde_json::json!({"routes": [text]})).expect("a section");
            config.check().map_err(|error| error.to_string())
        };
        let fine = serde_json::json!({"name": "ops", "channel": "slack", "url": "https://hooks.example/x"});
        assert_eq!(read(fine.clone()), Ok(()));
        for (key, value, field) in [
            ("url", "hunter2", "routes[0].url"),
            ("url", "ftp://hunter2", "routes[0].url"),
            ("name", "a b", "routes[0].name"),
            ("channel", "pagerduty", "routes[0].secret"),
            ("timeout", "1ms", "routes[0].timeout"),
        ] {
            let mut wrong = fine.clone();
            wrong[key] = value.into();
            let error = read(wrong).expect_err("a wrong route");
            assert!(
                error.starts_with(field) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
