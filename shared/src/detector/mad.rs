//! Distance from the rolling median in median absolute deviations (the "modified z-score").
//!
//! Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: `0.6745 (x − median) / MAD`,
//! where 0.6745 makes the unit a standard deviation for normal data. O(log² window) a sample.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::order::SortedWindow;
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor, WINDOW};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

/// The third quartile of the normal distribution, rounded as in the paper.
const NORMAL_Q3: f64 = 0.6745;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mad {
    min_samples: u32,
    floor: SpreadFloor,
    window: SortedWindow,
}

impl Model for Mad {
    const ABOUT: About = About {
        name: "mad",
        title: "Median (MAD)",
        help: "Finds values far from the rolling median; outliers in the past do not blunt it.",
        scale: ScaleKind::Ratio,
        // Iglewicz and Hoaglin, 1993.
        threshold: ParamSpec::threshold("σ", (0.5, 12.0, 0.05, 3.5)),
        inclusive: false,
        params: &[WINDOW, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            window: SortedWindow::new(spec.integer(&WINDOW)),
        }
    }

    fn clear(&mut self) {
        self.window.clear();
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.window.len() < self.min_samples as usize {
            return None;
        }
        let median = self.window.median();
        let deviation = self.window.median_deviation(median) / NORMAL_Q3;
        let spread = self.floor.apply(deviation, median);
        Some(Judgement::centred(sample.value, median, spread))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        self.window.push(sample.value);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.window.is_same(&other.window)
    }

    fn is_full(&self) -> bool {
        self.window.is_full()
    }
}
