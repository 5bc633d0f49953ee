//! The grammar of instants: `now-6h`, `now/d`, `now-1d/d`, epoch milliseconds, RFC 3339.
//!
//! The same as in Grafana's time picker, so that links and habits carry over.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Span, Timestamp};

use super::UtcOffsets;

/// Which end of a range an instant stands at: rounding goes down at `From` and to the end of the unit at `To`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The beginning of a range.
    From,
    /// The end of a range.
    To,
}

/// Resolves `text` to UTC milliseconds.
///
/// `now_ms` is what `now` means; `zone` is where days, weeks and months begin.
///
/// # Errors
/// A sentence that shows how to write an instant.
pub fn parse_instant(
    text: &str,
    now_ms: i64,
    edge: Edge,
    zone: &UtcOffsets,
) -> Result<i64, String> {
    let text = text.trim();
    let refuse = || {
        format!(
            "`{text}` is not a time; write for example now-6h, now/d, 1700000000000 or 2026-01-31T08:00:00Z"
        )
    };
    if let Some(rest) = text.strip_prefix("now") {
        return relative(rest, now_ms, edge, zone).ok_or_else(refuse);
    }
    if let Ok(ms) = text.parse::<i64>() {
        // Timestamp's own limits keep every later sum inside i64.
        return Timestamp::from_millisecond(ms)
            .map(Timestamp::as_millisecond)
            .map_err(|_| refuse());
    }
    text.parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| refuse())
}

fn relative(mut rest: &str, now_ms: i64, edge: Edge, zone: &UtcOffsets) -> Option<i64> {
    let mut local = civil_from_ms(now_ms + zone.offset_ms(now_ms))?;
    while let Some(operator) = rest.chars().next() {
        rest = &rest[operator.len_utf8()..];
        if operator == '/' {
            let unit = take_unit(&mut rest)?;
            local = round(local, unit, edge)?;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let span = span(take_unit(&mut rest)?, count)?;
        local = match operator {
            '-' => local.checked_sub(span).ok()?,
            '+' => local.checked_add(span).ok()?,
            _ => return None,
        };
    }
    Some(zone.utc_from_local(ms_from_civil(local)?))
}

fn take_unit(rest: &mut &str) -> Option<char> {
    let unit = rest
        .chars()
        .next()
        .filter(|unit| "smhdwMy".contains(*unit))?;
    *rest = &rest[1..];
    Some(unit)
}

fn span(unit: char, count: i64) -> Option<Span> {
    let zero = Span::new();
    match unit {
        's' => zero.try_seconds(count),
        'm' => zero.try_minutes(count),
        'h' => zero.try_hours(count),
        'd' => zero.try_days(count),
        'w' => zero.try_weeks(count),
        'M' => zero.try_months(count),
        _ => zero.try_years(count),
    }
    .ok()
}

fn round(local: DateTime, unit: char, edge: Edge) -> Option<DateTime> {
    let (date, time) = (local.date(), local.time());
    let start = match unit {
        's' => date.to_datetime(Time::new(time.hour(), time.minute(), time.second(), 0).ok()?),
        'm' => date.to_datetime(Time::new(time.hour(), time.minute(), 0, 0).ok()?),
        'h' => date.to_datetime(Time::new(time.hour(), 0, 0, 0).ok()?),
        'd' => midnight(date),
        // Weeks begin on Monday, as ISO 8601 has it.
        'w' => midnight(
            date.checked_sub(Span::new().days(date.weekday().since(Weekday::Monday)))
                .ok()?,
        ),
        'M' => midnight(date.first_of_month()),
        _ => midnight(date.first_of_year()),
    };
    match edge {
        Edge::From => Some(start),
        Edge::To => start.checked_add(span(unit, 1)?).ok(),
    }
}

fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

fn civil_from_ms(ms: i64) -> Option<DateTime> {
    let timestamp = Timestamp::from_millisecond(ms).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(timestamp))
}

fn ms_from_civil(local: DateTime) -> Option<i64> {
    jiff::tz::Offset::UTC
        .to_timestamp(local)
        .ok()
        .map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::time::HOUR_MS;

    // Thursday, 2026-01-15 10:20:30 UTC.
    const NOW_MS: i64 = 1_768_472_430_000;

    #[rstest]
    #[case("now", Edge::To, "2026-01-15T10:20:30Z")]
    #[case("now-6h", Edge::From, "2026-01-15T04:20:30Z")]
    #[case("now/d", Edge::From, "2026-01-15T00:00:00Z")]
    #[case("now/d", Edge::To, "2026-01-16T00:00:00Z")]
    #[case("now-1d/d", Edge::From, "2026-01-14T00:00:00Z")]
    #[case("now/w", Edge::From, "2026-01-12T00:00:00Z")]
    #[case("now-1M/M", Edge::From, "2025-12-01T00:00:00Z")]
    #[case("now-1y", Edge::From, "2025-01-15T10:20:30Z")]
    #[case("1768472430000", Edge::From, "2026-01-15T10:20:30Z")]
    #[case("2026-01-15T10:20:30Z", Edge::From, "2026-01-15T10:20:30Z")]
    fn instant_when_well_formed_then_resolves(
        #[case] text: &str,
        #[case] edge: Edge,
        #[case] expected: &str,
    ) {
        let expected: Timestamp = expected.parse().expect("a literal timestamp");
        assert_eq!(
            parse_instant(text, NOW_MS, edge, &UtcOffsets::utc()),
            Ok(expected.as_millisecond())
        );
    }

    #[test]
    fn day_when_the_zone_is_ahead_then_begins_at_local_midnight() {
        let seoul = UtcOffsets::new(vec![(0, 9 * HOUR_MS)]);
        let expected: Timestamp = "2026-01-14T15:00:00Z".parse().expect("a literal timestamp");
        assert_eq!(
            parse_instant("now/d", NOW_MS, Edge::From, &seoul),
            Ok(expected.as_millisecond())
        );
    }

    #[rstest]
    #[case("")]
    #[case("yesterday")]
    #[case("now-")]
    #[case("now-5x")]
    #[case("now-99999999999999999999y")]
    #[case("9223372036854775807")]
    fn instant_when_malformed_then_is_refused(#[case] text: &str) {
        assert!(parse_instant(text, NOW_MS, Edge::From, &UtcOffsets::utc()).is_err());
    }

    proptest! {
        #[test]
        fn instant_when_any_text_then_never_panics(text in "(now)?[-+/0-9smhdwMy]{0,12}") {
            let _outcome = parse_instant(&text, NOW_MS, Edge::To, &UtcOffsets::utc());
        }
    }
}
