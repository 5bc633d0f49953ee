//! Distance from the rolling mean in sample standard deviations.
//!
//! The plain seed formula is `min_spread_abs: 0, min_spread_rel: 0` with `learn_from_anomalies: true`:
//! then a spread under 1e-6 keeps silent. By default the spread has a floor, so that a jump out of a
//! constant series is seen.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor, WINDOW};
use super::window::Moments;
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Zscore {
    min_samples: u32,
    floor: SpreadFloor,
    moments: Moments,
}

impl Model for Zscore {
    const ABOUT: About = About {
        name: "zscore",
        title: "Z-score",
        help: "Finds values far from the rolling mean, in standard deviations.",
        scale: ScaleKind::Ratio,
        // Pearson's three sigma, as everywhere.
        threshold: ParamSpec::threshold("σ", (0.5, 12.0, 0.05, 3.0)),
        inclusive: false,
        params: &[WINDOW, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            // A deviation needs two samples, whatever the rule says.
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            moments: Moments::new(spec.integer(&WINDOW)),
        }
    }

    fn clear(&mut self) {
        self.moments.clear();
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.moments.len() < self.min_samples as usize {
            return None;
        }
        let (mean, deviation) = self.moments.mean_and_deviation();
        let spread = self.floor.apply(deviation, mean);
        Some(Judgement::centred(sample.value, mean, spread))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        self.moments.push(sample.value);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.moments.is_same(&other.moments)
    }

    fn is_full(&self) -> bool {
        self.moments.is_full()
    }
}
