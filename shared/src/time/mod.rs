//! Time without a clock: ranges, durations as people write them, the grammar of relative times, zone offsets.
//!
//! All instants are UTC milliseconds since 1970 (`*_ms: i64`). Zone *names* are resolved by the server;
//! here a zone is a table of offsets ([`UtcOffsets`]).

mod civil;
mod day;
mod duration;
mod grammar;

pub use civil::{Civil, civil, days_in_month, ms_from_civil};
pub use day::{Day, Holidays};
pub use duration::Millis;
pub use grammar::{Edge, parse_instant};

use serde::{Deserialize, Serialize};

/// One second in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// One week in milliseconds.
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// Where "now" comes from; the server has the machine's clock, tests and replays their own.
pub trait Clock: Send + Sync {
    /// UTC milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// How many of its milliseconds pass in a real one: 1, but for clocks that run fast on purpose.
    fn speed(&self) -> u32 {
        1
    }
}

/// A half-open range of time, `[from_ms, to_ms)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeRange {
    /// First instant inside.
    pub from_ms: i64,
    /// First instant after it.
    pub to_ms: i64,
}

impl TimeRange {
    /// The range, or nothing if it is empty or runs backwards.
    pub fn new(from_ms: i64, to_ms: i64) -> Option<Self> {
        (from_ms < to_ms).then_some(Self { from_ms, to_ms })
    }

    /// Length in milliseconds.
    pub fn duration_ms(&self) -> i64 {
        self.to_ms - self.from_ms
    }

    /// Whether the instant lies inside.
    pub fn contains(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }
}

/// The largest multiple of `step_ms` that is not after `at_ms`.
pub fn floor_to(at_ms: i64, step_ms: i64) -> i64 {
    at_ms.div_euclid(step_ms) * step_ms
}

/// The smallest multiple of `step_ms` that is not before `at_ms`.
pub fn ceil_to(at_ms: i64, step_ms: i64) -> i64 {
    -((-at_ms).div_euclid(step_ms)) * step_ms
}

/// The offsets of a time zone over a range: what the server sends instead of a zone name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UtcOffsets {
    /// `(from_ms, offset_ms)`: from this instant on local time is UTC plus the offset; ascending.
    entries: Vec<(i64, i64)>,
    /// Days that seasons take for Sundays; a rule names them.
    #[serde(skip)]
    holidays: Holidays,
}

impl Default for UtcOffsets {
    fn default() -> Self {
        Self::utc()
    }
}

/// Sorts what is in order already, or nearly: the standard library's sort weighs kilobytes for each type.
pub(crate) fn ascending<T: Ord>(items: Vec<T>) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::with_capacity(items.len());
    for item in items {
        let before = sorted.iter().rposition(|other| *other <= item);
        sorted.insert(before.map_or(0, |at| at + 1), item);
    }
    sorted
}

impl UtcOffsets {
    /// UTC itself.
    pub const fn utc() -> Self {
        Self {
            entries: Vec::new(),
            holidays: Holidays::NONE,
        }
    }

    /// A table from `(from_ms, offset_ms)` entries; sorted here, UTC before the first.
    pub fn new(entries: Vec<(i64, i64)>) -> Self {
        Self {
            entries: ascending(entries),
            holidays: Holidays::NONE,
        }
    }

    /// The same wall clock under these holidays.
    #[must_use]
    pub fn with_holidays(&self, holidays: &Holidays) -> Self {
        Self {
            entries: self.entries.clone(),
            holidays: holidays.clone(),
        }
    }

    /// The wall clock at a UTC instant as seasons read it: holidays are Sundays.
    pub fn season_ms(&self, at_ms: i64) -> i64 {
        let local_ms = at_ms + self.offset_ms(at_ms);
        self.holidays.season_ms(local_ms)
    }

    /// The offset in force at a UTC instant.
    pub fn offset_ms(&self, at_ms: i64) -> i64 {
        let after = self
            .entries
            .partition_point(|(from_ms, _)| *from_ms <= at_ms);
        after
            .checked_sub(1)
            .map_or(0, |index| self.entries[index].1)
    }

    /// The UTC instant of a local wall-clock time; in a gap of the clocks the later offset is taken.
    pub fn utc_from_local(&self, local_ms: i64) -> i64 {
        let guess = local_ms - self.offset_ms(local_ms);
        local_ms - self.offset_ms(guess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_and_ceil_when_before_1970_then_still_align() {
        assert_eq!(floor_to(-1, 60), -60);
        assert_eq!(ceil_to(-1, 60), 0);
        assert_eq!(ceil_to(60, 60), 60);
        assert_eq!(ceil_to(61, 60), 120);
    }

    #[test]
    fn offset_when_the_clocks_change_then_follows_the_table() {
        let table = UtcOffsets::new(vec![(1_000, HOUR_MS), (0, 0)]);
        assert_eq!(table.offset_ms(999), 0);
        assert_eq!(table.offset_ms(1_000), HOUR_MS);
        assert_eq!(table.offset_ms(-5), 0);
    }
}
