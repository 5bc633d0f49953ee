//! DDM: an error rate that has risen significantly above the lowest one it ever had.
//!
//! Gama, Medas, Castillo & Rodrigues, *Learning with Drift Detection*, SBIA 2004.

use serde::{Deserialize, Serialize};

use super::Drift;
use super::errors::Errors;
use super::watching::PARAMS;
use crate::detector::about::{About, ParamSpec, ScaleKind};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DdmParams {
    /// Samples after which it begins to judge.
    pub warm_up: u32,
    /// Deviations above the lowest rate that make a warning.
    pub warning: f64,
    /// Deviations above the lowest rate that make a drift.
    pub drift: f64,
}

impl Default for DdmParams {
    fn default() -> Self {
        Self {
            warm_up: 30,
            warning: 2.0,
            drift: 3.0,
        }
    }
}

/// Where the present warning began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Warning {
    count: u64,
    errors: u64,
}

/// The error rate of one stream since its last drift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ddm {
    params: DdmParams,
    seen: u64,
    count: u64,
    errors: u64,
    lowest_rate: f64,
    lowest_deviation: f64,
    lowest: f64,
    warning: Option<Warning>,
}

impl Default for Ddm {
    fn default() -> Self {
        Self::new(DdmParams::default())
    }
}

impl Ddm {
    /// Nothing seen yet.
    pub fn new(params: DdmParams) -> Self {
        Self {
            params,
            seen: 0,
            count: 0,
            errors: 0,
            lowest_rate: 0.0,
            lowest_deviation: 0.0,
            lowest: f64::MAX,
            warning: None,
        }
    }

    /// Whether the rate lies between the warning and the drift level.
    pub fn is_warning(&self) -> bool {
        self.warning.is_some()
    }

    /// Errors among the samples since the last drift, 0 to 1.
    pub fn rate(&self) -> f64 {
        self.errors as f64 / (self.count.max(1)) as f64
    }

    /// How many deviations the rate lies above its lowest; 0 during the warm-up.
    pub fn level(&self) -> f64 {
        let rate = self.rate();
        let excess = rate + deviation(rate, self.count) - self.lowest_rate;
        if self.count <= u64::from(self.params.warm_up) || excess <= 0.0 {
            return 0.0;
        }
        // A lowest rate of exactly zero makes every error infinitely significant: one error in the samples so far
        // is the least that can be told from it.
        let floor = deviation(1.0 / self.count as f64, self.count);
        excess / self.lowest_deviation.max(floor)
    }

    /// Takes in whether a sample was an error; after a drift everything begins anew.
    #[inline]
    pub fn update(&mut self, error: bool) -> Option<Drift> {
        self.seen += 1;
        self.count += 1;
        self.errors += u64::from(error);
        if self.count <= u64::from(self.params.warm_up) {
            return None;
        }
        let count = self.count as f64;
        let rate = self.errors as f64 / count;
        let deviation = (rate * (1.0 - rate) / count).sqrt();
        let sum = rate + deviation;
        if sum <= self.lowest {
            self.lowest_rate = rate;
            self.lowest_deviation = deviation;
            self.lowest = sum;
        }
        if sum <= self.lowest_rate + self.params.warning * self.lowest_deviation {
            self.warning = None;
            return None;
        }
        let warning = *self.warning.get_or_insert(Warning {
            count: self.count - 1,
            errors: self.errors - u64::from(error),
        });
        (sum > self.lowest_rate + self.params.drift * self.lowest_deviation)
            .then(|| self.restart(warning))
    }

    /// Forgets everything but the number of samples.
    pub fn reset(&mut self) {
        let seen = self.seen;
        *self = Self::new(self.params);
        self.seen = seen;
    }

    fn restart(&mut self, warning: Warning) -> Drift {
        let since = self.count - warning.count;
        let drift = Drift {
            at: self.seen - since,
            before: self.lowest_rate,
            after: (self.errors - warning.errors) as f64 / since as f64,
        };
        self.reset();
        drift
    }
}

/// The deviation of a share that was counted among `count` samples.
fn deviation(rate: f64, count: u64) -> f64 {
    (rate * (1.0 - rate) / count.max(1) as f64).max(0.0).sqrt()
}

/// The rule of the same name: an error is a residual outside the band, and the threshold that of the rule.
impl Errors for Ddm {
    const ABOUT: About = About {
        name: "ddm",
        title: "Rate of outliers (DDM)",
        help: "Finds that more samples than usual lie outside the band of 95 % of the history.",
        scale: ScaleKind::Ratio,
        // The paper has 3, for streams that are not watched for weeks.
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.1, 4.0)),
        inclusive: false,
        params: PARAMS,
    };

    fn unlimited() -> Self {
        Self::new(DdmParams {
            // Nothing is over it, not even where the lowest deviation is 0.
            drift: f64::INFINITY,
            ..DdmParams::default()
        })
    }

    fn take(&mut self, error: bool) {
        self.update(error);
    }

    fn is_warning(&self) -> bool {
        Self::is_warning(self)
    }

    fn raw(&self) -> f64 {
        self.level()
    }

    fn forget(&mut self) {
        self.reset();
    }
}
