//! A rolling window kept in order: any order statistic in O(log window).
//!
//! A treap in an arena. Its shape depends on the priorities, its answers only on the values, so a
//! window that is rebuilt from the ring answers with equal bits.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::window::Ring;

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    value: f64,
    priority: u32,
    left: u32,
    right: u32,
    size: u32,
}

/// The last so many samples, in order of arrival and of size.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Ring", into = "Ring")]
pub(super) struct SortedWindow {
    ring: Ring,
    nodes: Vec<Node>,
    free: Option<u32>,
    root: u32,
    entropy: u32,
}

impl From<Ring> for SortedWindow {
    fn from(ring: Ring) -> Self {
        let mut window = Self {
            nodes: Vec::new(),
            free: None,
            root: NONE,
            entropy: SEED,
            ring,
        };
        for index in 0..window.ring.len() {
            window.insert(window.ring.values()[index]);
        }
        window
    }
}

impl From<SortedWindow> for Ring {
    fn from(window: SortedWindow) -> Self {
        window.ring
    }
}

/// Any odd number; priorities only shape the tree.
const SEED: u32 = 0x9e37_79b9;

impl SortedWindow {
    pub(super) fn new(capacity: u32) -> Self {
        Self::from(Ring::new(capacity))
    }

    pub(super) fn clear(&mut self) {
        self.ring.clear();
        self.nodes.clear();
        (self.free, self.root, self.entropy) = (None, NONE, SEED);
    }

    pub(super) fn push(&mut self, value: f64) {
        if let Some(old) = self.ring.push(value) {
            self.root = self.remove(self.root, old);
        }
        self.insert(value);
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// The value with `rank` smaller ones; the window must be longer than `rank`.
    pub(super) fn select(&self, rank: usize) -> f64 {
        let mut rank = rank as u32;
        let mut at = self.root;
        loop {
            let node = &self.nodes[at as usize];
            let left = self.size(node.left);
            match rank.cmp(&left) {
                Ordering::Less => at = node.left,
                Ordering::Equal => return node.value,
                Ordering::Greater => {
                    rank -= left + 1;
                    at = node.right;
                }
            }
        }
    }

    /// The mean of the two middle values, or the middle one.
    pub(super) fn median(&self) -> f64 {
        let len = self.len();
        let high = self.select(len / 2);
        if len % 2 == 1 {
            high
        } else {
            middle(self.select(len / 2 - 1), high)
        }
    }

    /// The median of the absolute distances from `centre`, without forming them.
    pub(super) fn median_deviation(&self, centre: f64) -> f64 {
        let len = self.len();
        let below = self.count_below(centre);
        let high = self.select_distance(centre, below, len / 2);
        if len % 2 == 1 {
            high
        } else {
            middle(self.select_distance(centre, below, len / 2 - 1), high)
        }
    }

    /// The distance from `centre` with `rank` smaller ones.
    ///
    /// Distances of the values below the centre, walking down, and of the others, walking up, are two
    /// sorted lists; a binary search finds how many of the first belong to the `rank + 1` smallest.
    fn select_distance(&self, centre: f64, below: usize, rank: usize) -> f64 {
        let above = self.len() - below;
        let down = |index: usize| centre - self.select(below - 1 - index);
        let up = |index: usize| self.select(below + index) - centre;
        let wanted = rank + 1;
        let (mut low, mut high) = (wanted.saturating_sub(above), wanted.min(below));
        while low < high {
            let take = usize::midpoint(low, high);
            // Taking one more from below is right while that one is nearer than the last one taken from above.
            if wanted - take > 0 && down(take) < up(wanted - take - 1) {
                low = take + 1;
            } else {
                high = take;
            }
        }
        let from_down = if low > 0 {
            down(low - 1)
        } else {
            f64::NEG_INFINITY
        };
        let from_up = if wanted > low {
            up(wanted - low - 1)
        } else {
            f64::NEG_INFINITY
        };
        from_down.max(from_up)
    }

    fn count_below(&self, bound: f64) -> usize {
        let mut count = 0;
        let mut at = self.root;
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.value < bound {
                count += self.size(node.left) + 1;
                at = node.right;
            } else {
                at = node.left;
            }
        }
        count as usize
    }

    fn size(&self, at: u32) -> u32 {
        if at == NONE {
            0
        } else {
            self.nodes[at as usize].size
        }
    }

    fn resize(&mut self, at: u32) {
        let node = self.nodes[at as usize];
        self.nodes[at as usize].size = self.size(node.left) + self.size(node.right) + 1;
    }

    fn insert(&mut self, value: f64) {
        // Xorshift (Marsaglia, 2003): cheap, and the same everywhere.
        self.entropy ^= self.entropy << 13;
        self.entropy ^= self.entropy >> 17;
        self.entropy ^= self.entropy << 5;
        let node = Node {
            value,
            priority: self.entropy,
            left: NONE,
            right: NONE,
            size: 1,
        };
        let at = if let Some(free) = self.free.take() {
            self.nodes[free as usize] = node;
            free
        } else {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        };
        let (left, right) = self.split(self.root, value);
        let left = self.merge(left, at);
        self.root = self.merge(left, right);
    }

    /// Splits into the values before `value` and the others.
    fn split(&mut self, at: u32, value: f64) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        let node = self.nodes[at as usize];
        if node.value.total_cmp(&value).is_lt() {
            let (left, right) = self.split(node.right, value);
            self.nodes[at as usize].right = left;
            self.resize(at);
            (at, right)
        } else {
            let (left, right) = self.split(node.left, value);
            self.nodes[at as usize].left = right;
            self.resize(at);
            (left, at)
        }
    }

    fn merge(&mut self, left: u32, right: u32) -> u32 {
        if left == NONE {
            return right;
        }
        if right == NONE {
            return left;
        }
        if self.nodes[left as usize].priority > self.nodes[right as usize].priority {
            let merged = self.merge(self.nodes[left as usize].right, right);
            self.nodes[left as usize].right = merged;
            self.resize(left);
            left
        } else {
            let merged = self.merge(left, self.nodes[right as usize].left);
            self.nodes[right as usize].left = merged;
            self.resize(right);
            right
        }
    }

    /// Removes one node with `value` under `at`; gives what stands there afterwards.
    fn remove(&mut self, at: u32, value: f64) -> u32 {
        if at == NONE {
            return NONE;
        }
        let node = self.nodes[at as usize];
        let order = value.total_cmp(&node.value);
        if order.is_eq() {
            self.free = Some(at);
            return self.merge(node.left, node.right);
        }
        if order.is_lt() {
            self.nodes[at as usize].left = self.remove(node.left, value);
        } else {
            self.nodes[at as usize].right = self.remove(node.right, value);
        }
        self.resize(at);
        at
    }
}

/// The middle of two values, without overflow.
fn middle(low: f64, high: f64) -> f64 {
    low + (high - low) / 2.0
}

#[cfg(test)]
#[expect(
    clippy::float_cmp,
    reason = "order statistics are the very samples, to the bit"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_unstable_by(f64::total_cmp);
        let half = values.len() / 2;
        if values.len() % 2 == 1 {
            values[half]
        } else {
            middle(values[half - 1], values[half])
        }
    }

    proptest! {
        #[test]
        fn window_when_rolled_then_answers_as_a_sorted_copy_would(
            values in proptest::collection::vec((-20..20_i32).prop_map(|v| f64::from(v) / 4.0), 1..300), capacity in 1_u32..40,
        ) {
            let mut window = SortedWindow::new(capacity);
            for (index, value) in values.iter().enumerate() {
                window.push(*value);
                let from = (index + 1).saturating_sub(capacity as usize);
                let mut copy = values[from..=index].to_vec();
                let centre = median(copy.clone());
                prop_assert_eq!(window.median(), centre);
                prop_assert_eq!(window.median_deviation(centre), median(copy.iter().map(|v| (v - centre).abs()).collect()));
                copy.sort_unstable_by(f64::total_cmp);
                for (rank, value) in copy.iter().enumerate() {
                    prop_assert_eq!(window.select(rank), *value);
                }
                prop_assert!(window.nodes.len() <= capacity as usize + 1);
            }
        }
    }
}
