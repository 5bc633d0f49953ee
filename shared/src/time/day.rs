//! Days of the calendar, and those among them that seasons take for Sundays.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::civil::{Civil, civil, days_in_month, ms_from_civil};
use super::{DAY_MS, WEEK_MS};

/// A Sunday, in days since 1970 (which began on a Thursday).
const SUNDAY: i64 = 3;

/// A day on the wall, written `2026-12-25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(i64);

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || format!("`{text}` is not a day such as 2026-12-25");
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next().filter(|part| {
                part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
            });
            part.and_then(|part| part.parse::<u32>().ok())
        };
        let (year, month, day) = (part(4), part(2), part(2));
        let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
            return Err(refused());
        };
        let year = i64::from(year);
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return Err(refused());
        }
        let date = Civil {
            year,
            month,
            day,
            of_day_ms: 0,
        };
        Ok(Self(ms_from_civil(date) / DAY_MS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = civil(self.0 * DAY_MS);
        write!(f, "{:04}-{:02}-{:02}", date.year, date.month, date.day)
    }
}

/// Days that are like Sundays to whatever knows the days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holidays(Vec<Day>);

impl Holidays {
    /// No day at all.
    pub const NONE: Self = Self(Vec::new());

    /// These days, in any order.
    pub fn new(days: Vec<Day>) -> Self {
        let mut days = super::ascending(days);
        days.dedup();
        Self(days)
    }

    /// The days, ascending.
    pub fn days(&self) -> &[Day] {
        &self.0
    }

    /// A wall-clock time as seasons see it: on a holiday the same time of the Sunday that ends its week.
    #[inline]
    pub fn season_ms(&self, local_ms: i64) -> i64 {
        if self.0.is_empty() {
            local_ms
        } else {
            self.moved(local_ms)
        }
    }

    fn moved(&self, local_ms: i64) -> i64 {
        let day = Day(local_ms.div_euclid(DAY_MS));
        if self.0.binary_search(&day).is_err() {
            return local_ms;
        }
        local_ms + ((SUNDAY - day.0) * DAY_MS).rem_euclid(WEEK_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_when_read_and_written_then_is_the_same_or_refused() {
        for text in ["1970-01-01", "2026-12-25", "2028-02-29", "0001-01-01"] {
            let day: Day = text.parse().expect("a day");
            assert_eq!(day.to_string(), text);
        }
        for text in [
            "",
            "2026-2-3",
            "2026-02-30",
            "2027-02-29",
            "2026-13-01",
            "2026-12-25-1",
            "+026-12-25",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn holiday_when_seasons_see_it_then_is_the_sunday_of_its_week() {
        // 2026-12-25 is a Friday, 2026-12-27 a Sunday.
        let days = ["2026-12-25", "2026-12-27"].map(|text| text.parse::<Day>().expect("a day"));
        let holidays = Holidays::new(days.to_vec());
        let [friday, sunday] = days.map(|day| day.0 * DAY_MS);
        assert_eq!(holidays.season_ms(friday + 77), sunday + 77);
        assert_eq!(holidays.season_ms(sunday + 77), sunday + 77);
        assert_eq!(holidays.season_ms(friday - 1), friday - 1);
        assert_eq!(Holidays::NONE.season_ms(friday), friday);
    }
}
