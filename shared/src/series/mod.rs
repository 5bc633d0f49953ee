//! Series on a regular grid, their labels and their identity.
//!
//! Owns what a series *is*; where it comes from is the server's business.

mod apart;
mod fill;
mod labels;

pub use apart::tell_apart;
pub use fill::Fill;
pub use labels::{Labels, SeriesKey, SourceName};

use serde::{Deserialize, Serialize};

use crate::time::{TimeRange, floor_to};

/// Values of one series at `start_ms + i * step_ms`; NaN is a gap.
///
/// The grid is aligned: `start_ms % step_ms == 0`, so two series of one step share their instants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The labels, the metric's name among them as `__name__`.
    pub labels: Labels,
    /// Unit of the values, for people: `ms`, `%`, `req/s`; empty when unknown.
    pub unit: String,
    /// Instant of the first value.
    pub start_ms: i64,
    /// Distance between two values; positive.
    pub step_ms: i64,
    /// The values; NaN is a gap.
    pub values: Vec<f64>,
}

impl Series {
    /// An all-gap series over the grid instants of `range`.
    pub fn empty(labels: Labels, unit: impl Into<String>, range: TimeRange, step_ms: i64) -> Self {
        let start_ms = crate::time::ceil_to(range.from_ms, step_ms);
        let len = grid_len(start_ms, range.to_ms, step_ms);
        Self {
            labels,
            unit: unit.into(),
            start_ms,
            step_ms,
            values: vec![f64::NAN; len],
        }
    }

    /// The first instant after the last value's.
    pub fn end_ms(&self) -> i64 {
        self.start_ms + self.values.len() as i64 * self.step_ms
    }

    /// The instant of value `index`.
    pub fn at_ms(&self, index: usize) -> i64 {
        self.start_ms + index as i64 * self.step_ms
    }

    /// The value at a grid instant; NaN outside.
    pub fn value_at(&self, at_ms: i64) -> f64 {
        self.index_of(at_ms)
            .map_or(f64::NAN, |index| self.values[index])
    }

    /// The index of a grid instant, if it lies inside.
    pub fn index_of(&self, at_ms: i64) -> Option<usize> {
        let offset = at_ms.checked_sub(self.start_ms)?;
        if offset < 0 || offset % self.step_ms != 0 {
            return None;
        }
        usize::try_from(offset / self.step_ms)
            .ok()
            .filter(|index| *index < self.values.len())
    }

    /// The values with instants in `[from_ms, to_ms)`; both are rounded up to the grid.
    pub fn slice(&self, from_ms: i64, to_ms: i64) -> &[f64] {
        let index = |at_ms: i64| {
            let steps = (at_ms - self.start_ms + self.step_ms - 1).div_euclid(self.step_ms);
            usize::try_from(steps).unwrap_or(0).min(self.values.len())
        };
        let (from, to) = (index(from_ms), index(to_ms));
        &self.values[from..to.max(from)]
    }

    /// Puts an irregular sample on the grid: it counts for the next instant at or after it.
    ///
    /// The last one in `(t - step, t]` wins; samples outside the grid are ignored.
    pub fn put_sample(&mut self, at_ms: i64, value: f64) {
        let grid_ms = crate::time::ceil_to(at_ms, self.step_ms);
        if let Some(index) = self.index_of(grid_ms) {
            self.values[index] = value;
        }
    }

    /// Lays `other`'s values over this one's where `other` has any; both must have the same step.
    pub fn overlay(&mut self, other: &Self) {
        debug_assert_eq!(
            self.step_ms, other.step_ms,
            "two grids cannot be laid over each other"
        );
        for (index, &value) in other.values.iter().enumerate() {
            if value.is_nan() {
                continue;
            }
            if let Some(own) = self.index_of(other.at_ms(index)) {
                self.values[own] = value;
            }
        }
    }
}

/// How many grid instants lie in `[start_ms, to_ms)`.
pub fn grid_len(start_ms: i64, to_ms: i64, step_ms: i64) -> usize {
    usize::try_from((to_ms - start_ms + step_ms - 1).div_euclid(step_ms)).unwrap_or(0)
}

/// The last grid instant whose value is final at `now_ms` (a tick evaluates up to here).
pub fn last_final_ms(now_ms: i64, delay_ms: i64, step_ms: i64) -> i64 {
    floor_to(now_ms - delay_ms, step_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series {
            labels: Labels::default(),
            unit: String::new(),
            start_ms: 600,
            step_ms: 60,
            values: values.to_vec(),
        }
    }

    #[test]
    fn slice_when_bounds_lie_between_points_then_rounds_up() {
        let series = series(&[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(series.slice(601, 721), &[1.0, 2.0]);
        assert_eq!(series.slice(0, 10_000), &[0.0, 1.0, 2.0, 3.0]);
        assert!(series.slice(800, 700).is_empty());
    }

    #[test]
    fn sample_when_between_instants_then_counts_for_the_next() {
        let mut series = series(&[f64::NAN; 3]);
        series.put_sample(601, 1.0);
        series.put_sample(660, 2.0);
        series.put_sample(661, 3.0);
        series.put_sample(10_000, 9.0);
        assert!(series.values[0].is_nan());
        assert_eq!(series.values[1..], [2.0, 3.0]);
    }

    #[test]
    fn empty_when_the_range_is_unaligned_then_starts_on_the_grid() {
        let range = TimeRange::new(61, 200).expect("a forward range");
        let series = Series::empty(Labels::default(), "ms", range, 60);
        assert_eq!((series.start_ms, series.values.len()), (120, 2));
    }
}
