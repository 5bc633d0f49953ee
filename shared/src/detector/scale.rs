//! From a raw distance to a score: a strictly increasing map with `map(threshold) = 1`.

use serde::{Deserialize, Serialize};

use super::about::ScaleKind;
use super::registry::DetectorKind;
use crate::rule::{Decision, Direction};

/// The map; see semantics: the threshold lives in the decision, and only here does it meet the raw value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Scale {
    /// `raw / threshold`, for distances that are ratios.
    Ratio {
        /// Positive.
        threshold: f64,
    },
    /// `1 + (raw − threshold) / spread`, for signed values.
    Offset {
        /// Any finite number, on the side that counts.
        threshold: f64,
        /// Positive.
        spread: f64,
    },
}

impl Scale {
    /// The scale of a detector under a decision.
    pub fn new(kind: DetectorKind, decision: &Decision) -> Self {
        match kind.about().scale {
            ScaleKind::Limit => {
                // Looking down, the raw value is the negated one.
                let threshold = if decision.direction == Direction::Below {
                    -decision.threshold
                } else {
                    decision.threshold
                };
                let spread = if threshold == 0.0 {
                    1.0
                } else {
                    threshold.abs()
                };
                Self::Offset {
                    threshold: moved(threshold, decision.inclusive),
                    spread,
                }
            }
            ScaleKind::Ratio => Self::Ratio {
                threshold: moved(decision.threshold, decision.inclusive),
            },
        }
    }

    /// The score of a raw distance.
    #[inline]
    pub fn map(self, raw: f64) -> f64 {
        match self {
            Self::Ratio { threshold } => raw / threshold,
            Self::Offset { threshold, spread } => 1.0 + (raw - threshold) / spread,
        }
    }

    /// The threshold on the raw scale.
    #[inline]
    pub fn threshold(self) -> f64 {
        match self {
            Self::Ratio { threshold } | Self::Offset { threshold, .. } => threshold,
        }
    }
}

/// `gte` and `lte` move the threshold by one ulp, so that "strictly over" stays the only comparison.
fn moved(threshold: f64, inclusive: bool) -> f64 {
    if inclusive {
        threshold.next_down()
    } else {
        threshold
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::{MinDeviation, OutsideRange};

    fn decision(threshold: f64, direction: Direction, inclusive: bool) -> Decision {
        Decision {
            threshold,
            inclusive,
            direction,
            min_deviation: MinDeviation::default(),
            range: OutsideRange::default(),
        }
    }

    proptest! {
        #[test]
        fn fixed_limit_when_over_it_by_any_ulp_then_scores_over_one(threshold in -1e9..1e9_f64) {
            let scale = Scale::new(DetectorKind::Threshold, &decision(threshold, Direction::Above, false));
            prop_assert!(scale.map(threshold) <= 1.0);
            // A relative distance of 1e-9 is far more than the rounding of the map.
            prop_assert!(scale.map(threshold + threshold.abs() * 1e-9 + 1e-9) > 1.0);
        }

        #[test]
        fn ratio_when_at_the_threshold_then_is_exactly_one(threshold in 0.001..1e6_f64) {
            let scale = Scale::Ratio { threshold };
            prop_assert_eq!(scale.map(threshold).to_bits(), 1.0_f64.to_bits());
        }
    }

    #[test]
    fn limit_when_looking_down_then_low_values_score_high() {
        let scale = Scale::new(
            DetectorKind::Threshold,
            &decision(10.0, Direction::Below, false),
        );
        assert!(scale.map(-9.0) > 1.0 && scale.map(-10.0) <= 1.0 && scale.map(-11.0) < 1.0);
    }
}
