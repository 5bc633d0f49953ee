//! Why one sample was judged as it was, on the wire.

use serde::{Deserialize, Serialize};

use crate::anomaly::Side;
use crate::detector::{DetectorKind, PartUnit, PointState};

/// Why a sample was judged as it was, and what would have kept it quiet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The instant of the sample.
    pub at_ms: i64,
    /// Its value, after filling; none in a gap.
    pub value: Option<f64>,
    /// Unit of the series.
    pub unit: String,
    /// Which detector speaks.
    pub detector: DetectorKind,
    /// What is known about the sample; everything below is there only if it is `scored`.
    pub state: PointState,
    /// When the detector will have learned enough if samples keep coming; only while it is learning.
    pub learned_at_ms: Option<i64>,
    /// What was expected.
    pub expected: Option<f64>,
    /// Lower edge of the expected band.
    pub lower: Option<f64>,
    /// Upper edge of the expected band.
    pub upper: Option<f64>,
    /// Distance on the detector's own scale.
    pub raw: Option<f64>,
    /// Where the score is 1.0 on that scale, as the rule has it; where a budget was asked for, as it followed.
    pub threshold: f64,
    /// The budget of alarms a week, if the threshold follows from one.
    pub alarms_per_week: Option<f64>,
    /// The score.
    pub score: Option<f64>,
    /// Which way the value lies.
    pub side: Side,
    /// Whether the rule calls it anomalous.
    pub anomalous: bool,
    /// What adds up to the value or to the raw distance, in the detector's order.
    pub parts: Vec<ExplanationPart>,
    /// What would have kept it quiet; none if it is.
    pub quiet: Option<Quiet>,
}

/// One additive part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationPart {
    /// What it is, for programs.
    pub name: String,
    /// The same in words.
    pub label: String,
    /// How much it adds.
    pub value: f64,
    /// In what: all parts have the same.
    pub unit: PartUnit,
    /// Where it comes from, in a few words; may be empty.
    pub detail: String,
}

/// The smallest changes after which the rule would not have called the sample anomalous, each on its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quiet {
    /// The value nearest to the real one that would have been quiet; none if no single value would have been.
    pub value: Option<f64>,
    /// The threshold that would have been quiet, as the rule writes it; none if it follows from a budget.
    pub threshold: Option<f64>,
    /// The largest budget of alarms a week that would have been quiet, if there is one.
    pub alarms_per_week: Option<f64>,
}
