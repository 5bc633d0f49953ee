//! The axis of time: round local times, and how they are written.
//!
//! A zone is a table of offsets, so a day of 23 hours has its ticks where the clocks on the wall say so.

use std::sync::OnceLock;

use crate::time::{Civil, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimeRange, UtcOffsets, civil};

/// A tick with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTick {
    /// When.
    pub at_ms: i64,
    /// `14:05`, or `Nov 20` where a day begins.
    pub label: String,
    /// Whether a day begins here.
    pub day: bool,
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How a reader's language writes a day, where a program has one reader; English otherwise.
static WRITE_DAY: OnceLock<fn(Civil) -> String> = OnceLock::new();

/// Has every later text write days as a language does. Only the first call counts.
pub fn write_days_with(write: fn(Civil) -> String) {
    // A second call would mean two readers of one page.
    WRITE_DAY.set(write).ok();
}

/// `20 Nov`, with the year where a year begins.
pub fn day_text(date: Civil) -> String {
    if let Some(write) = WRITE_DAY.get() {
        return write(date);
    }
    let month = MONTHS[(date.month as usize + 11) % 12];
    if (date.day, date.month) == (1, 1) {
        format!("1 Jan {}", date.year)
    } else {
        format!("{} {month}", date.day)
    }
}

/// `20 Nov 14:05` in a zone.
pub fn minute_text(at_ms: i64, zone: &UtcOffsets) -> String {
    let date = civil(at_ms + zone.offset_ms(at_ms));
    format!("{} {}", day_text(date), time_of_day(date, false))
}

/// `14:05:30` in a zone.
pub fn second_text(at_ms: i64, zone: &UtcOffsets) -> String {
    time_of_day(civil(at_ms + zone.offset_ms(at_ms)), true)
}

fn time_of_day(date: Civil, seconds: bool) -> String {
    let (hours, minutes) = (date.hour(), date.minute());
    if seconds {
        format!(
            "{hours:02}:{minutes:02}:{:02}",
            date.of_day_ms / SECOND_MS % 60
        )
    } else {
        format!("{hours:02}:{minutes:02}")
    }
}

/// Distances that people count in.
const STEPS_MS: [i64; 24] = [
    SECOND_MS,
    5 * SECOND_MS,
    10 * SECOND_MS,
    15 * SECOND_MS,
    30 * SECOND_MS,
    MINUTE_MS,
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    2 * DAY_MS,
    7 * DAY_MS,
    14 * DAY_MS,
    30 * DAY_MS,
    60 * DAY_MS,
    182 * DAY_MS,
    365 * DAY_MS,
];

/// At most `most` ticks at round local times.
pub fn time_ticks(range: TimeRange, zone: &UtcOffsets, most: u32) -> Vec<TimeTick> {
    let most = i64::from(most.max(1));
    let step_ms = STEPS_MS
        .into_iter()
        .find(|step_ms| range.duration_ms() / step_ms < most)
        .unwrap_or(range.duration_ms().max(1));
    let first_local = range.from_ms + zone.offset_ms(range.from_ms);
    let mut local_ms = first_local.div_euclid(step_ms) * step_ms;
    let mut ticks: Vec<TimeTick> = Vec::new();
    loop {
        let at_ms = zone.utc_from_local(local_ms);
        if at_ms >= range.to_ms {
            return ticks;
        }
        let fresh = ticks.last().is_none_or(|last| last.at_ms < at_ms);
        if range.contains(at_ms) && fresh {
            let date = civil(local_ms);
            let day = date.of_day_ms == 0;
            let label = if day {
                day_text(date)
            } else {
                time_of_day(date, step_ms < MINUTE_MS)
            };
            ticks.push(TimeTick { at_ms, label, day });
        }
        local_ms += step_ms;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_when_a_leap_day_then_is_right() {
        assert_eq!(
            minute_text(1_709_210_096_000, &UtcOffsets::utc()),
            "29 Feb 12:34"
        );
        assert_eq!(
            second_text(1_709_210_096_000, &UtcOffsets::utc()),
            "12:34:56"
        );
        assert_eq!(day_text(civil(0)), "1 Jan 1970");
    }

    #[test]
    fn ticks_when_the_zone_is_ahead_then_days_begin_at_local_midnight() {
        let seoul = UtcOffsets::new(vec![(0, 9 * HOUR_MS)]);
        let range = TimeRange {
            from_ms: 1_768_435_200_000,
            to_ms: 1_768_435_200_000 + 3 * DAY_MS,
        };
        let ticks = time_ticks(range, &seoul, 4);
        assert!(
            ticks
                .iter()
                .all(|tick| tick.day && (tick.at_ms + 9 * HOUR_MS) % DAY_MS == 0)
        );
        assert_eq!(ticks.len(), 3);
    }

    #[test]
    fn ticks_when_the_clocks_change_then_still_stand_at_round_local_times() {
        // Central European summer time begins at 2026-03-29T01:00:00Z.
        let change = 1_774_746_000_000;
        let zone = UtcOffsets::new(vec![(0, HOUR_MS), (change, 2 * HOUR_MS)]);
        let range = TimeRange {
            from_ms: change - DAY_MS,
            to_ms: change + DAY_MS,
        };
        for tick in time_ticks(range, &zone, 10) {
            assert_eq!(
                (tick.at_ms + zone.offset_ms(tick.at_ms)) % HOUR_MS,
                0,
                "{}",
                tick.label
            );
        }
    }

    proptest! {
        #[test]
        fn ticks_when_any_range_then_are_few_inside_and_ascend(from_ms in 0_i64..4_000_000_000_000, minutes in 1_i64..5_000_000, most in 1_u32..20) {
            let range = TimeRange { from_ms, to_ms: from_ms + minutes * MINUTE_MS };
            let ticks = time_ticks(range, &UtcOffsets::utc(), most);
            prop_assert!(ticks.len() <= most as usize + 1);
            prop_assert!(ticks.iter().all(|tick| range.contains(tick.at_ms)));
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms));
        }
    }
}
