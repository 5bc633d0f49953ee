//! The generalised Pareto distribution of excesses over a high threshold.
//!
//! Pickands (1975), Balkema and de Haan (1974): whatever the scores, their excesses over a high enough
//! threshold tend to it. Fitted by the quasi-Bayesian estimator of Zhang and Stephens ("A New and
//! Efficient Estimation Method for the Generalized Pareto Distribution", Technometrics 2009), which needs
//! no iteration, exists for every sample and beats maximum likelihood (Grimshaw) and moments on small ones.
//!
//! Knows excesses, nothing of thresholds or time.

use serde::{Deserialize, Serialize};

/// Excesses of the prior that pull the shape towards [`PRIOR_SHAPE`].
const PRIOR_EXCESSES: f64 = 10.0;
/// A tail slightly heavier than exponential: what scores of calm series have.
const PRIOR_SHAPE: f64 = 0.05;
/// Bounds of the shape: a uniform end, and a tail with barely a mean.
const SHAPES: (f64, f64) = (-1.0, 0.9);
/// What is added to the shape for the uncertainty of the fit, divided by the number of excesses.
/// For a known exponential shape the predictive distribution of the next excess has exactly 1 here;
/// the rest is for the shape.
const UNCERTAINTY: f64 = 0.5;
/// A tail that ends (negative shape) goes on exponentially from this log survival on: a score may always
/// be larger, and must then be rarer.
const DEEPEST: f64 = -12.0;

/// Excesses over a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Pareto {
    /// Heaviness ξ: 0 is exponential, under 0 the tail ends.
    pub(super) shape: f64,
    /// Scale σ, positive.
    pub(super) scale: f64,
}

impl Pareto {
    /// Fits ascending positive excesses; nothing if there is none.
    pub(super) fn fit(excesses: &[f64]) -> Option<Self> {
        let mean = crate::math::stats::mean(excesses);
        if excesses.is_empty() || !mean.is_finite() || mean <= 0.0 {
            return None;
        }
        let count = excesses.len() as f64;
        let (shape, scale) = estimate(excesses).unwrap_or((0.0, mean));
        let shape = (shape * count + PRIOR_SHAPE * PRIOR_EXCESSES) / (count + PRIOR_EXCESSES);
        let shape = (shape + UNCERTAINTY / count).clamp(SHAPES.0, SHAPES.1);
        Some(Self { shape, scale })
    }

    /// The logarithm of the share of excesses over `excess` (at least 0): 0 at 0, strictly decreasing.
    pub(super) fn ln_survival(self, excess: f64) -> f64 {
        let relative = excess / self.scale;
        if self.shape.abs() < 1e-9 {
            return -relative;
        }
        let inner = self.shape * relative;
        if self.shape < 0.0 {
            let deepest = libm::exp(DEEPEST * -self.shape);
            // Where the survival has fallen to the deepest value: 1 + ξ y/σ = deepest.
            let end = (deepest - 1.0) / self.shape;
            if relative > end {
                return DEEPEST - (relative - end) / deepest;
            }
        }
        -libm::log1p(inner) / self.shape
    }

    /// The excess whose log survival is `ln_survival` (at most 0).
    pub(super) fn excess(self, ln_survival: f64) -> f64 {
        if self.shape.abs() < 1e-9 {
            return -ln_survival * self.scale;
        }
        if self.shape < 0.0 && ln_survival < DEEPEST {
            let deepest = libm::exp(DEEPEST * -self.shape);
            let end = (deepest - 1.0) / self.shape;
            return (end + (DEEPEST - ln_survival) * deepest) * self.scale;
        }
        libm::expm1(-self.shape * ln_survival) / self.shape * self.scale
    }
}

/// Zhang and Stephens' estimate of shape and scale; nothing where it is not defined.
fn estimate(sorted: &[f64]) -> Option<(f64, f64)> {
    let count = sorted.len();
    let largest = *sorted.last()?;
    // The first quartile, as in the paper.
    let quartile = sorted[((count as f64 / 4.0 + 0.5).floor() as usize).clamp(1, count) - 1];
    if count < 5 || quartile <= 0.0 {
        return None;
    }
    let candidates = 20 + (count as f64).sqrt().floor() as u32;
    let mut best = f64::NEG_INFINITY;
    let tried: Vec<(f64, f64)> = (1..=candidates)
        .map(|at| {
            let share = f64::from(candidates) / (f64::from(at) - 0.5);
            let rate = 1.0 / largest + (1.0 - share.sqrt()) / (3.0 * quartile);
            let likelihood = profile(sorted, rate);
            best = best.max(likelihood);
            (rate, likelihood)
        })
        .collect();
    let (mut rate, mut weights) = (0.0, 0.0);
    for (candidate, likelihood) in tried {
        let weight = libm::exp(likelihood - best);
        if weight.is_finite() {
            rate += candidate * weight;
            weights += weight;
        }
    }
    rate /= weights;
    let shape = shape_of(sorted, rate);
    let scale = -shape / rate;
    (shape.is_finite() && scale.is_finite() && scale > 0.0).then_some((shape, scale))
}

/// The shape ξ that goes with a rate θ = −ξ/σ.
fn shape_of(sorted: &[f64], rate: f64) -> f64 {
    crate::sum::sum_by(sorted, |excess| libm::log1p(-rate * excess)) / sorted.len() as f64
}

/// The profile log likelihood of a rate.
fn profile(sorted: &[f64], rate: f64) -> f64 {
    let shape = shape_of(sorted, rate);
    let likelihood = sorted.len() as f64 * (libm::log(-rate / shape) - shape - 1.0);
    if likelihood.is_nan() {
        f64::NEG_INFINITY
    } else {
        likelihood
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::math::random::Random;

    #[test]
    fn fit_when_excesses_are_exponential_then_finds_shape_and_scale() {
        let mut random = Random::new(7);
        let mut excesses: Vec<f64> = (0..5000)
            .map(|_| -libm::log1p(-random.unit()) * 3.0)
            .collect();
        excesses.sort_unstable_by(f64::total_cmp);
        let pareto = Pareto::fit(&excesses).expect("there are excesses");
        assert!(
            pareto.shape.abs() < 0.05 && (pareto.scale - 3.0).abs() < 0.15,
            "{pareto:?}"
        );
    }

    #[test]
    fn fit_when_excesses_are_heavy_or_bounded_then_finds_the_shape() {
        let mut random = Random::new(8);
        let mut heavy: Vec<f64> = (0..5000)
            .map(|_| (libm::pow(1.0 - random.unit(), -0.4) - 1.0) / 0.4)
            .collect();
        heavy.sort_unstable_by(f64::total_cmp);
        assert!((Pareto::fit(&heavy).expect("some").shape - 0.4).abs() < 0.07);
        let mut bounded: Vec<f64> = (0..5000).map(|_| random.unit() + 1e-12).collect();
        bounded.sort_unstable_by(f64::total_cmp);
        assert!(Pareto::fit(&bounded).expect("some").shape < -0.8);
    }

    proptest! {
        #[test]
        fn survival_when_inverted_then_returns_and_always_falls(
            shape in -1.0..0.9_f64, scale in 1e-6..1e6_f64, depth in 0.001..40.0_f64,
        ) {
            let pareto = Pareto { shape, scale };
            let excess = pareto.excess(-depth);
            prop_assert!(excess > 0.0);
            let back = pareto.ln_survival(excess);
            prop_assert!((back + depth).abs() < 1e-6 * (1.0 + depth), "{back}");
            prop_assert!(pareto.ln_survival(excess * 1.001) < back);
        }

        #[test]
        fn fit_when_excesses_are_awkward_then_is_finite_or_nothing(
            mut excesses in prop::collection::vec(prop_oneof![0.0..1e-300_f64, 1.0..2.0_f64, 1e140..1e150_f64], 0..40),
        ) {
            excesses.sort_unstable_by(f64::total_cmp);
            if let Some(pareto) = Pareto::fit(&excesses) {
                prop_assert!(pareto.scale > 0.0 && pareto.scale.is_finite() && pareto.shape.is_finite());
            }
        }
    }
}
