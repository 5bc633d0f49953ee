//! Recurrence rules of RFC 5545 on the wall: which days and times a rule names. Knows no time zone.
//!
//! The crate `rrule` reads the rules and counts them out, on a wall that stands in no country: which instant a time on
//! the wall is, is for `jiff` alone, since two databases of zones in one program come to disagree on the day when a
//! country changes its clocks. Where the standard and `dateutil` differ the latter is followed, as most calendars are
//! tested against it: a start that the rule does not name is no occurrence.

use jiff::Span;
use jiff::civil::DateTime;
use rrule::{Frequency, NWeekday, RRule, RRuleSet};

use super::minutes::WithinDays;
use super::value::date_time;
use super::wall::{from_wall, to_wall};

/// Most occurrences that `COUNT` may ask for.
const MOST_OCCURRENCES: u32 = 100_000;

/// When it ends; `COUNT` is the rule's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Never, or after so many occurrences.
    Open,
    /// With the last one that is not later, on the wall.
    Until(DateTime),
    /// The same, in UTC.
    UntilUtc(DateTime),
}

/// A recurrence rule, from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recurrence {
    rule: RRule,
    /// What counts it instead of the crate.
    minutes: Option<WithinDays>,
    start: DateTime,
    pub(super) end: End,
}

impl Recurrence {
    /// Reads `FREQ=WEEKLY;BYDAY=FR` of an event that begins at `start`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(super) fn parse(text: &str, start: DateTime) -> Result<Self, String> {
        if !text.is_ascii() {
            return Err(format!("`{text}` is no recurrence"));
        }
        let text = text.trim().trim_start_matches("RRULE:");
        let mut end = End::Open;
        let mut kept = Vec::new();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            match part.trim().split_once('=') {
                // The end is compared by the clock of the event, which only the event knows.
                Some((key, value)) if key.eq_ignore_ascii_case("UNTIL") && end == End::Open => {
                    let (until, utc) = date_time(value.trim())?;
                    end = if utc {
                        End::UntilUtc(until)
                    } else {
                        End::Until(until)
                    };
                }
                Some(_) => kept.push(part.trim()),
                None => return Err(format!("`{part}` is not KEY=VALUE")),
            }
        }
        let rule: RRule<rrule::Unvalidated> = kept.join(";").parse().map_err(said)?;
        let rule = rule.validate(to_wall(start)?).map_err(said)?;
        if end != End::Open && rule.get_count().is_some() {
            return Err("COUNT and UNTIL exclude each other".to_owned());
        }
        if rule
            .get_count()
            .is_some_and(|count| count > MOST_OCCURRENCES)
        {
            return Err(format!("COUNT must not exceed {MOST_OCCURRENCES}"));
        }
        let numbered = |day: &NWeekday| matches!(day, NWeekday::Nth(..));
        if rule.get_freq() > Frequency::Monthly && rule.get_by_weekday().iter().any(numbered) {
            return Err("BYDAY with a number needs FREQ=MONTHLY or YEARLY".to_owned());
        }
        let minutes = WithinDays::of(&rule, &kept, start)?;
        // Such as the thirtieth of February: it would be looked for at every tick.
        let names = || {
            let set = RRuleSet::new(to_wall(start)?).rrule(rule.clone()).limit();
            Ok::<_, String>(set.into_iter().next().is_some())
        };
        if minutes.is_none() && !names()? {
            return Err("it names no time at all".to_owned());
        }
        Ok(Self {
            rule,
            minutes,
            start,
            end,
        })
    }

    /// Whether it has to be counted from its beginning, whatever is asked about.
    pub(super) fn is_counted(&self) -> bool {
        self.rule.get_count().is_some()
    }

    /// More occurrences than it can have in a year.
    pub(super) fn most_a_year(&self) -> u64 {
        let rule = &self.rule;
        let (freq, interval) = (rule.get_freq(), u64::from(rule.get_interval().max(1)));
        let within = |unit: Frequency, listed: usize, of: u64| match listed as u64 {
            // A smaller unit is listed by the rule or is the start's own; from the frequency's own unit on, all are met.
            0 if freq >= unit => of,
            listed => listed.max(1),
        };
        let times = within(Frequency::Hourly, rule.get_by_hour().len(), 24)
            * within(Frequency::Minutely, rule.get_by_minute().len(), 60)
            * within(Frequency::Secondly, rule.get_by_second().len(), 60);
        let per_year = |most: u64| most / interval + 1;
        match freq {
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                self.most_days() * per_year(times)
            }
            Frequency::Daily => times * per_year(366),
            Frequency::Weekly => {
                times * rule.get_by_weekday().len().clamp(1, 7) as u64 * per_year(53)
            }
            Frequency::Monthly | Frequency::Yearly => {
                let one_day = rule.get_by_weekday().is_empty()
                    && rule.get_by_year_day().is_empty()
                    && rule.get_by_week_no().is_empty()
                    && rule.get_by_month_day().len() == 1;
                let months = match freq {
                    Frequency::Yearly => rule.get_by_month().len().max(1) as u64,
                    _ => 12,
                };
                times * if one_day { months } else { 366 }
            }
        }
    }

    /// More days than a rule by smaller units names in a year.
    fn most_days(&self) -> u64 {
        let rule = &self.rule;
        let months = match rule.get_by_month().len() as u64 {
            0 => 12,
            some => some,
        };
        let of_month = match rule.get_by_month_day().len() as u64 {
            0 => 31,
            some => some,
        };
        let of_year = match rule.get_by_year_day().len() as u64 {
            0 => 366,
            some => some,
        };
        let of_week = match rule.get_by_weekday().len() as u64 {
            0 => 366,
            some => some * 53,
        };
        (months * of_month).min(of_year).min(of_week).min(366)
    }

    /// Occurrences in order, at most up to `last` on the wall; what lies before the period of `near` may be left out.
    ///
    /// `in_time` says of an occurrence whether it is not later than the end in UTC.
    pub(super) fn occurrences(
        &self,
        (near, last): (DateTime, DateTime),
        in_time: impl Fn(DateTime) -> bool,
        mut found: impl FnMut(DateTime),
    ) {
        let mut wanted = |at: DateTime| {
            let over = match self.end {
                End::Open => false,
                End::Until(until) => at > until,
                End::UntilUtc(_) => !in_time(at),
            };
            let wanted = !over && at <= last;
            if wanted && at >= self.start {
                found(at);
            }
            wanted
        };
        if let Some(minutes) = &self.minutes {
            minutes.walk((near, last), wanted);
            return;
        }
        let Ok(begin) = to_wall(self.begin_near(near)) else {
            return;
        };
        let set = RRuleSet::new(begin).rrule(self.rule.clone()).limit();
        let mut all = set.into_iter().map_while(from_wall);
        while all.next().is_some_and(&mut wanted) {}
    }

    /// Where counting may begin so that it meets the same occurrences: a whole number of intervals after the start,
    /// before `near`; the start itself, where it must be counted from there.
    fn begin_near(&self, near: DateTime) -> DateTime {
        let first = self.first_of_period();
        if self.is_counted() || near <= first {
            return self.start;
        }
        let interval = i64::from(self.rule.get_interval().max(1));
        let seconds = || near.duration_since(first).as_secs();
        let years = i64::from(near.year()) - i64::from(first.year());
        let units = match self.rule.get_freq() {
            Frequency::Yearly => years,
            Frequency::Monthly => 12 * years + i64::from(near.month()) - i64::from(first.month()),
            Frequency::Weekly => seconds() / (7 * 86_400),
            Frequency::Daily => seconds() / 86_400,
            Frequency::Hourly => seconds() / 3_600,
            Frequency::Minutely => seconds() / 60,
            Frequency::Secondly => seconds(),
        };
        let skipped = (units / interval - 1).max(0) * interval;
        if skipped == 0 {
            return self.start;
        }
        let span = Span::new();
        let span = match self.rule.get_freq() {
            Frequency::Yearly => span.try_years(skipped),
            Frequency::Monthly => span.try_months(skipped),
            Frequency::Weekly => span.try_weeks(skipped),
            Frequency::Daily => span.try_days(skipped),
            Frequency::Hourly => span.try_hours(skipped),
            Frequency::Minutely => span.try_minutes(skipped),
            Frequency::Secondly => span.try_seconds(skipped),
        };
        let later = span.and_then(|span| first.checked_add(span));
        later.unwrap_or(self.start)
    }

    /// The beginning of the period in which it starts.
    fn first_of_period(&self) -> DateTime {
        let (day, time) = (self.start.date(), self.start.time());
        let midnight = |day: jiff::civil::Date| day.at(0, 0, 0, 0);
        match self.rule.get_freq() {
            Frequency::Yearly => midnight(day.first_of_year()),
            Frequency::Monthly => midnight(day.first_of_month()),
            Frequency::Weekly => {
                let starts = self.rule.get_week_start().num_days_from_monday();
                let back = (i64::from(day.weekday().to_monday_zero_offset()) - i64::from(starts))
                    .rem_euclid(7);
                let first = day.checked_sub(Span::new().days(back));
                midnight(first.unwrap_or(day))
            }
            Frequency::Daily => midnight(day),
            Frequency::Hourly => day.at(time.hour(), 0, 0, 0),
            Frequency::Minutely => day.at(time.hour(), time.minute(), 0, 0),
            Frequency::Secondly => self.start,
        }
    }
}

/// What the crate says of a rule.
pub(super) fn said(error: impl std::fmt::Display) -> String {
    format!("it is no recurrence: {error}")
}
