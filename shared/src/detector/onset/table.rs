//! One table of counts: how often a channel has been in a bin, and how rare such news are.
//!
//! The first visit of a bin weighs 1, the second 1/4, the n-th 1/n². The strength of a visit is its weight
//! over the mean weight so far: what happens once in a thousand rows scores a thousand times what happens
//! in every row. That is the square of the Gaussian tail of `1 / count` against its own past, without
//! its logarithms.
//!
//! Knows bins, nothing of values.

use serde::{Deserialize, Serialize};

/// Most bins that a table remembers. Twenty are usual.
const MOST_BINS: usize = 60;

/// Lowest and highest bin; what lies farther out is in the last one.
const FARTHEST: f64 = 120.0;
const SHIFT: f64 = 128.0;

/// Weight of news before there was any: a young table is not surprised by its first bins.
const PRIOR: f64 = 2.0;

/// How a channel is laid out in bins.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Bins {
    pub(super) low: f64,
    /// Bins in one unit of the place; positive.
    pub(super) density: f64,
}

/// Visits of the bins of one layout.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Table {
    bins: Bins,
    /// Sorted by bin.
    visits: Vec<(i16, u16)>,
    /// Where the last visit was: a series mostly stays where it is.
    last: u16,
    /// Sum of the weights so far.
    weights: f64,
}

impl Table {
    pub(super) fn new(bins: Bins) -> Self {
        Self {
            bins,
            visits: Vec::new(),
            last: 0,
            weights: 0.0,
        }
    }

    /// The strength of the news that the channel is at `place`, which is then counted.
    /// `rows`: how many rows the table has seen, faded by `keep` a row as its own sum is.
    #[inline]
    pub(super) fn visit(&mut self, place: f64, rows: f64, keep: f64) -> f64 {
        // Shifted to the positive side, where cutting the fraction off is rounding down.
        let bin = (((place - self.bins.low) * self.bins.density).clamp(-FARTHEST, FARTHEST) + SHIFT)
            as i16;
        let visits = match self.find(bin) {
            Ok(at) => {
                self.last = at as u16;
                let count = &mut self.visits[at].1;
                let before = *count;
                *count = count.saturating_add(1);
                before
            }
            Err(at) => {
                self.open(at, bin);
                0
            }
        };
        let weight = 1.0 / (1.0 + f64::from(visits));
        let weight = weight * weight;
        let strength = weight * rows / (self.weights + PRIOR);
        self.weights = self.weights * keep + weight;
        strength
    }

    #[inline]
    fn find(&self, bin: i16) -> Result<usize, usize> {
        let last = usize::from(self.last);
        if self.visits.get(last).is_some_and(|entry| entry.0 == bin) {
            return Ok(last);
        }
        self.visits.binary_search_by_key(&bin, |entry| entry.0)
    }

    /// A full table forgets its rarest bin, the lowest of them.
    fn open(&mut self, at: usize, bin: i16) {
        if self.visits.len() < MOST_BINS {
            self.visits.insert(at, (bin, 1));
            return;
        }
        let rarest = self
            .visits
            .iter()
            .enumerate()
            .min_by_key(|(_, entry)| entry.1)
            .map_or(0, |(rarest, _)| rarest);
        self.visits.remove(rarest);
        let at = if rarest < at { at - 1 } else { at };
        self.visits.insert(at, (bin, 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visit_when_a_bin_is_new_after_many_rows_then_is_strong_and_fades_with_visits() {
        let mut table = Table::new(Bins {
            low: 0.0,
            density: 1.0,
        });
        let mut usual = 0.0;
        for row in 0..1000 {
            usual = table.visit(f64::from(row % 4), f64::from(row), 1.0);
        }
        let first = table.visit(50.0, 1000.0, 1.0);
        let second = table.visit(50.0, 1001.0, 1.0);
        assert!(first > 50.0 && second < first / 3.0 && usual < 0.01);
    }

    #[test]
    fn visit_when_more_bins_come_than_fit_then_stays_sorted_and_bounded() {
        let mut table = Table::new(Bins {
            low: 0.0,
            density: 1.0,
        });
        for row in 0..5000_u32 {
            let place = f64::from(row.wrapping_mul(2_654_435_761) >> 24) - 128.0;
            let strength = table.visit(place, f64::from(row), 1.0);
            assert!(strength.is_finite());
        }
        assert!(table.visits.len() <= MOST_BINS);
        assert!(table.visits.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
