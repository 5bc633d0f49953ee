//! CUSUM: two sums of standardised deviations, one for each direction, that only a lasting shift can raise.
//!
//! Page, *Continuous Inspection Schemes*, Biometrika 41, 1954. Centre and spread come from a history;
//! single deviations are limited, as Lucas & Crosier (*Robust CUSUM*, 1982) advise, so one spike is no shift.

use serde::{Deserialize, Serialize};

use super::watching::{BASELINE, Levels, Watch};
use super::{Drift, usual};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL};

/// What the user chooses; in standard deviations of the history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CusumParams {
    /// Half the shift that shall be found soonest.
    pub slack: f64,
    /// The sum at which a shift is found.
    pub threshold: f64,
}

impl Default for CusumParams {
    fn default() -> Self {
        Self {
            slack: 0.5,
            threshold: 10.0,
        }
    }
}

/// No single sample adds more than this many deviations.
const MOST: f64 = 4.0;

/// A sum grows no further, so that it comes down again within reason once the shift is over.
const CEILING: f64 = 40.0;

/// Larger magnitudes count as this, so that the totals stay finite.
const LARGEST: f64 = 1e150;

/// One direction: the sum and what was added since it last was zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Side {
    sum: f64,
    count: u64,
    total: f64,
}

impl Side {
    fn take(&mut self, step: f64, value: f64) {
        self.sum = (self.sum + step).min(CEILING);
        if self.sum > 0.0 {
            self.count += 1;
            self.total += value;
        } else {
            *self = Self::default();
        }
    }
}

/// Both sums of one stream, and what they are measured with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    params: CusumParams,
    centre: f64,
    spread: f64,
    seen: u64,
    up: Side,
    down: Side,
}

impl Cusum {
    /// Measures by the median and the scaled median absolute deviation of `history` (NaN is a gap),
    /// or its standard deviation where more than half of it is one value; a constant history has no spread,
    /// and then every other value is a shift at once.
    pub fn fit(history: &[f64], params: CusumParams) -> Self {
        let finite: Vec<f64> = history
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        let (centre, spread) = usual(&finite);
        Self::new(centre, spread, params)
    }

    /// Measures by a known mean and standard deviation.
    pub fn new(centre: f64, spread: f64, params: CusumParams) -> Self {
        Self {
            params,
            centre,
            spread: if spread.is_finite() {
                spread.max(0.0)
            } else {
                0.0
            },
            seen: 0,
            up: Side::default(),
            down: Side::default(),
        }
    }

    /// The value that the sums are measured from.
    pub fn centre(&self) -> f64 {
        self.centre
    }

    /// One standard deviation, in the unit of the stream; 0 for a constant history.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// The two sums, upwards and downwards, in standard deviations.
    pub fn levels(&self) -> (f64, f64) {
        (self.up.sum, self.down.sum)
    }

    /// The sums as they would be after this value.
    pub fn levels_after(&self, value: f64) -> (f64, f64) {
        let (up, down) = self.steps(value);
        (
            (self.up.sum + up).clamp(0.0, CEILING),
            (self.down.sum + down).clamp(0.0, CEILING),
        )
    }

    fn steps(&self, value: f64) -> (f64, f64) {
        let apart = value - self.centre;
        let distance = if self.spread > 0.0 {
            (apart / self.spread).clamp(-MOST, MOST)
        } else if apart > 0.0 {
            MOST
        } else if apart < 0.0 {
            -MOST
        } else {
            0.0
        };
        (distance - self.params.slack, -distance - self.params.slack)
    }

    /// Adds a value to both sums without judging. NaN is ignored.
    pub fn take(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        let value = value.clamp(-LARGEST, LARGEST);
        self.seen += 1;
        let (up, down) = self.steps(value);
        self.up.take(up, value);
        self.down.take(down, value);
    }

    /// Takes a value in and says whether a sum has passed the threshold; that sum then begins anew.
    pub fn update(&mut self, value: f64) -> Option<Drift> {
        self.take(value);
        let drift = self.drift()?;
        if self.up.sum > self.params.threshold {
            self.up = Side::default();
        }
        if self.down.sum > self.params.threshold {
            self.down = Side::default();
        }
        Some(drift)
    }

    /// The shift that stands above the threshold now, the larger one if there are two.
    pub fn drift(&self) -> Option<Drift> {
        self.larger_shift(self.params.threshold)
    }

    fn larger_shift(&self, threshold: f64) -> Option<Drift> {
        let side = if self.down.sum > self.up.sum {
            self.down
        } else {
            self.up
        };
        (side.sum > threshold && side.count > 0).then(|| Drift {
            at: self.seen - side.count,
            before: self.centre,
            after: side.total / side.count as f64,
        })
    }
}

const SLACK: ParamSpec = ParamSpec::number(
    "slack",
    "Slack",
    "Half the shift that shall be found soonest, in standard deviations of the history.",
    "σ",
    (0.0, 10.0, 0.05, 0.5),
);

/// The rule of the same name. Its sums come down by themselves once the level is back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CusumWatch {
    inside: Cusum,
}

impl Watch for CusumWatch {
    const ABOUT: About = About {
        name: "cusum",
        title: "CUSUM",
        help: "Finds a level that has left that of the history, however little, by the sum of the distances.",
        scale: ScaleKind::Ratio,
        // With a slack of 0.5 and independent normal samples about one false alarm in 70,000 samples.
        threshold: ParamSpec::threshold("σ", (1.0, 30.0, 0.5, 10.0)),
        inclusive: false,
        params: &[SLACK, BASELINE, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };
    const RESTARTS: bool = false;

    fn new(spec: &DetectorSpec) -> Self {
        let params = CusumParams {
            slack: spec.number(&SLACK),
            ..CusumParams::default()
        };
        Self {
            inside: Cusum::new(0.0, 1.0, params),
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.inside = Cusum::new(0.0, 1.0, self.inside.params);
    }

    fn take(&mut self, residual: f64) {
        self.inside.take(residual);
    }

    fn levels(&self) -> Levels {
        let (up, down) = self.inside.levels();
        Levels { up, down }
    }

    fn drift(&self) -> Option<Drift> {
        self.inside.larger_shift(0.0)
    }

    fn restart(&mut self) {}
}
