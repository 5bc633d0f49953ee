//! From a score to "anomalous", to "confirmed", to "over": the parts of a rule that decide.

use serde::{Deserialize, Serialize};

use crate::time::Millis;

/// Which side of the expected value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Only values above.
    Above,
    /// Only values below.
    Below,
    /// Both.
    #[default]
    Both,
}

/// Deviations smaller than this are never anomalous, whatever their score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MinDeviation {
    /// Distance from the expected value, in the unit of the series.
    pub abs: f64,
    /// Distance as a share of the expected value (0.2 = 20 %).
    pub rel: f64,
}

/// The business range: only values outside it matter.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OutsideRange {
    /// Values over this may be anomalous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Values under this may be anomalous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

impl OutsideRange {
    /// Whether a value may be anomalous.
    pub fn admits(&self, value: f64) -> bool {
        match (self.above, self.below) {
            (None, None) => true,
            (above, below) => {
                above.is_some_and(|bound| value > bound) || below.is_some_and(|bound| value < bound)
            }
        }
    }
}

/// When a score is anomalous.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// On the detector's own scale; here the score is 1.0. With a budget, only until there is enough history.
    pub threshold: f64,
    /// The budget: merged alarms a week that calm samples may give. The threshold follows from the history.
    pub alarms_per_week: Option<f64>,
    /// Whether a value exactly at the threshold is anomalous (`gte`, `lte`).
    pub inclusive: bool,
    /// Which side counts.
    pub direction: Direction,
    /// Smallest deviation that counts.
    pub min_deviation: MinDeviation,
    /// Business range.
    pub range: OutsideRange,
}

/// The `for:` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// So many anomalous samples in a row.
    Samples(u32),
    /// So long without a break, rounded up to steps.
    Duration(Millis),
    /// So many anomalous samples of the last so many.
    CountOf {
        /// Anomalous samples needed.
        count: u32,
        /// Samples looked at; at most 64.
        of: u32,
    },
}

impl Confirm {
    /// As `(count, of)`; in a row means `count == of`.
    pub fn samples(self, step: Millis) -> (u32, u32) {
        match self {
            Self::Samples(count) => (count, count),
            Self::Duration(duration) => {
                let steps = (duration.ms() + step.ms() - 1) / step.ms();
                let count = u32::try_from(steps.max(1)).unwrap_or(u32::MAX);
                (count, count)
            }
            Self::CountOf { count, of } => (count, of),
        }
    }
}

/// What ends an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// Scores under this are calm.
    pub below: f64,
    /// So many calm samples in a row end it.
    #[serde(rename = "for")]
    pub samples: u32,
}

/// When silence is an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoData {
    /// Silence of this length.
    pub after: Millis,
    /// How bad it is.
    #[serde(default = "warning")]
    pub severity: Severity,
}

fn warning() -> Severity {
    Severity::Warning
}

/// How bad an anomaly is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look today.
    Warning,
    /// Worth waking somebody.
    Critical,
}

impl Severity {
    /// All of them, the mildest first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Severity by score: each level begins at its score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Severities {
    /// From this score on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<f64>,
    /// From this score on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<f64>,
    /// From this score on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<f64>,
}

impl Default for Severities {
    fn default() -> Self {
        Self {
            info: None,
            warning: Some(1.0),
            critical: Some(2.0),
        }
    }
}

impl Severities {
    /// One severity for every score.
    pub fn only(severity: Severity) -> Self {
        let at = |level| (level == severity).then_some(1.0);
        Self {
            info: at(Severity::Info),
            warning: at(Severity::Warning),
            critical: at(Severity::Critical),
        }
    }

    /// The severity of a score; a score under every level has the lowest one.
    pub fn of(&self, score: f64) -> Severity {
        let levels = [
            (Severity::Critical, self.critical),
            (Severity::Warning, self.warning),
            (Severity::Info, self.info),
        ];
        let given = levels
            .iter()
            .filter_map(|(severity, from)| from.map(|from| (*severity, from)));
        let mut lowest = Severity::Warning;
        for (severity, from) in given {
            if score >= from {
                return severity;
            }
            lowest = severity;
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_when_the_score_rises_then_rises_with_it() {
        let severities = Severities::default();
        assert_eq!(severities.of(1.2), Severity::Warning);
        assert_eq!(severities.of(2.0), Severity::Critical);
        assert_eq!(
            Severities::only(Severity::Critical).of(1.01),
            Severity::Critical
        );
    }

    #[test]
    fn duration_when_not_a_multiple_of_the_step_then_rounds_up() {
        assert_eq!(
            Confirm::Duration(Millis::from_secs(46)).samples(Millis::from_secs(15)),
            (4, 4)
        );
        assert_eq!(
            Confirm::Duration(Millis::new(0)).samples(Millis::from_secs(15)),
            (1, 1)
        );
    }

    #[test]
    fn range_when_two_sided_then_admits_both_outsides() {
        let range = OutsideRange {
            above: Some(10.0),
            below: Some(1.0),
        };
        assert!(range.admits(11.0) && range.admits(0.0) && !range.admits(5.0));
    }
}
