//! Recurrence rules of RFC 5545 on the wall: which days and times a rule names. Knows no time zone.
//!
//! Where the standard and `dateutil` differ the latter is followed, as most calendars are tested against it: a start
//! that the rule does not name is no occurrence.
//!
//! Written here because the crates that know recurrences bring another library of time and another database of zones;
//! two of these in one program come to disagree on the day when a country changes its clocks.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::{Date, DateTime, Weekday};

use super::value::{date_time, nonzero, number, numbers, signed, unknown_day, weekday};

/// Periods without any occurrence after which nothing is expected any more: leap days come every eight years at most,
/// and the year has 366 days.
const MOST_EMPTY_PERIODS: u32 = 4_000;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freq {
    Yearly,
    Monthly,
    Weekly,
    Daily,
}

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Never.
    Never,
    /// After so many occurrences.
    Count(u32),
    /// With the last one that is not later, on the wall.
    Until(DateTime),
    /// The same, in UTC.
    UntilUtc(DateTime),
}

/// A recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recurrence {
    freq: Freq,
    interval: i32,
    pub(super) end: End,
    week_starts: Weekday,
    months: Vec<i8>,
    month_days: Vec<i16>,
    year_days: Vec<i16>,
    /// With the number within the month or year, or 0 for each.
    weekdays: Vec<(i16, Weekday)>,
    hours: Vec<i8>,
    minutes: Vec<i8>,
    seconds: Vec<i8>,
    positions: Vec<i32>,
}

impl Recurrence {
    /// Reads `FREQ=WEEKLY;BYDAY=FR`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rule = Self {
            freq: Freq::Daily,
            interval: 1,
            end: End::Never,
            week_starts: Weekday::Monday,
            months: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let text = text.trim();
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        for part in text.trim_end_matches(';').split(';') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not KEY=VALUE"))?;
            let key = key.trim().to_ascii_uppercase();
            if !seen.insert(key.clone()) {
                return Err(format!("{key} is given twice"));
            }
            rule.take(&key, value.trim())?;
        }
        if !seen.contains("FREQ") {
            return Err("FREQ is missing".to_owned());
        }
        if seen.contains("COUNT") && seen.contains("UNTIL") {
            return Err("COUNT and UNTIL exclude each other".to_owned());
        }
        let numbered = rule.weekdays.iter().any(|(number, _)| *number != 0);
        if numbered && matches!(rule.freq, Freq::Weekly | Freq::Daily) {
            return Err("BYDAY with a number needs FREQ=MONTHLY or YEARLY".to_owned());
        }
        Ok(rule)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "FREQ" => {
                self.freq = match value {
                    "YEARLY" => Freq::Yearly,
                    "MONTHLY" => Freq::Monthly,
                    "WEEKLY" => Freq::Weekly,
                    "DAILY" => Freq::Daily,
                    _ => {
                        return Err(format!(
                            "FREQ={value} is not one of DAILY, WEEKLY, MONTHLY, YEARLY; for hours use BYHOUR"
                        ));
                    }
                }
            }
            "INTERVAL" => self.interval = number(key, value, 1, 10_000)?,
            "COUNT" => self.end = End::Count(number(key, value, 1, 100_000)?),
            "UNTIL" => {
                let (until, utc) = date_time(value)?;
                self.end = if utc {
                    End::UntilUtc(until)
                } else {
                    End::Until(until)
                };
            }
            "WKST" => self.week_starts = weekday(value)?,
            "BYMONTH" => self.months = numbers(key, value, 1, 12)?,
            "BYMONTHDAY" => self.month_days = signed(key, value, 31)?,
            "BYYEARDAY" => self.year_days = signed(key, value, 366)?,
            "BYHOUR" => self.hours = numbers(key, value, 0, 23)?,
            "BYMINUTE" => self.minutes = numbers(key, value, 0, 59)?,
            "BYSECOND" => self.seconds = numbers(key, value, 0, 59)?,
            "BYSETPOS" => self.positions = signed(key, value, 366)?,
            "BYDAY" => {
                let mut weekdays: Vec<(i16, Weekday)> = value
                    .split(',')
                    .map(|day| {
                        let at = day
                            .len()
                            .checked_sub(2)
                            .filter(|at| day.is_char_boundary(*at));
                        let (count, name) = day.split_at(at.ok_or_else(|| unknown_day(day))?);
                        let count = match count {
                            "" => 0,
                            count => nonzero(key, count, 53)?,
                        };
                        Ok((count, weekday(name)?))
                    })
                    .collect::<Result<_, String>>()?;
                weekdays.sort_unstable_by_key(|(count, day)| (*count, day.to_monday_zero_offset()));
                weekdays.dedup();
                self.weekdays = weekdays;
            }
            _ => return Err(format!("{key} is not known here")),
        }
        Ok(())
    }

    /// Whether it has to be counted from its beginning, whatever is asked about.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self.end, End::Count(_))
    }

    /// More occurrences than it can have in a year.
    pub(super) fn most_a_year(&self) -> u64 {
        let or_one = |len: usize| len.max(1) as u64;
        let times =
            or_one(self.hours.len()) * or_one(self.minutes.len()) * or_one(self.seconds.len());
        let days_a_week = match self.weekdays.len() {
            0 => 7,
            some => some.min(7) as u64,
        };
        // Within each period no more than all of its days; a period that is longer has more of them.
        let days = match self.freq {
            Freq::Daily => 366 / u64::from(self.interval.unsigned_abs()) + 1,
            Freq::Weekly => days_a_week * (53 / u64::from(self.interval.unsigned_abs()) + 1),
            Freq::Monthly | Freq::Yearly => 366,
        };
        let named = self.weekdays.len() + self.month_days.len() + self.year_days.len();
        let days = match self.freq {
            Freq::Yearly if named == 0 => or_one(self.months.len()),
            Freq::Monthly if named == 0 => 12,
            Freq::Weekly if named == 0 => days / 7,
            _ => days,
        };
        times * days
    }

    /// Occurrences from `start` on, in order, at most up to `last` on the wall; what lies before the period of `near`
    /// may be left out.
    ///
    /// `in_time` says of an occurrence whether it is not later than the end in UTC.
    pub(super) fn occurrences(
        &self,
        start: DateTime,
        (near, last): (DateTime, DateTime),
        in_time: impl Fn(DateTime) -> bool,
        mut found: impl FnMut(DateTime),
    ) {
        let mut period = self.period_near(start.date(), near.date());
        let (mut count, mut empty) = (0, 0);
        while let Some(first) = period.filter(|first| *first <= last.date()) {
            let mut any = false;
            for at in self.of_period(first, start) {
                if at < start {
                    continue;
                }
                count += 1;
                let over = match self.end {
                    End::Never => false,
                    End::Count(most) => count > most,
                    End::Until(until) => at > until,
                    End::UntilUtc(_) => !in_time(at),
                };
                if over || at > last {
                    return;
                }
                any = true;
                found(at);
            }
            empty = if any { 0 } else { empty + 1 };
            if empty > MOST_EMPTY_PERIODS {
                return;
            }
            period = self.next_period(first);
        }
    }

    fn first_period(&self, day: Date) -> Option<Date> {
        match self.freq {
            Freq::Yearly => Date::new(day.year(), 1, 1).ok(),
            Freq::Monthly => Some(day.first_of_month()),
            Freq::Weekly => {
                let back = i64::from(day.weekday().since(self.week_starts));
                day.checked_sub(Span::new().days(back)).ok()
            }
            Freq::Daily => Some(day),
        }
    }

    /// The last period that begins before the one of `near`; the first, where it must be counted from there.
    fn period_near(&self, start: Date, near: Date) -> Option<Date> {
        let first = self.first_period(start)?;
        if self.is_counted() || near <= first {
            return Some(first);
        }
        let days = || near.since(first).map_or(0, |span| span.get_days());
        let years = i32::from(near.year()) - i32::from(first.year());
        let units = match self.freq {
            Freq::Yearly => years,
            Freq::Monthly => 12 * years + i32::from(near.month()) - i32::from(first.month()),
            Freq::Weekly => days() / 7,
            Freq::Daily => days(),
        };
        let skipped = (units / self.interval - 1).max(0) * self.interval;
        self.after(first, skipped)
    }

    fn next_period(&self, first: Date) -> Option<Date> {
        self.after(first, self.interval)
    }

    fn after(&self, first: Date, by: i32) -> Option<Date> {
        let span = Span::new();
        let span = match self.freq {
            Freq::Yearly => span.years(by),
            Freq::Monthly => span.months(by),
            Freq::Weekly => span.weeks(by),
            Freq::Daily => span.days(by),
        };
        first.checked_add(span).ok()
    }

    /// What is named within a period, in order.
    fn of_period(&self, first: Date, start: DateTime) -> Vec<DateTime> {
        let days = match self.freq {
            Freq::Yearly => first.days_in_year(),
            Freq::Monthly => i16::from(first.days_in_month()),
            Freq::Weekly => 7,
            Freq::Daily => 1,
        };
        let times = self.times(start);
        let mut all: Vec<DateTime> = Vec::new();
        let mut day = Some(first);
        for _ in 0..days {
            let Some(today) = day else { break };
            if self.names(today, start.date()) {
                all.extend(
                    times
                        .iter()
                        .map(|(hour, minute, second)| today.at(*hour, *minute, *second, 0)),
                );
            }
            day = today.tomorrow().ok();
        }
        if self.positions.is_empty() {
            return all;
        }
        let len = all.len();
        let place = |position: &i32| {
            let at = usize::try_from(position.abs() - 1).ok()?;
            if *position > 0 {
                Some(at)
            } else {
                len.checked_sub(at + 1)
            }
        };
        let chosen: BTreeSet<usize> = self.positions.iter().filter_map(place).collect();
        chosen
            .into_iter()
            .filter_map(|at| all.get(at).copied())
            .collect()
    }

    fn times(&self, start: DateTime) -> Vec<(i8, i8, i8)> {
        let or = |list: &[i8], own: i8| {
            if list.is_empty() {
                vec![own]
            } else {
                list.to_vec()
            }
        };
        let mut times = BTreeSet::new();
        for hour in or(&self.hours, start.hour()) {
            for minute in or(&self.minutes, start.minute()) {
                for second in or(&self.seconds, start.second()) {
                    times.insert((hour, minute, second));
                }
            }
        }
        times.into_iter().collect()
    }

    /// Whether a day is named.
    fn names(&self, day: Date, start: Date) -> bool {
        let plain =
            self.year_days.is_empty() && self.month_days.is_empty() && self.weekdays.is_empty();
        if plain {
            let fits = match self.freq {
                Freq::Yearly => {
                    day.day() == start.day()
                        && (!self.months.is_empty() || day.month() == start.month())
                }
                Freq::Monthly => day.day() == start.day(),
                Freq::Weekly => day.weekday() == start.weekday(),
                Freq::Daily => true,
            };
            if !fits {
                return false;
            }
        }
        let from_end = |at: i16, of: i16| at - of - 1;
        let (in_month, of_month) = (i16::from(day.day()), i16::from(day.days_in_month()));
        let (in_year, of_year) = (day.day_of_year(), day.days_in_year());
        let listed = |list: &[i16], at: i16, of: i16| {
            list.is_empty() || list.contains(&at) || list.contains(&from_end(at, of))
        };
        (self.months.is_empty() || self.months.contains(&day.month()))
            && listed(&self.year_days, in_year, of_year)
            && listed(&self.month_days, in_month, of_month)
            && (self.weekdays.is_empty()
                || self.weekdays.iter().any(|(number, weekday)| {
                    let whole_year = self.freq == Freq::Yearly && self.months.is_empty();
                    let (at, of) = if whole_year {
                        (in_year, of_year)
                    } else {
                        (in_month, of_month)
                    };
                    let nth = (at - 1) / 7 + 1;
                    let from_last = -((of - at) / 7 + 1);
                    day.weekday() == *weekday
                        && (*number == 0 || *number == nth || *number == from_last)
                }))
    }
}
