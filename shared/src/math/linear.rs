//! Small dense linear algebra: symmetric eigenvectors, Cholesky factors, and systems of equations.
//!
//! Matrices are row-major slices with their order beside them; a few hundred rows at most.
//! Every result depends on the input's bits alone: no random start, no data-dependent shortcut, fixed lanes.
//! Householder reduction and implicit QL as in Wilkinson & Reinsch, *Handbook for Automatic Computation*, 1971,
//! contributions II/2 and II/3. It must not know what the numbers mean.

mod cholesky;

pub use cholesky::Cholesky;

use serde::{Deserialize, Serialize};

use super::stats::largest_first;

/// The inner product of two slices of one length, in eight fixed lanes; the longer one's rest is ignored.
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, right) = (&left[..length], &right[..length]);
    let mut lanes = [0.0; 8];
    let mut lefts = left.chunks_exact(8);
    let mut rights = right.chunks_exact(8);
    for (left, right) in (&mut lefts).zip(&mut rights) {
        for ((lane, &l), &r) in lanes.iter_mut().zip(left).zip(right) {
            *lane += l * r;
        }
    }
    for ((lane, &l), &r) in lanes
        .iter_mut()
        .zip(lefts.remainder())
        .zip(rights.remainder())
    {
        *lane += l * r;
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// Eigenvalues and eigenvectors of a symmetric matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eigen {
    /// The eigenvalues, largest first.
    pub values: Vec<f64>,
    /// The unit eigenvectors as rows, in the order of the values; the largest component of each is positive.
    pub vectors: Vec<f64>,
}

impl Eigen {
    /// The unit eigenvector of the `index`-th largest eigenvalue.
    pub fn vector(&self, index: usize) -> &[f64] {
        let order = self.values.len();
        &self.vectors[index * order..(index + 1) * order]
    }
}

/// Squared length below which a column of a matrix of magnitude one counts as reduced: dividing by less may overflow.
const NOTHING: f64 = 1e-200;

/// Rotations for one eigenvalue before it is taken as it is; two or three are usual.
const MOST_ITERATIONS: u32 = 60;

/// The eigenvalues and eigenvectors of a symmetric matrix; nothing if it is not `order` × `order` or not finite.
///
/// Only the lower triangle is trusted.
pub fn eigen(matrix: &[f64], order: usize) -> Option<Eigen> {
    let scale = largest(matrix, order)?;
    if order == 0 || scale <= 0.0 {
        return Some(Eigen {
            values: vec![0.0; order],
            vectors: identity(order),
        });
    }
    // Divided by its largest entry, no square can overflow or vanish.
    let mut work = vec![0.0; order * order];
    for row in 0..order {
        for column in 0..=row {
            let value = matrix[row * order + column] / scale;
            work[row * order + column] = value;
            work[column * order + row] = value;
        }
    }
    let mut tridiagonal = reduce(&mut work, order);
    tridiagonal.diagonalise();
    let Tridiagonal {
        diagonal, vectors, ..
    } = tridiagonal;
    let ranks = largest_first(&diagonal);
    let mut sorted = Vec::with_capacity(order * order);
    for &rank in &ranks {
        let vector = &vectors[rank * order..(rank + 1) * order];
        let mut leading = 0.0_f64;
        for &component in vector {
            if component.abs() > leading.abs() {
                leading = component;
            }
        }
        let sign = if leading < 0.0 { -1.0 } else { 1.0 };
        sorted.extend(vector.iter().map(|component| sign * component));
    }
    Some(Eigen {
        values: ranks.iter().map(|&rank| diagonal[rank] * scale).collect(),
        vectors: sorted,
    })
}

/// The largest magnitude of a square matrix; nothing if the shape is wrong or an entry is not finite.
fn largest(matrix: &[f64], order: usize) -> Option<f64> {
    if matrix.len() != order.checked_mul(order)? {
        return None;
    }
    let mut largest = 0.0_f64;
    for value in matrix {
        if !value.is_finite() {
            return None;
        }
        largest = largest.max(value.abs());
    }
    Some(largest)
}

fn identity(order: usize) -> Vec<f64> {
    let mut identity = vec![0.0; order * order];
    for index in 0..order {
        identity[index * order + index] = 1.0;
    }
    identity
}

/// `target += factor * source`, which has no order to fix.
fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// A symmetric tridiagonal matrix and the basis (as rows) in which the original one looks like it.
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Entry `i` couples `i` and `i + 1`; the last one is zero.
    coupling: Vec<f64>,
    vectors: Vec<f64>,
}

/// Householder's reduction of a full symmetric matrix, which is used up.
fn reduce(matrix: &mut [f64], order: usize) -> Tridiagonal {
    let mut diagonal = vec![0.0; order];
    let mut coupling = vec![0.0; order];
    let mut mirrors: Vec<(f64, Vec<f64>)> = Vec::with_capacity(order);
    for step in 0..order {
        diagonal[step] = matrix[step * order + step];
        let rest = order - step - 1;
        if rest == 0 {
            break;
        }
        let mut mirror = matrix[step * order + step + 1..(step + 1) * order].to_vec();
        let length = dot(&mirror, &mirror).sqrt();
        let alpha = if mirror[0] > 0.0 { -length } else { length };
        let outside = dot(&mirror[1..], &mirror[1..]);
        if rest == 1 || outside <= NOTHING {
            coupling[step] = mirror[0];
            mirrors.push((0.0, mirror));
            continue;
        }
        coupling[step] = alpha;
        mirror[0] -= alpha;
        let beta = 2.0 / dot(&mirror, &mirror);
        let below = step + 1;
        let mut shift: Vec<f64> = (below..order)
            .map(|row| beta * dot(&matrix[row * order + below..(row + 1) * order], &mirror))
            .collect();
        let half = 0.5 * beta * dot(&shift, &mirror);
        add_scaled(&mut shift, -half, &mirror);
        for row in 0..rest {
            let line = &mut matrix[(below + row) * order + below..(below + row + 1) * order];
            for ((entry, &s), &m) in line.iter_mut().zip(&shift).zip(&mirror) {
                *entry -= mirror[row] * s + shift[row] * m;
            }
        }
        mirrors.push((beta, mirror));
    }
    Tridiagonal {
        diagonal,
        coupling,
        vectors: basis(&mirrors, order),
    }
}

/// The product of all mirrors, transposed: its rows are the new basis.
fn basis(mirrors: &[(f64, Vec<f64>)], order: usize) -> Vec<f64> {
    let mut product = identity(order);
    let mut projection = vec![0.0; order];
    for (step, (beta, mirror)) in mirrors.iter().enumerate().rev() {
        if *beta == 0.0 {
            continue;
        }
        projection.fill(0.0);
        for (offset, &component) in mirror.iter().enumerate() {
            let row = step + 1 + offset;
            add_scaled(
                &mut projection,
                component,
                &product[row * order..(row + 1) * order],
            );
        }
        for (offset, &component) in mirror.iter().enumerate() {
            let row = step + 1 + offset;
            let line = &mut product[row * order..(row + 1) * order];
            add_scaled(line, -(beta * component), &projection);
        }
    }
    let mut transposed = vec![0.0; order * order];
    for row in 0..order {
        for column in 0..order {
            transposed[column * order + row] = product[row * order + column];
        }
    }
    transposed
}

impl Tridiagonal {
    /// Implicit QL: rotates the coupling away, and the basis with it.
    fn diagonalise(&mut self) {
        let order = self.diagonal.len();
        for first in 0..order {
            for _ in 0..MOST_ITERATIONS {
                let last = self.block_end(first);
                if last == first {
                    break;
                }
                self.sweep(first, last);
            }
        }
    }

    /// The last index that is still coupled with `first`.
    fn block_end(&self, first: usize) -> usize {
        let order = self.diagonal.len();
        (first..order - 1)
            .find(|&index| {
                let size = self.diagonal[index].abs() + self.diagonal[index + 1].abs();
                self.coupling[index].abs() <= f64::EPSILON * size
            })
            .unwrap_or(order - 1)
    }

    fn sweep(&mut self, first: usize, last: usize) {
        let order = self.diagonal.len();
        let half_gap =
            (self.diagonal[first + 1] - self.diagonal[first]) / (2.0 * self.coupling[first]);
        let root = (half_gap * half_gap + 1.0).sqrt();
        let root = if half_gap < 0.0 { -root } else { root };
        let mut ahead =
            self.diagonal[last] - self.diagonal[first] + self.coupling[first] / (half_gap + root);
        let (mut sine, mut cosine, mut drop) = (1.0, 1.0, 0.0);
        for index in (first..last).rev() {
            let across = sine * self.coupling[index];
            let along = cosine * self.coupling[index];
            let length = (across * across + ahead * ahead).sqrt();
            self.coupling[index + 1] = length;
            if length == 0.0 {
                // The block fell apart by underflow: go on with what is left of it.
                self.diagonal[index + 1] -= drop;
                self.coupling[last] = 0.0;
                return;
            }
            sine = across / length;
            cosine = ahead / length;
            let base = self.diagonal[index + 1] - drop;
            let turned = (self.diagonal[index] - base) * sine + 2.0 * cosine * along;
            drop = sine * turned;
            self.diagonal[index + 1] = base + drop;
            ahead = cosine * turned - along;
            let (before, after) = self.vectors.split_at_mut((index + 1) * order);
            let lower = &mut before[index * order..];
            for (low, high) in lower.iter_mut().zip(&mut after[..order]) {
                let old = *high;
                *high = sine * *low + cosine * old;
                *low = cosine * *low - sine * old;
            }
        }
        self.diagonal[first] -= drop;
        self.coupling[first] = ahead;
        self.coupling[last] = 0.0;
    }
}

/// Solves `A x = b` by elimination with row pivots; nothing if `A` is singular, not finite or of another shape.
pub fn solve(matrix: &[f64], order: usize, b: &[f64]) -> Option<Vec<f64>> {
    let scale = largest(matrix, order)?;
    if b.len() != order || b.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut work = matrix.to_vec();
    let mut x = b.to_vec();
    let smallest = scale * f64::EPSILON * order as f64;
    for step in 0..order {
        let mut pivot = step;
        for row in step + 1..order {
            if work[row * order + step].abs() > work[pivot * order + step].abs() {
                pivot = row;
            }
        }
        if work[pivot * order + step].abs() <= smallest {
            return None;
        }
        if pivot != step {
            for column in 0..order {
                work.swap(pivot * order + column, step * order + column);
            }
            x.swap(pivot, step);
        }
        let (done, rest) = work.split_at_mut((step + 1) * order);
        let line = &done[step * order + step..];
        for (row, below) in rest.chunks_exact_mut(order).enumerate() {
            let factor = below[step] / line[0];
            add_scaled(&mut below[step..], -factor, line);
            x[step + 1 + row] -= factor * x[step];
        }
    }
    for row in (0..order).rev() {
        let line = &work[row * order..(row + 1) * order];
        let known = dot(&line[row + 1..], &x[row + 1..]);
        x[row] = (x[row] - known) / line[row];
    }
    x.iter().all(|value| value.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix of small whole numbers, different for each seed.
    fn symmetric(order: usize, seed: u64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut matrix = vec![0.0; order * order];
        for row in 0..order {
            for column in 0..=row {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let value = (state % 2001) as f64 / 1000.0 - 1.0;
                matrix[row * order + column] = value;
                matrix[column * order + row] = value;
            }
        }
        matrix
    }

    fn product(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
        matrix
            .chunks_exact(vector.len())
            .map(|row| dot(row, vector))
            .collect()
    }

    #[test]
    fn eigen_when_symmetric_then_each_pair_satisfies_its_equation() {
        for order in [1, 2, 3, 5, 16, 33, 100] {
            let matrix = symmetric(order, order as u64);
            let eigen = super::eigen(&matrix, order).expect("it is finite");
            for index in 0..order {
                let vector = eigen.vector(index);
                let image = product(&matrix, vector);
                for (image, component) in image.iter().zip(vector) {
                    assert!((image - eigen.values[index] * component).abs() < 1e-12 * order as f64);
                }
                for other in 0..index {
                    assert!(dot(vector, eigen.vector(other)).abs() < 1e-12);
                }
                assert!((dot(vector, vector) - 1.0).abs() < 1e-12);
            }
            assert!(eigen.values.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn eigen_when_known_then_is_that() {
        let eigen = super::eigen(&[2.0, 1.0, 1.0, 2.0], 2).expect("it is finite");
        assert!((eigen.values[0] - 3.0).abs() < 1e-15);
        assert!((eigen.values[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn eigen_when_odd_input_then_neither_panics_nor_yields_nan() {
        assert_eq!(super::eigen(&[f64::NAN], 1), None);
        assert_eq!(super::eigen(&[1.0, 2.0], 2), None);
        for matrix in [vec![0.0; 25], vec![1e300; 25], vec![1e-300; 25]] {
            let eigen = super::eigen(&matrix, 5).expect("it is finite");
            assert!(eigen.values.iter().all(|value| value.is_finite()));
            assert!((dot(eigen.vector(0), eigen.vector(0)) - 1.0).abs() < 1e-12);
        }
        assert!(super::eigen(&[], 0).is_some());
    }

    #[test]
    fn cholesky_when_positive_then_solves() {
        let order = 12;
        let half = symmetric(order, 7);
        let mut matrix = vec![0.0; order * order];
        for row in 0..order {
            for column in 0..order {
                matrix[row * order + column] = dot(
                    &half[row * order..(row + 1) * order],
                    &half[column * order..(column + 1) * order],
                ) + if row == column { 1.0 } else { 0.0 };
            }
        }
        let wanted: Vec<f64> = (0..order).map(|index| index as f64 - 3.0).collect();
        let mut b = product(&matrix, &wanted);
        let general = solve(&matrix, order, &b).expect("it is regular");
        let factor = Cholesky::new(&matrix, order).expect("it is positive definite");
        factor.solve(&mut b);
        for ((x, y), wanted) in b.iter().zip(&general).zip(&wanted) {
            assert!((x - wanted).abs() < 1e-9);
            assert!((y - wanted).abs() < 1e-9);
        }
        let eigen = super::eigen(&matrix, order).expect("it is finite");
        let logs: f64 = eigen.values.iter().map(|&value| libm::log(value)).sum();
        assert!((logs - factor.log_determinant()).abs() < 1e-9);
    }

    #[test]
    fn solve_when_singular_then_says_so() {
        assert_eq!(solve(&[1.0, 2.0, 2.0, 4.0], 2, &[1.0, 1.0]), None);
        assert_eq!(Cholesky::new(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(solve(&[0.0], 1, &[1.0]), None);
        assert_eq!(solve(&[f64::INFINITY], 1, &[1.0]), None);
    }
}
