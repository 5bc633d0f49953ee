//! Recurrences by the minute or second that name days too, such as each minute of the first of January.
//!
//! The crate that counts recurrences out looks at each minute of the months between, and gives up after so many. Here
//! it counts the days alone, and the minutes within a day are counted from the start of the whole.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::{Date, DateTime};
use rrule::{Frequency, RRule, RRuleSet};

use super::rrule::said;
use super::wall::{from_wall, to_wall};

/// How long after its start it must hold for the first time.
const YEARS_TO_FIRST: i64 = 30;

/// The minutes or seconds of the days that a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WithinDays {
    days: RRule,
    start: DateTime,
    /// What is counted: a minute or a second.
    unit_s: i64,
    /// From one to the next, in units; more than none.
    interval: i64,
    at_hours: Vec<i8>,
    at_minutes: Vec<i8>,
    at_seconds: Vec<i8>,
    count: Option<u32>,
}

impl WithinDays {
    /// A rule that names days and is counted by smaller units than hours, of these parts; nothing for any other one.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(super) fn of(
        rule: &RRule,
        parts: &[&str],
        start: DateTime,
    ) -> Result<Option<Self>, String> {
        let Some(days) = days(parts) else {
            return Ok(None);
        };
        let unit_s = match rule.get_freq() {
            Frequency::Minutely => 60,
            Frequency::Secondly => 1,
            _ => return Ok(None),
        };
        if !rule.get_by_set_pos().is_empty() {
            return Err("BYSETPOS needs FREQ=HOURLY or less often where days are named".to_owned());
        }
        let listed = |listed: &[u8], or: Vec<i8>| {
            if listed.is_empty() {
                return or;
            }
            let numbers = listed.iter().filter_map(|one| i8::try_from(*one).ok());
            let numbers: BTreeSet<i8> = numbers.collect();
            numbers.into_iter().collect()
        };
        // Minutes have the second of the start, unless they name one.
        let second = if unit_s == 60 {
            vec![start.second()]
        } else {
            (0..60).collect()
        };
        let read = Self {
            days: read_days(&days, start)?,
            start,
            unit_s,
            interval: i64::from(rule.get_interval().max(1)),
            at_hours: listed(rule.get_by_hour(), (0..24).collect()),
            at_minutes: listed(rule.get_by_minute(), (0..60).collect()),
            at_seconds: listed(rule.get_by_second(), second),
            count: rule.get_count(),
        };
        let mut any = false;
        let last = read.start.saturating_add(Span::new().years(YEARS_TO_FIRST));
        read.walk((read.start, last), |_| {
            any = true;
            false
        });
        if any {
            Ok(Some(read))
        } else {
            Err(format!("it names no time within {YEARS_TO_FIRST} years"))
        }
    }

    /// Its occurrences in order, at most up to `last`, for as long as they are wanted; what lies before the day of
    /// `near` is left out, unless it has to be counted.
    pub(super) fn walk(
        &self,
        (near, last): (DateTime, DateTime),
        mut wanted: impl FnMut(DateTime) -> bool,
    ) {
        let from = match self.count {
            Some(_) => self.start,
            None => near.max(self.start),
        };
        let Ok(begin) = to_wall(midnight(from.date())) else {
            return;
        };
        let mut left = self.count.unwrap_or(u32::MAX);
        let set = RRuleSet::new(begin).rrule(self.days.clone()).limit();
        for day in set.into_iter().map_while(from_wall) {
            if day > last {
                return;
            }
            for at in self.of_day(day) {
                if left == 0 || at > last || !wanted(at) {
                    return;
                }
                left -= u32::from(self.count.is_some());
            }
        }
    }

    /// Those of the day that begins then, in order.
    fn of_day(&self, day: DateTime) -> impl Iterator<Item = DateTime> {
        let passed_s = day.duration_since(midnight(self.start.date())).as_secs();
        let start_s = second_of_day(self.start);
        let unit =
            move |at_s: i64| (passed_s + at_s).div_euclid(self.unit_s) - start_s / self.unit_s;
        let minutes = self.at_hours.iter().flat_map(move |hour| {
            let minutes = self.at_minutes.iter();
            minutes.map(move |minute| day.date().at(*hour, *minute, 0, 0))
        });
        minutes
            // A minute is asked about once, where none of its seconds can be one of them.
            .filter(move |at| self.unit_s == 1 || unit(second_of_day(*at)) % self.interval == 0)
            .flat_map(|at| self.at_seconds.iter().map(move |second| (at, *second)))
            .filter_map(|(at, second)| at.with().second(second).build().ok())
            .filter(move |at| *at >= self.start && unit(second_of_day(*at)) % self.interval == 0)
    }
}

/// The days alone, if any are named. Those of a year can only be named by the year.
///
/// From the text: the crate keeps days that are counted from a month's end to itself.
fn days(parts: &[&str]) -> Option<String> {
    let key = |part: &str| {
        part.split('=')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
    };
    let names = |wanted: &str| parts.iter().any(|part| key(part) == wanted);
    let freq = if names("BYYEARDAY") {
        "YEARLY"
    } else if names("BYMONTH") || names("BYMONTHDAY") {
        "DAILY"
    } else {
        return None;
    };
    let kept = parts.iter().copied().filter(|part| {
        matches!(
            key(part).as_str(),
            "BYMONTH" | "BYMONTHDAY" | "BYYEARDAY" | "BYDAY"
        )
    });
    let kept: Vec<&str> = kept.collect();
    Some(format!("FREQ={freq};{}", kept.join(";")))
}

fn read_days(text: &str, start: DateTime) -> Result<RRule, String> {
    let rule: RRule<rrule::Unvalidated> = text.parse().map_err(said)?;
    rule.validate(to_wall(midnight(start.date()))?)
        .map_err(said)
}

fn midnight(day: Date) -> DateTime {
    day.at(0, 0, 0, 0)
}

fn second_of_day(at: DateTime) -> i64 {
    i64::from(at.hour()) * 3_600 + i64::from(at.minute()) * 60 + i64::from(at.second())
}
