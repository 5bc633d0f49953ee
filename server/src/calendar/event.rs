//! One event: when it begins, how long it lasts and how it comes again, on the wall of its zone.

use hindcast_shared::api::Occurrence;
use hindcast_shared::time::{DAY_MS, TimeRange};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::rrule::{End, Recurrence};

/// How long an event lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Length {
    /// So long, whatever the clocks do meanwhile.
    Millis(i64),
    /// So many days on the wall.
    Days(i64),
}

impl Length {
    fn most_ms(self) -> i64 {
        match self {
            Self::Millis(length_ms) => length_ms,
            // A day on the wall has 25 hours at most.
            Self::Days(days) => days * (DAY_MS + DAY_MS / 24),
        }
    }
}

/// An event that may come again.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) start: DateTime,
    pub(super) zone: TimeZone,
    pub(super) length: Length,
    pub(super) rules: Vec<Recurrence>,
    /// Further beginnings.
    pub(super) also: Vec<Also>,
    /// Beginnings that are left out, in order.
    pub(super) except_ms: Vec<i64>,
    pub(super) title: String,
}

/// A further beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Also {
    pub(super) at_ms: i64,
    /// Its own, unless it is the event's.
    pub(super) length: Option<Length>,
}

/// The last year that no recurrence counts from any more.
const TOO_OLD: i16 = 1899;

impl Event {
    /// What it costs to be asked about: more beginnings than it has in a year, and rules that must be counted.
    ///
    /// # Errors
    /// A sentence, of one that begins too long ago.
    pub(super) fn cost(&self) -> Result<(u64, usize), String> {
        if self.start.year() <= TOO_OLD && !self.rules.is_empty() {
            return Err(format!("begins before {}", TOO_OLD + 1));
        }
        let most: u64 = self.rules.iter().map(Recurrence::most_a_year).sum();
        let counted = self.rules.iter().filter(|rule| rule.is_counted()).count();
        Ok((most + self.also.len() as u64 + 1, counted))
    }

    /// Its occurrences that overlap a range, whole.
    pub(super) fn within(&self, range: TimeRange, out: &mut Vec<Occurrence>) {
        let longest_ms = self.length.most_ms();
        let mut starts = Vec::new();
        if self.rules.is_empty() {
            starts.extend(instant(self.start, &self.zone));
        }
        let last = wall(range.to_ms.min(MOST_MS), &self.zone);
        // A day more, for zones and for what the clocks do.
        let near_ms = range.from_ms.saturating_sub(longest_ms + DAY_MS);
        let near = wall(near_ms.min(MOST_MS), &self.zone);
        for rule in &self.rules {
            let in_time = |at: DateTime| match rule.end {
                End::UntilUtc(until) => instant(at, &self.zone) <= instant(until, &TimeZone::UTC),
                _ => true,
            };
            rule.occurrences((near, last), in_time, |at| {
                let at_ms = instant(at, &self.zone);
                starts.extend(at_ms.filter(|at_ms| at_ms + longest_ms > range.from_ms));
            });
        }
        starts.sort_unstable();
        starts.dedup();
        let own = starts.into_iter().map(|at_ms| (at_ms, self.length));
        let further = self.also.iter();
        let further = further.map(|also| (also.at_ms, also.length.unwrap_or(self.length)));
        let mut all: Vec<(i64, Length)> = own.chain(further).collect();
        all.sort_unstable();
        all.dedup();
        for (start_ms, length) in all {
            let left_out = self.except_ms.binary_search(&start_ms).is_ok();
            let end_ms = self.end_ms(start_ms, length);
            if !left_out && start_ms < range.to_ms && end_ms > range.from_ms && start_ms < end_ms {
                let title = self.title.clone();
                out.push(Occurrence {
                    start_ms,
                    end_ms,
                    title,
                });
            }
        }
    }

    fn end_ms(&self, start_ms: i64, length: Length) -> i64 {
        match length {
            Length::Millis(length_ms) => start_ms.saturating_add(length_ms),
            Length::Days(days) => wall(start_ms, &self.zone)
                .checked_add(jiff::Span::new().days(days))
                .ok()
                .and_then(|end| instant(end, &self.zone))
                .unwrap_or(start_ms),
        }
    }
}

/// The year 9000: nothing is asked about beyond it.
const MOST_MS: i64 = 221_845_392_000_000;

/// The instant of a time on the wall. Where the clocks go forward over it, as long after the change as it says; where
/// they show it twice, the first.
pub(super) fn instant(at: DateTime, zone: &TimeZone) -> Option<i64> {
    let zoned = zone.to_ambiguous_timestamp(at).compatible().ok()?;
    Some(zoned.as_millisecond())
}

/// What a clock shows at an instant.
fn wall(at_ms: i64, zone: &TimeZone) -> DateTime {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    zone.to_datetime(at)
}

/// From one time on the wall to another: days between days, elapsed time between times.
pub(super) fn exact_or_days(
    (begins, zone): (DateTime, &TimeZone),
    (ends, end_zone): (DateTime, &TimeZone),
    whole_days: bool,
) -> Result<Length, String> {
    if whole_days {
        let days = begins
            .date()
            .until(ends.date())
            .map_err(|error| error.to_string())?;
        return Ok(Length::Days(i64::from(days.get_days()).max(1)));
    }
    let beyond = || "it lies beyond time".to_owned();
    let length_ms =
        instant(ends, end_zone).ok_or_else(beyond)? - instant(begins, zone).ok_or_else(beyond)?;
    if length_ms < 0 {
        return Err("it ends before it begins".to_owned());
    }
    Ok(Length::Millis(length_ms))
}
