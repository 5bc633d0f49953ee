//! The isolation forest (Liu, Ting and Zhou, "Isolation Forest", ICDM 2008), with the oblique cuts of the
//! extended one (Hariri, Kind and Brunner, "Extended Isolation Forest", TKDE 2019) as an option.
//!
//! A tree is a complete binary heap: node `i` has the children `2i` and `2i + 1`, the root is 1. A branch that
//! ends early is continued by cuts that send everything to the left, so that every walk takes the same number
//! of steps without a branch in the machine's sense, several rows at a time. It knows nothing of series or rules.

use serde::{Deserialize, Serialize};

use super::grower::Grower;
use super::{check_count, check_rows};
use crate::error::FieldError;

/// How a forest is grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Number of trees, 1 to 1000.
    pub trees: u32,
    /// Rows that a tree is grown from, 2 to 4096; fewer if there are fewer.
    pub sample: u32,
    /// Whether cuts are oblique.
    pub extended: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            trees: 100,
            sample: 256,
            extended: false,
        }
    }
}

/// A grown forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    pub(super) dims: u32,
    /// Levels of cuts; a tree has `1 << levels` slots for leaves and as many for cuts, of which the first is unused.
    pub(super) levels: u32,
    /// Mean path length of an unsuccessful search among as many rows as a tree was grown from.
    scale: f64,
    pub(super) features: Vec<u16>,
    /// A row goes to the right where its coordinate is greater.
    pub(super) thresholds: Vec<f64>,
    /// Directions of oblique cuts, `dims` numbers each; empty for straight ones.
    pub(super) normals: Vec<f64>,
    /// Path length for each slot of a leaf.
    pub(super) paths: Vec<f32>,
    /// Rows of the sample that ended there.
    pub(super) sizes: Vec<u16>,
}

/// A node of a tree as it grew, for explanations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Where a walk ends.
    Leaf {
        /// Rows of the sample that ended here.
        rows: u32,
        /// Path length, with what a walk among these rows would still take.
        path: f64,
    },
    /// Where it goes on.
    Cut {
        /// Number of the column.
        feature: usize,
        /// Rows whose coordinate is greater go right.
        threshold: f64,
        /// Place of the left node.
        left: usize,
        /// Place of the right node.
        right: usize,
        /// Rows of the sample that came by.
        rows: u32,
    },
}

/// Rows that walk down a tree side by side.
const BLOCK: usize = 8;

impl IsolationForest {
    /// Grows a forest from `rows`, a row-major table of finite numbers with `dims` columns.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn fit(rows: &[f64], dims: usize, params: &Params, seed: u64) -> Result<Self, FieldError> {
        check_count("trees", params.trees, 1, 1000)?;
        check_count("sample", params.sample, 2, 4096)?;
        let count = check_rows(rows, dims)?;
        let sample = count.min(params.sample as usize);
        let levels = sample.next_power_of_two().trailing_zeros().max(1);
        let slots = params.trees as usize * (1 << levels);
        let mut forest = Self {
            dims: dims as u32,
            levels,
            scale: mean_path(sample).max(1.0),
            features: vec![0; slots],
            thresholds: vec![f64::INFINITY; slots],
            normals: vec![0.0; if params.extended { slots * dims } else { 0 }],
            paths: vec![0.0; slots],
            sizes: vec![0; slots],
        };
        let mut grower = Grower::new(sample, dims, seed);
        // A shuffle goes on where the last one ended: every prefix of it is a draw without replacement.
        let mut deck: Vec<u32> = (0..count as u32).collect();
        for tree in 0..params.trees as usize {
            for drawn in 0..sample {
                let from = drawn + grower.random.below((count - drawn) as u64) as usize;
                deck.swap(drawn, from);
                let row = &rows[deck[drawn] as usize * dims..][..dims];
                for (feature, &value) in row.iter().enumerate() {
                    grower.columns[feature * sample + drawn] = value;
                }
            }
            grower.grow(&mut forest, tree);
        }
        Ok(forest)
    }

    /// The number of columns.
    pub fn dims(&self) -> usize {
        self.dims as usize
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.features.len() * 2
            + (self.thresholds.len() + self.normals.len()) * 8
            + self.paths.len() * 6
    }

    /// The mean path length of a row of which nothing is known, by which path lengths are normalised.
    pub fn ordinary_path(&self) -> f64 {
        self.scale
    }

    pub(super) fn slots(&self) -> usize {
        1 << self.levels
    }

    /// The nodes of a tree, the root first; nothing where cuts are oblique.
    pub fn tree(&self, tree: usize) -> Option<Vec<Node>> {
        if !self.normals.is_empty() {
            return None;
        }
        let slots = self.slots();
        let sizes = &self.sizes[tree * slots..][..slots];
        let mut rows = vec![0_u32; 2 * slots];
        for (place, size) in rows[slots..].iter_mut().zip(sizes) {
            *place = u32::from(*size);
        }
        for node in (1..slots).rev() {
            rows[node] = rows[2 * node] + rows[2 * node + 1];
        }
        let mut nodes = Vec::new();
        self.lay_out(tree, 1, &rows, &mut nodes);
        Some(nodes)
    }

    /// Appends what is under a slot of a tree; answers its place.
    fn lay_out(&self, tree: usize, mut slot: usize, rows: &[u32], nodes: &mut Vec<Node>) -> usize {
        let slots = self.slots();
        // A branch that ended early is continued to the left.
        while slot < slots && rows[2 * slot + 1] == 0 {
            slot *= 2;
        }
        let place = nodes.len();
        if slot >= slots {
            nodes.push(Node::Leaf {
                rows: rows[slot],
                path: f64::from(self.paths[tree * slots + slot - slots]),
            });
            return place;
        }
        let cut = |left, right| Node::Cut {
            feature: self.features[tree * slots + slot] as usize,
            threshold: self.thresholds[tree * slots + slot],
            left,
            right,
            rows: rows[slot],
        };
        nodes.push(cut(0, 0));
        let left = self.lay_out(tree, 2 * slot, rows, nodes);
        let right = self.lay_out(tree, 2 * slot + 1, rows, nodes);
        nodes[place] = cut(left, right);
        place
    }

    /// The number of trees.
    pub fn trees(&self) -> usize {
        self.features.len() / self.slots()
    }

    /// How isolated `row` is: 2 to the power of minus its normalised mean path length, in 0 to 1.
    /// About 0.5 is ordinary; missing columns count as 0.
    pub fn score(&self, row: &[f64]) -> f64 {
        self.score_all(row).first().copied().unwrap_or(0.0)
    }

    /// The score of every row of a row-major table; an incomplete last row is filled with 0.
    pub fn score_all(&self, rows: &[f64]) -> Vec<f64> {
        let mut scores = Vec::with_capacity(rows.len() / self.dims() + 1);
        match self.dims() {
            _ if !self.normals.is_empty() => {
                for row in rows.chunks(self.dims()) {
                    scores.push(self.score_oblique(row));
                }
            }
            1 => self.score_straight::<1>(rows, &mut scores),
            2 => self.score_straight::<2>(rows, &mut scores),
            3..=4 => self.score_straight::<4>(rows, &mut scores),
            5..=8 => self.score_straight::<8>(rows, &mut scores),
            9..=16 => self.score_straight::<16>(rows, &mut scores),
            17..=64 => self.score_straight::<64>(rows, &mut scores),
            65..=256 => self.score_straight::<256>(rows, &mut scores),
            _ => self.score_straight::<1024>(rows, &mut scores),
        }
        scores
    }

    fn score_straight<const WIDTH: usize>(&self, rows: &[f64], scores: &mut Vec<f64>) {
        let dims = self.dims();
        let mut block = [[0.0; WIDTH]; BLOCK];
        for chunk in rows.chunks(dims * BLOCK) {
            let mut filled = 0;
            for (place, row) in block.iter_mut().zip(chunk.chunks(dims)) {
                place[..row.len()].copy_from_slice(row);
                place[row.len()..].fill(0.0);
                filled += 1;
            }
            let totals = if filled == 1 {
                let mut totals = [0.0; BLOCK];
                totals[..1].copy_from_slice(&self.walk::<WIDTH, 1>(&[block[0]]));
                totals
            } else {
                self.walk(&block)
            };
            scores.extend(totals[..filled].iter().map(|&total| self.to_score(total)));
        }
    }

    /// Sums of path lengths over all trees, in the order of the trees.
    fn walk<const WIDTH: usize, const ROWS: usize>(
        &self,
        rows: &[[f64; WIDTH]; ROWS],
    ) -> [f64; ROWS] {
        let slots = self.slots();
        let mut totals = [0.0; ROWS];
        let trees = self
            .features
            .chunks_exact(slots)
            .zip(self.thresholds.chunks_exact(slots))
            .zip(self.paths.chunks_exact(slots));
        for ((features, thresholds), paths) in trees {
            let mut nodes = [1_usize; ROWS];
            for _ in 0..self.levels {
                for (node, row) in nodes.iter_mut().zip(rows) {
                    let at = *node & (slots - 1);
                    let value = row[features[at] as usize & (WIDTH - 1)];
                    *node = 2 * at + usize::from(value > thresholds[at]);
                }
            }
            for (total, node) in totals.iter_mut().zip(nodes) {
                *total += f64::from(paths[node & (slots - 1)]);
            }
        }
        totals
    }

    fn score_oblique(&self, row: &[f64]) -> f64 {
        let total = (0..self.trees()).fold(0.0, |total, tree| {
            let leaf = (0..self.levels).fold(1, |node, _| self.child(tree, node, row));
            total + f64::from(self.paths[tree * self.slots() + leaf - self.slots()])
        });
        self.to_score(total)
    }

    fn to_score(&self, total: f64) -> f64 {
        libm::exp2(-total / (self.trees() as f64 * self.scale))
    }

    fn child(&self, tree: usize, node: usize, row: &[f64]) -> usize {
        let at = tree * self.slots() + node;
        let value = if self.normals.is_empty() {
            let feature = self.features[at] as usize;
            row.get(feature).copied().unwrap_or(0.0)
        } else {
            let normal = &self.normals[at * self.dims()..][..self.dims()];
            project(normal, row)
        };
        2 * node + usize::from(value > self.thresholds[at])
    }

    /// By how much each column shortens the path of `row`, as shares of the mean path: the change of the
    /// expected path length at every cut goes to the column that was cut, so that all parts together are
    /// the expected path length less the one of `row`. Positive parts speak for an anomaly.
    ///
    /// An oblique cut shares its change among the columns by their share of the projection.
    pub fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut parts = vec![0.0; self.dims()];
        let slots = self.slots();
        let share = 1.0 / (self.trees() as f64 * self.scale);
        // Rows and the sum of their path lengths under each node.
        let mut under = vec![(0.0, 0.0); 2 * slots];
        for tree in 0..self.trees() {
            for leaf in 0..slots {
                let size = f64::from(self.sizes[tree * slots + leaf]);
                let path = f64::from(self.paths[tree * slots + leaf]);
                under[slots + leaf] = (size, size * path);
            }
            for node in (1..slots).rev() {
                let (left, right) = (under[2 * node], under[2 * node + 1]);
                under[node] = (left.0 + right.0, left.1 + right.1);
            }
            let mut node = 1;
            for _ in 0..self.levels {
                let child = self.child(tree, node, row);
                let (before, after) = (under[node], under[child]);
                node = child;
                if before.0 > 0.0 && after.0 > 0.0 {
                    let change = (before.1 / before.0 - after.1 / after.0) * share;
                    self.share_out(tree * slots + child / 2, row, change, &mut parts);
                }
            }
        }
        parts
    }

    fn share_out(&self, at: usize, row: &[f64], change: f64, parts: &mut [f64]) {
        let dims = self.dims();
        if self.normals.is_empty() {
            parts[self.features[at] as usize] += change;
            return;
        }
        let normal = &self.normals[at * dims..][..dims];
        let weight = |feature: usize| {
            row.get(feature)
                .map_or(0.0, |value| (normal[feature] * value).abs())
        };
        let total = (0..dims).fold(0.0, |total, feature| total + weight(feature));
        let equal = 1.0 / dims as f64;
        for (feature, part) in parts.iter_mut().enumerate() {
            let share = if total > 0.0 && total.is_finite() {
                weight(feature) / total
            } else {
                equal
            };
            *part += change * share;
        }
    }
}

fn project(normal: &[f64], row: &[f64]) -> f64 {
    normal
        .iter()
        .zip(row)
        .fold(0.0, |sum, (normal, value)| sum + normal * value)
}

/// Mean path length of an unsuccessful search in a binary tree of `size` rows: c(n) of the paper.
pub(super) fn mean_path(size: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match size {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let size = size as f64;
            2.0 * (libm::log(size - 1.0) + EULER) - 2.0 * (size - 1.0) / size
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::math::random::Random;

    fn cloud(count: usize, dims: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..count * dims).map(|_| random.normal()).collect()
    }

    fn both() -> [Params; 2] {
        [false, true].map(|extended| Params {
            trees: 50,
            sample: 128,
            extended,
        })
    }

    #[test]
    fn score_when_a_row_is_far_out_then_exceeds_the_ones_inside() {
        let rows = cloud(1000, 4, 1);
        for params in both() {
            let forest = IsolationForest::fit(&rows, 4, &params, 7).expect("good parameters");
            let far = forest.score(&[9.0, -9.0, 9.0, -9.0]);
            let ordinary = forest.score(&[0.0; 4]);
            assert!(far > 0.65 && ordinary < 0.45, "{far} {ordinary}");
        }
    }

    #[test]
    fn score_when_rows_come_alone_or_together_then_has_equal_bits() {
        for dims in [1, 2, 3, 5, 9, 17, 70] {
            let rows = cloud(61, dims, 2);
            for params in both() {
                let forest =
                    IsolationForest::fit(&rows, dims, &params, 7).expect("good parameters");
                let together = forest.score_all(&rows);
                for (row, score) in rows.chunks(dims).zip(together) {
                    assert_eq!(forest.score(row).to_bits(), score.to_bits());
                }
            }
        }
    }

    #[test]
    fn forest_when_grown_from_one_seed_then_is_one_forest() {
        let rows = cloud(500, 3, 3);
        for params in both() {
            let grow =
                |seed| IsolationForest::fit(&rows, 3, &params, seed).expect("good parameters");
            assert_eq!(grow(1), grow(1));
            assert_ne!(grow(1), grow(2));
            let bytes = postcard::to_allocvec(&grow(1)).expect("a state");
            assert_eq!(postcard::from_bytes::<IsolationForest>(&bytes), Ok(grow(1)));
        }
    }

    #[test]
    fn forest_when_all_rows_are_equal_then_finds_none_odd() {
        for params in both() {
            let forest = IsolationForest::fit(&[3.0; 200], 2, &params, 1).expect("good parameters");
            assert!((forest.score(&[3.0, 3.0]) - 0.5).abs() < 1e-6);
        }
    }

    #[test]
    fn contributions_when_one_column_is_odd_then_name_it_and_add_up() {
        let rows = cloud(1000, 3, 5);
        for params in both() {
            let forest = IsolationForest::fit(&rows, 3, &params, 7).expect("good parameters");
            let row = [0.1, 12.0, -0.2];
            let parts = forest.contributions(&row);
            assert!(
                parts[1] > 0.3 && parts[1] > 4.0 * parts[0].abs().max(parts[2].abs()),
                "{parts:?}"
            );
            // The path of the row is the expected one less the parts.
            let path = -libm::log2(forest.score(&row));
            let expected = path + parts.iter().sum::<f64>();
            let other = -libm::log2(forest.score(&[0.0; 3]))
                + forest.contributions(&[0.0; 3]).iter().sum::<f64>();
            assert!((expected - other).abs() < 1e-6, "{expected} {other}");
        }
    }

    #[test]
    fn fit_when_a_parameter_is_wrong_then_names_it() {
        let field = |rows: &[f64], dims, trees, sample| {
            let params = Params {
                trees,
                sample,
                extended: false,
            };
            IsolationForest::fit(rows, dims, &params, 1)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(&[1.0], 1, 0, 256).as_deref(), Some("trees"));
        assert_eq!(field(&[1.0], 1, 1, 1).as_deref(), Some("sample"));
        assert_eq!(field(&[1.0], 0, 1, 2).as_deref(), Some("dims"));
        assert_eq!(field(&[1.0; 3], 2, 1, 2).as_deref(), Some("rows"));
        assert_eq!(field(&[], 2, 1, 2).as_deref(), Some("rows"));
        assert_eq!(field(&[f64::NAN], 1, 1, 2).as_deref(), Some("rows"));
        assert_eq!(field(&[1.0], 1, 1, 2), None);
    }

    proptest! {
        #[test]
        fn score_when_rows_are_anything_then_is_a_share(
            rows in proptest::collection::vec(prop_oneof![-1e150..1e150_f64, -1.0..1.0_f64, Just(0.0)], 2..200),
            odd in any::<f64>(), extended in any::<bool>(), seed in any::<u64>(),
        ) {
            let rows = &rows[..rows.len() / 2 * 2];
            let params = Params { trees: 5, sample: 64, extended };
            let forest = IsolationForest::fit(rows, 2, &params, seed).expect("good parameters");
            for score in forest.score_all(rows).into_iter().chain([forest.score(&[odd, odd])]) {
                prop_assert!((0.0..=1.0).contains(&score), "{score}");
            }
            prop_assert!(forest.contributions(&[odd, odd]).iter().all(|part| part.is_finite()));
        }
    }
}
