//! Which season a seasonal rule follows, by the clock on the wall.

use serde::{Deserialize, Serialize};

use crate::detector::about::ParamSpec;
use crate::time::{DAY_MS, HOUR_MS, WEEK_MS};

/// Midnight of a Monday, in milliseconds since 1970 (which began on a Thursday).
const MONDAY_MS: i64 = 4 * DAY_MS;

/// The choice of a profile.
pub(super) const SEASON: ParamSpec = ParamSpec::choice(
    "season",
    "Season",
    "What repeats: the hours of a day, the days of a week, every hour of a week on its own, or the sum of what an hour and a day add.",
    &["hour_of_day", "day_of_week", "hour_of_week", "day_and_week"],
);

/// The choice of a model with one season.
pub(super) const CYCLE: ParamSpec = ParamSpec::choice(
    "season",
    "Season",
    "After how long the series repeats itself.",
    &["day", "week", "hour"],
);

/// A cycle cut into slots of equal length, by local time: so a change of the clocks moves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slots {
    cycle_ms: i64,
    slot_ms: i64,
}

impl Slots {
    /// The slots of [`SEASON`].
    pub(super) fn of_season(choice: usize) -> Self {
        let (cycle_ms, slot_ms) = match choice {
            0 => (DAY_MS, HOUR_MS),
            1 => (WEEK_MS, DAY_MS),
            _ => (WEEK_MS, HOUR_MS),
        };
        Self { cycle_ms, slot_ms }
    }

    /// Whether the choice of [`SEASON`] adds what an hour and what a day bring.
    pub(super) fn are_added(choice: usize) -> bool {
        choice == 3
    }

    /// The slots of [`CYCLE`] for samples that lie `step_ms` apart, at most `most`.
    pub(super) fn of_cycle(choice: usize, step_ms: i64, most: i64) -> Self {
        let cycle_ms = match choice {
            0 => DAY_MS,
            1 => WEEK_MS,
            _ => HOUR_MS,
        };
        let step_ms = step_ms.clamp(1, cycle_ms);
        // Whole steps, so that each slot meets the same number of samples.
        let steps = (cycle_ms / step_ms).max(1);
        Self {
            cycle_ms,
            slot_ms: step_ms * (steps + most - 1).div_euclid(most).max(1),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        ((self.cycle_ms + self.slot_ms - 1) / self.slot_ms) as usize
    }

    /// How long a cycle is.
    pub(super) fn cycle_ms(&self) -> i64 {
        self.cycle_ms
    }

    /// How long one is.
    pub(super) fn slot_ms(&self) -> i64 {
        self.slot_ms
    }

    /// Whether a slot runs into the next one, as hours do and weekdays do not.
    pub(super) fn are_smooth(&self) -> bool {
        self.slot_ms < DAY_MS
    }

    /// How far a wall-clock time is into its cycle.
    fn phase_ms(&self, local_ms: i64) -> i64 {
        (local_ms - MONDAY_MS).rem_euclid(self.cycle_ms)
    }

    /// The slot of a wall-clock time.
    pub(super) fn slot(&self, local_ms: i64) -> usize {
        (self.phase_ms(local_ms) / self.slot_ms) as usize
    }

    /// How far a wall-clock time is into its slot.
    pub(super) fn inside_ms(&self, local_ms: i64) -> i64 {
        self.phase_ms(local_ms) % self.slot_ms
    }

    /// Counts the slots since 1970: another number is another visit.
    pub(super) fn visit(&self, local_ms: i64) -> i64 {
        let cycle = (local_ms - MONDAY_MS).div_euclid(self.cycle_ms);
        cycle * self.count() as i64 + self.slot(local_ms) as i64
    }

    /// The slot between whose middle and its own a time lies, and how near that one is: 0 to 0.5.
    pub(super) fn neighbour(&self, local_ms: i64) -> (usize, f64) {
        let (slot, count) = (self.slot(local_ms), self.count());
        let share = self.inside_ms(local_ms) as f64 / self.slot_ms as f64 - 0.5;
        if share < 0.0 {
            ((slot + count - 1) % count, -share)
        } else {
            ((slot + 1) % count, share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_when_asked_for_a_week_then_begin_on_monday() {
        let week = Slots::of_season(1);
        // 1970-01-01 was a Thursday.
        assert_eq!(week.slot(0), 3);
        assert_eq!(week.slot(-1), 2);
        assert_eq!(week.slot(MONDAY_MS), 0);
        assert_eq!(Slots::of_season(2).count(), 168);
        assert_eq!(Slots::of_season(0).slot(23 * HOUR_MS), 23);
    }

    #[test]
    fn slots_when_there_would_be_too_many_then_are_longer() {
        assert_eq!(Slots::of_cycle(0, 60_000, 2_016).count(), 1_440);
        assert_eq!(Slots::of_cycle(1, 60_000, 2_016).count(), 2_016);
        assert_eq!(Slots::of_cycle(1, 1_000, 2_016).count(), 2_016);
        assert_eq!(Slots::of_cycle(0, 2 * DAY_MS, 2_016).count(), 1);
    }

    #[test]
    fn neighbour_when_before_or_after_the_middle_then_is_the_nearer_side() {
        let day = Slots::of_season(0);
        assert_eq!(day.neighbour(0), (23, 0.5));
        assert_eq!(day.neighbour(HOUR_MS / 2), (1, 0.0));
        assert_eq!(day.neighbour(23 * HOUR_MS + 3 * HOUR_MS / 4), (0, 0.25));
    }
}
