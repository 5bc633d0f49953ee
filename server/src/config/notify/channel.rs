//! What speaks at the other end of a route.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What speaks at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    /// Anything that takes JSON, or what a template makes.
    Webhook,
    /// Slack's incoming webhooks.
    Slack,
    /// Discord's webhooks.
    Discord,
    /// `PagerDuty` Events v2.
    Pagerduty,
    /// Alertmanager's API v2.
    Alertmanager,
    /// Grafana's annotations.
    Grafana,
    /// Mail by SMTP.
    Email,
    /// The browsers that people have asked to be told by.
    Push,
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
            Self::Grafana => "grafana",
            Self::Email => "email",
            Self::Push => "push",
        }
    }

    /// Whether one message can tell of several anomalies; the others know each by itself.
    pub(crate) fn takes_groups(self) -> bool {
        matches!(
            self,
            Self::Webhook | Self::Slack | Self::Discord | Self::Email | Self::Push
        )
    }
}
