//! ISO weeks in a time zone.

use std::fmt;

use hindcast_shared::time::TimeRange;
use jiff::civil::{ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::schedule::zone;

/// A week of the ISO calendar, from Monday to Monday by the wall clock of a zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Week {
    monday: ISOWeekDate,
    zone: TimeZone,
}

impl Week {
    /// `2026-W47`.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub(crate) fn read(text: &str, tz: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a week; write for example 2026-W47");
        let (year, week) = text.split_once("-W").ok_or_else(refuse)?;
        let digits = |text: &str, len: usize| {
            let plain = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<i16>().ok()).flatten()
        };
        let (Some(year), Some(week)) = (digits(year, 4), digits(week, 2)) else {
            return Err(refuse());
        };
        let week = i8::try_from(week).map_err(|_| refuse())?;
        // Outside of these the time that is kept as milliseconds makes no sense either.
        if !(1971..=9000).contains(&year) {
            return Err(refuse());
        }
        Ok(Self {
            monday: ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| refuse())?,
            zone: zone(tz)?,
        })
    }

    /// The last whole week before an instant.
    pub(crate) fn before(at_ms: i64, tz: &str) -> Option<Self> {
        let zone = zone(tz).ok()?;
        let at = Timestamp::from_millisecond(at_ms).ok()?;
        let day = at.to_zoned(zone.clone()).date();
        let monday = ISOWeekDate::from_date(day).first_of_week().ok()?;
        Some(Self { monday, zone }.shifted(-1))
    }

    /// So many weeks later.
    pub(crate) fn shifted(&self, weeks: i64) -> Self {
        let monday = self.monday.date().checked_add(weeks.weeks());
        Self {
            monday: monday.map_or(self.monday, ISOWeekDate::from_date),
            zone: self.zone.clone(),
        }
    }

    /// From its beginning to its end.
    pub(crate) fn range(&self) -> TimeRange {
        let begin = |week: &Self| {
            let midnight = week.monday.date().to_zoned(week.zone.clone());
            midnight.map_or(0, |midnight| midnight.timestamp().as_millisecond())
        };
        TimeRange {
            from_ms: begin(self),
            to_ms: begin(&self.shifted(1)),
        }
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.monday.year(), self.monday.week())
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::{DAY_MS, HOUR_MS};
    use rstest::rstest;

    use super::*;

    #[test]
    fn week_when_clocks_change_or_years_turn_then_goes_from_monday_to_monday() {
        // Berlin's clocks go forward on 2026-03-29, a Sunday.
        let week = Week::read("2026-W13", "Europe/Berlin").expect("a week");
        assert_eq!(week.range().duration_ms(), 7 * DAY_MS - HOUR_MS);
        let last = Week::read("2026-W53", "UTC").expect("2026 has 53 weeks");
        assert_eq!(last.shifted(1).to_string(), "2027-W01");
        assert_eq!(last.shifted(1).shifted(-1), last);
        assert_eq!(last.shifted(1).range().from_ms, last.range().to_ms);
    }

    #[test]
    fn week_when_asked_for_the_one_before_then_is_whole() {
        // 2026-01-05T12:00:00Z, a Monday.
        let noon_ms = 1_767_614_400_000;
        let told = |at_ms, tz| Week::before(at_ms, tz).expect("a week").to_string();
        assert_eq!(told(noon_ms, "UTC"), "2026-W01");
        assert_eq!(told(noon_ms - DAY_MS, "UTC"), "2025-W52");
        // It is still Sunday there at the end of Seoul's Monday morning.
        assert_eq!(told(noon_ms - 10 * HOUR_MS, "America/New_York"), "2025-W52");
    }

    #[rstest]
    #[case("2026-W00")]
    #[case("2026-W54")]
    #[case("2025-W53")]
    #[case("2026-47")]
    #[case("26-W47")]
    #[case("+026-W47")]
    #[case("")]
    fn week_when_there_is_none_of_that_name_then_is_refused(#[case] text: &str) {
        let refused = Week::read(text, "UTC").expect_err("no week");
        assert!(refused.contains("2026-W47"), "{refused}");
    }
}
