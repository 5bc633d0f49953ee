//! The values of iCalendar: days, times, weekdays and lists of numbers, each within its bounds.

use std::collections::BTreeSet;

use jiff::civil::{DateTime, Weekday};

/// `20261120`, `20261120T020000`, or with a Z for UTC.
pub(super) fn date_time(text: &str) -> Result<(DateTime, bool), String> {
    let refused =
        || format!("`{text}` is neither a day such as 20261120 nor a time such as 20261120T020000");
    let (bare, utc) = match text.strip_suffix('Z') {
        Some(bare) => (bare, true),
        None => (text, false),
    };
    let (day, time) = bare.split_once('T').unwrap_or((bare, "000000"));
    let number = |part: Option<&str>| {
        let part = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        part.and_then(|part| part.parse::<i16>().ok())
    };
    let small = |part: Option<&str>| number(part).and_then(|part| i8::try_from(part).ok());
    if day.len() != 8 || time.len() != 6 {
        return Err(refused());
    }
    let parts = (
        number(day.get(..4)),
        small(day.get(4..6)),
        small(day.get(6..)),
    );
    let times = (
        small(time.get(..2)),
        small(time.get(2..4)),
        small(time.get(4..)),
    );
    let ((Some(year), Some(month), Some(day)), (Some(hour), Some(minute), Some(second))) =
        (parts, times)
    else {
        return Err(refused());
    };
    let at = DateTime::new(year, month, day, hour, minute, second.min(59), 0);
    at.map(|at| (at, utc)).map_err(|_| refused())
}

pub(super) fn unknown_day(text: &str) -> String {
    format!("`{text}` is not a day of the week; MO, TU, WE, TH, FR, SA, SU")
}

pub(super) fn weekday(text: &str) -> Result<Weekday, String> {
    Ok(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err(unknown_day(text)),
    })
}

pub(super) fn number<T: TryFrom<i64>>(
    key: &str,
    text: &str,
    least: i64,
    most: i64,
) -> Result<T, String> {
    let read = text
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    let refused = || format!("{key}: `{text}` is not a number between {least} and {most}");
    read.and_then(|number| T::try_from(number).ok())
        .ok_or_else(refused)
}

/// Each number once: a list that repeats itself must not cost more than one that does not.
pub(super) fn numbers(key: &str, text: &str, least: i64, most: i64) -> Result<Vec<i8>, String> {
    let once: Result<BTreeSet<i8>, String> = text
        .split(',')
        .map(|one| number(key, one, least, most))
        .collect();
    Ok(once?.into_iter().collect())
}

pub(super) fn nonzero<T: TryFrom<i64>>(key: &str, text: &str, most: i64) -> Result<T, String> {
    let bare = text.strip_prefix('+').unwrap_or(text);
    if bare == "0" {
        return Err(format!("{key}: there is no 0th"));
    }
    number(key, bare, -most, most)
}

pub(super) fn signed<T: TryFrom<i64> + Ord>(
    key: &str,
    text: &str,
    most: i64,
) -> Result<Vec<T>, String> {
    let once: Result<BTreeSet<T>, String> =
        text.split(',').map(|one| nonzero(key, one, most)).collect();
    Ok(once?.into_iter().collect())
}
