//! What does not repeat: changes of the level, and lone spikes.

use serde::Serialize;

use crate::detector::auto::Profile;
use crate::detector::change::pelt::segments;
use crate::math::stats::{MAD_TO_DEVIATION, deviation, mad, median_mut};

/// What is left of a series without its strongest season.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Departures {
    /// The largest lasting changes of the level, in order of time.
    pub changes: Vec<LevelChange>,
    /// Samples that stand far out of the level that they belong to.
    pub spikes: u64,
    /// The same as a share of all values, 0 to 1.
    pub spike_share: f64,
    /// By how much it rises a day, after the line of least squares; 0 where the level changes instead.
    pub rise_a_day: f64,
}

/// One lasting change of the level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LevelChange {
    /// The first instant of the new level.
    pub at_ms: i64,
    /// The level before, in the unit of the series.
    pub before: f64,
    /// The level after.
    pub after: f64,
}

/// The division into levels costs with the square of their number; this many answer at once.
const MOST_BUCKETS: usize = 1_000;
/// A change counts from so many deviations of what lies around the levels on.
const LEAST_CHANGE: f64 = 4.0;
/// A level that lasts less than this share of the series is an event and no level.
const SHORTEST_LEVEL: f64 = 0.05;
/// The most that are told.
const MOST_CHANGES: usize = 8;
/// How many deviations a spike stands out.
const SPIKE: f64 = 6.0;
/// Shorter series have no levels to speak of.
const FEWEST: usize = 48;

pub(super) fn departures(
    values: &[f64],
    start_ms: i64,
    step_ms: i64,
    shape: &Profile,
) -> Departures {
    let known = values.iter().filter(|value| value.is_finite()).count();
    if known < FEWEST || shape.constant || shape.counter || shape.flag_like {
        return Departures::default();
    }
    let period = shape
        .seasons
        .first()
        .map_or(0, |season| season.samples as usize);
    let rest = without_season(values, period);
    let width = rest.len().div_ceil(MOST_BUCKETS);
    let buckets: Vec<f64> = rest.chunks(width).map(middle).collect();
    let levels = levels(&buckets);
    let mut spread_around: Vec<f64> = Vec::with_capacity(known);
    for (index, value) in rest.iter().enumerate() {
        let bucket = index / width;
        let level = levels.iter().find(|level| bucket < level.end);
        if let Some(level) = level.filter(|_| value.is_finite()) {
            spread_around.push(value - level.value);
        }
    }
    let spread = MAD_TO_DEVIATION * mad(&spread_around);
    let spread = if spread > 0.0 {
        spread
    } else {
        deviation(&spread_around)
    };
    let spikes = spread_around
        .iter()
        .filter(|value| value.abs() > SPIKE * spread)
        .count();
    let changes: Vec<LevelChange> = levels
        .windows(2)
        .map(|pair| LevelChange {
            at_ms: start_ms + (pair[0].end * width) as i64 * step_ms,
            before: pair[0].value,
            after: pair[1].value,
        })
        .collect();
    let per_day = crate::time::DAY_MS as f64 / step_ms as f64;
    Departures {
        rise_a_day: if changes.is_empty() {
            slope(&rest) * per_day
        } else {
            0.0
        },
        changes,
        spikes: spikes as u64,
        spike_share: spikes as f64 / known as f64,
    }
}

/// The values less what is usual at their phase, on the level of the whole; as they are without a season.
fn without_season(values: &[f64], period: usize) -> Vec<f64> {
    let mut rest = values.to_vec();
    if period < 2 {
        return rest;
    }
    let all = middle(values);
    for phase in 0..period {
        let of_phase: Vec<f64> = values.iter().skip(phase).step_by(period).copied().collect();
        let usual = middle(&of_phase);
        if usual.is_finite() {
            for value in rest.iter_mut().skip(phase).step_by(period) {
                *value -= usual - all;
            }
        }
    }
    rest
}

/// The median of what is there; NaN of nothing.
fn middle(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if known.is_empty() {
        return f64::NAN;
    }
    median_mut(&mut known)
}

#[derive(Debug, Clone, Copy)]
struct Level {
    /// The bucket behind the last.
    end: usize,
    value: f64,
}

/// Levels that last and that differ by more than what lies around them: the least different neighbours are joined
/// until all do.
fn levels(buckets: &[f64]) -> Vec<Level> {
    let mut levels: Vec<(usize, Level)> = segments(buckets, 0.0)
        .into_iter()
        .map(|segment| {
            let (start, end) = (segment.start as usize, segment.end as usize);
            (
                start,
                Level {
                    end,
                    value: middle(&buckets[start..end]),
                },
            )
        })
        .collect();
    let spread = |levels: &[(usize, Level)]| {
        let around = levels.iter().flat_map(|(start, level)| {
            let inside = &buckets[*start..level.end];
            inside
                .iter()
                .map(|value| value - level.value)
                .filter(|value| value.is_finite())
        });
        MAD_TO_DEVIATION * mad(&around.collect::<Vec<f64>>())
    };
    let shortest = (buckets.len() as f64 * SHORTEST_LEVEL).max(2.0) as usize;
    while levels.len() > 1 {
        let least = LEAST_CHANGE * spread(&levels);
        let weight = |at: usize| {
            let (one, other) = (levels[at], levels[at + 1]);
            let length = (one.1.end - one.0).min(other.1.end - other.0);
            let jump = (other.1.value - one.1.value).abs();
            (length >= shortest && jump > least, jump)
        };
        let weakest = (0..levels.len() - 1).min_by(|a, b| {
            let (a, b) = (weight(*a), weight(*b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let Some(at) = weakest.filter(|at| !weight(*at).0 || levels.len() > MOST_CHANGES + 1)
        else {
            break;
        };
        let (start, end) = (levels[at].0, levels[at + 1].1.end);
        levels[at] = (
            start,
            Level {
                end,
                value: middle(&buckets[start..end]),
            },
        );
        levels.remove(at + 1);
    }
    levels.into_iter().map(|(_, level)| level).collect()
}

/// The slope of the line of least squares, a sample.
fn slope(values: &[f64]) -> f64 {
    let known = || {
        values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite())
    };
    let count = known().count() as f64;
    let times: Vec<f64> = known().map(|(at, _)| at as f64).collect();
    let heights: Vec<f64> = known().map(|(_, value)| *value).collect();
    let (time, height) = (
        crate::sum::sum(&times) / count,
        crate::sum::sum(&heights) / count,
    );
    let products: Vec<f64> = times
        .iter()
        .zip(&heights)
        .map(|(t, h)| (t - time) * (h - height))
        .collect();
    let squares = crate::sum::sum_by(&times, |t| (t - time) * (t - time));
    if squares > 0.0 {
        crate::sum::sum(&products) / squares
    } else {
        0.0
    }
}
