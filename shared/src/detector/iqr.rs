//! Distance outside the quartiles in interquartile ranges (Tukey's fences, Exploratory Data Analysis, 1977).

use serde::{Deserialize, Serialize};

use super::order::SortedWindow;
use super::zscore::floored_spread;
use super::{Judgement, Model};
use crate::rule::{Quartiles, RollingParams};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Iqr {
    params: RollingParams,
    quartiles: Quartiles,
    window: SortedWindow,
}

impl Iqr {
    pub(crate) fn new(params: RollingParams, quartiles: Quartiles) -> Self {
        Self {
            params,
            quartiles,
            window: SortedWindow::new(params.window_samples),
        }
    }

    fn quartile(&self, quarters: usize) -> f64 {
        let len = self.window.len();
        match self.quartiles {
            Quartiles::Index => self.window.select(quarters * len / 4),
            Quartiles::Interpolated => {
                // Type 7 of Hyndman and Fan, in whole numbers: position = quarters * (len - 1) / 4.
                let position = quarters * (len - 1);
                let (low, rest) = (position / 4, position % 4);
                let below = self.window.select(low);
                if rest == 0 {
                    return below;
                }
                below + (self.window.select(low + 1) - below) * (rest as f64 / 4.0)
            }
        }
    }
}

impl Model for Iqr {
    fn clear(&mut self) {
        self.window.clear();
    }

    #[inline]
    fn judge(&self, value: f64) -> Option<Judgement> {
        if self.window.len() < (self.params.min_samples as usize).max(2) {
            return None;
        }
        let (first, median, third) = (self.quartile(1), self.window.median(), self.quartile(3));
        let spread = floored_spread(&self.params, third - first, median);
        let out = |distance: f64| {
            if spread == 0.0 {
                0.0
            } else {
                distance / spread
            }
        };
        Some(Judgement {
            above: out(value - third),
            below: out(first - value),
            expected: median,
            base_low: first,
            base_high: third,
            spread,
        })
    }

    #[inline]
    fn learn(&mut self, value: f64) {
        self.window.push(value);
    }

    fn is_full(&self) -> bool {
        self.window.is_full()
    }
}
