//! The robust random cut forest (Guha, Mishra, Roy and Schrijvers, "Robust Random Cut Forest Based Anomaly
//! Detection on Streams", ICML 2016), online.
//!
//! Every tree follows the stream through a sample of its own that forgets slowly: a row stays with a weight that
//! falls by a factor of e every `1 / decay` rows (weighted reservoir sampling, Efraimidis and Spirakis 2006). The score is
//! the collusive displacement of the paper, not of one random insertion but its expectation over all of them,
//! which needs no insertion at all. It knows nothing of series or rules.

use serde::{Deserialize, Serialize};

use super::cut_box::WIDTH;
use super::cut_tree::{CutTree, Walk};
use super::{MAX_DIMS, check_count};
use crate::error::FieldError;
use crate::math::random::Random;

/// How the forest grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Number of trees, 1 to 1000.
    pub trees: u32,
    /// Rows in the sample of a tree, 2 to 4096.
    pub sample: u32,
    /// By how much the weight of a row in the sample falls a row, from 0 (none is preferred to another)
    /// upwards; from about 50 on, the sample is exactly the latest rows.
    pub decay: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self::forgetting(40, 256)
    }
}

impl Params {
    /// The usual rate: the sample stands for about ten times as many rows as it holds.
    pub fn forgetting(trees: u32, sample: u32) -> Self {
        Self {
            trees,
            sample,
            decay: 0.1 / f64::from(sample.max(1)),
        }
    }
}

/// A forest that follows a stream of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomCutForest {
    params: Params,
    dims: u32,
    rows: u64,
    random: Random,
    trees: Vec<CutTree>,
}

/// Coordinates are kept as `f32`, within bounds that leave room for sums.
const MAX_COORDINATE: f64 = 1e30;

impl RandomCutForest {
    /// An empty forest for rows of `dims` numbers.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn new(dims: usize, params: Params, seed: u64) -> Result<Self, FieldError> {
        check_count("trees", params.trees, 1, 1000)?;
        check_count("sample", params.sample, 2, 4096)?;
        check_count("dims", dims as u32, 1, MAX_DIMS as u32)?;
        if !(0.0..=1e6).contains(&params.decay) {
            return Err(FieldError::new("decay", "must be from 0 to 1000000"));
        }
        Ok(Self {
            params,
            dims: dims as u32,
            rows: 0,
            random: Random::new(seed),
            trees: (0..params.trees)
                .map(|_| CutTree::new(dims, params.sample))
                .collect(),
        })
    }

    /// Rows learned so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.trees
            .iter()
            .map(|tree| size_of::<CutTree>() + tree.memory())
            .sum()
    }

    /// The expected collusive displacement of `row`: how many rows of the sample would be moved for each row that
    /// is taken away with it. About 1 in the midst of the data, up to the size of the sample far out.
    /// Missing columns count as 0; 0 while the forest is empty.
    pub fn score(&self, row: &[f64]) -> f64 {
        let mut point = Vec::new();
        self.narrow(row, &mut point);
        self.displace(&point, &mut ())
    }

    /// The score, and the part of it that each column has: how likely its cuts would have set `row` apart, times
    /// what they would have moved. What is left over belongs to rows equal to this one.
    pub fn contributions(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut point = Vec::new();
        self.narrow(row, &mut point);
        let mut parts = vec![0.0; point.len()];
        let score = self.displace(&point, &mut parts);
        parts.truncate(self.dims as usize);
        for part in &mut parts {
            *part /= self.trees.len() as f64;
        }
        (score, parts)
    }

    /// Offers `row` to the sample of every tree.
    pub fn learn(&mut self, row: &[f64]) {
        let mut point = Vec::new();
        self.narrow(row, &mut point);
        self.offer(&point);
    }

    /// The score of `row` against the past, then the same as [`Self::learn`].
    pub fn score_and_learn(&mut self, row: &[f64]) -> f64 {
        let mut point = Vec::new();
        self.narrow(row, &mut point);
        let score = self.displace(&point, &mut ());
        self.offer(&point);
        score
    }

    fn narrow(&self, row: &[f64], point: &mut Vec<f32>) {
        let dims = self.dims as usize;
        point.resize(dims.next_multiple_of(WIDTH), 0.0);
        for (place, &value) in point.iter_mut().zip(row.iter().take(dims)) {
            if !value.is_nan() {
                *place = value.clamp(-MAX_COORDINATE, MAX_COORDINATE) as f32;
            }
        }
    }

    fn displace(&self, point: &[f32], parts: &mut impl Walk) -> f64 {
        let total = self
            .trees
            .iter()
            .fold(0.0, |total, tree| total + tree.displacement(point, parts));
        total / self.trees.len() as f64
    }

    fn offer(&mut self, point: &[f32]) {
        let age = self.params.decay * self.rows as f64;
        self.rows += 1;
        for tree in &mut self.trees {
            // The logarithm of an exponential variate over the weight: the sample keeps the least.
            let chance = 1.0 - self.random.unit();
            let key = libm::log((-libm::log(chance)).max(f64::MIN_POSITIVE)) - age;
            tree.offer(key, point, &mut self.random);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Params {
        Params::forgetting(20, 64)
    }

    fn grown(rows: usize) -> RandomCutForest {
        let mut forest = RandomCutForest::new(3, small(), 5).expect("good parameters");
        let mut random = Random::new(1);
        for _ in 0..rows {
            forest.learn(&[random.normal(), random.normal(), random.normal()]);
        }
        forest
    }

    #[test]
    fn score_when_a_row_is_far_out_then_exceeds_the_ones_inside() {
        let forest = grown(1000);
        let (far, ordinary) = (forest.score(&[20.0; 3]), forest.score(&[0.0; 3]));
        assert!(far > 40.0 && ordinary < 6.0, "{far} {ordinary}");
        assert!(grown(0).score(&[0.0; 3]).abs() < f64::EPSILON);
    }

    #[test]
    fn contributions_when_one_column_is_odd_then_name_it_and_add_up() {
        let forest = grown(500);
        let (score, parts) = forest.contributions(&[0.0, 30.0, 0.0]);
        assert_eq!(score.to_bits(), forest.score(&[0.0, 30.0, 0.0]).to_bits());
        assert!(
            (parts.iter().sum::<f64>() - score).abs() < 1e-3 * score,
            "{parts:?} {score}"
        );
        assert!(parts[1] > 0.9 * score);
    }

    #[test]
    fn score_when_the_data_moves_then_follows() {
        let mut forest = grown(500);
        let before = forest.score(&[8.0; 3]);
        let mut random = Random::new(2);
        for _ in 0..2000 {
            forest.learn(&[
                8.0 + random.normal(),
                8.0 + random.normal(),
                8.0 + random.normal(),
            ]);
        }
        assert!(forest.score(&[8.0; 3]) < 0.2 * before);
    }

    #[test]
    fn sample_when_decay_is_strong_then_is_the_latest_rows() {
        let params = Params {
            trees: 3,
            sample: 8,
            decay: 100.0,
        };
        let mut forest = RandomCutForest::new(1, params, 1).expect("good parameters");
        (0..100).for_each(|row| forest.learn(&[f64::from(row)]));
        assert!((92..100).all(|row| forest.score(&[f64::from(row)]) < 8.0));
        assert!(
            forest.score(&[80.0]) > 5.0,
            "it is beyond all that are remembered"
        );
    }

    #[test]
    fn forest_when_saved_and_loaded_then_goes_on_with_equal_bits() {
        let mut one = grown(200);
        let bytes = postcard::to_allocvec(&one).expect("a state");
        let mut other: RandomCutForest = postcard::from_bytes(&bytes).expect("the same state");
        let mut random = Random::new(9);
        for _ in 0..200 {
            let row = [random.normal(), f64::NAN, random.normal()];
            assert_eq!(
                one.score_and_learn(&row).to_bits(),
                other.score_and_learn(&row).to_bits()
            );
        }
        assert_eq!(one, other);
    }

    #[test]
    fn rows_when_constant_or_huge_then_have_a_finite_score() {
        let mut forest = RandomCutForest::new(2, small(), 5).expect("good parameters");
        for _ in 0..300 {
            assert!(forest.score_and_learn(&[4.0, 4.0]).abs() < f64::EPSILON);
        }
        for row in [
            [1e300, f64::NEG_INFINITY],
            [f64::NAN, f64::NAN],
            [1e-300, 0.0],
        ] {
            assert!(forest.score_and_learn(&row).is_finite());
        }
    }

    #[test]
    fn new_when_a_parameter_is_wrong_then_names_it() {
        let field = |dims, trees, sample, decay| {
            let params = Params {
                trees,
                sample,
                decay,
            };
            RandomCutForest::new(dims, params, 1)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(0, 1, 2, 0.0).as_deref(), Some("dims"));
        assert_eq!(field(1, 0, 2, 0.0).as_deref(), Some("trees"));
        assert_eq!(field(1, 1, 0, 0.0).as_deref(), Some("sample"));
        assert_eq!(field(1, 1, 2, f64::NAN).as_deref(), Some("decay"));
        assert_eq!(field(1, 1, 2, 0.0), None);
    }
}
