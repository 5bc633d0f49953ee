//! Anomalies on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::anomaly::{Anomaly, Status};
use crate::pipeline::Page;

/// Query of `GET /api/v1/anomalies`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ListAnomaliesQuery {
    /// Overlapping this instant or later; `now-24h` unless given.
    pub from: Option<String>,
    /// Overlapping this instant or earlier; `now` unless given.
    pub to: Option<String>,
    /// `open`, `acknowledged`, `resolved`, `false_alarm`, `expected`; may be given several times, or `active`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// `info`, `warning`, `critical`; may be given several times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<String>,
    /// Rule id.
    pub rule: Option<String>,
    /// Name of the source.
    pub source: Option<String>,
    /// Text form of the series.
    pub series: Option<String>,
    /// Least peak score.
    pub min_score: Option<f64>,
    /// Most items; 100 unless given, at most 1,000.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One anomaly with its story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnomalyDetail {
    /// The anomaly.
    #[serde(flatten)]
    pub anomaly: Anomaly,
    /// Title in words.
    pub title: String,
    /// Reason in words.
    pub text: String,
    /// Everything that happened to it, oldest first.
    pub history: Vec<JournalRecord>,
    /// Pages, sent and suppressed, oldest first.
    pub pages: Vec<Page>,
    /// Where the source itself shows the query around this time, for sources that have a page for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// What a language model has written of it, if one is configured and all that it wrote could be checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_words: Option<super::MachineWords>,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalRecord {
    /// Position in the journal.
    pub seq: i64,
    /// When.
    pub at_ms: i64,
    /// What: `opened`, `extended`, `escalated`, `reopened`, `closed`, `acknowledged`, `judged`, `note`, …
    pub kind: String,
    /// By whom.
    pub actor: String,
    /// Note, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Until when, of a snooze and of what was accepted until a date; milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// Body of `POST /api/v1/anomalies/{id}/notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// The note; 1 to 4,000 characters.
    pub text: String,
}

/// Body of `POST /api/v1/anomalies/{id}/snooze`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SnoozeRequest {
    /// No pages until then; null for pages again.
    pub until_ms: Option<i64>,
}

/// Body of `POST /api/v1/anomalies/{id}/accept`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptRequest {
    /// Only until then; for good unless given.
    #[serde(default)]
    pub until_ms: Option<i64>,
}

/// Body of `POST /api/v1/anomalies/{id}/assign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// Who takes care of it, in 1 to 200 characters; null for nobody.
    pub assignee: Option<String>,
}

/// What can be done to many anomalies at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Take them.
    Acknowledge,
    /// Close them.
    Resolve,
    /// Close them as nothing.
    FalseAlarm,
    /// Close them as known beforehand.
    Expected,
    /// Mute the rule and series of each.
    Mute,
}

/// Body of `POST /api/v1/anomalies/bulk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// On which; 1 to 100.
    pub ids: Vec<String>,
    /// What to do.
    pub action: BulkAction,
    /// Of `mute`: first instant after it.
    #[serde(default)]
    pub end_ms: Option<i64>,
    /// Of `mute`: why; 1 to 4,000 characters.
    #[serde(default)]
    pub comment: Option<String>,
}

/// Answer of `POST /api/v1/anomalies/bulk`: what became of each, in the order of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkResponse {
    /// One for each id.
    pub items: Vec<BulkOutcome>,
}

/// What became of one anomaly of many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkOutcome {
    /// Which one.
    pub id: String,
    /// Where it stands now; none when nothing was done.
    pub status: Option<Status>,
    /// Of `mute`: the mute that covers it from now on.
    pub mute_id: Option<String>,
    /// Why nothing was done.
    pub error: Option<super::ErrorDetail>,
}

/// Answer of `GET /api/v1/anomalies/stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnomalyStats {
    /// Hours looked back.
    pub hours: u32,
    /// All anomalies.
    pub total: u64,
    /// By status.
    pub by_status: BTreeMap<String, u64>,
    /// By severity.
    pub by_severity: BTreeMap<String, u64>,
    /// By rule.
    pub by_rule: BTreeMap<String, u64>,
    /// By source.
    pub by_source: BTreeMap<String, u64>,
    /// Highest score.
    pub max_score: Option<f64>,
    /// Pages sent.
    pub pages_sent: u64,
    /// Pages suppressed.
    pub pages_suppressed: u64,
}

/// Answer of `POST /api/v1/anomalies/detect-and-notify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DetectReport {
    /// Rules that were folded.
    pub rules: u32,
    /// Samples that were folded.
    pub samples: u64,
    /// Anomalies found.
    pub found: u32,
    /// Anomalies that were new.
    pub inserted: u32,
    /// Anomalies notified for the first time.
    pub notified: u32,
    /// Ids of the new ones.
    pub ids: Vec<String>,
    /// Rules that could not be run, and why.
    pub failed: BTreeMap<String, String>,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

/// Why an anomaly is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// The same rule found it.
    Rule,
    /// It was in the same series.
    Series,
    /// Most labels are the same.
    Labels,
    /// The value went the same way.
    Side,
    /// The peak scores are alike.
    Size,
    /// Both lasted about as long.
    Duration,
    /// It was at the same time of day.
    TimeOfDay,
    /// It was on the same day of the week.
    Weekday,
    /// The values went up and down alike.
    Shape,
}

/// An earlier anomaly that is like another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarAnomaly {
    /// The earlier one.
    pub anomaly: Anomaly,
    /// How alike they are, from 0 to 1.
    pub similarity: f64,
    /// In what, the weightiest first.
    pub because: Vec<Likeness>,
    /// How alike the shapes are, from -1 to 1, where the samples are still kept.
    pub shape: Option<f64>,
}

/// Answer of `GET /api/v1/anomalies/{id}/similar`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarResponse {
    /// The most alike first.
    pub items: Vec<SimilarAnomaly>,
    /// How many earlier ones were looked at.
    pub looked_at: u32,
}

/// Query of `GET /api/v1/anomalies/{id}/similar`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SimilarQuery {
    /// Most items; 5 unless given, at most 20.
    pub limit: Option<u32>,
}
