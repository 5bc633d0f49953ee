//! How a tree of an isolation forest grows: random cuts of a sample, level by level. It knows nothing of scores.

use super::isolation::{IsolationForest, mean_path};
use crate::math::random::Random;

/// Grows one tree after the other, with the memory of the last one.
pub(super) struct Grower {
    /// The sample, column by column.
    pub(super) columns: Vec<f64>,
    /// Row numbers, partitioned in place.
    order: Vec<u16>,
    projected: Vec<f64>,
    /// Columns in the order in which they are tried.
    free: Vec<usize>,
    sample: usize,
    pub(super) random: Random,
}

impl Grower {
    pub(super) fn new(sample: usize, dims: usize, seed: u64) -> Self {
        Self {
            columns: vec![0.0; sample * dims],
            order: Vec::with_capacity(sample),
            projected: vec![0.0; sample],
            free: (0..dims).collect(),
            sample,
            random: Random::new(seed),
        }
    }

    pub(super) fn grow(&mut self, forest: &mut IsolationForest, tree: usize) {
        let slots = forest.slots();
        self.order.clear();
        self.order.extend(0..self.sample as u16);
        let mut stack = vec![(1_usize, 0_usize, self.sample, 0_u32)];
        while let Some((node, from, to, level)) = stack.pop() {
            let middle = if level < forest.levels && to - from > 1 {
                self.cut(forest, tree * slots + node, from, to)
            } else {
                None
            };
            if let Some(middle) = middle {
                stack.push((2 * node + 1, middle, to, level + 1));
                stack.push((2 * node, from, middle, level + 1));
            } else {
                let leaf = tree * slots + (node << (forest.levels - level)) - slots;
                forest.sizes[leaf] = (to - from) as u16;
                forest.paths[leaf] = (f64::from(level) + mean_path(to - from)) as f32;
            }
        }
    }

    /// Cuts `order[from..to]` in two, where its rows differ at all, and says where the right part starts.
    fn cut(
        &mut self,
        forest: &mut IsolationForest,
        at: usize,
        from: usize,
        to: usize,
    ) -> Option<usize> {
        if !forest.normals.is_empty() {
            return self.cut_oblique(forest, at, from, to);
        }
        for tried in 0..self.free.len() {
            let pick = tried + self.random.below((self.free.len() - tried) as u64) as usize;
            self.free.swap(tried, pick);
            let feature = self.free[tried];
            let column = &self.columns[feature * self.sample..][..self.sample];
            let order = &mut self.order[from..to];
            let (low, high) = range(column, order);
            if low < high {
                let threshold = between(low, high, self.random.unit());
                forest.features[at] = feature as u16;
                forest.thresholds[at] = threshold;
                return Some(from + partition(column, order, threshold));
            }
        }
        None
    }

    fn cut_oblique(
        &mut self,
        forest: &mut IsolationForest,
        at: usize,
        from: usize,
        to: usize,
    ) -> Option<usize> {
        let dims = forest.dims();
        let order = &mut self.order[from..to];
        let normal = &mut forest.normals[at * dims..][..dims];
        let mut level = 0.0;
        for (feature, weight) in normal.iter_mut().enumerate() {
            let column = &self.columns[feature * self.sample..][..self.sample];
            let (low, high) = range(column, order);
            *weight = self.random.normal();
            level += *weight * between(low, high, self.random.unit());
        }
        for &row in order.iter() {
            let row = row as usize;
            self.projected[row] = (0..dims).fold(0.0, |sum, feature| {
                sum + normal[feature] * self.columns[feature * self.sample + row]
            });
        }
        let (low, high) = range(&self.projected, order);
        // A plane through the box of the rows may miss them all; it is moved to the nearest that does not.
        let threshold = if low < high && level.is_finite() {
            level.clamp(low, between(low, high, 1.0 - f64::EPSILON))
        } else {
            return None;
        };
        forest.thresholds[at] = threshold;
        Some(from + partition(&self.projected, order, threshold))
    }
}

/// A number from `low` up to, but without, `high`.
fn between(low: f64, high: f64, share: f64) -> f64 {
    let value = low * (1.0 - share) + high * share;
    if value >= low && value < high {
        value
    } else {
        low
    }
}

fn range(column: &[f64], order: &[u16]) -> (f64, f64) {
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    for &row in order {
        let value = column[row as usize];
        low = if value < low { value } else { low };
        high = if value > high { value } else { high };
    }
    (low, high)
}

/// Moves the rows that are not greater than `threshold` to the front and counts them.
fn partition(column: &[f64], order: &mut [u16], threshold: f64) -> usize {
    let mut kept = 0;
    for at in 0..order.len() {
        // Swapped always and counted sometimes: no jump that the processor could guess wrongly.
        order.swap(at, kept);
        let row = order[kept];
        kept += usize::from(column[row as usize] <= threshold);
    }
    kept
}
