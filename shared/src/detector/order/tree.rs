//! Order statistics of a multiset in O(log n): a treap in an arena.
//!
//! Its shape depends on the priorities, its answers only on the values.

use std::cmp::Ordering;

const NONE: u32 = u32::MAX;

/// Any odd number; priorities only shape the tree.
const SEED: u32 = 0x9e37_79b9;

#[derive(Debug, Clone, Copy)]
struct Node {
    value: f64,
    priority: u32,
    left: u32,
    right: u32,
    size: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    free: Option<u32>,
    root: u32,
    entropy: u32,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            nodes: Vec::new(),
            free: None,
            root: NONE,
            entropy: SEED,
        }
    }

    /// Removes one value that is there.
    pub(super) fn remove(&mut self, value: f64) {
        self.root = self.remove_under(self.root, value);
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

    pub(super) fn count_below(&self, bound: f64) -> usize {
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

    pub(super) fn insert(&mut self, value: f64) {
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
    fn remove_under(&mut self, at: u32, value: f64) -> u32 {
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
            self.nodes[at as usize].left = self.remove_under(node.left, value);
        } else {
            self.nodes[at as usize].right = self.remove_under(node.right, value);
        }
        self.resize(at);
        at
    }
}
