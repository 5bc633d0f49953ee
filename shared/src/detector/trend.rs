//! A strictly monotone run with a large total change, the newest sample included.
//!
//! The raw value is the change over the run in percent of its first sample, and 0 where the run is
//! broken or the first sample is not positive.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::window::Ring;
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

const RUN: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Run",
    "How many samples in a row, the newest included, must rise or fall.",
    "samples",
    (3, 1_000, 5),
);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trend {
    /// One sample fewer than the run: the newest comes with the question.
    past: Ring,
    wanted: u32,
    /// Length of the strictly rising run that ends at the newest past sample, in samples.
    rising: u32,
    /// The same for falling.
    falling: u32,
}

impl Model for Trend {
    const ABOUT: About = About {
        name: "trend",
        title: "Trend",
        help: "Finds runs that only rise or only fall, and far.",
        scale: ScaleKind::Ratio,
        // Percent of change over the run.
        threshold: ParamSpec::threshold("%", (1.0, 200.0, 1.0, 20.0)),
        inclusive: true,
        params: &[RUN],
    };

    const HOLDS_OUT: bool = false;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let wanted = spec.integer(&RUN).max(2) - 1;
        Self {
            past: Ring::new(wanted),
            wanted,
            rising: 0,
            falling: 0,
        }
    }

    fn clear(&mut self) {
        self.past.clear();
        (self.rising, self.falling) = (0, 0);
    }

    #[inline]
    fn judge(&mut self, Sample { value, .. }: Sample) -> Option<Judgement> {
        if !self.past.is_full() {
            return None;
        }
        let (newest, first) = (
            self.past.back(0)?,
            self.past.back(self.wanted as usize - 1)?,
        );
        let percent = if first > 0.0 {
            (value - first) / first * 100.0
        } else {
            0.0
        };
        let rises = self.rising >= self.wanted && value > newest;
        let falls = self.falling >= self.wanted && value < newest;
        let none = f64::NAN;
        Some(Judgement {
            above: if rises { percent } else { 0.0 },
            below: if falls { -percent } else { 0.0 },
            expected: none,
            base_low: none,
            base_high: none,
            spread: none,
        })
    }

    #[inline]
    fn learn(&mut self, Sample { value, .. }: Sample) {
        let newest = self.past.back(0);
        let longer = |grows: bool, run: u32| if grows { (run + 1).min(self.wanted) } else { 1 };
        (self.rising, self.falling) = (
            longer(newest.is_some_and(|newest| value > newest), self.rising),
            longer(newest.is_some_and(|newest| value < newest), self.falling),
        );
        self.past.push(value);
    }

    fn is_full(&self) -> bool {
        // A run is made of what happened, so every sample enters as it is.
        false
    }
}
