//! EDDM: errors that come closer together than they ever did, which shows a slow drift before the rate does.
//!
//! Baena-García et al., *Early Drift Detection Method*, IWKDDS 2006.

use serde::{Deserialize, Serialize};

use super::Drift;
use super::errors::Errors;
use super::watching::PARAMS;
use crate::detector::about::{About, ParamSpec, ScaleKind};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EddmParams {
    /// Errors (and samples) after which it begins to judge.
    pub warm_up: u32,
    /// Share of the largest distance below which it warns.
    pub warning: f64,
    /// Share of the largest distance below which it is a drift.
    pub drift: f64,
}

impl Default for EddmParams {
    fn default() -> Self {
        Self {
            warm_up: 30,
            warning: 0.95,
            drift: 0.9,
        }
    }
}

/// The distances between the errors of one stream since its last drift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eddm {
    params: EddmParams,
    seen: u64,
    count: u64,
    errors: u64,
    last_error: u64,
    mean: f64,
    /// Sum of squared deviations from the mean (Welford).
    squares: f64,
    largest: f64,
    mean_at_largest: f64,
    /// Samples and errors when the present warning began.
    warning: Option<(u64, u64)>,
}

impl Default for Eddm {
    fn default() -> Self {
        Self::new(EddmParams::default())
    }
}

impl Eddm {
    /// Nothing seen yet.
    pub fn new(params: EddmParams) -> Self {
        Self {
            params,
            seen: 0,
            count: 0,
            errors: 0,
            last_error: 0,
            mean: 0.0,
            squares: 0.0,
            largest: -1.0,
            mean_at_largest: 0.0,
            warning: None,
        }
    }

    /// Whether the distances lie between the warning and the drift level.
    pub fn is_warning(&self) -> bool {
        self.warning.is_some()
    }

    /// The distance statistic as a share of its largest, 1 while nothing is known; smaller is odder.
    pub fn level(&self) -> f64 {
        if self.errors <= u64::from(self.params.warm_up) || self.largest <= 0.0 {
            return 1.0;
        }
        self.statistic() / self.largest
    }

    /// Mean distance plus two deviations.
    fn statistic(&self) -> f64 {
        let variance = if self.errors > 1 {
            self.squares / (self.errors - 1) as f64
        } else {
            0.0
        };
        self.mean + 2.0 * variance.sqrt()
    }

    /// Takes in whether a sample was an error; after a drift everything begins anew.
    #[inline]
    pub fn update(&mut self, error: bool) -> Option<Drift> {
        self.seen += 1;
        self.count += 1;
        if error { self.take_error() } else { None }
    }

    fn take_error(&mut self) -> Option<Drift> {
        self.errors += 1;
        let distance = (self.count - self.last_error) as f64;
        self.last_error = self.count;
        let apart = distance - self.mean;
        self.mean += apart / self.errors as f64;
        self.squares += apart * (distance - self.mean);
        if self.count <= u64::from(self.params.warm_up) {
            return None;
        }
        let statistic = self.statistic();
        if statistic > self.largest {
            self.largest = statistic;
            self.mean_at_largest = self.mean;
            self.warning = None;
            return None;
        }
        if self.errors <= u64::from(self.params.warm_up) {
            return None;
        }
        let level = statistic / self.largest;
        if level >= self.params.warning && level >= self.params.drift {
            self.warning = None;
            return None;
        }
        let warning = *self
            .warning
            .get_or_insert((self.count - 1, self.errors - 1));
        (level < self.params.drift).then(|| self.restart(warning))
    }

    /// Forgets everything but the number of samples.
    pub fn reset(&mut self) {
        let seen = self.seen;
        *self = Self::new(self.params);
        self.seen = seen;
    }

    fn restart(&mut self, (count, errors): (u64, u64)) -> Drift {
        let since = self.count - count;
        let drift = Drift {
            at: self.seen - since,
            before: 1.0 / self.mean_at_largest,
            after: (self.errors - errors) as f64 / since as f64,
        };
        self.reset();
        drift
    }
}

/// The rule of the same name: an error is a residual outside the band, and the threshold that of the rule.
impl Errors for Eddm {
    const ABOUT: About = About {
        name: "eddm",
        title: "Distance of outliers (EDDM)",
        help: "Finds that samples outside the band of 95 % of the history come closer together than they ever did.",
        scale: ScaleKind::Ratio,
        // The paper has 0.1, which seeded noise alone passes every few hundred samples.
        threshold: ParamSpec::threshold("share", (0.05, 0.9, 0.01, 0.5)),
        inclusive: false,
        params: PARAMS,
    };

    fn unlimited() -> Self {
        Self::new(EddmParams {
            drift: -1.0,
            ..EddmParams::default()
        })
    }

    fn take(&mut self, error: bool) {
        self.update(error);
    }

    fn is_warning(&self) -> bool {
        Self::is_warning(self)
    }

    fn raw(&self) -> f64 {
        1.0 - self.level()
    }

    fn forget(&mut self) {
        self.reset();
    }
}
