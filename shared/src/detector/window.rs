//! The last so many learned samples, and their moments in O(1) a sample.

use serde::{Deserialize, Serialize};

use crate::sum::{sum, sum_by};

/// A ring of samples.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ring {
    values: Vec<f64>,
    capacity: u32,
    next: u32,
}

impl Ring {
    pub(super) fn new(capacity: u32) -> Self {
        Self {
            values: Vec::new(),
            capacity: capacity.max(1),
            next: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.next = 0;
    }

    /// Takes a value in and gives the one that falls out.
    #[inline]
    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        if self.values.len() < self.capacity as usize {
            self.values.push(value);
            return None;
        }
        let old = std::mem::replace(&mut self.values[self.next as usize], value);
        self.next = if self.next + 1 == self.capacity {
            0
        } else {
            self.next + 1
        };
        Some(old)
    }

    /// Whether both hold the same values, bit for bit, from the oldest to the newest.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let aged = |ring: &Self, index: usize| ring.back(index).map(f64::to_bits);
        self.capacity == other.capacity
            && self.len() == other.len()
            && (0..self.len()).all(|back| aged(self, back) == aged(other, back))
    }

    pub(super) fn capacity(&self) -> u32 {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.values.len() == self.capacity as usize
    }

    /// The values in memory order: fixed for a given history, which is all that a sum needs.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value `back` samples ago; 0 is the newest.
    pub(super) fn back(&self, back: usize) -> Option<f64> {
        let len = self.values.len();
        if back >= len {
            return None;
        }
        let newest = if self.is_full() {
            (self.next as usize + len - 1) % len
        } else {
            len - 1
        };
        Some(self.values[(newest + len - back) % len])
    }
}

/// Mean and sample variance of a ring, updated in O(1).
///
/// Sums run over distances from a nearby `shift`, and are taken anew each time the ring has turned once,
/// so that rounding never adds up; at fixed points of the history, hence with equal bits everywhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Moments {
    ring: Ring,
    shift: f64,
    sum: f64,
    sum_of_squares: f64,
    since_renewal: u32,
}

impl Moments {
    pub(super) fn new(capacity: u32) -> Self {
        Self {
            ring: Ring::new(capacity),
            shift: 0.0,
            sum: 0.0,
            sum_of_squares: 0.0,
            since_renewal: 0,
        }
    }

    /// Whether both go on with equal bits: then the sums are equal, and due for renewal together over values that lie
    /// in memory alike.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let sums = |of: &Self| [of.shift, of.sum, of.sum_of_squares].map(f64::to_bits);
        sums(self) == sums(other)
            && self.since_renewal == other.since_renewal
            && self.ring.next == other.ring.next
            && self.ring.is_same(&other.ring)
    }

    pub(super) fn clear(&mut self) {
        self.ring.clear();
        (
            self.shift,
            self.sum,
            self.sum_of_squares,
            self.since_renewal,
        ) = (0.0, 0.0, 0.0, 0);
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        if self.ring.len() == 0 {
            self.shift = value;
        }
        if let Some(old) = self.ring.push(value) {
            let distance = old - self.shift;
            self.sum -= distance;
            self.sum_of_squares -= distance * distance;
        }
        let distance = value - self.shift;
        self.sum += distance;
        self.sum_of_squares += distance * distance;
        self.since_renewal += 1;
        if self.since_renewal >= self.ring.capacity {
            self.renew();
        }
    }

    #[cold]
    fn renew(&mut self) {
        let values = self.ring.values();
        self.shift = sum(values) / values.len() as f64;
        let shift = self.shift;
        self.sum = sum_by(values, |value| value - shift);
        self.sum_of_squares = sum_by(values, |value| (value - shift) * (value - shift));
        self.since_renewal = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// Mean and sample standard deviation; at least two samples are needed for the latter.
    #[inline]
    pub(super) fn mean_and_deviation(&self) -> (f64, f64) {
        let n = self.ring.len() as f64;
        let mean_distance = self.sum / n;
        let variance = (self.sum_of_squares - self.sum * mean_distance) / (n - 1.0);
        (self.shift + mean_distance, variance.max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn moments_when_rolled_then_equal_the_two_pass_ones(
            values in proptest::collection::vec(-1e6..1e6_f64, 3..400), capacity in 2_u32..50,
        ) {
            let mut moments = Moments::new(capacity);
            for value in &values {
                moments.push(*value);
            }
            let window = &values[values.len().saturating_sub(capacity as usize)..];
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            let variance = window.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (window.len() as f64 - 1.0);
            let (rolled_mean, rolled_deviation) = moments.mean_and_deviation();
            prop_assert!((rolled_mean - mean).abs() <= 1e-7 * mean.abs().max(1.0));
            prop_assert!((rolled_deviation - variance.sqrt()).abs() <= 1e-6 * variance.sqrt().max(1.0));
        }

        #[test]
        fn ring_when_looked_back_then_gives_the_newest_first(values in proptest::collection::vec(-10.0..10.0_f64, 1..40)) {
            let mut ring = Ring::new(7);
            for value in &values {
                ring.push(*value);
            }
            for back in 0..7.min(values.len()) {
                prop_assert_eq!(ring.back(back), Some(values[values.len() - 1 - back]));
            }
            prop_assert_eq!(ring.back(7), None);
        }
    }

    #[test]
    fn deviation_when_the_series_is_constant_then_is_exactly_zero() {
        let mut moments = Moments::new(10);
        for _ in 0..25 {
            moments.push(0.1);
        }
        assert_eq!(moments.mean_and_deviation().1.to_bits(), 0.0_f64.to_bits());
    }
}
