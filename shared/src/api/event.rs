//! What the event stream carries.

use serde::{Deserialize, Serialize};

use super::model::LossPoint;
use super::model_job::JobState;
use crate::anomaly::Anomaly;
use crate::rule::{RuleId, Severity};
use crate::series::SeriesKey;

/// Groups of events that a client can ask for by `topics=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventTopic {
    /// Anomalies.
    Anomaly,
    /// Newly evaluated samples.
    Sample,
    /// How far trainings of full models are; only for those who name it.
    Training,
}

/// One event of `GET /api/v1/stream`; the SSE event's name is the tag with a dot (`anomaly.detected`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type")]
pub enum Event {
    /// A new anomaly; carries `id: seq`.
    #[serde(rename = "anomaly.detected")]
    AnomalyDetected(AnomalyEvent),
    /// An anomaly changed; carries `id: seq`.
    #[serde(rename = "anomaly.updated")]
    AnomalyUpdated(AnomalyEvent),
    /// An anomaly is over; carries `id: seq`.
    #[serde(rename = "anomaly.resolved")]
    AnomalyResolved(AnomalyEvent),
    /// Samples that a rule has just evaluated.
    #[serde(rename = "sample")]
    Sample(SampleEvent),
    /// How far the training of a full model is.
    #[serde(rename = "training")]
    Training(TrainingEvent),
    /// Every 15 s.
    #[serde(rename = "heartbeat")]
    Heartbeat {
        /// The server's time.
        now_ms: i64,
        /// Head of the journal.
        head: i64,
    },
    /// The stream cannot go on from where the client was: fetch everything anew.
    #[serde(rename = "reset")]
    Reset {
        /// Head of the journal.
        head: i64,
        /// Identity of the store.
        store_id: String,
    },
    /// The build that is serving, at the beginning of a stream.
    #[serde(rename = "build")]
    Build {
        /// Its id.
        id: String,
    },
    /// The server is shutting down.
    #[serde(rename = "bye")]
    Bye {},
}

impl Event {
    /// Name of the SSE event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AnomalyDetected(_) => "anomaly.detected",
            Self::AnomalyUpdated(_) => "anomaly.updated",
            Self::AnomalyResolved(_) => "anomaly.resolved",
            Self::Sample(_) => "sample",
            Self::Training(_) => "training",
            Self::Heartbeat { .. } => "heartbeat",
            Self::Reset { .. } => "reset",
            Self::Build { .. } => "build",
            Self::Bye {} => "bye",
        }
    }
}

/// Body of the `anomaly.*` events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnomalyEvent {
    /// Severity, beside the anomaly for simple readers.
    pub severity: Severity,
    /// Title in words.
    pub title: String,
    /// Reason in words.
    pub text: String,
    /// The anomaly.
    pub anomaly: Anomaly,
}

/// Body of `sample`: one event a rule and tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SampleEvent {
    /// The rule.
    pub rule_id: RuleId,
    /// What it evaluated.
    pub points: Vec<SamplePoint>,
}

/// One evaluated sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SamplePoint {
    /// The series.
    pub series_key: SeriesKey,
    /// The instant.
    pub at_ms: i64,
    /// The value; none in a gap.
    pub value: Option<f64>,
    /// The score; 0 unless scored.
    pub score: f64,
    /// Expected value.
    pub expected: Option<f64>,
    /// Lower edge of the expected band.
    pub lower: Option<f64>,
    /// Upper edge of the expected band.
    pub upper: Option<f64>,
}

/// Body of `training`: how far a job is; at most some hundred of them a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingEvent {
    /// The job.
    pub job_id: i64,
    /// Name of the model.
    pub model: String,
    /// Whether it goes on.
    pub state: JobState,
    /// Share that is done, 0 to 1.
    pub done: f64,
    /// Seconds that are left, if it goes on as it did.
    pub eta_seconds: Option<f64>,
    /// The losses of the round that has just ended.
    pub loss: Option<LossPoint>,
}
