//! The values of iCalendar: days, times and durations.

use jiff::civil::DateTime;

use super::event::Length;

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

/// `PT2H`, `P1D`, `P1W`, `P1DT12H`.
pub(super) fn duration(text: &str) -> Result<Length, String> {
    let refused = || format!("`{text}` is not a duration such as PT2H or P1D");
    let mut rest = text
        .strip_prefix('+')
        .unwrap_or(text)
        .strip_prefix('P')
        .ok_or_else(refused)?;
    let (mut days, mut millis, mut in_time) = (0_i64, 0_i64, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            (rest, in_time) = (time, true);
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refused)?;
        let count: i64 = rest[..end].parse().map_err(|_| refused())?;
        if count > 100_000 {
            return Err(refused());
        }
        let mut after = rest[end..].chars();
        match (after.next(), in_time) {
            (Some('W'), false) => days += 7 * count,
            (Some('D'), false) => days += count,
            (Some('H'), true) => millis += count * 3_600_000,
            (Some('M'), true) => millis += count * 60_000,
            (Some('S'), true) => millis += count * 1_000,
            _ => return Err(refused()),
        }
        rest = after.as_str();
    }
    Ok(if millis == 0 {
        Length::Days(days)
    } else {
        Length::Millis(days * 86_400_000 + millis)
    })
}
