//! From residuals to errors, for the detectors that watch an error rate: what lies outside of the usual band?

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::page_hinkley::PageHinkleyParams;
use super::watching::{Levels, Watch};
use super::{Drift, PageHinkley};
use crate::detector::DetectorSpec;
use crate::detector::about::About;
use crate::math::stats::quantile;

/// Share of the history on either side of the band.
const TAIL: f64 = 0.025;

/// A detector of errors that come more often, without a limit of its own: the rule has one.
pub(crate) trait Errors: Clone + Send + Sync + Serialize + DeserializeOwned {
    /// Names, parameters and threshold of the rule.
    const ABOUT: About;

    /// With nothing seen.
    fn unlimited() -> Self;

    /// Takes in whether a sample was an error.
    fn take(&mut self, error: bool);

    /// Whether errors come more often than they should.
    fn is_warning(&self) -> bool;

    /// How much more often; 0 is calm.
    fn raw(&self) -> f64;

    /// Begins anew.
    fn forget(&mut self);
}

/// The band, the detector, and where the level of the stream has moved if it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorWatch<D> {
    inside: D,
    low: f64,
    high: f64,
    /// Errors have neither size nor side; the residuals behind them say what has changed.
    place: PageHinkley,
}

/// Watches without ever being sure.
fn nowhere() -> PageHinkley {
    PageHinkley::new(PageHinkleyParams {
        slack: 0.5,
        threshold: f64::INFINITY,
        ..PageHinkleyParams::default()
    })
}

impl<D: Errors> Watch for ErrorWatch<D> {
    const ABOUT: About = D::ABOUT;
    // A rate that is known from thousands of samples hardly moves any more.
    const TAUGHT: usize = 500;

    fn new(_: &DetectorSpec) -> Self {
        Self {
            inside: D::unlimited(),
            low: f64::MIN,
            high: f64::MAX,
            place: nowhere(),
        }
    }

    /// The band that 95 % of these lie in.
    fn prepare(&mut self, residuals: &[f64]) {
        self.low = quantile(residuals, TAIL);
        self.high = quantile(residuals, 1.0 - TAIL);
        self.inside.forget();
        self.place = nowhere();
    }

    fn take(&mut self, residual: f64) {
        self.inside
            .take(residual < self.low || residual > self.high);
        self.place.update(residual);
    }

    fn levels(&self) -> Levels {
        let raw = self.inside.raw().max(0.0);
        // Outliers on both sides are counted together.
        Levels { up: raw, down: raw }
    }

    /// Nothing without a warning.
    fn drift(&self) -> Option<Drift> {
        self.inside.is_warning().then(|| self.place.drift())
    }

    fn restart(&mut self) {
        self.inside.forget();
        self.place.reset();
    }
}
