//! Notifications on the wire: who is told what, and what became of it.

use serde::{Deserialize, Serialize};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeEvent {
    /// A new anomaly.
    Opened,
    /// A higher severity.
    Escalated,
    /// An old one that came back.
    Reopened,
    /// What was found too late to wake anybody, all of one tick together.
    CaughtUp,
    /// It was held back, and is still open now that nothing holds it back.
    StillOpen,
    /// It came and went, and has come to stay.
    Settled,
    /// Nobody has taken it in time, and the next route is told.
    Unanswered,
    /// Several of a group.
    Group,
    /// Somebody has taken it.
    Acknowledged,
    /// It is over, or was judged.
    Resolved,
    /// Somebody tries whether notifications arrive.
    Test,
    /// What a week was like.
    Digest,
}

impl NoticeEvent {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Escalated => "escalated",
            Self::Reopened => "reopened",
            Self::CaughtUp => "caught_up",
            Self::StillOpen => "still_open",
            Self::Settled => "settled",
            Self::Unanswered => "unanswered",
            Self::Group => "group",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Test => "test",
            Self::Digest => "digest",
        }
    }
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// It takes more of its group until its time has come.
    Gathering,
    /// It is to be sent, or to be tried again.
    Waiting,
    /// It has arrived.
    Sent,
    /// It was given up; it can be sent again by hand.
    Dead,
    /// A silence in Alertmanager keeps it back.
    Silenced,
}

impl std::str::FromStr for NoticeState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [
            Self::Gathering,
            Self::Waiting,
            Self::Sent,
            Self::Dead,
            Self::Silenced,
        ];
        all.into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| {
                let words: Vec<_> = all.iter().map(|state| state.as_str()).collect();
                format!("`{text}` is not a state; one of {}", words.join(", "))
            })
    }
}

impl NoticeState {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Silenced => "silenced",
        }
    }
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationRecord {
    /// Identity; counts up.
    pub id: i64,
    /// Name of the route that it takes.
    pub route: String,
    /// The anomaly that it is about; the first of a group.
    pub anomaly_id: String,
    /// How many notices it is made of.
    pub notices: u32,
    /// The same for every attempt: what a receiver tells repetitions by.
    pub key: String,
    /// What it is about.
    pub event: NoticeEvent,
    /// What became of it.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written down.
    pub created_at_ms: i64,
    /// When it is tried next; only while it waits.
    pub due_at_ms: i64,
    /// When it arrived.
    pub sent_at_ms: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// Query of `GET /api/v1/notifications`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ListNotificationsQuery {
    /// `gathering`, `waiting`, `sent`, `dead` or `silenced`; all unless given.
    pub state: Option<String>,
    /// Only of this anomaly.
    pub anomaly: Option<String>,
    /// Most items; 100 unless given, at most 1,000.
    pub limit: Option<u32>,
}

/// A configured way to tell somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationRoute {
    /// Its name.
    pub name: String,
    /// `webhook`, `slack`, `discord`, `pagerduty`, `alertmanager`, `grafana`, `email` or `push`.
    pub channel: String,
    /// Host that is told; nothing secret.
    pub host: String,
    /// Until when it is given a rest: it failed too often, or asked for it.
    pub resting_until_ms: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    /// Notifications that wait.
    pub waiting: u32,
    /// Notifications that were given up.
    pub dead: u32,
    /// When the last one arrived.
    pub last_sent_ms: Option<i64>,
}

/// Answer of `POST /api/v1/notification-routes/{id}/test`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationTest {
    /// Whether it arrived.
    pub arrived: bool,
    /// What the other side said, or why it was not reached.
    pub detail: String,
}
