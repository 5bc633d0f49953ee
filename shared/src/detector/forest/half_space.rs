//! Streaming half-space trees (Tan, Ting and Liu, "Fast Anomaly Detection for Streaming Data", IJCAI 2011).
//!
//! The cuts are drawn once, in the middle of a random column each time; what is learned are counts. A row adds
//! one to the leaf it falls into; when a window is over, the counts of the leaves are summed up the tree once,
//! and every leaf is given the value of the node at which the paper's walk would end. So scoring and learning
//! are one walk and one look-up for each tree. It knows nothing of series or rules.

use serde::{Deserialize, Serialize};

use super::check_count;
use crate::error::FieldError;
use crate::math::random::Random;

/// How the trees are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Number of trees, 1 to 1000.
    pub trees: u32,
    /// Levels of cuts, 1 to 14.
    pub depth: u32,
    /// Rows whose counts are compared with, 2 to 65535.
    pub window: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            trees: 25,
            depth: 8,
            window: 250,
        }
    }
}

/// Trees whose cuts are fixed and whose counts follow the stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HalfSpaceTrees {
    params: Params,
    dims: u32,
    /// Rows learned since the counts were last taken over.
    filled: u32,
    ready: bool,
    features: Vec<u16>,
    /// A row goes to the right where its coordinate is greater.
    thresholds: Vec<f64>,
    /// Rows in each leaf during the current window.
    latest: Vec<u16>,
    /// Rows in each leaf during the last full window.
    reference: Vec<u16>,
    /// Rows times 2 to the power of the depth, at the node where a walk to this leaf ends.
    values: Vec<f32>,
}

impl HalfSpaceTrees {
    /// Draws trees for rows whose columns lie mostly within `ranges` (low, high).
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn new(ranges: &[(f64, f64)], params: Params, seed: u64) -> Result<Self, FieldError> {
        check_count("trees", params.trees, 1, 1000)?;
        check_count("depth", params.depth, 1, 14)?;
        check_count("window", params.window, 2, 65_535)?;
        check_count("dims", ranges.len() as u32, 1, super::MAX_DIMS as u32)?;
        let slots = 1 << params.depth;
        let all = params.trees as usize * slots;
        let mut trees = Self {
            params,
            dims: ranges.len() as u32,
            filled: 0,
            ready: false,
            features: vec![0; all],
            thresholds: vec![0.0; all],
            latest: vec![0; all],
            reference: vec![0; all],
            values: vec![0.0; all],
        };
        let mut random = Random::new(seed);
        for first in (0..all).step_by(slots) {
            // A work range of twice to four times the range of the data, with the data somewhere within.
            let mut work: Vec<(f64, f64)> = ranges
                .iter()
                .map(|&(low, high)| {
                    let share = random.unit();
                    let reach = 2.0 * share.max(1.0 - share);
                    let width = if high > low { high - low } else { 1.0 };
                    let middle = low + share * width;
                    (middle - reach * width, middle + reach * width)
                })
                .collect();
            trees.draw(first, 1, &mut work, &mut random);
        }
        Ok(trees)
    }

    fn draw(&mut self, first: usize, node: usize, work: &mut [(f64, f64)], random: &mut Random) {
        if node >= self.slots() {
            return;
        }
        let feature = random.below(work.len() as u64) as usize;
        let (low, high) = work[feature];
        let middle = low * 0.5 + high * 0.5;
        self.features[first + node] = feature as u16;
        self.thresholds[first + node] = middle;
        work[feature] = (low, middle);
        self.draw(first, 2 * node, work, random);
        work[feature] = (middle, high);
        self.draw(first, 2 * node + 1, work, random);
        work[feature] = (low, high);
    }

    /// Whether a first window is full, before which every score is 1.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.features.len() * (2 + 8 + 2 + 2 + 4)
    }

    fn slots(&self) -> usize {
        1 << self.params.depth
    }

    fn trees(&self) -> usize {
        self.params.trees as usize
    }

    /// How sparse the trees were around `row` in the last full window: 1 / (1 + density), in 0 to 1, where the
    /// density is 1 if the window's rows were spread evenly over the trees. Missing columns count as 0.
    pub fn score(&self, row: &[f64]) -> f64 {
        let mut total = 0.0;
        self.walk(row, |leaf| total += f64::from(self.values[leaf]));
        self.to_score(total)
    }

    /// Takes `row` into the current window.
    pub fn learn(&mut self, row: &[f64]) {
        self.score_and_learn(row);
    }

    /// The score of `row` against the past, then the same as [`Self::learn`], in one walk.
    pub fn score_and_learn(&mut self, row: &[f64]) -> f64 {
        let mut latest = std::mem::take(&mut self.latest);
        let mut total = 0.0;
        self.walk(row, |leaf| {
            total += f64::from(self.values[leaf]);
            latest[leaf] += 1;
        });
        self.latest = latest;
        self.filled += 1;
        let score = self.to_score(total);
        if self.filled == self.params.window {
            self.take_over();
        }
        score
    }

    /// Tells `visit` the place of the leaf of `row` in each tree.
    #[inline]
    fn walk(&self, row: &[f64], visit: impl FnMut(usize)) {
        match self.dims {
            1 => self.descend::<1>(row, visit),
            2 => self.descend::<2>(row, visit),
            3..=4 => self.descend::<4>(row, visit),
            5..=8 => self.descend::<8>(row, visit),
            9..=64 => self.descend::<64>(row, visit),
            _ => self.descend::<1024>(row, visit),
        }
    }

    #[inline]
    fn descend<const WIDTH: usize>(&self, row: &[f64], mut visit: impl FnMut(usize)) {
        let slots = self.slots();
        let mut padded = [0.0; WIDTH];
        let given = row.len().min(self.dims as usize);
        padded[..given].copy_from_slice(&row[..given]);
        let trees = self
            .features
            .chunks_exact(slots)
            .zip(self.thresholds.chunks_exact(slots));
        for (tree, (features, thresholds)) in trees.enumerate() {
            let mut node = 1_usize;
            for _ in 0..self.params.depth {
                let at = node & (slots - 1);
                let value = padded[features[at] as usize & (WIDTH - 1)];
                node = 2 * at + usize::from(value > thresholds[at]);
            }
            visit(tree * slots + (node & (slots - 1)));
        }
    }

    fn to_score(&self, total: f64) -> f64 {
        1.0 / (1.0 + total / (f64::from(self.params.window) * self.trees() as f64))
    }

    /// Makes the counts of the window that is over the ones to compare with.
    fn take_over(&mut self) {
        let slots = self.slots();
        std::mem::swap(&mut self.reference, &mut self.latest);
        self.latest.fill(0);
        self.filled = 0;
        self.ready = true;
        // The paper ends a walk where fewer than a tenth of the window have come.
        let limit = self.params.window / 10;
        let mut under = vec![0_u32; 2 * slots];
        for first in (0..self.reference.len()).step_by(slots) {
            count_up(&self.reference[first..][..slots], &mut under);
            for leaf in 0..slots {
                let ended = (0..=self.params.depth)
                    .find(|level| under[(slots + leaf) >> (self.params.depth - level)] <= limit)
                    .unwrap_or(self.params.depth);
                let rows = under[(slots + leaf) >> (self.params.depth - ended)];
                self.values[first + leaf] = rows as f32 * (1_u32 << ended) as f32;
            }
        }
    }

    /// By how much each column thins the data out around `row`: the change of minus log2 of the density at every
    /// cut, given to the column that was cut, the mean over all trees. Positive parts speak for an anomaly.
    pub fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let slots = self.slots();
        let mut parts = vec![0.0; self.dims as usize];
        let mut under = vec![0_u32; 2 * slots];
        let share = 1.0 / self.trees() as f64;
        self.walk(row, |place| {
            let (first, leaf) = (place - place % slots, slots + place % slots);
            count_up(&self.reference[first..][..slots], &mut under);
            for level in 0..self.params.depth {
                let node = leaf >> (self.params.depth - level);
                let child = leaf >> (self.params.depth - level - 1);
                // Half a row in a node without rows keeps the logarithm finite.
                let before = f64::from(under[node]) + 0.5;
                let after = f64::from(under[child]) + 0.25;
                parts[self.features[first + node] as usize] -=
                    libm::log2(2.0 * after / before) * share;
            }
        });
        parts
    }
}

/// Sums the counts of the leaves up a tree.
fn count_up(leaves: &[u16], under: &mut [u32]) {
    let slots = leaves.len();
    for (count, &rows) in under[slots..].iter_mut().zip(leaves) {
        *count = u32::from(rows);
    }
    for node in (1..slots).rev() {
        under[node] = under[2 * node] + under[2 * node + 1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(rows: usize) -> HalfSpaceTrees {
        let mut trees =
            HalfSpaceTrees::new(&[(-3.0, 3.0); 3], Params::default(), 5).expect("good parameters");
        let mut random = Random::new(1);
        for _ in 0..rows {
            trees.learn(&[random.normal(), random.normal(), random.normal()]);
        }
        trees
    }

    #[test]
    fn score_when_the_first_window_is_not_full_then_is_one() {
        let trees = grown(249);
        assert!(!trees.is_ready());
        assert!((trees.score(&[0.0; 3]) - 1.0).abs() < f64::EPSILON);
        assert!(grown(250).is_ready());
    }

    #[test]
    fn score_when_a_row_is_far_out_then_exceeds_the_ones_inside() {
        let trees = grown(1000);
        let (far, ordinary) = (trees.score(&[9.0, -8.0, 7.0]), trees.score(&[0.0; 3]));
        assert!(far > 0.9 && ordinary < 0.2, "{far} {ordinary}");
        let parts = trees.contributions(&[0.0, 8.0, 0.0]);
        assert!(parts[1] > 2.0 * parts[0].max(parts[2]), "{parts:?}");
    }

    #[test]
    fn score_when_the_data_moves_for_two_windows_then_follows() {
        let mut trees = grown(500);
        let before = trees.score(&[6.0; 3]);
        for _ in 0..500 {
            trees.learn(&[6.0; 3]);
        }
        assert!(before > 0.9 && trees.score(&[6.0; 3]) < 0.1);
    }

    #[test]
    fn score_when_learned_at_once_then_is_the_one_from_before() {
        let mut trees = grown(700);
        let row = [0.5, -0.5, 2.0];
        let before = trees.score(&row);
        assert_eq!(trees.score_and_learn(&row).to_bits(), before.to_bits());
    }

    #[test]
    fn trees_when_saved_and_loaded_then_go_on_with_equal_bits() {
        let mut one = grown(333);
        let bytes = postcard::to_allocvec(&one).expect("a state");
        let mut other: HalfSpaceTrees = postcard::from_bytes(&bytes).expect("the same state");
        let mut random = Random::new(2);
        for _ in 0..600 {
            let row = [random.normal(), random.normal(), f64::NAN];
            assert_eq!(
                one.score_and_learn(&row).to_bits(),
                other.score_and_learn(&row).to_bits()
            );
        }
        assert_eq!(one, other);
    }

    #[test]
    fn rows_when_huge_or_short_then_have_a_score() {
        let mut trees = grown(300);
        for row in [
            &[1e300, -1e300, f64::INFINITY][..],
            &[],
            &[1.0, 2.0, 3.0, 4.0],
        ] {
            assert!((0.0..=1.0).contains(&trees.score_and_learn(row)));
        }
        let trees = HalfSpaceTrees::new(&[(-1e150, 1e150), (0.0, 0.0)], Params::default(), 1);
        assert!(
            trees
                .expect("good parameters")
                .score(&[1e150, 0.0])
                .is_finite()
        );
    }

    #[test]
    fn new_when_a_parameter_is_wrong_then_names_it() {
        let field = |dims: usize, trees, depth, window| {
            let params = Params {
                trees,
                depth,
                window,
            };
            HalfSpaceTrees::new(&vec![(0.0, 1.0); dims], params, 1)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(0, 1, 1, 2).as_deref(), Some("dims"));
        assert_eq!(field(1, 0, 1, 2).as_deref(), Some("trees"));
        assert_eq!(field(1, 1, 0, 2).as_deref(), Some("depth"));
        assert_eq!(field(1, 1, 1, 0).as_deref(), Some("window"));
        assert_eq!(field(1, 1, 1, 2), None);
    }
}
