//! Distance from the rolling mean in sample standard deviations.
//!
//! The plain seed formula is `min_spread_abs: 0, min_spread_rel: 0` with `learn_from_anomalies: true`:
//! then a spread under 1e-6 keeps silent. By default the spread has a floor, so that a jump out of a
//! constant series is seen.

use serde::{Deserialize, Serialize};

use super::window::Moments;
use super::{Judgement, Model};
use crate::rule::RollingParams;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Zscore {
    params: RollingParams,
    moments: Moments,
}

impl Zscore {
    pub(crate) fn new(params: RollingParams) -> Self {
        Self {
            params,
            moments: Moments::new(params.window_samples),
        }
    }
}

impl Model for Zscore {
    fn clear(&mut self) {
        self.moments.clear();
    }

    #[inline]
    fn judge(&self, value: f64) -> Option<Judgement> {
        // A deviation needs two samples, whatever the rule says.
        if self.moments.len() < (self.params.min_samples as usize).max(2) {
            return None;
        }
        let (mean, deviation) = self.moments.mean_and_deviation();
        let spread = floored_spread(&self.params, deviation, mean);
        Some(centred(value, mean, spread))
    }

    #[inline]
    fn learn(&mut self, value: f64) {
        self.moments.push(value);
    }

    fn is_full(&self) -> bool {
        self.moments.is_full()
    }
}

/// Spreads under this count as none where no floor is set (the seed rule engine's constant).
const NO_SPREAD: f64 = 1e-6;

/// The spread with its floor; 0 means "keep silent".
#[inline]
pub(super) fn floored_spread(params: &RollingParams, spread: f64, expected: f64) -> f64 {
    let floor = params
        .min_spread_abs
        .max(params.min_spread_rel * expected.abs());
    if floor == 0.0 && spread < NO_SPREAD {
        0.0
    } else {
        spread.max(floor)
    }
}

/// A judgement around a centre; a spread of 0 keeps silent.
#[inline]
pub(super) fn centred(value: f64, centre: f64, spread: f64) -> Judgement {
    let above = if spread == 0.0 {
        0.0
    } else {
        (value - centre) / spread
    };
    Judgement {
        above,
        below: -above,
        expected: centre,
        base_low: centre,
        base_high: centre,
        spread,
    }
}
