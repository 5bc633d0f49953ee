//! The bound of ADWIN's paper on the difference of two means.

use super::{Adwin, ROUNDING, SHORTEST_SIDE};

/// The paper's bound with everything that is the same for all cuts of one window.
pub(super) struct Bound {
    width: f64,
    total: f64,
    variance: f64,
    /// `ln(2 ln(n) / δ)`: the confidence, shared among the cuts.
    confidence: f64,
    /// What the square of a scaled difference must exceed before a root is worth taking.
    least: f64,
}

impl Bound {
    pub(super) fn new(window: &Adwin) -> Self {
        let width = window.width;
        let variance = window.squares / width;
        let confidence = libm::log(2.0 * libm::log(width) / window.params.delta);
        let lengths = width - 2.0 * (SHORTEST_SIDE - 1.0);
        Self {
            width,
            total: window.total,
            variance,
            confidence,
            least: 2.0 * lengths * variance * confidence,
        }
    }

    #[inline]
    pub(super) fn is_cut(&self, older: f64, older_total: f64) -> bool {
        let newer = self.width - older;
        let (a, b) = (older - SHORTEST_SIDE + 1.0, newer - SHORTEST_SIDE + 1.0);
        // Without the absolute term, and without a division: nearly every cut ends here.
        let scaled = older_total * self.width - self.total * older;
        let lengths = older * newer;
        if scaled * scaled * (a * b) <= self.least * (lengths * lengths) {
            return false;
        }
        let (before, after) = (older_total / older, (self.total - older_total) / newer);
        let apart = (before - after).abs();
        let lengths = 1.0 / a + 1.0 / b;
        let edge = (2.0 * lengths * self.variance.max(0.0) * self.confidence).sqrt()
            + 2.0 / 3.0 * self.confidence * lengths;
        apart > edge && apart > ROUNDING * before.abs().max(after.abs())
    }

    /// `confidence` at which this cut would lie exactly on the bound; 0 where the sides only differ by rounding.
    pub(super) fn confidence_of(&self, older: f64, older_total: f64) -> f64 {
        let newer = self.width - older;
        let (a, b) = (older - SHORTEST_SIDE + 1.0, newer - SHORTEST_SIDE + 1.0);
        let (before, after) = (older_total / older, (self.total - older_total) / newer);
        let apart = (before - after).abs();
        if apart <= ROUNDING * before.abs().max(after.abs()) {
            return 0.0;
        }
        // The bound is a quadratic in the root of the confidence.
        let lengths = 1.0 / a + 1.0 / b;
        let square = 2.0 / 3.0 * lengths;
        let linear = (2.0 * lengths * self.variance.max(0.0)).sqrt();
        let root = 2.0 * apart / (linear + (linear * linear + 4.0 * square * apart).sqrt());
        root * root
    }
}
