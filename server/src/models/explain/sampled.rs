//! Shapley values of anything that scores, estimated over random orders, with their standard errors.
//!
//! In each order the numbers of a window, group by group, take the place of those of another, ordinary window; what
//! a group adds when its turn comes is its part. Each order is also walked backwards (Mitchell et al., "Sampling
//! Permutations for Shapley Value Estimation", 2022), which costs nothing but the walk and halves the error or better.

use hindcast_shared::math::random::Random;

use super::super::Scorer;

/// What a group adds to the score, as estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// The mean over the orders.
    pub(crate) part: f64,
    /// Its standard error.
    pub(crate) error: f64,
}

/// A score, taken apart: `base + the sum of parts` is the score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampled {
    /// The mean score of the ordinary windows that were drawn.
    pub(crate) base: f64,
    /// A part for each group.
    pub(crate) parts: Vec<Estimate>,
}

/// Takes the score of a window apart among groups of its numbers, beside ordinary windows (a row-major table).
pub(crate) fn sampled(
    scorer: &dyn Scorer,
    row: &[f64],
    ordinary: &[f64],
    groups: &[Vec<usize>],
    orders: u32,
    seed: u64,
) -> Sampled {
    let (width, mut random) = (row.len(), Random::new(seed));
    let others = ordinary.len() / width;
    let mut order: Vec<usize> = (0..groups.len()).collect();
    let (mut base, mut sums) = (0.0, vec![(0.0, 0.0); groups.len()]);
    for _ in 0..orders {
        let drawn = random.below(others as u64) as usize;
        let other = &ordinary[drawn * width..][..width];
        for at in 0..order.len() {
            let other_place = at + random.below((order.len() - at) as u64) as usize;
            order.swap(at, other_place);
        }
        let forwards = walk(scorer, row, other, groups, &order);
        order.reverse();
        let backwards = walk(scorer, row, other, groups, &order);
        base += forwards.0;
        for ((sum, squares), (there, back)) in
            sums.iter_mut().zip(forwards.1.iter().zip(&backwards.1))
        {
            let part = (there + back) / 2.0;
            *sum += part;
            *squares += part * part;
        }
    }
    let count = f64::from(orders);
    let estimate = |(sum, squares): &(f64, f64)| {
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0) * count / (count - 1.0).max(1.0);
        Estimate {
            part: mean,
            error: (variance / count).sqrt(),
        }
    };
    Sampled {
        base: base / count,
        parts: sums.iter().map(estimate).collect(),
    }
}

/// The score of the other window, and what each group adds in this order.
fn walk(
    scorer: &dyn Scorer,
    row: &[f64],
    other: &[f64],
    groups: &[Vec<usize>],
    order: &[usize],
) -> (f64, Vec<f64>) {
    let mut mixed = other.to_vec();
    let mut table = mixed.clone();
    for group in order {
        for place in &groups[*group] {
            mixed[*place] = row[*place];
        }
        table.extend_from_slice(&mixed);
    }
    let told = scorer.score(&table);
    let mut parts = vec![0.0; groups.len()];
    for (at, group) in order.iter().enumerate() {
        parts[*group] = told[at + 1] - told[at];
    }
    (told[0], parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something with an interaction, so that the order matters.
    struct Product;

    impl Scorer for Product {
        fn score(&self, rows: &[f64]) -> Vec<f64> {
            let score = |row: &[f64]| row[0] * row[1] + 2.0 * row[2] + row[0] * row[2] * row[3];
            rows.chunks_exact(4).map(score).collect()
        }
    }

    #[test]
    fn parts_when_estimated_then_lie_within_their_errors_and_add_up() {
        let (row, other) = ([3.0, 2.0, 1.0, 4.0], [1.0, 1.0, 0.5, 0.0]);
        let groups: Vec<Vec<usize>> = (0..4).map(|at| vec![at]).collect();
        let mut exact = [0.0; 4];
        let mixed = |set: usize| {
            let at = |at: usize| {
                if set >> at & 1 == 1 {
                    row[at]
                } else {
                    other[at]
                }
            };
            Product.score(&[at(0), at(1), at(2), at(3)])[0]
        };
        for (at, part) in exact.iter_mut().enumerate() {
            for set in (0..16_usize).filter(|set| set >> at & 1 == 0) {
                let weight = [0.25, 1.0 / 12.0, 1.0 / 12.0, 0.25][set.count_ones() as usize];
                *part += weight * (mixed(set | 1 << at) - mixed(set));
            }
        }
        let found = sampled(&Product, &row, &other, &groups, 400, 3);
        let sum = found.base + found.parts.iter().map(|it| it.part).sum::<f64>();
        assert!((sum - Product.score(&row)[0]).abs() < 1e-9);
        for (estimate, exact) in found.parts.iter().zip(exact) {
            let off = (estimate.part - exact).abs();
            assert!(off <= 4.0 * estimate.error + 1e-9, "{estimate:?} {exact}");
            assert!(estimate.error < 0.2, "{estimate:?}");
        }
        assert_eq!(found, sampled(&Product, &row, &other, &groups, 400, 3));
    }
}
