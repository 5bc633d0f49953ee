//! ECOD and COPOD: how far each value lies in the tails of its own column, added up over the columns.
//!
//! Li, Zhao, Hu, Botta, Ionescu & Chen, *ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
//! Distribution Functions*, TKDE 2022; Li, Zhao, Botta, Ionescu & Hu, *COPOD: Copula-Based Outlier Detection*,
//! ICDM 2020. They differ in what they make of a value's two tails, and have no parameters.

use serde::{Deserialize, Serialize};

use super::is_value;
use super::tails::{Tail, Tails};

/// What is made of a value's tails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TailMethod {
    /// The largest of the left tail, the right one, and the one on the long side of the column.
    Ecod,
    /// The mean of both tails, or the one on the long side of the column if that is larger.
    Copod,
}

impl TailMethod {
    #[inline]
    fn part(self, tail: Tail) -> f64 {
        match self {
            Self::Ecod => tail.left.max(tail.right).max(tail.by_skew()),
            Self::Copod => (0.5 * (tail.left + tail.right)).max(tail.by_skew()),
        }
    }
}

/// The columns of a training set, sorted: 8 bytes a value, of at most 16,384 rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TailSum {
    method: TailMethod,
    tails: Tails,
}

impl TailSum {
    /// Learns `rows` of `dims` values each (NaN is missing); nothing if a column has fewer than two values.
    pub fn fit(method: TailMethod, rows: &[f64], dims: usize) -> Option<Self> {
        Tails::fit(rows, dims).map(|tails| Self { method, tails })
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
                sum += self.method.part(self.tails.of_new(member, value));
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
                *score += self.method.part(self.tails.of_new(member, value));
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
                    self.method.part(self.tails.of_new(member, value))
                } else {
                    0.0
                }
            })
            .collect()
    }
}

/// The scores of all rows among each other; none if a column has fewer than two values.
pub fn scores(method: TailMethod, rows: &[f64], dims: usize) -> Vec<f64> {
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
                .map(|(member, &value)| method.part(tails.of_known(member, value)))
                .sum()
        })
        .collect()
}
