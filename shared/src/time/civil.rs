//! Dates on the wall, without zones: the proleptic Gregorian calendar.

use super::{DAY_MS, HOUR_MS, MINUTE_MS};

/// A date and a time on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// Milliseconds since midnight.
    pub of_day_ms: i64,
}

impl Civil {
    /// 0 to 23.
    pub fn hour(&self) -> i64 {
        self.of_day_ms / HOUR_MS
    }

    /// 0 to 59.
    pub fn minute(&self) -> i64 {
        self.of_day_ms / MINUTE_MS % 60
    }
}

/// The date of local milliseconds since 1970 (Howard Hinnant's `civil_from_days`).
pub fn civil(local_ms: i64) -> Civil {
    let days = local_ms.div_euclid(DAY_MS) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: (of_year - (153 * shifted_month + 2) / 5 + 1) as u32,
        of_day_ms: local_ms.rem_euclid(DAY_MS),
    }
}

/// Local milliseconds since 1970 of a date (Howard Hinnant's `days_from_civil`).
pub fn ms_from_civil(date: Civil) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(date.month) + 9) % 12;
    let of_year = (153 * shifted_month + 2) / 5 + i64::from(date.day) - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    (era * 146_097 + of_era - 719_468) * DAY_MS + date.of_day_ms
}

/// 28 to 31.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn civil_when_a_leap_day_then_is_right() {
        // 2024-02-29T12:34:56Z
        let date = civil(1_709_210_096_000);
        assert_eq!((date.year, date.month, date.day), (2024, 2, 29));
        assert_eq!((date.hour(), date.minute()), (12, 34));
    }

    proptest! {
        #[test]
        fn civil_when_turned_back_then_is_the_same_instant(ms in -60_000_000_000_000_i64..250_000_000_000_000) {
            let date = civil(ms);
            prop_assert_eq!(ms_from_civil(date), ms);
            prop_assert!((1..=days_in_month(date.year, date.month)).contains(&date.day));
        }
    }
}
