//! What kind of series this is, in words that people use: for explanations and for choosing defaults.
//!
//! The scores do not depend on it; a series that is profiled wrongly is still scored right.

use serde::Serialize;

use crate::detector::MAX_MAGNITUDE;
use crate::detector::seasonal::period::periods;
use crate::math::stats::{mean, variance};
use crate::sum::sum_by;

/// At most so many seasons are named.
const MOST_SEASONS: usize = 3;
/// More different values than this are no states of a switch.
const MOST_STATES: usize = 8;
/// Each state of a switch comes so often on average, at least.
const LEAST_PER_STATE: usize = 16;
/// A counter falls at most this often, and then to less than this share of where it was.
const MOST_RESETS: f64 = 0.02;
const RESET_TO: f64 = 0.2;
/// A counter that never moves is a constant.
const LEAST_COUNTING: f64 = 0.02;

/// What a series looks like.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Profile {
    /// Values that are there.
    pub values: u64,
    /// Share of rows without one, 0 to 1.
    pub gaps: f64,
    /// All values are equal.
    pub constant: bool,
    /// Only a handful of values occur, again and again: a switch or a state.
    pub flag_like: bool,
    /// It only ever rises, or falls back to near zero: a counter that nobody took the rate of.
    pub counter: bool,
    /// Share of values that are exactly zero, 0 to 1, if the others are not; an intermittent series has many.
    pub intermittency: f64,
    /// Share of the variance that a straight line explains, 0 to 1.
    pub trend: f64,
    /// 0 for a smooth curve, 1 for values that know nothing of each other, over 1 for values that alternate
    /// (half of von Neumann's ratio).
    pub noise: f64,
    /// Seasons, strongest first.
    pub seasons: Vec<Season>,
}

/// A season of a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Season {
    /// Its length in rows.
    pub samples: u32,
    /// Its length in milliseconds.
    pub ms: i64,
    /// Share of the variance that it explains, of what stronger seasons left over, 0 to 1.
    pub strength: f64,
}

/// Looks at a series; NaN is a gap, rows lie `step_ms` apart.
pub fn profile(values: &[f64], step_ms: i64) -> Profile {
    let known: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.abs() <= MAX_MAGNITUDE)
        .collect();
    let Some(&first) = known.first() else {
        return Profile {
            gaps: if values.is_empty() { 0.0 } else { 1.0 },
            ..Profile::default()
        };
    };
    let gaps = 1.0 - known.len() as f64 / values.len() as f64;
    let counted = Profile {
        values: known.len() as u64,
        gaps,
        ..Profile::default()
    };
    if known.iter().all(|value| value.total_cmp(&first).is_eq()) {
        return Profile {
            constant: true,
            ..counted
        };
    }
    // Squares of what is larger than 1e150 overflow; the shares below have no unit anyway.
    let largest = known
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let scaled: Vec<f64> = known.iter().map(|value| value / largest).collect();
    let seasons = periods(values, MOST_SEASONS).into_iter();
    Profile {
        flag_like: is_flag_like(&known),
        counter: is_counter(&known),
        intermittency: zeros(&known),
        trend: trend(&scaled),
        noise: noise(&scaled),
        seasons: seasons
            .map(|period| Season {
                samples: period.samples,
                ms: i64::from(period.samples).saturating_mul(step_ms),
                strength: period.strength,
            })
            .collect(),
        ..counted
    }
}

fn is_flag_like(known: &[f64]) -> bool {
    let mut states: Vec<f64> = Vec::new();
    for value in known {
        if !states.iter().any(|state| state.total_cmp(value).is_eq()) {
            states.push(*value);
            if states.len() > MOST_STATES {
                return false;
            }
        }
    }
    known.len() >= LEAST_PER_STATE * states.len()
}

fn is_counter(known: &[f64]) -> bool {
    let steps = known.len().saturating_sub(1) as f64;
    let (mut rises, mut resets) = (0.0, 0.0);
    for pair in known.windows(2) {
        if pair[1] > pair[0] {
            rises += 1.0;
        } else if pair[1] < pair[0] {
            if pair[1] < 0.0 || pair[1] > pair[0] * RESET_TO {
                return false;
            }
            resets += 1.0;
        }
    }
    rises >= LEAST_COUNTING * steps && resets <= MOST_RESETS * steps && rises > resets
}

fn zeros(known: &[f64]) -> f64 {
    known.iter().filter(|value| **value == 0.0).count() as f64 / known.len() as f64
}

fn trend(values: &[f64]) -> f64 {
    let (n, middle, level) = (
        values.len() as f64,
        (values.len() as f64 - 1.0) / 2.0,
        mean(values),
    );
    let by_time: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, value)| (at as f64 - middle) * (value - level))
        .collect();
    let together = sum_by(&by_time, |product| product);
    let times = n * (n * n - 1.0) / 12.0;
    let all = variance(values) * n;
    share(together * together, times * all)
}

fn noise(values: &[f64]) -> f64 {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let jumps = sum_by(&steps, |step| step * step) / steps.len().max(1) as f64;
    let all = 2.0 * variance(values);
    if all > 0.0 {
        (jumps / all).min(2.0)
    } else {
        0.0
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Random;

    #[test]
    fn profile_when_a_season_repeats_then_names_it() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..960)
            .map(|at| libm::sin(f64::from(at) * 0.130_899_693_9) + 0.2 * random.normal())
            .collect();
        let found = profile(&values, 60_000);
        assert_eq!(found.seasons[0].samples, 48);
        assert_eq!(found.seasons[0].ms, 2_880_000);
        assert!(!found.flag_like && !found.counter && !found.constant);
        assert!(found.noise < 0.3 && found.trend < 0.1, "{found:?}");
    }

    #[test]
    fn profile_when_a_counter_is_reset_then_it_is_still_one() {
        let values: Vec<f64> = (0..300).map(|at| f64::from(at % 150) * 3.0).collect();
        assert!(profile(&values, 1000).counter);
        let sawtooth: Vec<f64> = (0..300).map(|at| f64::from(at % 7)).collect();
        assert!(!profile(&sawtooth, 1000).counter);
    }

    #[test]
    fn profile_when_values_are_few_and_repeat_then_it_is_a_flag() {
        let values: Vec<f64> = (0..200)
            .map(|at| f64::from(u8::from(at % 50 > 40)))
            .collect();
        let found = profile(&values, 1000);
        assert!(found.flag_like);
        assert!((found.intermittency - 0.82).abs() < 1e-12);
    }

    #[test]
    fn profile_when_it_is_a_line_then_all_is_trend() {
        let values: Vec<f64> = (0..200).map(|at| 1e149 * f64::from(at) / 200.0).collect();
        let found = profile(&values, 1000);
        assert!((found.trend - 1.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn profile_when_there_is_nothing_or_nothing_happens_then_says_so() {
        assert_eq!(profile(&[], 1000), Profile::default());
        assert!((profile(&[f64::NAN; 4], 1000).gaps - 1.0).abs() < 1e-12);
        let constant = profile(&[3.0, f64::NAN, 3.0, f64::INFINITY], 1000);
        assert!(constant.constant && (constant.gaps - 0.5).abs() < 1e-12);
        assert!(profile(&[3.0], 1000).constant);
    }
}
