//! Order statistics of a multiset in one sorted array: for what fits into a few cache lines.
//!
//! Values are kept as whole numbers in their total order, so that a search compares registers and a value
//! that leaves makes room for the one that comes: only what lies between the two is moved.

#[derive(Debug, Clone, Default)]
pub(in crate::detector) struct Array {
    keys: Vec<i64>,
}

/// A number whose order is the total order of doubles; its own inverse.
#[inline]
fn turned(bits: i64) -> i64 {
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

#[inline]
fn key(value: f64) -> i64 {
    turned(value.to_bits() as i64)
}

#[inline]
fn value(key: i64) -> f64 {
    f64::from_bits(turned(key) as u64)
}

impl Array {
    #[inline]
    pub(in crate::detector) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The value with `rank` smaller ones; there must be more than `rank`.
    #[inline]
    pub(in crate::detector) fn select(&self, rank: usize) -> f64 {
        value(self.keys[rank])
    }

    pub(in crate::detector) fn values(&self) -> impl Iterator<Item = f64> {
        self.keys.iter().map(|key| value(*key))
    }

    pub(in crate::detector) fn count_below(&self, bound: f64) -> usize {
        self.keys.partition_point(|key| value(*key) < bound)
    }

    #[inline]
    fn position(&self, key: i64) -> usize {
        self.keys.partition_point(|other| *other < key)
    }

    pub(in crate::detector) fn insert(&mut self, value: f64) {
        let key = key(value);
        self.keys.insert(self.position(key), key);
    }

    /// Puts a value in the place of one that is there.
    #[inline]
    pub(in crate::detector) fn replace(&mut self, old: f64, new: f64) {
        let (old, new) = (key(old), key(new));
        let (from, to) = (self.position(old), self.position(new));
        if from < to {
            self.keys.copy_within(from + 1..to, from);
            self.keys[to - 1] = new;
        } else {
            self.keys.copy_within(to..from, to + 1);
            self.keys[to] = new;
        }
    }
}
