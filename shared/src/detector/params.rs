//! Parameters that several detectors share, so that one name means one thing everywhere.

use serde::{Deserialize, Serialize};

use super::about::ParamSpec;
use super::spec::DetectorSpec;

pub(super) const WINDOW: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Window",
    "How many past samples the baseline is made of.",
    "samples",
    (5, 100_000, 240),
);
pub(super) const MIN_SAMPLES: ParamSpec = ParamSpec::integer(
    "min_samples",
    "Minimum history",
    "With fewer samples than this the detector is still learning.",
    "samples",
    (2, 100_000, 10),
);
pub(super) const MIN_SPREAD_ABS: ParamSpec = ParamSpec::number(
    "min_spread_abs",
    "Smallest spread",
    "The spread never counts as smaller than this, in the unit of the series; 0 keeps a constant series silent.",
    "",
    (0.0, 1e12, 0.001, 1e-9),
);
pub(super) const MIN_SPREAD_REL: ParamSpec = ParamSpec::number(
    "min_spread_rel",
    "Smallest relative spread",
    "The spread never counts as smaller than this share of the expected value.",
    "",
    (0.0, 1.0, 0.001, 0.01),
);

/// Spreads under this count as none where no floor is set (the seed rule engine's constant).
const NO_SPREAD: f64 = 1e-6;

/// The least spread that counts, so that a jump out of a constant series is seen and its noise is not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct SpreadFloor {
    abs: f64,
    rel: f64,
}

impl SpreadFloor {
    /// From [`MIN_SPREAD_ABS`] and [`MIN_SPREAD_REL`].
    pub(super) fn of(spec: &DetectorSpec) -> Self {
        Self {
            abs: spec.number(&MIN_SPREAD_ABS),
            rel: spec.number(&MIN_SPREAD_REL),
        }
    }

    /// The spread, or the floor if that is larger; 0 means "keep silent".
    #[inline]
    pub(super) fn apply(self, spread: f64, expected: f64) -> f64 {
        let floor = self.abs.max(self.rel * expected.abs());
        if floor == 0.0 && spread < NO_SPREAD {
            0.0
        } else {
            spread.max(floor)
        }
    }
}
