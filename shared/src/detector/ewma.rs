//! Distance from an exponentially weighted mean in exponentially weighted deviations.
//!
//! Roberts, Control Chart Tests Based on Geometric Moving Averages, Technometrics 1959; the weighted sums
//! of squares are updated as in West, Updating Mean and Variance Estimates, CACM 1979. The first samples
//! share the weight that the missing past would have had, so that the beginning counts no more than its
//! due; mean and deviation equal those of pandas' `ewm(span)`. O(1) a sample and in memory.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

const SPAN: ParamSpec = ParamSpec::integer(
    "span_samples",
    "Memory",
    "How long a sample is remembered: after so many others, little more than a tenth of its weight is left.",
    "samples",
    (2, 100_000, 240),
);

/// Mean and variance under weights that fall by a constant factor from sample to sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ewma {
    /// What is left of a weight one sample later.
    keep: f64,
    mean: f64,
    /// Weighted sum of squared distances from the mean.
    squares: f64,
    /// Sum of the weights; 0 before the first sample.
    weight: f64,
    /// Sum of the squared weights.
    weight_squared: f64,
}

impl Ewma {
    /// Weights fall by `1 - 2 / (span + 1)` a sample; `span` in samples.
    pub fn new(span: u32) -> Self {
        Self {
            keep: 1.0 - 2.0 / (f64::from(span.max(1)) + 1.0),
            mean: 0.0,
            squares: 0.0,
            weight: 0.0,
            weight_squared: 0.0,
        }
    }

    /// Takes a finite value in.
    #[inline]
    pub fn push(&mut self, value: f64) {
        let distance = value - self.mean;
        self.weight = self.keep * self.weight + 1.0;
        self.weight_squared = self.keep * self.keep * self.weight_squared + 1.0;
        self.mean += distance / self.weight;
        self.squares = self.keep * self.squares + distance * (value - self.mean);
    }

    /// The weighted mean; 0 before the first sample.
    #[inline]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The weighted standard deviation, unbiased; 0 before the second sample.
    #[inline]
    pub fn deviation(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The square of [`Ewma::deviation`].
    #[inline]
    pub fn variance(&self) -> f64 {
        // W² - Σw² is what the weights leave of n - 1.
        let free = self.weight * self.weight - self.weight_squared;
        if free <= 0.0 {
            return 0.0;
        }
        (self.squares * self.weight / free).max(0.0)
    }

    /// Whether the sums of the weights do not change any more.
    pub(super) fn is_settled(&self) -> bool {
        let next = self.keep * self.weight + 1.0;
        let next_squared = self.keep * self.keep * self.weight_squared + 1.0;
        next.to_bits() == self.weight.to_bits()
            && next_squared.to_bits() == self.weight_squared.to_bits()
    }

    pub(super) fn keep(&self) -> f64 {
        self.keep
    }

    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    pub(super) fn squares(&self) -> f64 {
        self.squares
    }

    /// What makes a weighted mean of squares an unbiased variance.
    pub(super) fn unbiased(&self) -> f64 {
        let square = self.weight * self.weight;
        square / (square - self.weight_squared)
    }

    /// Goes on from sums that somebody else has run.
    pub(super) fn settle(&mut self, mean: f64, squares: f64) {
        (self.mean, self.squares) = (mean, squares.max(0.0));
    }
}

/// The rule of the same name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EwmaZ {
    span: u32,
    min_samples: u32,
    floor: SpreadFloor,
    state: Ewma,
    seen: u32,
}

impl Model for EwmaZ {
    const ABOUT: About = About {
        name: "ewma",
        title: "Exponentially weighted z-score",
        help: "Finds values far from a mean that forgets gradually, in standard deviations.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (0.5, 12.0, 0.05, 3.0)),
        inclusive: false,
        params: &[SPAN, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let span = spec.integer(&SPAN);
        Self {
            span,
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            state: Ewma::new(span),
            seen: 0,
        }
    }

    fn clear(&mut self) {
        (self.state, self.seen) = (Ewma::new(self.span), 0);
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.seen < self.min_samples {
            return None;
        }
        let mean = self.state.mean();
        let spread = self.floor.apply(self.state.deviation(), mean);
        Some(Judgement::centred(sample.value, mean, spread))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        self.state.push(sample.value);
        self.seen = self.seen.saturating_add(1);
    }

    fn is_full(&self) -> bool {
        self.seen >= self.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ewma_when_compared_with_explicit_weights_then_agrees(values in proptest::collection::vec(-1e3..1e3_f64, 2..60), span in 2_u32..40) {
            let mut ewma = Ewma::new(span);
            for value in &values {
                ewma.push(*value);
            }
            let keep = 1.0 - 2.0 / (f64::from(span) + 1.0);
            let weights: Vec<f64> = (0..values.len()).rev().map(|age| libm::pow(keep, age as f64)).collect();
            let total: f64 = weights.iter().sum();
            let mean = weights.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>() / total;
            let squares: f64 = weights.iter().zip(&values).map(|(w, v)| w * (v - mean) * (v - mean)).sum();
            let squared: f64 = weights.iter().map(|w| w * w).sum();
            let deviation = (squares / total * (total * total / (total * total - squared))).sqrt();
            prop_assert!((ewma.mean() - mean).abs() < 1e-8);
            prop_assert!((ewma.deviation() - deviation).abs() < 1e-7 * deviation.max(1.0));
        }
    }
}
