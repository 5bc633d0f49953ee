//! COPOD: the tails of an empirical copula, added up over the columns.
//!
//! Li, Zhao, Botta, Ionescu & Hu, *COPOD: Copula-Based Outlier Detection*, ICDM 2020. No parameters.

use serde::{Deserialize, Serialize};

use super::is_value;
use super::tails::{Tail, Tails};

/// The columns of a training set, sorted: 8 bytes a value, of at most 16,384 rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copod {
    tails: Tails,
}

impl Copod {
    /// Learns `rows` of `dims` values each (NaN is missing); nothing if a column has fewer than two values.
    pub fn fit(rows: &[f64], dims: usize) -> Option<Self> {
        Tails::fit(rows, dims).map(|tails| Self { tails })
    }

    /// Makes a restored model as quick as a fitted one.
    pub fn warm(&mut self) {
        self.tails.warm();
    }

    /// Oddity of a new row, at least 0: the sum of its parts. A missing value counts as the mean of the others.
    #[inline]
    pub fn score(&self, row: &[f64]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for (member, &value) in row.iter().take(self.tails.dims()).enumerate() {
            if is_value(value) {
                sum += part(self.tails.of_new(member, value));
                count += 1.0;
            }
        }
        if count > 0.0 {
            sum * (self.tails.dims() as f64 / count)
        } else {
            0.0
        }
    }

    /// [`Self::score`] of many rows, with equal bits, and quicker: one column after another stays in the cache.
    pub fn scores(&self, rows: &[f64]) -> Vec<f64> {
        let dims = self.tails.dims();
        if !rows.iter().all(|value| is_value(*value)) {
            return rows.chunks_exact(dims).map(|row| self.score(row)).collect();
        }
        let mut scores = vec![0.0; rows.len() / dims];
        for member in 0..dims {
            let values = rows.iter().skip(member).step_by(dims);
            for (score, &value) in scores.iter_mut().zip(values) {
                *score += part(self.tails.of_new(member, value));
            }
        }
        scores
    }

    /// What each value of a row adds to its score, 0 where it is missing.
    pub fn parts(&self, row: &[f64]) -> Vec<f64> {
        row.iter()
            .enumerate()
            .map(|(member, &value)| {
                if member < self.tails.dims() && is_value(value) {
                    part(self.tails.of_new(member, value))
                } else {
                    0.0
                }
            })
            .collect()
    }
}

/// The scores of all rows among each other; none if a column has fewer than two values.
pub fn scores(rows: &[f64], dims: usize) -> Vec<f64> {
    let Some(tails) = Tails::fit(rows, dims) else {
        return Vec::new();
    };
    rows.chunks_exact(dims)
        .map(|row| {
            let values = row
                .iter()
                .enumerate()
                .filter(|(_, value)| is_value(**value));
            values
                .map(|(member, &value)| part(tails.of_known(member, value)))
                .sum()
        })
        .collect()
}

/// The mean of both tails, or the one on the long side of the column if that is larger.
#[inline]
fn part(tail: Tail) -> f64 {
    (0.5 * (tail.left + tail.right)).max(tail.by_skew())
}
