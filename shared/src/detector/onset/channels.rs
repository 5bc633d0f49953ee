//! The few ways in which the novelty tables look at a series: the value, what is left of it beside three
//! slow means, and mean, deviation, lowest, middle and highest of short windows.
//!
//! Knows the last 48 values and three means, nothing of bins or counts.

use serde::{Deserialize, Serialize};

/// How many numbers [`Channels::push`] makes of one value.
pub(super) const CHANNELS: usize = 22;

/// Longest window.
const LONGEST: usize = 48;

/// Lengths of windows, and the slots of their moments and of their extremes.
const STOPS: [(usize, Option<usize>, Option<usize>); 6] = [
    (4, None, Some(0)),
    (6, Some(0), None),
    (8, None, Some(1)),
    (12, Some(1), Some(2)),
    (24, Some(2), Some(3)),
    (LONGEST, Some(3), None),
];

/// Weights of the newest value in the slow means.
const WEIGHTS: [f64; 3] = [0.003, 0.01, 0.03];

/// First channel of each kind; the value itself is channel 0.
pub(super) const RESIDUAL: usize = 1;
pub(super) const MEAN: usize = 4;
pub(super) const DEVIATION: usize = 8;
pub(super) const LOW: usize = 12;
pub(super) const MIDDLE: usize = 16;
pub(super) const HIGH: usize = 18;

/// The newest values and the slow means.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Channels {
    /// At most [`LONGEST`], a ring.
    recent: Vec<f64>,
    /// Where the next value goes once the ring is full.
    next: u32,
    means: [f64; 3],
}

impl Channels {
    /// Takes in a value and tells how it looks on every channel.
    pub(super) fn push(&mut self, value: f64) -> [f64; CHANNELS] {
        let mut out = [0.0; CHANNELS];
        out[0] = value;
        if self.recent.is_empty() {
            self.means = [value; 3];
        }
        for ((residual, mean), weight) in out[RESIDUAL..MEAN]
            .iter_mut()
            .zip(&mut self.means)
            .zip(WEIGHTS)
        {
            *residual = value - *mean;
            *mean += weight * *residual;
        }
        if self.recent.len() < LONGEST {
            self.recent.push(value);
        } else {
            self.recent[self.next as usize] = value;
            self.next = (self.next + 1) % LONGEST as u32;
        }
        self.windows(&mut out);
        out
    }

    /// Newest first.
    fn newest_first(&self) -> impl Iterator<Item = f64> + '_ {
        let (after, before) = self.recent.split_at(self.next as usize);
        after.iter().rev().chain(before.iter().rev()).copied()
    }

    fn windows(&self, out: &mut [f64; CHANNELS]) {
        let newest = out[0];
        let mut line = [0.0; LONGEST];
        for (place, value) in line.iter_mut().zip(self.newest_first()) {
            *place = value;
        }
        let line = &line[..self.recent.len()];
        // Deviations are taken from the newest value: of a large level with a small spread nothing is lost.
        let (mut sum, mut squares) = (0.0, 0.0);
        let (mut low, mut high) = (newest, newest);
        let mut from = 0;
        for (to, moments, extremes) in STOPS {
            // A window that is not full yet is as long as the series.
            let to = to.min(line.len());
            for value in &line[from..to] {
                let off = value - newest;
                sum += off;
                squares += off * off;
                low = low.min(*value);
                high = high.max(*value);
            }
            from = to;
            if let Some(slot) = moments {
                let mean = sum / to as f64;
                out[MEAN + slot] = newest + mean;
                out[DEVIATION + slot] = (squares / to as f64 - mean * mean).max(0.0).sqrt();
            }
            if let Some(slot) = extremes {
                out[LOW + slot] = low;
                out[HIGH + slot] = high;
            }
        }
        for (slot, length) in [8, 24].into_iter().enumerate() {
            let mut window = [0.0; 24];
            let length = length.min(line.len());
            let window = &mut window[..length];
            window.copy_from_slice(&line[..length]);
            let (_, middle, _) = window.select_nth_unstable_by(length / 2, f64::total_cmp);
            out[MIDDLE + slot] = *middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_when_the_ring_has_wrapped_then_see_the_newest_values_only() {
        let mut channels = Channels::default();
        let mut out = [0.0; CHANNELS];
        for value in 0..200 {
            out = channels.push(f64::from(value));
        }
        assert_eq!(out[0].to_bits(), 199.0_f64.to_bits());
        let near = |channel: usize, expected: f64| (out[channel] - expected).abs() < 1e-9;
        assert!(near(MEAN, 196.5) && near(MEAN + 3, 175.5));
        assert!(near(DEVIATION, (35.0_f64 / 12.0).sqrt()));
        assert!(near(LOW, 196.0) && near(LOW + 3, 176.0));
        assert!(near(HIGH, 199.0) && near(MIDDLE, 196.0) && near(MIDDLE + 1, 188.0));
    }

    #[test]
    fn windows_when_there_is_one_value_then_are_that_value() {
        let out = Channels::default().push(5.0);
        assert!(out[RESIDUAL..MEAN].iter().all(|&residual| residual == 0.0));
        assert!(out[LOW..].iter().all(|&value| (value - 5.0).abs() < 1e-12));
        assert!(out[DEVIATION..LOW].iter().all(|&value| value == 0.0));
    }
}
