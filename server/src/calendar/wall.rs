//! Times on the wall for the crate that counts recurrences out: its UTC is a wall that stands in no country.

use chrono::{Datelike as _, TimeZone as _, Timelike as _};
use jiff::civil::{Date, DateTime};
use rrule::Tz;

/// A time on the wall, as the crate takes it.
///
/// # Errors
/// A sentence, of one that the crate cannot count from.
pub(super) fn to_wall(at: DateTime) -> Result<chrono::DateTime<Tz>, String> {
    let unsigned = |part: i8| u32::from(part.unsigned_abs());
    Tz::UTC
        .with_ymd_and_hms(
            i32::from(at.year()),
            unsigned(at.month()),
            unsigned(at.day()),
            unsigned(at.hour()),
            unsigned(at.minute()),
            unsigned(at.second()),
        )
        .single()
        .ok_or_else(|| "it lies beyond time".to_owned())
}

/// The same back; none beyond the last year.
pub(super) fn from_wall(at: chrono::DateTime<Tz>) -> Option<DateTime> {
    let small = |part: u32| i8::try_from(part).ok();
    let (year, month, day) = (
        i16::try_from(at.year()).ok()?,
        small(at.month())?,
        small(at.day())?,
    );
    let date = Date::new(year, month, day).ok()?;
    Some(date.at(
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
        0,
    ))
}
