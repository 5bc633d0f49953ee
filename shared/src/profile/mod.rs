//! What kind of series this is: in figures, in sentences, and as the detector that fits it.
//!
//! Seasons, trend and kind come from `detector::auto`, change points from the detector of that name: what is said here
//! is what they found. Owns the sentences in English with names for their figures; whoever shows them writes the
//! figures and may translate the text.

mod advice;
mod departures;
mod said;

use serde::Serialize;

use crate::detector::auto::{Profile, profile};
use crate::series::Series;
use crate::time::TimeRange;

pub use advice::{Advice, advice};
pub use departures::{Departures, LevelChange};
pub use said::{Figure, Said, TEXTS, sentences};

/// Everything that is known of a series over a range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Characteristics {
    /// Distance between samples.
    pub step_ms: i64,
    /// From the first to the last value, the last step included; 0 without any.
    pub span_ms: i64,
    /// The longest stretch without a value within that.
    pub longest_gap_ms: i64,
    /// The lowest, the middle and the highest value; none without any.
    pub values: Option<[f64; 3]>,
    /// Kind, seasons, trend and noise.
    pub shape: Profile,
    /// Levels and spikes.
    pub departures: Departures,
}

/// Looks at the values of a series in a range.
pub fn characteristics(series: &Series, range: TimeRange) -> Characteristics {
    let (step_ms, all) = (series.step_ms, series.slice(range.from_ms, range.to_ms));
    let is_value = |value: &f64| value.is_finite();
    let first = all.iter().position(is_value).unwrap_or(0);
    let end = all.iter().rposition(is_value).map_or(0, |last| last + 1);
    let values = all.get(first..end).unwrap_or(&[]);
    let start_ms = range.from_ms.max(series.start_ms);
    let start_ms = crate::time::ceil_to(start_ms, step_ms) + first as i64 * step_ms;
    let mut known: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let (low, high) = known
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let shape = profile(values, step_ms);
    let departures = departures::departures(values, start_ms, step_ms, &shape);
    Characteristics {
        step_ms,
        span_ms: values.len() as i64 * step_ms,
        longest_gap_ms: longest_gap(values) as i64 * step_ms,
        values: (!known.is_empty())
            .then(|| [low, crate::math::stats::median_mut(&mut known), high]),
        shape,
        departures,
    }
}

fn longest_gap(values: &[f64]) -> usize {
    let (mut longest, mut now) = (0, 0);
    for value in values {
        now = if value.is_finite() { 0 } else { now + 1 };
        longest = longest.max(now);
    }
    longest
}

#[cfg(test)]
mod tests;
