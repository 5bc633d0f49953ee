//! The incidents: three every day, each metric in its turn, so that any day has some.
//!
//! They are anchored to UTC days and not to the start of the server: a restart changes no history.

use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, TimeRange};

use super::METRICS;
use super::metric::Metric;
use super::noise;

/// What an incident looks like; the number is its size in the unit of the metric, or the share that is left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// A few minutes far up.
    Spike(f64),
    /// More than an hour on another level.
    Shift(f64),
    /// Half an hour with only this share of the value left.
    DropTo(f64),
    /// Two hours of slow growth, then suddenly over.
    Ramp(f64),
    /// Nothing arrives.
    Silence,
}

impl Shape {
    fn duration_ms(self) -> i64 {
        match self {
            Self::Spike(_) => 12 * MINUTE_MS,
            Self::Shift(_) => 80 * MINUTE_MS,
            Self::DropTo(_) => 35 * MINUTE_MS,
            Self::Ramp(_) => 2 * HOUR_MS,
            Self::Silence => 20 * MINUTE_MS,
        }
    }
}

/// One incident of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Incident {
    /// First instant.
    pub(crate) start_ms: i64,
    /// First instant after it.
    pub(crate) end_ms: i64,
    /// What it looks like.
    pub(crate) shape: Shape,
}

/// No incident is longer than this.
const LONGEST_MS: i64 = 2 * HOUR_MS;

/// When in a day (UTC) the three incidents begin, give or take [`SPREAD_MS`].
const SLOTS_MS: [i64; 3] = [
    2 * HOUR_MS + 50 * MINUTE_MS,
    10 * HOUR_MS + 20 * MINUTE_MS,
    18 * HOUR_MS + 40 * MINUTE_MS,
];

/// Largest distance from the slot.
const SPREAD_MS: i64 = 25 * MINUTE_MS;

/// When in its day a silence begins; none of the slots is near.
const SILENCE_MS: i64 = 6 * HOUR_MS + 30 * MINUTE_MS;

impl Incident {
    /// What the incident makes of a quiet value.
    pub(super) fn apply(&self, at_ms: i64, quiet: f64) -> f64 {
        if at_ms < self.start_ms || at_ms >= self.end_ms {
            return quiet;
        }
        let share = (at_ms - self.start_ms) as f64 / (self.end_ms - self.start_ms) as f64;
        match self.shape {
            Shape::Spike(size) => quiet + size * (0.75 + 0.25 * edge(share, 0.2)),
            Shape::Shift(size) => quiet + size,
            Shape::DropTo(left) => quiet * left,
            Shape::Ramp(size) => quiet + size * share,
            Shape::Silence => f64::NAN,
        }
    }
}

/// 0 at both ends, 1 in the middle, straight lines between.
fn edge(share: f64, width: f64) -> f64 {
    (share / width).min((1.0 - share) / width).clamp(0.0, 1.0)
}

/// The incidents of a metric that overlap a range, oldest first.
pub(super) fn incidents(metric: &Metric, seed: u64, range: TimeRange) -> Vec<Incident> {
    let first_day = (range.from_ms - LONGEST_MS - SPREAD_MS).div_euclid(DAY_MS);
    let last_day = (range.to_ms + SPREAD_MS).div_euclid(DAY_MS);
    let mut found: Vec<Incident> = (first_day..=last_day)
        .flat_map(|day| of_day(metric, seed, day))
        .filter(|incident| incident.start_ms < range.to_ms && incident.end_ms > range.from_ms)
        .collect();
    found.sort_by_key(|incident| incident.start_ms);
    found
}

fn of_day(metric: &Metric, seed: u64, day: i64) -> impl Iterator<Item = Incident> {
    let seed = metric.seed(seed) ^ 3;
    let in_turn = SLOTS_MS
        .iter()
        .enumerate()
        .filter_map(move |(slot, slot_ms)| {
            let turn = day * SLOTS_MS.len() as i64 + slot as i64;
            let (round, whose) = (
                turn.div_euclid(METRICS.len() as i64),
                turn.rem_euclid(METRICS.len() as i64),
            );
            if whose != metric.index as i64 || metric.shapes.is_empty() {
                return None;
            }
            let shape = metric.shapes[round.rem_euclid(metric.shapes.len() as i64) as usize];
            let spread_ms = ((noise::even(seed, turn) * 2.0 - 1.0) * SPREAD_MS as f64) as i64;
            // Whole minutes, so that a label's edges are grid instants.
            let start_ms = (day * DAY_MS + slot_ms + spread_ms).div_euclid(MINUTE_MS) * MINUTE_MS;
            Some(Incident {
                start_ms,
                end_ms: start_ms + shape.duration_ms(),
                shape,
            })
        });
    let silence = metric
        .silent_every_days
        .filter(|days| day.rem_euclid(*days) == 1)
        .map(|_| Incident {
            start_ms: day * DAY_MS + SILENCE_MS,
            end_ms: day * DAY_MS + SILENCE_MS + Shape::Silence.duration_ms(),
            shape: Shape::Silence,
        });
    in_turn.chain(silence)
}
