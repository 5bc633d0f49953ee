//! Cholesky factors of positive definite matrices.

use serde::{Deserialize, Serialize};

use super::{add_scaled, dot, largest};

/// The lower triangular factor `L` of a positive definite matrix `L Lᵀ`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cholesky {
    order: u32,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a symmetric matrix of which only the lower triangle is read;
    /// nothing if it is not positive definite, not finite or of another shape.
    pub fn new(matrix: &[f64], order: usize) -> Option<Self> {
        largest(matrix, order)?;
        let mut lower = vec![0.0; order * order];
        for row in 0..order {
            let (done, rest) = lower.split_at_mut(row * order);
            let line = &mut rest[..order];
            for column in 0..row {
                let other = &done[column * order..(column + 1) * order];
                let inner = dot(&line[..column], &other[..column]);
                line[column] = (matrix[row * order + column] - inner) / other[column];
            }
            let square = matrix[row * order + row] - dot(&line[..row], &line[..row]);
            if !(square > 0.0 && square.is_finite()) {
                return None;
            }
            line[row] = square.sqrt();
        }
        Some(Self {
            order: u32::try_from(order).ok()?,
            lower,
        })
    }

    /// Rows of the matrix.
    pub fn order(&self) -> usize {
        self.order as usize
    }

    /// The first entries of a row of `L`, up to its diagonal; `index` must be below the order.
    pub fn row(&self, index: usize) -> &[f64] {
        let start = index * self.order();
        &self.lower[start..=start + index]
    }

    /// `L⁻¹ b` in place: its squared length is `bᵀ A⁻¹ b`. A `b` of another length stays as it is.
    pub fn whiten(&self, b: &mut [f64]) {
        let order = self.order();
        if b.len() != order {
            return;
        }
        for row in 0..order {
            let line = &self.lower[row * order..(row + 1) * order];
            b[row] = (b[row] - dot(&line[..row], &b[..row])) / line[row];
        }
    }

    /// `A⁻¹ b` in place. A `b` of another length stays as it is.
    pub fn solve(&self, b: &mut [f64]) {
        let order = self.order();
        if b.len() != order {
            return;
        }
        self.whiten(b);
        for row in (0..order).rev() {
            let line = &self.lower[row * order..(row + 1) * order];
            b[row] /= line[row];
            let value = b[row];
            add_scaled(&mut b[..row], -value, &line[..row]);
        }
    }

    /// The natural logarithm of the determinant of `A`.
    pub fn log_determinant(&self) -> f64 {
        let order = self.order();
        (0..order)
            .map(|row| 2.0 * libm::log(self.lower[row * order + row]))
            .sum()
    }
}
