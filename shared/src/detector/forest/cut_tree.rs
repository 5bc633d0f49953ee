//! One tree of a random cut forest: a sample of points, and the cuts that part them one from the other.
//!
//! Leaves and cuts live in flat arrays of fixed capacity. It knows the arithmetic of boxes and cuts and the keys of its
//! sample, and nothing of what the keys mean.

use serde::{Deserialize, Serialize};

use super::cut_box::{WIDTH, beyond, choose, extent, grow, is_inside};
use crate::math::random::Random;

/// No node.
const NONE: u16 = u16::MAX;
/// Set in the name of a leaf.
const LEAF: u16 = 1 << 15;

/// Who wants to know which columns set a point apart.
pub(crate) trait Walk {
    /// Whether [`Walk::cut`] is to be told at all.
    const WANTED: bool;
    /// Column `at` sets the point apart with `weight` (likelihood times displacement).
    fn cut(&mut self, at: usize, weight: f64);
}

impl Walk for () {
    const WANTED: bool = false;
    fn cut(&mut self, _: usize, _: f64) {}
}

impl Walk for Vec<f64> {
    const WANTED: bool = true;
    fn cut(&mut self, at: usize, weight: f64) {
        self[at] += weight;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Cut {
    /// Points whose coordinate is not greater go left.
    value: f32,
    column: u16,
    left: u16,
    right: u16,
    parent: u16,
    mass: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Leaf {
    parent: u16,
    /// Equal points share a leaf.
    mass: u16,
}

/// A tree and its sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CutTree {
    /// Coordinates of a point, a multiple of [`WIDTH`].
    width: u32,
    capacity: u32,
    root: u16,
    points: Vec<f32>,
    leaves: Vec<Leaf>,
    cuts: Vec<Cut>,
    /// Lowest, then highest coordinates under each cut.
    boxes: Vec<f32>,
    free_leaves: Vec<u16>,
    free_cuts: Vec<u16>,
    /// The sample, a heap with the greatest key first.
    keys: Vec<(f64, u16)>,
}

impl CutTree {
    pub(crate) fn new(dims: usize, capacity: u32) -> Self {
        Self {
            width: dims.next_multiple_of(WIDTH) as u32,
            capacity,
            root: NONE,
            points: Vec::new(),
            leaves: Vec::new(),
            cuts: Vec::new(),
            boxes: Vec::new(),
            free_leaves: Vec::new(),
            free_cuts: Vec::new(),
            keys: Vec::new(),
        }
    }

    pub(crate) fn memory(&self) -> usize {
        (self.points.capacity() + self.boxes.capacity()) * size_of::<f32>()
            + self.leaves.capacity() * size_of::<Leaf>()
            + self.cuts.capacity() * size_of::<Cut>()
            + (self.free_leaves.capacity() + self.free_cuts.capacity()) * size_of::<u16>()
            + self.keys.capacity() * size_of::<(f64, u16)>()
    }

    /// Takes `point` into the sample if its key is among the least.
    pub(crate) fn offer(&mut self, key: f64, point: &[f32], random: &mut Random) {
        if self.keys.len() < self.capacity as usize {
            if self.keys.is_empty() {
                self.reserve();
            }
            let leaf = self.insert(point, random);
            self.keys.push((key, leaf));
            self.sift_up(self.keys.len() - 1);
        } else if key < self.keys[0].0 {
            self.delete(self.keys[0].1);
            let leaf = self.insert(point, random);
            self.keys[0] = (key, leaf);
            self.sift_down();
        }
    }

    /// All memory at once: growth by doubling would take up to twice as much.
    fn reserve(&mut self) {
        let (capacity, width) = (self.capacity as usize, self.width as usize);
        self.points.reserve_exact(capacity * width);
        self.leaves.reserve_exact(capacity);
        self.cuts.reserve_exact(capacity - 1);
        self.boxes.reserve_exact((capacity - 1) * 2 * width);
        self.keys.reserve_exact(capacity);
    }

    fn sift_up(&mut self, mut at: usize) {
        while at > 0 && self.keys[at].0 > self.keys[(at - 1) / 2].0 {
            self.keys.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn sift_down(&mut self) {
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut greatest = at;
            for child in [left, right] {
                if child < self.keys.len() && self.keys[child].0 > self.keys[greatest].0 {
                    greatest = child;
                }
            }
            if greatest == at {
                return;
            }
            self.keys.swap(at, greatest);
            at = greatest;
        }
    }

    fn point(&self, leaf: u16) -> &[f32] {
        let width = self.width as usize;
        &self.points[(leaf & !LEAF) as usize * width..][..width]
    }

    fn bounds(&self, node: u16) -> (&[f32], &[f32]) {
        if node & LEAF != 0 {
            let point = self.point(node);
            return (point, point);
        }
        let width = self.width as usize;
        self.boxes[node as usize * 2 * width..][..2 * width].split_at(width)
    }

    fn mass(&self, node: u16) -> u16 {
        if node & LEAF == 0 {
            self.cuts[node as usize].mass
        } else {
            self.leaves[(node & !LEAF) as usize].mass
        }
    }

    fn set_parent(&mut self, node: u16, parent: u16) {
        if node & LEAF == 0 {
            self.cuts[node as usize].parent = parent;
        } else {
            self.leaves[(node & !LEAF) as usize].parent = parent;
        }
    }

    fn replace_child(&mut self, parent: u16, old: u16, new: u16) {
        if parent == NONE {
            self.root = new;
            return;
        }
        let cut = &mut self.cuts[parent as usize];
        if cut.left == old {
            cut.left = new;
        } else {
            cut.right = new;
        }
    }

    /// Algorithm 3 of the paper; a cut of the grown box that does not part the point from it is the old cut.
    fn insert(&mut self, point: &[f32], random: &mut Random) -> u16 {
        if self.root == NONE {
            self.root = self.new_leaf(point, NONE);
            return self.root;
        }
        let mut node = self.root;
        loop {
            let (low, high) = self.bounds(node);
            let (outside, total) = extent(low, high, point);
            if outside > 0.0 {
                let drawn = random.unit() * f64::from(total);
                if drawn < f64::from(outside) {
                    let (column, value, point_left) = choose(low, high, point, drawn as f32);
                    return self.part(node, point, column, value, point_left);
                }
            }
            if node & LEAF != 0 {
                self.leaves[(node & !LEAF) as usize].mass += 1;
                return node;
            }
            let width = self.width as usize;
            grow(
                &mut self.boxes[node as usize * 2 * width..][..2 * width],
                point,
            );
            let cut = &mut self.cuts[node as usize];
            cut.mass += 1;
            node = if point[cut.column as usize] > cut.value {
                cut.right
            } else {
                cut.left
            };
        }
    }

    /// Puts a cut above `node`, with `point` on its other side.
    fn part(
        &mut self,
        node: u16,
        point: &[f32],
        column: usize,
        value: f32,
        point_left: bool,
    ) -> u16 {
        let parent = if node & LEAF == 0 {
            self.cuts[node as usize].parent
        } else {
            self.leaves[(node & !LEAF) as usize].parent
        };
        let width = self.width as usize;
        let (low, high) = self.bounds(node);
        let mut bounds = Vec::with_capacity(2 * width);
        bounds.extend_from_slice(low);
        bounds.extend_from_slice(high);
        grow(&mut bounds, point);
        let leaf = self.new_leaf(point, NONE);
        let (left, right) = if point_left {
            (leaf, node)
        } else {
            (node, leaf)
        };
        let cut = Cut {
            value,
            column: column as u16,
            left,
            right,
            parent,
            mass: self.mass(node) + 1,
        };
        let name = if let Some(name) = self.free_cuts.pop() {
            self.cuts[name as usize] = cut;
            self.boxes[name as usize * 2 * width..][..2 * width].copy_from_slice(&bounds);
            name
        } else {
            self.cuts.push(cut);
            self.boxes.extend_from_slice(&bounds);
            (self.cuts.len() - 1) as u16
        };
        self.replace_child(parent, node, name);
        self.set_parent(node, name);
        self.set_parent(leaf, name);
        leaf
    }

    fn new_leaf(&mut self, point: &[f32], parent: u16) -> u16 {
        let leaf = Leaf { parent, mass: 1 };
        if let Some(name) = self.free_leaves.pop() {
            let width = self.width as usize;
            self.leaves[name as usize] = leaf;
            self.points[name as usize * width..][..width].copy_from_slice(point);
            name | LEAF
        } else {
            self.leaves.push(leaf);
            self.points.extend_from_slice(point);
            (self.leaves.len() - 1) as u16 | LEAF
        }
    }

    fn delete(&mut self, name: u16) {
        let place = (name & !LEAF) as usize;
        let leaf = self.leaves[place];
        if leaf.mass > 1 {
            self.leaves[place].mass -= 1;
            self.shrink(leaf.parent, None);
            return;
        }
        self.free_leaves.push(name & !LEAF);
        if leaf.parent == NONE {
            self.root = NONE;
            return;
        }
        let cut = self.cuts[leaf.parent as usize];
        let sibling = if cut.left == name {
            cut.right
        } else {
            cut.left
        };
        self.free_cuts.push(leaf.parent);
        self.replace_child(cut.parent, leaf.parent, sibling);
        self.set_parent(sibling, cut.parent);
        self.shrink(cut.parent, Some(place));
    }

    /// Takes one point away from every cut from `node` upwards, and from their boxes if the leaf is gone.
    fn shrink(&mut self, mut node: u16, mut gone: Option<usize>) {
        let width = self.width as usize;
        let mut bounds = [0.0; 64];
        while node != NONE {
            let cut = self.cuts[node as usize];
            self.cuts[node as usize].mass -= 1;
            // A point inside of a box is inside of every box around it.
            if let Some(place) = gone {
                let point = &self.points[place * width..][..width];
                let (low, high) = self.bounds(node);
                if is_inside(low, high, point) {
                    gone = None;
                } else if width <= 32 {
                    let bounds = &mut bounds[..2 * width];
                    self.unite(cut, bounds);
                    self.boxes[node as usize * 2 * width..][..2 * width].copy_from_slice(bounds);
                } else {
                    let mut bounds = vec![0.0; 2 * width];
                    self.unite(cut, &mut bounds);
                    self.boxes[node as usize * 2 * width..][..2 * width].copy_from_slice(&bounds);
                }
            }
            node = cut.parent;
        }
    }

    fn unite(&self, cut: Cut, bounds: &mut [f32]) {
        let (low, high) = bounds.split_at_mut(self.width as usize);
        let (left, right) = (self.bounds(cut.left), self.bounds(cut.right));
        for ((place, &left), &right) in low.iter_mut().zip(left.0).zip(right.0) {
            *place = if left < right { left } else { right };
        }
        for ((place, &left), &right) in high.iter_mut().zip(left.1).zip(right.1) {
            *place = if left > right { left } else { right };
        }
    }

    /// The collusive displacement of `point`, as expected over all ways to insert it.
    #[inline]
    pub(crate) fn displacement<W: Walk>(&self, point: &[f32], parts: &mut W) -> f64 {
        /// Below this likelihood nothing that is found further down can be seen in the result.
        const NEGLIGIBLE: f64 = 1e-6;
        if self.root == NONE {
            return 0.0;
        }
        let mut node = self.root;
        let mut reached = 1.0;
        let mut displaced = 0.0;
        // The greatest ratio of sibling to own side among the cuts passed so far.
        let mut above = 0.0_f64;
        loop {
            let (low, high) = self.bounds(node);
            let (outside, total) = extent(low, high, point);
            if outside > 0.0 {
                let mass = f64::from(self.mass(node));
                let moved = reached * if mass > above { mass } else { above };
                let apart = f64::from(outside) / f64::from(total);
                displaced += moved * apart;
                if W::WANTED {
                    let share = moved / f64::from(total);
                    for (at, ((&low, &high), &value)) in low.iter().zip(high).zip(point).enumerate()
                    {
                        parts.cut(at, share * f64::from(beyond(low, high, value)));
                    }
                }
                reached *= 1.0 - apart;
                if node & LEAF != 0 || reached < NEGLIGIBLE {
                    return displaced;
                }
            } else if node & LEAF != 0 {
                return displaced + reached * above;
            }
            let cut = &self.cuts[node as usize];
            let (own, other) = if point[cut.column as usize] > cut.value {
                (cut.right, cut.left)
            } else {
                (cut.left, cut.right)
            };
            let ratio = f64::from(self.mass(other)) / f64::from(self.mass(own) + 1);
            above = if ratio > above { ratio } else { above };
            node = own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks the whole tree and compares every mass and box with what lies below it.
    fn check(tree: &CutTree, node: u16, parent: u16) -> (u16, Vec<f32>, Vec<f32>) {
        if node & LEAF != 0 {
            let leaf = tree.leaves[(node & !LEAF) as usize];
            assert_eq!(leaf.parent, parent);
            return (
                leaf.mass,
                tree.point(node).to_vec(),
                tree.point(node).to_vec(),
            );
        }
        let cut = tree.cuts[node as usize];
        assert_eq!(cut.parent, parent);
        let left = check(tree, cut.left, node);
        let right = check(tree, cut.right, node);
        let column = cut.column as usize;
        assert!(left.2[column] <= cut.value && right.1[column] > cut.value);
        let low: Vec<f32> = left
            .1
            .iter()
            .zip(&right.1)
            .map(|(a, b)| a.min(*b))
            .collect();
        let high: Vec<f32> = left
            .2
            .iter()
            .zip(&right.2)
            .map(|(a, b)| a.max(*b))
            .collect();
        assert_eq!(tree.bounds(node), (&low[..], &high[..]));
        assert_eq!(cut.mass, left.0 + right.0);
        (cut.mass, low, high)
    }

    #[test]
    fn tree_when_points_come_and_go_then_boxes_and_masses_stay_true() {
        let mut random = Random::new(3);
        let mut tree = CutTree::new(5, 40);
        for step in 0..2000_u32 {
            // Coarse coordinates, so that points meet again and sides fall together.
            let mut point = [0.0; 8];
            for place in &mut point[..5] {
                *place = random.below(6) as f32;
            }
            tree.offer(
                -f64::from(step % 97) - random.unit() * 60.0,
                &point,
                &mut random,
            );
            let (mass, ..) = check(&tree, tree.root, NONE);
            assert_eq!(u32::from(mass), (step + 1).min(40));
            assert!(tree.displacement(&point, &mut ()).is_finite());
        }
        assert!(tree.leaves.len() <= 40 && tree.cuts.len() <= 39);
    }
}
