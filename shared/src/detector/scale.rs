//! From a raw distance to a score: a strictly increasing map with `map(threshold) = 1`.

use serde::{Deserialize, Serialize};

use super::about::ScaleKind;
use super::registry::DetectorKind;
use super::tail::Tail;
use crate::rule::{Decision, Direction};
use crate::time::WEEK_MS;

/// The map; see semantics: the threshold lives in the decision, and only here does it meet the raw value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// `ln p / ln p_budget`: the threshold is wherever the history says that the budget of alarms lies.
    Calibrated(Box<Calibrated>),
}

/// A tail and the budget that is asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    tail: Tail,
    /// Alarms a sample.
    p_budget: f64,
    /// The raw distance at the budget.
    threshold: f64,
}

/// What a rule that names a budget asks for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Alarms a sample.
    pub p: f64,
    /// Samples between two alarms that are still one.
    pub merge_gap: u32,
}

impl Budget {
    /// So many alarms a week of samples that lie `step_ms` apart.
    pub fn a_week(alarms: f64, step_ms: i64, merge_gap_ms: i64) -> Self {
        Self {
            p: (alarms * step_ms as f64 / WEEK_MS as f64).clamp(1e-12, 0.5),
            merge_gap: u32::try_from(merge_gap_ms / step_ms.max(1)).unwrap_or(0),
        }
    }
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
            ScaleKind::Ratio | ScaleKind::Calibrated => Self::Ratio {
                threshold: moved(decision.threshold, decision.inclusive),
            },
        }
    }

    /// The scale at which calm raw distances like these would give the budget's alarms; nothing if there are
    /// too few of them, or all are equal.
    pub fn calibrated(raws: &[f64], budget: Budget) -> Option<Self> {
        let tail = Tail::fit_merged(raws, budget.merge_gap)?;
        let threshold = tail.quantile(budget.p);
        Some(Self::Calibrated(Box::new(Calibrated {
            tail,
            p_budget: budget.p,
            threshold,
        })))
    }

    /// The scale of a threshold that is so many times as high; on the side that counts it is always farther away.
    #[inline(never)]
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Ratio { threshold } => Self::Ratio {
                threshold: threshold * factor,
            },
            Self::Offset { threshold, spread } => Self::Offset {
                threshold: if *threshold < 0.0 {
                    threshold / factor
                } else {
                    threshold * factor
                },
                spread: *spread,
            },
            Self::Calibrated(calibrated) => {
                // A score of 1 is `ln p_budget`: so many times as far into the tail.
                let p_budget = libm::exp(factor * libm::log(calibrated.p_budget));
                Self::Calibrated(Box::new(Calibrated {
                    tail: calibrated.tail.clone(),
                    p_budget,
                    threshold: calibrated.tail.quantile(p_budget),
                }))
            }
        }
    }

    /// The score of a raw distance.
    #[inline]
    pub fn map(&self, raw: f64) -> f64 {
        match self {
            Self::Ratio { threshold } => raw / threshold,
            Self::Offset { threshold, spread } => 1.0 + (raw - threshold) / spread,
            Self::Calibrated(calibrated) => calibrated.tail.score(raw, calibrated.p_budget),
        }
    }

    /// The same, kept finite: JSON has no infinity.
    #[inline]
    pub(crate) fn score(&self, raw: f64) -> f64 {
        self.map(raw).clamp(f64::MIN, f64::MAX)
    }

    /// The largest share of calm samples that may give alarms without this distance being one; nothing where
    /// the threshold does not follow from a budget.
    pub(crate) fn quiet_budget(&self, raw: f64) -> Option<f64> {
        match self {
            Self::Ratio { .. } | Self::Offset { .. } => None,
            Self::Calibrated(calibrated) => Some(libm::exp(calibrated.tail.ln_p(raw))),
        }
    }

    /// The threshold on the raw scale.
    #[inline]
    pub fn threshold(&self) -> f64 {
        match self {
            Self::Ratio { threshold } | Self::Offset { threshold, .. } => *threshold,
            Self::Calibrated(calibrated) => calibrated.threshold,
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
            alarms_per_week: None,
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
