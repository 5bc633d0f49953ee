//! The values of iCalendar: days and times.

use jiff::civil::DateTime;

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
