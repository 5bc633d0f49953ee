//! HBOS: how sparse the histogram bins are that the values of a row fall into, added up over the columns.
//!
//! Goldstein & Dengel, *Histogram-Based Outlier Score*, KI 2012. Densities depend on the unit of a column,
//! so columns should be standardised first.

use serde::{Deserialize, Serialize};

use super::{column, is_value};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HbosParams {
    /// Bins of equal width for each column, 2 to 1,000.
    pub bins: u32,
    /// Added to every density, so that an empty bin is not infinitely odd.
    pub regulariser: f64,
    /// A value outside counts as in the outermost bin if it is no further away than this share of a bin.
    pub tolerance: f64,
}

impl Default for HbosParams {
    fn default() -> Self {
        Self {
            bins: 10,
            regulariser: 0.1,
            tolerance: 0.5,
        }
    }
}

/// The histogram of one column: edges, and for each bin the score of a value in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Histogram {
    edges: Vec<f64>,
    /// One more on either side for values outside.
    scores: Vec<f64>,
    /// Bins in one unit of the column.
    inverse: f64,
    /// Beyond these a value is outside.
    low: f64,
    high: f64,
}

/// The histograms of a training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hbos {
    histograms: Vec<Histogram>,
}

impl Hbos {
    /// Learns `rows` of `dims` values each (NaN is missing); nothing if a column has no value.
    pub fn fit(rows: &[f64], dims: usize, params: HbosParams) -> Option<Self> {
        let histograms: Option<Vec<Histogram>> = (0..dims)
            .map(|member| Histogram::fit(&column(rows, dims, member), params))
            .collect();
        let histograms = histograms?;
        (!histograms.is_empty()).then_some(Self { histograms })
    }

    /// Oddity of a row: the sum of its parts. A missing value counts as the mean of the others.
    #[inline]
    pub fn score(&self, row: &[f64]) -> f64 {
        let (mut sum, mut count) = (0.0, 0_usize);
        for (histogram, &value) in self.histograms.iter().zip(row) {
            if is_value(value) {
                sum += histogram.score(value);
                count += 1;
            }
        }
        match count {
            0 => 0.0,
            all if all == self.histograms.len() => sum,
            some => sum * (self.histograms.len() as f64 / some as f64),
        }
    }

    /// [`Self::score`] of many rows.
    pub fn scores(&self, rows: &[f64]) -> Vec<f64> {
        rows.chunks_exact(self.histograms.len())
            .map(|row| self.score(row))
            .collect()
    }

    /// What each value of a row adds to its score, 0 where it is missing.
    pub fn parts(&self, row: &[f64]) -> Vec<f64> {
        row.iter()
            .enumerate()
            .map(|(member, &value)| match self.histograms.get(member) {
                Some(histogram) if is_value(value) => histogram.score(value),
                _ => 0.0,
            })
            .collect()
    }
}

impl Histogram {
    fn fit(values: &[f64], params: HbosParams) -> Option<Self> {
        let bins = params.bins.clamp(2, 1_000) as usize;
        let mut low = values.iter().copied().min_by(f64::total_cmp)?;
        let mut high = values.iter().copied().max_by(f64::total_cmp)?;
        if low >= high {
            // A constant column: one unit around it, or what of it the doubles can tell apart.
            let half = 0.5_f64.max(low.abs() * 1e-9);
            low -= half;
            high += half;
        }
        let width = (high - low) / bins as f64;
        let mut edges: Vec<f64> = (0..=bins).map(|bin| low + bin as f64 * width).collect();
        edges[bins] = high;
        let mut histogram = Self {
            inverse: 1.0 / width,
            low: low - width * params.tolerance,
            high: high + width * params.tolerance,
            scores: vec![0.0; bins + 2],
            edges,
        };
        let mut counts = vec![0.0; bins];
        for &value in values {
            counts[histogram.bin_of_training(value)] += 1.0;
        }
        let mut oddest = f64::MIN;
        for (bin, count) in counts.iter().enumerate() {
            let width = histogram.edges[bin + 1] - histogram.edges[bin];
            let density = count / (values.len() as f64 * width);
            let score = -libm::log2((density + params.regulariser).max(f64::MIN_POSITIVE));
            histogram.scores[bin + 1] = score;
            oddest = oddest.max(score);
        }
        histogram.scores[0] = oddest;
        histogram.scores[bins + 1] = oddest;
        Some(histogram)
    }

    /// About where a value lies; a neighbour of the right bin at worst.
    #[inline]
    fn guess(&self, value: f64) -> usize {
        let last = self.edges.len() - 2;
        // There are few bins, and 32 bits are the cheaper conversion.
        (((value - self.edges[0]) * self.inverse) as u32 as usize).min(last)
    }

    /// The bin with its lower edge in it, and in the last one both.
    fn bin_of_training(&self, value: f64) -> usize {
        let mut bin = self.guess(value);
        if value < self.edges[bin] && bin > 0 {
            bin -= 1;
        } else if bin + 2 < self.edges.len() && value >= self.edges[bin + 1] {
            bin += 1;
        }
        bin
    }

    /// The bin with its upper edge in it: as published, the other way round than when counting.
    #[inline]
    fn score(&self, value: f64) -> f64 {
        if value < self.low {
            return self.scores[0];
        }
        if value > self.high {
            return self.scores[self.edges.len()];
        }
        let bin = self.guess(value);
        let below = usize::from(value <= self.edges[bin] && bin > 0);
        let above = usize::from(bin + 2 < self.edges.len() && value > self.edges[bin + 1]);
        self.scores[bin + 1 - below + above]
    }
}
