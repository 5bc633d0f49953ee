//! From residuals to errors, for the detectors that watch an error rate: what lies outside of the usual band?

use serde::{Deserialize, Serialize};

use super::Drift;
use crate::math::stats::quantile;

/// Share of the history on either side of the band.
const TAIL: f64 = 0.025;

/// Samples and their total.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Sum {
    count: u64,
    total: f64,
}

impl Sum {
    fn mean(self) -> f64 {
        self.total / self.count.max(1) as f64
    }
}

/// The band, the detector, and the level of the stream before and since the detector's warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ErrorWatch<D> {
    pub(super) inside: D,
    low: f64,
    high: f64,
    seen: u64,
    before: Sum,
    since: Sum,
}

impl<D: Default> ErrorWatch<D> {
    pub(super) fn new(inside: D) -> Self {
        Self {
            inside,
            low: f64::MIN,
            high: f64::MAX,
            seen: 0,
            before: Sum::default(),
            since: Sum::default(),
        }
    }
}

impl<D> ErrorWatch<D> {
    /// The band that 95 % of these lie in.
    pub(super) fn prepare(&mut self, residuals: &[f64]) {
        self.low = quantile(residuals, TAIL);
        self.high = quantile(residuals, 1.0 - TAIL);
        (self.seen, self.before, self.since) = (0, Sum::default(), Sum::default());
    }

    pub(super) fn is_error(&self, residual: f64) -> bool {
        residual < self.low || residual > self.high
    }

    /// Counts a residual to the level since the warning, or to the one before.
    pub(super) fn count(&mut self, residual: f64, is_warning: bool) {
        self.seen += 1;
        if !is_warning {
            self.before.count += self.since.count;
            self.before.total += self.since.total;
            self.since = Sum::default();
        }
        let sum = if is_warning {
            &mut self.since
        } else {
            &mut self.before
        };
        sum.count += 1;
        sum.total += residual;
    }

    /// The level before the warning and since; nothing without one.
    pub(super) fn drift(&self) -> Option<Drift> {
        (self.since.count > 0).then(|| Drift {
            at: self.seen - self.since.count,
            before: self.before.mean(),
            after: self.since.mean(),
        })
    }

    pub(super) fn restart(&mut self) {
        (self.before, self.since) = (Sum::default(), Sum::default());
    }
}
