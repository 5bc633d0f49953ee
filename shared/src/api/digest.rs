//! The digest on the wire: what a week was like, and where to begin tuning.

use serde::{Deserialize, Serialize};

use crate::anomaly::Status;
use crate::rule::Severity;
use crate::time::TimeRange;

/// Query of `GET /api/v1/digest`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct DigestQuery {
    /// An ISO week such as `2026-W47`; the last whole one unless given.
    pub week: Option<String>,
}

/// What a week was like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Digest {
    /// The ISO week, such as `2026-W47`.
    pub week: String,
    /// From Monday to Monday, in the time zone of `digest.tz`.
    pub range: TimeRange,
    /// The week before.
    pub previous: String,
    /// The week after, where it is over.
    pub next: Option<String>,
    /// Pages that were sent.
    pub pages: u64,
    /// Anomalies that began.
    pub anomalies: u64,
    /// What people said of anomalies in that week.
    pub answers: DigestAnswers,
    /// Rules by their pages, noisiest first; ten.
    pub noisiest: Vec<DigestRule>,
    /// Anomalies that paged and that nobody did anything about; fifty, those with the most pages first.
    pub unattended: Vec<DigestAnomaly>,
    /// How many there are in all.
    pub unattended_total: u64,
    /// Rules that run, were there before the week, and have never found anything that is still kept.
    pub never_fired: Vec<DigestSilentRule>,
}

/// What people said, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestAnswers {
    /// It was right.
    pub right: u64,
    /// It was a false alarm.
    pub false_alarms: u64,
    /// It was expected.
    pub expected: u64,
    /// It was told to the wrong team.
    pub wrong_team: u64,
}

/// A rule that paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestRule {
    /// The rule.
    pub rule_id: String,
    /// Its name.
    pub name: String,
    /// Pages that were sent.
    pub pages: u64,
    /// Anomalies that began.
    pub anomalies: u64,
    /// Of its anomalies that paged, how many nobody did anything about.
    pub unattended: u64,
    /// What people said of its anomalies.
    pub answers: DigestAnswers,
    /// Address of the rule and the week in the Lab, under the app's own.
    pub lab: String,
}

/// An anomaly that paged, and that nobody did anything about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestAnomaly {
    /// The anomaly.
    pub id: String,
    /// Its rule.
    pub rule_id: String,
    /// The rule's name.
    pub rule_name: String,
    /// Text form of the series.
    pub series: String,
    /// How bad it was.
    pub severity: Severity,
    /// How it stands.
    pub status: Status,
    /// First anomalous sample.
    pub start_ms: i64,
    /// Last anomalous sample.
    pub end_ms: i64,
    /// Pages that were sent for it in the week.
    pub pages: u64,
    /// Address of the rule and the time around it in the Lab, under the app's own.
    pub lab: String,
}

/// A rule that never fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestSilentRule {
    /// The rule.
    pub rule_id: String,
    /// Its name.
    pub name: String,
    /// Since when there is a rule of that id.
    pub since_ms: i64,
    /// Address of the rule in the Lab, under the app's own.
    pub lab: String,
}
