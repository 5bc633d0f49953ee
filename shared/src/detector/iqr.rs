//! Distance outside the quartiles in interquartile ranges (Tukey's fences, Exploratory Data Analysis, 1977).

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::order::SortedWindow;
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor, WINDOW};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

const QUARTILES: ParamSpec = ParamSpec::choice(
    "quartiles",
    "Quartiles",
    "Interpolated between samples, or the sample at a quarter of the sorted window.",
    &["interpolated", "index"],
);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Iqr {
    min_samples: u32,
    floor: SpreadFloor,
    /// Whether quartiles are samples, as in the seed rule engine.
    by_index: bool,
    window: SortedWindow,
}

impl Iqr {
    fn quartile(&self, quarters: usize) -> f64 {
        let len = self.window.len();
        if self.by_index {
            return self.window.select(quarters * len / 4);
        }
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

impl Model for Iqr {
    const ABOUT: About = About {
        name: "iqr",
        title: "Quartiles (IQR)",
        help: "Finds values outside the fences around the middle half of the past.",
        scale: ScaleKind::Ratio,
        // Tukey's fences.
        threshold: ParamSpec::threshold("IQR", (0.5, 10.0, 0.05, 1.5)),
        inclusive: false,
        params: &[
            WINDOW,
            MIN_SAMPLES,
            MIN_SPREAD_ABS,
            MIN_SPREAD_REL,
            QUARTILES,
        ],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            by_index: spec.choice(&QUARTILES) == 1,
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
        let (first, median, third) = (self.quartile(1), self.window.median(), self.quartile(3));
        let spread = self.floor.apply(third - first, median);
        let fences = (first, third);
        Some(Judgement::outside(sample.value, fences, median, spread))
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
