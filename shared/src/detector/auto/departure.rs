//! How far the series has left the level of a moment ago, and since when it is back.
//!
//! A window is odd for as long as it holds anything odd: after a spike of five rows the one of 256 rows is odd
//! for 251 rows more. That is right for saying how odd a stretch is, and wrong for saying when it ended. So the
//! level before is remembered, and how far the series usually gets from one in 1, 2, 4 … 512 rows: a value that
//! is farther away has departed, and once values are back, windows that hold the departure need not be heard.
//! What is odd without having departed, such as a wrong shape, is not touched by any of this.
//!
//! Knows values in units, nothing of windows.

use serde::{Deserialize, Serialize};

use crate::math::stats::quantile;

/// Lags of the table: powers of two.
const LAGS: usize = 10;
/// Values whose mean is a level.
const LEVEL: usize = 4;
/// The quantile of distances in the history that counts as usual.
const USUAL_QUANTILE: f64 = 0.995;
/// Fewer distances than this say nothing about such a quantile.
const FEWEST: usize = 40;
/// Beyond so many times what is usual a value has departed.
const AWAY: f64 = 1.5;
/// A level that is not left by anything odd for so many rows is the new one.
const PATIENCE: u32 = 3;
/// How much of the count of departed rows is left after each row.
const FADE: f64 = 0.97;
/// Values are back only after this share of the rows that were away lately: what comes and goes is one event.
const HOLD: f64 = 0.5;
/// Longer ago than any window reaches.
const NEVER: u32 = 1 << 20;
/// Nobody tells larger distances apart.
const FARTHEST: f64 = 100.0;

/// The level of a moment ago, and what has become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Departure {
    /// How far the series usually gets from a level in 1, 2, 4 … rows; never falling.
    usual: [f64; LAGS],
    /// The newest values that had not departed; none before the first.
    level: Option<[f64; LEVEL]>,
    /// Rows since the level was seen, the coming one included.
    rows: u32,
    /// Rows since a value had departed.
    since: u32,
    /// Departed rows lately, faded.
    lately: f64,
}

impl Departure {
    /// From a history; its end is the level.
    pub(super) fn of(history: &[f64]) -> Self {
        let mut usual = [0.0; LAGS];
        let mut most = 0.0_f64;
        for (at, usual) in usual.iter_mut().enumerate() {
            let lag = 1 << at;
            if history.len() >= lag + FEWEST + LEVEL {
                let levels = history.windows(LEVEL).map(mean);
                let later = &history[LEVEL - 1 + lag..];
                let far: Vec<f64> = levels
                    .zip(later)
                    .map(|(level, value)| (value - level).abs())
                    .collect();
                most = most.max(quantile(&far, USUAL_QUANTILE));
            }
            *usual = most;
        }
        Self {
            usual,
            level: history.last_chunk::<LEVEL>().copied(),
            rows: 1,
            since: NEVER,
            lately: 0.0,
        }
    }

    /// How far a value is beyond what is usual, in units; 0 within.
    pub(super) fn distance(&self, value: f64) -> f64 {
        (self.far(value) - self.usual_by_now()).clamp(0.0, FARTHEST)
    }

    /// For how many rows the series is back if this is the next value, given whether that is odd in any way;
    /// nothing while it is away or may only seem to be back.
    pub(super) fn back_for(&self, value: f64, is_odd: bool) -> Option<u32> {
        let since = self.since.saturating_add(1);
        let is_back = !self.departs(value, is_odd) && f64::from(since) > HOLD * FADE * self.lately;
        is_back.then_some(since)
    }

    /// Takes a value in.
    pub(super) fn pass(&mut self, value: f64, is_odd: bool) {
        self.lately *= FADE;
        if self.departs(value, is_odd) {
            self.since = 0;
            self.rows = self.rows.saturating_add(1);
            self.lately += 1.0;
            return;
        }
        self.since = self.since.saturating_add(1).min(NEVER);
        let is_near = self.far(value) <= AWAY * self.usual_by_now();
        if !is_near && self.rows <= 1 << (LAGS - 1) && self.since <= PATIENCE {
            self.rows += 1;
            return;
        }
        self.rows = 1;
        self.level = match self.level {
            Some([_, rest @ ..]) if self.since > 1 => {
                let [second, third, fourth] = rest;
                Some([second, third, fourth, value])
            }
            _ => Some([value; LEVEL]),
        };
    }

    /// The series begins anew.
    pub(super) fn restart(&mut self) {
        (self.level, self.rows, self.since, self.lately) = (None, 1, NEVER, 0.0);
    }

    fn departs(&self, value: f64, is_odd: bool) -> bool {
        is_odd && self.far(value) > AWAY * self.usual_by_now()
    }

    fn far(&self, value: f64) -> f64 {
        self.level.map_or(0.0, |level| (value - mean(&level)).abs())
    }

    /// What is usual after so many rows, between two entries of the table.
    fn usual_by_now(&self) -> f64 {
        let at = self.rows.max(1).ilog2() as usize;
        let (Some(from), Some(to)) = (self.usual.get(at), self.usual.get(at + 1)) else {
            return self.usual[LAGS - 1];
        };
        let share = f64::from(self.rows) / f64::from(1_u32 << at) - 1.0;
        from + (to - from) * share
    }
}

fn mean(level: &[f64]) -> f64 {
    ((level[0] + level[1]) + (level[2] + level[3])) / LEVEL as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw(rows: usize) -> Vec<f64> {
        (0..rows).map(|row| (row % 5) as f64 * 0.1).collect()
    }

    #[test]
    fn departure_when_a_spike_comes_then_is_away_as_long_and_back_soon_after() {
        let values = saw(400);
        let mut departure = Departure::of(&values[..300]);
        assert!(departure.distance(0.2) < 1e-12 && departure.distance(5.0) > 4.0);
        for _ in 0..5 {
            assert_eq!(departure.back_for(5.0, true), None);
            departure.pass(5.0, true);
        }
        let back: Vec<Option<u32>> = values[305..312]
            .iter()
            .map(|value| {
                let back = departure.back_for(*value, true);
                departure.pass(*value, true);
                back
            })
            .collect();
        assert_eq!(
            back,
            [None, None, Some(3), Some(4), Some(5), Some(6), Some(7)]
        );
    }

    #[test]
    fn departure_when_the_level_stays_then_is_usual_after_the_longest_lag() {
        let slow: Vec<f64> = (0..3000)
            .map(|row| libm::sin(f64::from(row) / 300.0))
            .collect();
        let mut departure = Departure::of(&slow);
        let level = slow[2999];
        let other = level + 1.0;
        let mut away = 0;
        while departure.back_for(other, true).is_none() && away < 2000 {
            departure.pass(other, true);
            away += 1;
        }
        assert!((100..=600).contains(&away), "{away}");
    }

    #[test]
    fn departure_when_nothing_is_odd_then_only_follows() {
        let mut departure = Departure::of(&saw(100));
        for value in [9.0, 9.1, 9.2, 9.3, 9.2] {
            assert_eq!(
                departure.back_for(value, false).map(|rows| rows > 1000),
                Some(true)
            );
            departure.pass(value, false);
        }
        assert!(departure.distance(9.2) < 1e-12, "the new level");
        departure.restart();
        assert!(departure.distance(-50.0) < 1e-12, "no level yet");
    }

    #[test]
    fn departure_when_the_history_is_short_then_every_entry_is_finite() {
        for rows in [0, 3, 4, 44, 60] {
            let departure = Departure::of(&saw(rows));
            assert!(departure.usual.iter().all(|usual| usual.is_finite()));
        }
    }
}
