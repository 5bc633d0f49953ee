//! Feedback on the wire: what people say of an anomaly, and the change of a rule that follows from it.

use serde::{Deserialize, Serialize};

use crate::rule::{RuleDraft, RuleId};
use crate::study::Outcome;
use crate::time::TimeRange;

/// Whether an anomaly was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedbackAnswer {
    /// Something was wrong: its time becomes a labelled incident.
    True,
    /// Nothing was wrong: a false alarm; its time is labelled as normal.
    False,
    /// It was known beforehand; its time is labelled as normal.
    Expected,
    /// It was told to people who can do nothing about it; nothing is labelled.
    WrongTeam,
}

impl FeedbackAnswer {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::True, Self::False, Self::Expected, Self::WrongTeam];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Expected => "expected",
            Self::WrongTeam => "wrong_team",
        }
    }
}

impl std::str::FromStr for FeedbackAnswer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|answer| answer.as_str() == text);
        found.ok_or_else(|| {
            format!("`{text}` is not an answer; one of true, false, expected, wrong_team")
        })
    }
}

/// Body of `POST /api/v1/anomalies/{id}/feedback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedbackRequest {
    /// Whether it was right.
    pub answer: FeedbackAnswer,
}

/// What somebody said of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackRecord {
    /// Identity; counts up.
    pub id: i64,
    /// The anomaly.
    pub anomaly_id: String,
    /// Its rule.
    pub rule_id: String,
    /// What was said.
    pub answer: FeedbackAnswer,
    /// Who said it; `feedback by link via ROUTE` where a link was used.
    pub actor: String,
    /// The route whose link was used.
    pub route: Option<String>,
    /// When.
    pub at_ms: i64,
    /// The label that it became.
    pub label_id: Option<String>,
    /// When it was taken back, or another answer took its place.
    pub taken_back_at_ms: Option<i64>,
    /// By whom.
    pub taken_back_by: Option<String>,
}

/// Answer of `GET /api/v1/anomalies/{id}/feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnomalyFeedback {
    /// What is in force.
    pub current: Option<FeedbackRecord>,
    /// Everything that was said, newest first.
    pub items: Vec<FeedbackRecord>,
}

/// Body of `POST /api/v1/rules/{id}/suggestion`; may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SuggestionRequest {
    /// From where on to replay, in the grammar of times; a day before the first label unless given.
    pub from: Option<String>,
}

/// Why there is a suggestion, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuggestionState {
    /// A change drops every false alarm and keeps every incident.
    Helps,
    /// A change drops some of the false alarms and keeps every incident.
    HelpsSome,
    /// Nothing that fires is labelled as a false alarm.
    NothingToDrop,
    /// No change that was tried drops a false alarm and keeps every incident.
    NoChangeHelps,
    /// There was no time for an answer.
    NoTime,
}

/// What one anomaly was, and is, under a rule and the changed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionCase {
    /// Id of the anomaly; it is stored only where the rule was live.
    pub anomaly_id: String,
    /// Text form of the series.
    pub series: String,
    /// First anomalous sample.
    pub start_ms: i64,
    /// Last anomalous sample.
    pub end_ms: i64,
    /// What the labels say of it.
    pub said: SuggestionSaid,
    /// Whether the changed rule still fires there.
    pub kept: bool,
}

/// What labels say of an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuggestionSaid {
    /// An incident.
    Incident,
    /// Normal: it was a false alarm.
    FalseAlarm,
    /// Nothing.
    Nothing,
}

/// One field that a suggestion changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleChange {
    /// Dotted path, such as `decision.threshold`.
    pub field: String,
    /// What it is, as JSON; empty where it is left out.
    pub before: String,
    /// What it would be, as JSON; empty where it is left out.
    pub after: String,
}

/// A change of a rule with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// By what it is applied; only where there is a change.
    pub id: Option<String>,
    /// The rule.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub rule_id: RuleId,
    /// The version that was looked at.
    pub rule_version: u32,
    /// Whether the rule belongs to the configuration file, so that it is changed there.
    pub provisioned: bool,
    /// Why there is a change, or none.
    pub state: SuggestionState,
    /// Whether everything that was planned was tried.
    pub is_complete: bool,
    /// What was replayed.
    pub range: TimeRange,
    /// Labels that speak of the rule's series.
    pub labels: u32,
    /// Of them, how many lie where there are no samples any more, or were left out.
    pub labels_unseen: u32,
    /// What those labels are: changes with each of them.
    pub labels_hash: String,
    /// What comes of the rule as it is: counted as `hindcast backtest` counts, over the labelled incidents.
    pub before: Outcome,
    /// What comes of the changed rule.
    pub after: Option<Outcome>,
    /// The changed rule as it would be saved.
    pub rule: Option<RuleDraft>,
    /// Address of the change in the Lab, under the app's own.
    pub lab: Option<String>,
    /// What changes.
    pub changes: Vec<RuleChange>,
    /// The anomalies of the rule as it is, oldest first, the first thousand; and whether they would still be.
    pub cases: Vec<SuggestionCase>,
    /// Changes that were tried.
    pub tried: u32,
}
