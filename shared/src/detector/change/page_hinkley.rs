//! Page–Hinkley: the distance of a running sum of deviations from its own extreme.
//!
//! Page, *Continuous Inspection Schemes*, Biometrika 41, 1954; with the fading factor of
//! Gama, Sebastião & Rodrigues, *On Evaluating Stream Learning Algorithms*, Machine Learning 90, 2013.

use serde::{Deserialize, Serialize};

use super::Drift;
use super::watching::{BASELINE, HOLD, Levels, Watch};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageHinkleyParams {
    /// Samples after which it begins to judge.
    pub warm_up: u32,
    /// Deviations smaller than this are no change; in the unit of the stream.
    pub slack: f64,
    /// The sum at which a change is found; in the unit of the stream.
    pub threshold: f64,
    /// Share of the old sum that is kept at each sample, 0 to 1.
    pub fading: f64,
}

impl Default for PageHinkleyParams {
    fn default() -> Self {
        Self {
            warm_up: 30,
            slack: 0.005,
            threshold: 50.0,
            fading: 0.9999,
        }
    }
}

/// Where a sum had its extreme: samples and their total up to there.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Mark {
    count: u64,
    total: f64,
}

/// Both one-sided tests of one stream since its last change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageHinkley {
    params: PageHinkleyParams,
    seen: u64,
    count: u64,
    total: f64,
    mean: f64,
    rise: f64,
    fall: f64,
    lowest_rise: f64,
    highest_fall: f64,
    rise_mark: Mark,
    fall_mark: Mark,
}

/// Larger magnitudes count as this, so that the sums stay finite.
const LARGEST: f64 = 1e150;

impl Default for PageHinkley {
    fn default() -> Self {
        Self::new(PageHinkleyParams::default())
    }
}

impl PageHinkley {
    /// Nothing seen yet.
    pub fn new(params: PageHinkleyParams) -> Self {
        Self {
            params,
            seen: 0,
            count: 0,
            total: 0.0,
            mean: 0.0,
            rise: 0.0,
            fall: 0.0,
            lowest_rise: f64::MAX,
            highest_fall: f64::MIN,
            rise_mark: Mark::default(),
            fall_mark: Mark::default(),
        }
    }

    /// How far the sums have moved from their extremes, upwards and downwards; 0 during the warm-up.
    pub fn levels(&self) -> (f64, f64) {
        if self.count < u64::from(self.params.warm_up).max(1) {
            return (0.0, 0.0);
        }
        (self.rise - self.lowest_rise, self.highest_fall - self.fall)
    }

    /// Mean of the samples since the last change.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Takes a value in; after a change everything begins anew. NaN is ignored.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<Drift> {
        if value.is_nan() {
            return None;
        }
        let value = value.clamp(-LARGEST, LARGEST);
        self.seen += 1;
        self.count += 1;
        self.total += value;
        self.mean += (value - self.mean) / self.count as f64;
        let apart = value - self.mean;
        let PageHinkleyParams { slack, fading, .. } = self.params;
        self.rise = fading * self.rise + apart - slack;
        self.fall = fading * self.fall + apart + slack;
        let mark = Mark {
            count: self.count,
            total: self.total,
        };
        if self.rise < self.lowest_rise {
            self.lowest_rise = self.rise;
            self.rise_mark = mark;
        }
        if self.fall > self.highest_fall {
            self.highest_fall = self.fall;
            self.fall_mark = mark;
        }
        if self.count < u64::from(self.params.warm_up) {
            return None;
        }
        if self.rise - self.lowest_rise > self.params.threshold {
            return Some(self.restart(self.rise_mark));
        }
        (self.highest_fall - self.fall > self.params.threshold)
            .then(|| self.restart(self.fall_mark))
    }

    /// The change that the larger level speaks of, whether or not it is over the threshold.
    pub fn drift(&self) -> Drift {
        let (rise, fall) = self.levels();
        let mark = if fall > rise {
            self.fall_mark
        } else {
            self.rise_mark
        };
        self.drift_since(mark)
    }

    fn drift_since(&self, mark: Mark) -> Drift {
        let since = self.count - mark.count;
        Drift {
            at: self.seen - since,
            before: mark.total / mark.count.max(1) as f64,
            after: (self.total - mark.total) / since.max(1) as f64,
        }
    }

    /// Forgets everything but the number of samples.
    pub fn reset(&mut self) {
        let seen = self.seen;
        *self = Self::new(self.params);
        self.seen = seen;
    }

    fn restart(&mut self, mark: Mark) -> Drift {
        let drift = self.drift_since(mark);
        self.reset();
        drift
    }
}

const SLACK: ParamSpec = ParamSpec::number(
    "slack",
    "Slack",
    "Moves smaller than this, in standard deviations of the history, are none.",
    "σ",
    (0.0, 10.0, 0.05, 0.5),
);

/// The rule of the same name, whose threshold takes the place of the algorithm's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PageHinkleyWatch {
    inside: PageHinkley,
}

impl Watch for PageHinkleyWatch {
    const ABOUT: About = About {
        name: "page_hinkley",
        title: "Page–Hinkley",
        help: "Finds a level that has moved from its own running mean, by the sum of the distances.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (1.0, 200.0, 0.5, 20.0)),
        inclusive: false,
        params: &[SLACK, BASELINE, HOLD, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            inside: PageHinkley::new(PageHinkleyParams {
                slack: spec.number(&SLACK),
                threshold: f64::MAX,
                ..PageHinkleyParams::default()
            }),
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.inside = PageHinkley::new(self.inside.params);
    }

    fn take(&mut self, residual: f64) {
        self.inside.update(residual);
    }

    fn levels(&self) -> Levels {
        let (up, down) = self.inside.levels();
        Levels { up, down }
    }

    fn drift(&self) -> Option<Drift> {
        Some(self.inside.drift())
    }

    fn restart(&mut self) {
        self.inside.reset();
    }
}
