//! Full models on the wire: what came of a training, and which versions there are.
//!
//! [`ModelMetadata`] also stands in the file `model_metadata.json` beside a model's weights.

use serde::{Deserialize, Serialize};

use super::model_spec::{ModelKind, ModelSpec};
use super::model_trial::{ModelCheck, ModelTrial};

/// A series that a model knows, and how its values are made comparable: `(value - centre) / spread`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelSeries {
    /// Its text form.
    pub series: String,
    /// Median of the training part.
    pub centre: f64,
    /// Interquartile range of the training part, as a standard deviation; never 0.
    pub spread: f64,
    /// Whether there were gaps, so that a column says where.
    pub gaps: bool,
}

/// A feature that a model knows, and how it is made comparable: `(value - centre) / spread`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelFeature {
    /// Name of its column.
    pub name: String,
    /// How it is worked out.
    pub formula: String,
    /// Empty where it has none.
    pub unit: String,
    /// Median of the training part.
    pub centre: f64,
    /// Interquartile range of the training part, as a standard deviation; never 0.
    pub spread: f64,
}

/// What goes into a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelInputs {
    /// Samples of a window.
    pub window_samples: u32,
    /// Names of the columns of a sample.
    pub columns: Vec<String>,
    /// The series, in the order of their columns.
    pub series: Vec<ModelSeries>,
    /// The features in the place of samples, in the order of their columns; none where samples are seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<ModelFeature>,
}

impl ModelInputs {
    /// Numbers of a window.
    pub fn width(&self) -> usize {
        self.window_samples as usize * self.columns.len()
    }
}

/// A raw score that so many windows exceed, by the tail of the validation scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalibratedThreshold {
    /// Alarms in ten thousand windows, if windows are as they were.
    pub alarms_per_10000: f64,
    /// The raw score.
    pub threshold: f64,
}

/// At which raw scores a window counts as odd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelThresholds {
    /// 95 of 100 validation windows score less.
    pub p95: f64,
    /// 99 of 100 validation windows score less; as a series, a score is told in parts of this.
    pub p99: f64,
    /// By the tail of the validation scores; empty when they say nothing of it.
    pub calibrated: Vec<CalibratedThreshold>,
}

/// What a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelData {
    /// First instant.
    pub from_ms: i64,
    /// First instant after it.
    pub to_ms: i64,
    /// First instant of the validation part.
    pub split_ms: i64,
    /// Windows that were learned.
    pub training_windows: u64,
    /// Windows that set the thresholds.
    pub validation_windows: u64,
    /// Windows that were left out: over incidents, excluded ranges, or mostly gaps.
    pub left_out_windows: u64,
}

/// The mean score, or loss, after a round of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LossPoint {
    /// Round, from 1.
    pub epoch: u32,
    /// On the training part.
    pub training: f64,
    /// On the validation part.
    pub validation: f64,
}

/// How training went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelMetrics {
    /// Median raw score of the training windows.
    pub training_median: f64,
    /// Median raw score of the validation windows.
    pub validation_median: f64,
    /// How it went, for models that learn in rounds.
    pub losses: Vec<LossPoint>,
    /// The round that was kept.
    pub best_epoch: Option<u32>,
}

/// All that is known of one version of a model, but for its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelMetadata {
    /// Version of the form of the artefact.
    pub format: u32,
    /// Version of the model, from 1.
    pub version: u32,
    /// What was asked for.
    pub spec: ModelSpec,
    /// What goes in.
    pub inputs: ModelInputs,
    /// When a window is odd.
    pub thresholds: ModelThresholds,
    /// What it was trained on.
    pub data: ModelData,
    /// How that went.
    pub metrics: ModelMetrics,
    /// What else somebody should know.
    pub notes: Vec<String>,
    /// Version of the program that trained it.
    pub code_version: String,
    /// When it was trained.
    pub trained_at_ms: i64,
    /// How long that took.
    pub training_seconds: f64,
    /// Length of the weights.
    pub weights_bytes: u64,
    /// SHA-256 of the weights, in hexadecimal.
    pub weights_sha256: String,
}

/// One version of a model, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersion {
    /// Its number.
    pub version: u32,
    /// The algorithm.
    pub kind: ModelKind,
    /// What was asked for.
    pub spec: ModelSpec,
    /// Whether it is the one that scores.
    pub live: bool,
    /// When it was trained.
    pub trained_at_ms: i64,
    /// When it was added here.
    pub added_at_ms: i64,
    /// Who added it.
    pub actor: String,
    /// When it last became the one that scores.
    pub promoted_at_ms: Option<i64>,
    /// Series that it knows.
    pub series: u64,
    /// What it was trained on.
    pub data: ModelData,
    /// When a window is odd.
    pub thresholds: ModelThresholds,
    /// How training went.
    pub metrics: ModelMetrics,
    /// How long it took.
    pub training_seconds: f64,
    /// Length of the weights.
    pub weights_bytes: u64,
    /// What else somebody should know.
    pub notes: Vec<String>,
    /// What came of holding it against the one that scored when it was trained, where it had to be no worse.
    pub trial: Option<ModelTrial>,
}

/// A model with its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// The version that scores; none until one was promoted.
    pub live_version: Option<u32>,
    /// The one that scored before, to go back to.
    pub former_version: Option<u32>,
    /// All versions, newest first.
    pub versions: Vec<ModelVersion>,
    /// The newest look at the version that scores.
    pub check: Option<ModelCheck>,
}

/// Which version is to score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PromoteRequest {
    /// Its number.
    pub version: u32,
}
