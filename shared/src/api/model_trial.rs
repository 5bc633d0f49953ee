//! Full models on the wire: when one is trained anew, how well it does on labelled history, and whether a new version
//! may take the place of the one that scores.

use serde::{Deserialize, Serialize};

use super::model::ModelVersion;
use crate::error::FieldError;
use crate::time::{MINUTE_MS, Millis};

/// Fewest new samples after which a model is trained anew.
const FEWEST_POINTS: u64 = 100;

/// When a model is trained anew; never by itself unless something is named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RetrainPlan {
    /// At the times of a cron expression, in the time zone of the specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// When its newest training is so long ago; at least ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Millis>,
    /// When so many samples have come in since, over all its series; at least a hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_points: Option<u64>,
    /// When its scores are not what they were when it was trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftTest>,
    /// When a column of its inputs is not what it was when it was trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_drift: Option<DriftTest>,
}

impl RetrainPlan {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every field is within its bounds; the grammar of the cron expression is checked by the server.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is not.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.max_age.is_some_and(|age| age.ms() < 10 * MINUTE_MS) {
            return Err(FieldError::new("retrain.max_age", "must be at least 10m"));
        }
        if self.new_points.is_some_and(|points| points < FEWEST_POINTS) {
            let message = format!("must be at least {FEWEST_POINTS}");
            return Err(FieldError::new("retrain.new_points", message));
        }
        Ok(())
    }
}

/// How it is told that a model's scores are not what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftTest {
    /// By their mean, in a window that adapts (ADWIN).
    #[default]
    Adwin,
    /// By the share of windows over the p95 (DDM).
    Ddm,
}

/// When the scores of a version began to be others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelDrift {
    /// How that was told.
    pub test: DriftTest,
    /// When it began, as estimated.
    pub at_ms: i64,
    /// Before: the mean score in parts of the p99, or the share of windows over the p95.
    pub before: f64,
    /// The same since then.
    pub after: f64,
}

/// A column of a model's inputs that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnDrift {
    /// Its name.
    pub column: String,
    /// Before and after: the mean of its scaled values, or the share of them beyond two spreads.
    pub drift: ModelDrift,
}

/// How well scores tell labelled incidents from everything else, over some history.
///
/// An alarm is a stretch of scores over 1; alarms no further apart than a window are one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelFigures {
    /// First instant.
    pub from_ms: i64,
    /// First instant after it.
    pub to_ms: i64,
    /// Windows that were judged; excluded ranges and gaps are not.
    pub windows: u64,
    /// Labelled incidents in them.
    pub incidents: u64,
    /// Incidents that an alarm overlaps.
    pub found: u64,
    /// Alarms.
    pub alarms: u64,
    /// Alarms that overlap no incident.
    pub false_alarms: u64,
    /// Share of the alarms that overlap an incident; none without alarms.
    pub precision: Option<f64>,
    /// Share of the incidents that were found; none without incidents.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Average precision over all thresholds, window by window; none without incidents.
    pub auc_pr: Option<f64>,
    /// Share of the windows outside incidents that score over 1.
    pub alarm_rate: f64,
}

/// What came of holding a new version against the one that scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrialVerdict {
    /// It finds no less and raises about as many alarms: it may score.
    NoWorse,
    /// It finds less on labelled history.
    FindsLess,
    /// It raises far more alarms.
    TooManyAlarms,
    /// It raises far fewer alarms.
    TooFewAlarms,
    /// The one that scores could not be asked.
    NotComparable,
}

impl TrialVerdict {
    /// Whether the new version may take the place of the other.
    #[must_use]
    pub fn is_passed(self) -> bool {
        self == Self::NoWorse
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoWorse => "no_worse",
            Self::FindsLess => "finds_less",
            Self::TooManyAlarms => "too_many_alarms",
            Self::TooFewAlarms => "too_few_alarms",
            Self::NotComparable => "not_comparable",
        }
    }
}

/// A new version held against the one that scored when it was trained, over the same history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelTrial {
    /// The version that scored.
    pub against: u32,
    /// What came of it.
    pub verdict: TrialVerdict,
    /// Figures of the new version.
    pub challenger: ModelFigures,
    /// Figures of the one that scored; none where it could not be asked.
    pub champion: Option<ModelFigures>,
}

/// A look at the version that scores, over its history up to then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelCheck {
    /// The version.
    pub version: u32,
    /// When it was looked at.
    pub at_ms: i64,
    /// How well it does.
    pub figures: ModelFigures,
    /// How well the detector `auto` does on the same series; none of models with more series than are compared.
    pub auto: Option<ModelFigures>,
    /// Whether it finds less than `auto` on labelled history.
    pub finds_less_than_auto: bool,
    /// Since when its scores are others than they were, if they are.
    pub drift: Option<ModelDrift>,
    /// The columns of its inputs that are others than they were, the most moved first; at most ten.
    #[serde(default)]
    pub column_drift: Vec<ColumnDrift>,
}

/// Which two versions are to be held against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompareModelsRequest {
    /// The one that defends its place.
    pub champion: u32,
    /// The one that would take it.
    pub challenger: u32,
}

/// Two versions side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelComparison {
    /// The one that defends its place.
    pub champion: ModelVersion,
    /// The one that would take it.
    pub challenger: ModelVersion,
    /// What came of it.
    pub trial: ModelTrial,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_when_a_field_is_out_of_bounds_then_is_refused_by_name() {
        let plan = |text: &str| -> Result<(), String> {
            let plan: RetrainPlan = serde_json::from_str(text).map_err(|e| e.to_string())?;
            plan.check().map_err(|error| error.field)
        };
        plan("{}").expect("nothing is fine");
        let all = r#"{"cron":"0 3 * * *","max_age":"7d","new_points":100,"drift":"ddm","column_drift":"adwin"}"#;
        plan(all).expect("good");
        assert_eq!(
            plan(r#"{"max_age":"9m"}"#),
            Err("retrain.max_age".to_owned())
        );
        assert_eq!(
            plan(r#"{"new_points":99}"#),
            Err("retrain.new_points".to_owned())
        );
        assert!(plan(r#"{"weekly":true}"#).is_err_and(|error| error.contains("weekly")));
    }

    #[test]
    fn verdict_when_written_then_has_its_name() {
        for verdict in [
            TrialVerdict::NoWorse,
            TrialVerdict::FindsLess,
            TrialVerdict::TooManyAlarms,
            TrialVerdict::TooFewAlarms,
            TrialVerdict::NotComparable,
        ] {
            let written = serde_json::to_value(verdict).expect("a word");
            assert_eq!(written, verdict.as_str());
            assert_eq!(verdict.is_passed(), verdict == TrialVerdict::NoWorse);
        }
    }
}
