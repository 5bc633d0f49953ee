//! A rolling window kept in order: any order statistic in O(log window).
//!
//! Short windows live in one sorted array, where moving a few kilobytes is many times faster than
//! walking a tree; long ones in a treap. Which one it is never shows in an answer.

mod array;
mod tree;

pub(super) use array::Array;
use serde::{Deserialize, Serialize};
use tree::Tree;

use super::window::Ring;

/// Up to this many samples an array beats the tree (`cargo bench -p hindcast-shared`, detector `mad`).
const LONGEST_ARRAY: u32 = 4_096;

/// The last so many samples, in order of arrival and of size.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Ring", into = "Ring")]
pub(super) struct SortedWindow {
    ring: Ring,
    order: Order,
}

#[derive(Debug, Clone)]
enum Order {
    Array(Array),
    Tree(Tree),
}

impl From<Ring> for SortedWindow {
    fn from(ring: Ring) -> Self {
        let mut order = Order::new(ring.capacity());
        for value in ring.values() {
            order.insert(*value);
        }
        Self { ring, order }
    }
}

impl From<SortedWindow> for Ring {
    fn from(window: SortedWindow) -> Self {
        window.ring
    }
}

impl SortedWindow {
    pub(super) fn new(capacity: u32) -> Self {
        Self::from(Ring::new(capacity))
    }

    pub(super) fn clear(&mut self) {
        self.ring.clear();
        self.order = Order::new(self.ring.capacity());
    }

    /// Whether both give the same answers from now on; where in memory their values lie shows in none.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.ring.is_same(&other.ring)
    }

    pub(super) fn push(&mut self, value: f64) {
        match self.ring.push(value) {
            Some(old) => self.order.replace(old, value),
            None => self.order.insert(value),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// The value with `rank` smaller ones; the window must be longer than `rank`.
    #[inline]
    pub(super) fn select(&self, rank: usize) -> f64 {
        self.order.select(rank)
    }

    /// All values, ascending.
    pub(super) fn sorted(&self) -> Vec<f64> {
        match &self.order {
            Order::Array(values) => values.values().collect(),
            Order::Tree(_) => (0..self.len()).map(|rank| self.select(rank)).collect(),
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
        let (below, wanted) = (self.order.count_below(centre), self.len() / 2 + 1);
        let first = self.nearest(centre, below, wanted);
        median_distance(|rank| self.select(rank), self.len(), centre, first)
    }

    /// The rank of the first of the `wanted` values nearest to `centre`: they lie side by side.
    ///
    /// Distances of the values below the centre, walking down, and of the others, walking up, are two
    /// sorted lists; a binary search finds how many of the first belong to the smallest.
    fn nearest(&self, centre: f64, below: usize, wanted: usize) -> usize {
        let above = self.len() - below;
        let down = |index: usize| centre - self.select(below - 1 - index);
        let up = |index: usize| self.select(below + index) - centre;
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
        below - low
    }
}

/// The median of the distances from `centre` of `len` ascending values, of which the `len / 2 + 1` from
/// rank `first` on are nearest.
#[inline]
pub(super) fn median_distance(
    select: impl Fn(usize) -> f64,
    len: usize,
    centre: f64,
    first: usize,
) -> f64 {
    let last = first + len / 2;
    let distance = |rank: usize| (select(rank) - centre).abs();
    let (low, high) = (distance(first), distance(last));
    let farthest = low.max(high);
    if len % 2 == 1 {
        return farthest;
    }
    // Without the farthest one, the next is at one of the ends again.
    let next = if low >= high {
        distance(first + 1).max(high)
    } else {
        distance(last - 1).max(low)
    };
    middle(next, farthest)
}

impl Order {
    fn new(capacity: u32) -> Self {
        if capacity <= LONGEST_ARRAY {
            Self::Array(Array::default())
        } else {
            Self::Tree(Tree::new())
        }
    }

    #[inline]
    fn select(&self, rank: usize) -> f64 {
        match self {
            Self::Array(values) => values.select(rank),
            Self::Tree(tree) => tree.select(rank),
        }
    }

    fn count_below(&self, bound: f64) -> usize {
        match self {
            Self::Array(values) => values.count_below(bound),
            Self::Tree(tree) => tree.count_below(bound),
        }
    }

    fn insert(&mut self, value: f64) {
        match self {
            Self::Array(values) => values.insert(value),
            Self::Tree(tree) => tree.insert(value),
        }
    }

    fn replace(&mut self, old: f64, new: f64) {
        match self {
            Self::Array(values) => values.replace(old, new),
            Self::Tree(tree) => {
                tree.remove(old);
                tree.insert(new);
            }
        }
    }
}

/// The middle of two values, without overflow.
#[inline]
pub(super) fn middle(low: f64, high: f64) -> f64 {
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
            values in proptest::collection::vec((-20..20_i32).prop_map(|v| f64::from(v) / 4.0), 1..300), capacity in 1_u32..40, long: bool,
        ) {
            let mut window = SortedWindow::new(capacity);
            if long {
                window.order = Order::Tree(Tree::new());
            }
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
            }
        }
    }
}
