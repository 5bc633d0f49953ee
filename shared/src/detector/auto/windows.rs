//! What is known about every window of a series before any two are compared.

use crate::sum::{sum, sum_by};

/// Windows flatter than this many units are taken for flat when shapes are compared: dividing by less would
/// blow noise up to a shape.
const FLAT: f64 = 0.3;

/// One entry a window, by the index of its first value.
#[derive(Debug)]
pub(super) struct Windows<'a> {
    pub(super) values: &'a [f64],
    /// Values in a window.
    pub(super) len: usize,
    pub(super) mean: Vec<f64>,
    /// Sum of squares around the mean.
    pub(super) energy: Vec<f64>,
    /// 1 / the deviation, with a floor.
    pub(super) inverse: Vec<f64>,
    /// Energy after division by the floored deviation.
    pub(super) shape_energy: Vec<f64>,
    /// Half of what came minus what went, against the window before.
    pub(super) change: Vec<f64>,
    /// What came and what went, each around the mean of its window, added.
    pub(super) lift: Vec<f64>,
}

impl<'a> Windows<'a> {
    /// Every window of `len` values; nothing if the series is shorter.
    pub(super) fn of(values: &'a [f64], len: usize) -> Option<Self> {
        if len == 0 || values.len() < len {
            return None;
        }
        let mean: Vec<f64> = values.windows(len).map(|w| sum(w) / len as f64).collect();
        let energy: Vec<f64> = values
            .windows(len)
            .zip(&mean)
            .map(|(w, mean)| sum_by(w, |value| (value - mean) * (value - mean)))
            .collect();
        let inverse: Vec<f64> = energy
            .iter()
            .map(|energy| 1.0 / (energy / len as f64 + FLAT * FLAT).sqrt())
            .collect();
        let shape_energy = energy.iter().zip(&inverse);
        let shape_energy = shape_energy.map(|(energy, inverse)| energy * inverse * inverse);
        let (mut change, mut lift) = (vec![0.0], vec![0.0]);
        for index in 1..mean.len() {
            let (came, went) = (values[index + len - 1], values[index - 1]);
            change.push((came - went) * 0.5);
            lift.push((came - mean[index]) + (went - mean[index - 1]));
        }
        Some(Self {
            values,
            len,
            shape_energy: shape_energy.collect(),
            mean,
            energy,
            inverse,
            change,
            lift,
        })
    }

    /// How many windows there are.
    pub(super) fn count(&self) -> usize {
        self.mean.len()
    }

    /// The product of two windows, each around its mean, from the values themselves.
    pub(super) fn product(&self, left: usize, right: usize) -> f64 {
        let (mean_left, mean_right) = (self.mean[left], self.mean[right]);
        let left = &self.values[left..left + self.len];
        let right = &self.values[right..right + self.len];
        let mut lanes = [0.0; 8];
        let (mut lefts, mut rights) = (left.chunks_exact(8), right.chunks_exact(8));
        for (left, right) in lefts.by_ref().zip(rights.by_ref()) {
            for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
                *lane += (left - mean_left) * (right - mean_right);
            }
        }
        let rest = lefts.remainder().iter().zip(rights.remainder());
        for (lane, (left, right)) in lanes.iter_mut().zip(rest) {
            *lane += (left - mean_left) * (right - mean_right);
        }
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
            + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    }
}
