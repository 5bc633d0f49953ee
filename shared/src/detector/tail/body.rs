//! The body of a distribution below the threshold of its tail: a few knots of the empirical survival.
//!
//! Between knots the logarithm of the survival is linear; below the smallest value seen it nears 0 without
//! reaching it, so that the whole map stays strictly decreasing.

use serde::{Deserialize, Serialize};

/// Most knots kept.
const KNOTS: usize = 32;

/// A knot: a raw score and the logarithm of the share of scores over it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Knot {
    raw: f64,
    ln_share: f64,
}

/// The empirical survival up to a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Body {
    /// Ascending in `raw`, strictly descending in `ln_share`; never empty; the last is the threshold.
    knots: Vec<Knot>,
    /// How slowly the survival nears 1 below the first knot.
    reach: f64,
}

impl Body {
    /// From ascending raws and the threshold, which is one of them and has some over it.
    pub(super) fn new(sorted: &[f64], threshold: f64) -> Self {
        let count = sorted.len();
        // Half a score is kept back at either end: nothing is certain.
        let ln_share = |raw: f64| {
            let over = count - sorted.partition_point(|&other| other <= raw);
            libm::log((over as f64).max(0.5) / (count as f64 + 0.5))
        };
        let below = sorted.partition_point(|&raw| raw < threshold);
        let mut knots: Vec<Knot> = Vec::with_capacity(KNOTS);
        for at in 0..KNOTS - 1 {
            let Some(&raw) = sorted[..below].get(below * at / (KNOTS - 1)) else {
                continue;
            };
            if knots.last().is_none_or(|last| last.raw < raw) {
                knots.push(Knot {
                    raw,
                    ln_share: ln_share(raw),
                });
            }
        }
        knots.push(Knot {
            raw: threshold,
            ln_share: ln_share(threshold),
        });
        let (first, last) = (knots[0], knots[knots.len() - 1]);
        let spread = last.raw - first.raw;
        let reach = if spread > 0.0 {
            spread
        } else {
            first.raw.abs().max(1.0)
        };
        Self { knots, reach }
    }

    /// The threshold at which the tail takes over.
    pub(super) fn threshold(&self) -> f64 {
        self.knots[self.knots.len() - 1].raw
    }

    /// The logarithm of the share of scores over the threshold.
    pub(super) fn ln_share_over(&self) -> f64 {
        self.knots[self.knots.len() - 1].ln_share
    }

    /// The logarithm of the share of scores over `raw`, which is not over the threshold.
    pub(super) fn ln_survival(&self, raw: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.raw < raw);
        let right = self.knots[after.min(self.knots.len() - 1)];
        let Some(left) = after.checked_sub(1).map(|left| self.knots[left]) else {
            return right.ln_share * libm::exp((raw - right.raw) / self.reach);
        };
        let part = (raw - left.raw) / (right.raw - left.raw);
        left.ln_share + part * (right.ln_share - left.ln_share)
    }

    /// The raw score whose log survival is `ln_share`, at least that of the threshold.
    pub(super) fn raw(&self, ln_share: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.ln_share > ln_share);
        let right = self.knots[after.min(self.knots.len() - 1)];
        let Some(left) = after.checked_sub(1).map(|left| self.knots[left]) else {
            // Everything is over minus infinity; a float that is far enough stands for it.
            let depth = libm::log(ln_share / right.ln_share).clamp(-700.0, 0.0);
            return right.raw + depth * self.reach;
        };
        let part = (ln_share - left.ln_share) / (right.ln_share - left.ln_share);
        left.raw + part * (right.raw - left.raw)
    }
}
