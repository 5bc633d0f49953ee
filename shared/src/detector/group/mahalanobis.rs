//! Mahalanobis: the distance of a row from the usual one, where moving together is no distance.
//!
//! The covariance is shrunk towards a multiple of the identity as in Ledoit & Wolf, *A Well-Conditioned Estimator
//! for Large-Dimensional Covariance Matrices*, JMVA 88, 2004. Columns should be standardised first.

use serde::{Deserialize, Serialize};

use super::is_value;
use crate::math::linear::{Cholesky, dot};
use crate::math::stats::mean;
use crate::sum::sum_by;

/// Columns beyond this many would need a matrix too large for a saved state.
pub const MOST_DIMS: usize = 128;

/// Rows that are solved at once.
const SIDE_BY_SIDE: usize = 16;

/// A covariance with how much it was shrunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shrunk {
    /// Row-major, dims × dims.
    pub covariance: Vec<f64>,
    /// 0: the sample's own; 1: a multiple of the identity.
    pub shrinkage: f64,
}

/// The Ledoit–Wolf estimate for complete rows whose columns have mean 0; `rows` must not be empty.
pub fn ledoit_wolf(rows: &[f64], dims: usize) -> Shrunk {
    let count = (rows.len() / dims.max(1)).max(1) as f64;
    let size = dims as f64;
    let columns = transposed(rows, dims);
    let mut covariance = vec![0.0; dims * dims];
    // Sum over all pairs of columns of the sum of x²y², which is Σ (Σ x²)² over the rows.
    let row_squares: Vec<f64> = rows
        .chunks_exact(dims.max(1))
        .map(|row| dot(row, row))
        .collect();
    let fourth = sum_by(&row_squares, |square| square * square);
    for one in 0..dims {
        for other in 0..=one {
            let product = dot(&columns[one], &columns[other]) / count;
            covariance[one * dims + other] = product;
            covariance[other * dims + one] = product;
        }
    }
    let squares = sum_by(&covariance, |entry| entry * entry);
    let trace: f64 = (0..dims)
        .map(|index| covariance[index * dims + index])
        .sum();
    let level = trace / size;
    let noise = (fourth / count - squares) / (size * count);
    let apart = (squares - 2.0 * level * trace + size * level * level) / size;
    let noise = noise.min(apart);
    let shrinkage = if noise > 0.0 && apart > 0.0 {
        noise / apart
    } else {
        0.0
    };
    for (index, entry) in covariance.iter_mut().enumerate() {
        let target = if index / dims == index % dims {
            level
        } else {
            0.0
        };
        *entry = (1.0 - shrinkage) * *entry + shrinkage * target;
    }
    Shrunk {
        covariance,
        shrinkage,
    }
}

fn transposed(rows: &[f64], dims: usize) -> Vec<Vec<f64>> {
    (0..dims)
        .map(|member| rows.iter().skip(member).step_by(dims).copied().collect())
        .collect()
}

/// Mean and covariance of a training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mahalanobis {
    centre: Vec<f64>,
    covariance: Vec<f64>,
    factor: Cholesky,
}

impl Mahalanobis {
    /// Learns `rows` of `dims` values each. A missing value (NaN) counts as its column's mean.
    /// Nothing if there are fewer than two rows, no columns or more than [`MOST_DIMS`], or an empty column.
    pub fn fit(rows: &[f64], dims: usize) -> Option<Self> {
        if dims == 0 || dims > MOST_DIMS || rows.len() < 2 * dims {
            return None;
        }
        let mut centred = Vec::with_capacity(rows.len());
        let mut centre = Vec::with_capacity(dims);
        for member in 0..dims {
            let values = super::column(rows, dims, member);
            if values.is_empty() {
                return None;
            }
            centre.push(mean(&values));
        }
        for row in rows.chunks_exact(dims) {
            for (&value, &centre) in row.iter().zip(&centre) {
                centred.push(if is_value(value) { value - centre } else { 0.0 });
            }
        }
        let mut covariance = ledoit_wolf(&centred, dims).covariance;
        let factor = factor(&mut covariance, dims)?;
        Some(Self {
            centre,
            covariance,
            factor,
        })
    }

    /// Squared distance of a row, about as large as the number of its columns for a usual one.
    /// Missing values are left out, and the rest is scaled to the number of columns.
    pub fn score(&self, row: &[f64]) -> f64 {
        if row.len() == self.centre.len() && row.iter().all(|value| is_value(*value)) {
            return self.distances(row)[0];
        }
        self.parts(row).iter().sum::<f64>().max(0.0)
    }

    /// [`Self::score`] of many rows, with equal bits.
    pub fn scores(&self, rows: &[f64]) -> Vec<f64> {
        let dims = self.centre.len();
        let mut scores = Vec::with_capacity(rows.len() / dims);
        for block in rows.chunks(SIDE_BY_SIDE * dims) {
            if block.iter().all(|value| is_value(*value)) {
                let count = block.len() / dims;
                scores.extend_from_slice(&self.distances(block)[..count]);
            } else {
                scores.extend(block.chunks_exact(dims).map(|row| self.score(row)));
            }
        }
        scores
    }

    /// Distances of up to [`SIDE_BY_SIDE`] complete rows: forward substitution, the rows being the lanes.
    fn distances(&self, rows: &[f64]) -> [f64; SIDE_BY_SIDE] {
        let dims = self.centre.len();
        let mut lanes = vec![[0.0; SIDE_BY_SIDE]; dims];
        let mut squares = [0.0; SIDE_BY_SIDE];
        for (lane, row) in rows.chunks_exact(dims).enumerate() {
            for (member, (value, centre)) in row.iter().zip(&self.centre).enumerate() {
                lanes[member][lane] = value - centre;
            }
        }
        for member in 0..dims {
            let (done, rest) = lanes.split_at_mut(member);
            let here = &mut rest[0];
            let factors = self.factor.row(member);
            for (&factor, solved) in factors.iter().zip(done.iter()) {
                for (value, solved) in here.iter_mut().zip(solved) {
                    *value -= factor * solved;
                }
            }
            for (value, square) in here.iter_mut().zip(&mut squares) {
                *value /= factors[member];
                *square += *value * *value;
            }
        }
        squares.map(|square| square.min(f64::MAX))
    }

    /// What each value adds to the score, 0 where it is missing. A part is negative where a value
    /// makes the others more credible.
    pub fn parts(&self, row: &[f64]) -> Vec<f64> {
        let dims = self.centre.len();
        let mut parts = vec![0.0; row.len()];
        let there: Vec<usize> = (0..dims.min(row.len()))
            .filter(|&member| is_value(row[member]))
            .collect();
        let apart: Vec<f64> = there
            .iter()
            .map(|&member| (row[member] - self.centre[member]).clamp(-1e150, 1e150))
            .collect();
        let mut solved = apart.clone();
        if there.len() == dims {
            self.factor.solve(&mut solved);
        } else {
            // The marginal of a normal distribution is the normal distribution of what is left.
            let mut rest = Vec::with_capacity(there.len() * there.len());
            for &one in &there {
                rest.extend(
                    there
                        .iter()
                        .map(|&other| self.covariance[one * dims + other]),
                );
            }
            let Some(factor) = factor(&mut rest, there.len()) else {
                return parts;
            };
            factor.solve(&mut solved);
        }
        let scale = dims as f64 / there.len().max(1) as f64;
        for ((&member, apart), solved) in there.iter().zip(&apart).zip(&solved) {
            parts[member] = (apart * solved * scale).clamp(-1e300, 1e300);
        }
        parts
    }

    /// The value that each member should have, given the others of this row: the conditional mean.
    pub fn expected(&self, row: &[f64]) -> Vec<f64> {
        let dims = self.centre.len();
        let mut expected = self.centre.clone();
        if row.len() != dims || row.iter().any(|value| !is_value(*value)) {
            return expected;
        }
        let mut solved: Vec<f64> = row.iter().zip(&self.centre).map(|(v, c)| v - c).collect();
        self.factor.solve(&mut solved);
        for member in 0..dims {
            // The diagonal of the inverse, one column at a time: dims are few.
            let mut unit = vec![0.0; dims];
            unit[member] = 1.0;
            self.factor.solve(&mut unit);
            let conditional = row[member] - solved[member] / unit[member];
            if is_value(conditional) {
                expected[member] = conditional;
            }
        }
        expected
    }
}

/// The factor of a covariance; a singular one gets a ridge, so that what never moved may not move unnoticed.
fn factor(covariance: &mut [f64], dims: usize) -> Option<Cholesky> {
    let trace: f64 = (0..dims)
        .map(|index| covariance[index * dims + index])
        .sum();
    let level = if trace > 0.0 {
        trace / dims as f64
    } else {
        1.0
    };
    let mut ridge = 0.0;
    loop {
        if let Some(factor) = Cholesky::new(covariance, dims) {
            return Some(factor);
        }
        let next = if ridge > 0.0 { ridge * 100.0 } else { 1e-10 };
        if next > 1.0 {
            return None;
        }
        for index in 0..dims {
            covariance[index * dims + index] += (next - ridge) * level;
        }
        ridge = next;
    }
}
