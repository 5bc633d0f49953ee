//! Rules, their versions, and replays on the wire.

use serde::{Deserialize, Serialize};

use crate::anomaly::Anomaly;
use crate::calendar::CalendarTable;
use crate::error::FieldError;
use crate::pipeline::{Command, Mute, Page, Standing, Transition};
use crate::rule::{RuleDraft, Ticks};
use crate::time::TimeRange;

/// A stored rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleRecord {
    /// The rule, with all defaults filled in.
    pub rule: RuleDraft,
    /// Version; counts up; also the `ETag`.
    pub version: u32,
    /// Whether it comes from the configuration file and cannot be edited here.
    pub provisioned: bool,
    /// When this version was saved.
    pub updated_at_ms: i64,
    /// By whom.
    pub updated_by: String,
    /// Hash of its content.
    pub config_hash: String,
    /// Its last run, if it ever ran.
    pub last_run: Option<RuleRun>,
    /// Anomalies that are open now.
    pub open_anomalies: u32,
    /// Pages sent in the last seven days.
    pub pages_last_week: u32,
}

/// The last run of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleRun {
    /// Nominal time of the tick.
    pub at_ms: i64,
    /// Newest evaluated instant.
    pub watermark_ms: Option<i64>,
    /// How long it took.
    pub duration_ms: i64,
    /// Series that it saw.
    pub series: u32,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleVersion {
    /// Version.
    pub version: u32,
    /// The rule then.
    pub rule: RuleDraft,
    /// When it was saved.
    pub at_ms: i64,
    /// By whom.
    pub actor: String,
    /// Whether it was deleted by this version.
    pub deleted: bool,
}

/// Answer of `POST /api/v1/rules/validate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValidateResponse {
    /// Whether the rule is fine.
    pub valid: bool,
    /// What is wrong.
    pub errors: Vec<super::ErrorDetail>,
    /// What is allowed but probably not meant, such as a raw counter.
    pub warnings: Vec<String>,
}

/// Body of `POST /api/v1/rules/{id}/replay`; without `rule` the stored one is replayed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Beginning, in the grammar of times.
    pub from: String,
    /// End.
    pub to: String,
    /// A draft in place of the stored rule.
    #[serde(default)]
    pub rule: Option<RuleDraft>,
}

/// What a rule would have fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WouldHaveFired {
    /// The anomaly.
    pub anomaly: Anomaly,
    /// Whether it was already open at the beginning of the range.
    pub carried: bool,
    /// Its pages, with what became of them.
    pub pages: Vec<Page>,
}

/// Result of a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplaySummary {
    /// What was replayed.
    pub range: TimeRange,
    /// Series seen.
    pub series: u32,
    /// Samples in the range.
    pub samples: u64,
    /// Samples over the threshold.
    pub over_threshold: u64,
    /// Samples in confirmed streaks.
    pub confirmed: u64,
    /// Anomalies.
    pub fired: Vec<WouldHaveFired>,
    /// Pages sent.
    pub pages_sent: u64,
    /// Pages suppressed.
    pub pages_suppressed: u64,
    /// Pages sent, as a rate a week.
    pub pages_per_week: f64,
}

/// Query of `GET /api/v1/transitions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct TransitionsQuery {
    /// Beginning, in the grammar of times.
    pub from: String,
    /// End.
    pub to: String,
    /// Only this rule.
    pub rule: Option<String>,
}

/// What a replay needs to know about what really happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransitionsResponse {
    /// Candidates of all rules, in the pager's order.
    pub transitions: Vec<Transition>,
    /// People's actions.
    pub commands: Vec<Command>,
    /// The mutes, each as long as it was in force; of the rule asked for, where one was.
    pub mutes: Vec<Mute>,
    /// What stood open of the rules that the rule asked for depends on.
    #[serde(default)]
    pub standing: Vec<Standing>,
    /// The calendars of the rule asked for, as far as they held.
    #[serde(default)]
    pub calendars: Vec<CalendarTable>,
    /// Nominal ticks of the rule asked for; none when no rule was given.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub ticks: Option<Ticks>,
    /// Where the rule asked for began to live; before it, its points come from the source.
    pub live_since_ms: Option<i64>,
    /// Head of the journal.
    pub as_of_seq: i64,
}

impl From<FieldError> for super::ErrorDetail {
    fn from(error: FieldError) -> Self {
        let field = (!error.field.is_empty()).then_some(error.field);
        Self {
            code: "invalid_rule".to_owned(),
            message: error.message,
            field,
        }
    }
}

/// Answer of `POST /api/v1/rules/parse`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParseResponse {
    /// The rule with its defaults; none when something is wrong.
    pub rule: Option<RuleDraft>,
    /// What is wrong.
    pub errors: Vec<ParseProblem>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<String>,
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParseProblem {
    /// Line, from 1.
    pub line: u32,
    /// Dotted path of the field it is about; none when the text itself cannot be read.
    pub field: Option<String>,
    /// Sentence for people.
    pub message: String,
}

/// Body of `POST /api/v1/rules/{id}/revert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RevertRequest {
    /// The version to go back to.
    pub version: u32,
}
