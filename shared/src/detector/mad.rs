//! Distance from the rolling median in median absolute deviations (the "modified z-score").
//!
//! Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: `0.6745 (x − median) / MAD`,
//! where 0.6745 makes the unit a standard deviation for normal data. O(log² window) a sample.

use serde::{Deserialize, Serialize};

use super::order::SortedWindow;
use super::zscore::{centred, floored_spread};
use super::{Judgement, Model};
use crate::rule::RollingParams;

/// The third quartile of the normal distribution, rounded as in the paper.
const NORMAL_Q3: f64 = 0.6745;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mad {
    params: RollingParams,
    window: SortedWindow,
}

impl Mad {
    pub(crate) fn new(params: RollingParams) -> Self {
        Self {
            params,
            window: SortedWindow::new(params.window_samples),
        }
    }
}

impl Model for Mad {
    fn clear(&mut self) {
        self.window.clear();
    }

    #[inline]
    fn judge(&self, value: f64) -> Option<Judgement> {
        if self.window.len() < (self.params.min_samples as usize).max(2) {
            return None;
        }
        let median = self.window.median();
        let deviation = self.window.median_deviation(median) / NORMAL_Q3;
        Some(centred(
            value,
            median,
            floored_spread(&self.params, deviation, median),
        ))
    }

    #[inline]
    fn learn(&mut self, value: f64) {
        self.window.push(value);
    }

    fn is_full(&self) -> bool {
        self.window.is_full()
    }
}
