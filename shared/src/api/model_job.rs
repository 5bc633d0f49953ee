//! Work on full models on the wire, and why a model finds a window odd.

use serde::{Deserialize, Serialize};

use super::model::LossPoint;
use super::model_spec::ModelSpec;

/// How far some work on a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Others are before it.
    Waiting,
    /// It goes on.
    Running,
    /// It made a version.
    Done,
    /// It made none.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// Whether a new version becomes the one that scores as soon as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Promotion {
    /// It stays a candidate until somebody promotes it.
    #[default]
    Never,
    /// If it is no worse than the one that scores, or none does.
    IfNoWorse,
    /// Whatever it is like.
    Always,
}

/// Why a model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobCause {
    /// Somebody asked.
    #[default]
    Asked,
    /// Its cron expression came due.
    Cron,
    /// Its newest training is too long ago.
    Age,
    /// Enough samples came in.
    NewPoints,
    /// Its scores are not what they were.
    Drift,
}

/// A model that is to be trained by the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// What, on what.
    pub spec: ModelSpec,
    /// Whether the version becomes the one that scores as soon as it is there.
    #[serde(default)]
    pub promote: Promotion,
}

/// Some work on a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobRecord {
    /// Identity; later ones are greater.
    pub id: i64,
    /// What is trained, on what.
    pub spec: ModelSpec,
    /// Whether its version becomes the one that scores.
    pub promote: Promotion,
    /// Why it is trained.
    pub cause: JobCause,
    /// How far it is.
    pub state: JobState,
    /// Share that is done, 0 to 1.
    pub done: f64,
    /// Seconds that are left, if it goes on as it did.
    pub eta_seconds: Option<f64>,
    /// How the loss fell so far, for models that learn in rounds.
    pub losses: Vec<LossPoint>,
    /// What came of it, in words.
    pub message: Option<String>,
    /// The version that it made.
    pub version: Option<u32>,
    /// Who asked for it.
    pub actor: String,
    /// When it was asked for.
    pub created_at_ms: i64,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// When it ended.
    pub ended_at_ms: Option<i64>,
}

/// Which window is to be explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExplainModelRequest {
    /// Text form of the series, or of its scores; the first one unless given.
    #[serde(default)]
    pub series: Option<String>,
    /// Instant at which the window ends.
    pub at_ms: i64,
}

/// What a column adds to what is explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelPart {
    /// Name of the column.
    pub column: String,
    /// What it adds; over 0 makes the window odd.
    pub part: f64,
    /// Standard error of that; 0 where it is exact.
    pub error: f64,
}

/// Why a model finds a window odd, or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelExplanation {
    /// The model.
    pub model: String,
    /// Its version.
    pub version: u32,
    /// Text form of the series of scores.
    pub series: String,
    /// Instant at which the window ends.
    pub at_ms: i64,
    /// The score, in parts of the model's p99.
    pub score: f64,
    /// `tree_shap`: parts of the mean path length, below 0, exact. `sampled_shapley`: parts of the score, estimated.
    pub method: String,
    /// What is explained, for an ordinary window; with the parts it adds up to that of this window.
    pub base: f64,
    /// What each column adds.
    pub parts: Vec<ModelPart>,
    /// For each sample of the window, oldest first, and each column: its part of the path length, or the squared
    /// error of its reconstruction; of some models only.
    pub heat: Option<Vec<Vec<f64>>>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The scaled numbers of the window, as `heat` is laid out.
    pub values: Vec<Vec<f64>>,
}
