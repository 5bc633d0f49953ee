//! The grammar of instants: `now-6h`, `now/d`, `now-1d/d`, epoch milliseconds, RFC 3339.
//!
//! The same as in Grafana's time picker, so that links and habits carry over.

use super::civil::{Civil, civil, days_in_month, ms_from_civil};
use super::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UtcOffsets, WEEK_MS};

/// Which end of a range an instant stands at: rounding goes down at `From` and to the end of the unit at `To`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The beginning of a range.
    From,
    /// The end of a range.
    To,
}

/// Instants with years of four digits: every later sum stays inside `i64`, and every writer knows them.
const BOUNDS_MS: std::ops::RangeInclusive<i64> = -377_705_023_201_000..=253_402_207_200_999;

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
    let parsed = match text.strip_prefix("now") {
        Some(rest) => relative(rest, now_ms, edge, zone),
        None => text.parse().ok().or_else(|| rfc3339(text)),
    };
    parsed.filter(|ms| BOUNDS_MS.contains(ms)).ok_or_else(|| {
        format!(
            "`{text}` is not a time; write for example now-6h, now/d, 1700000000000 or 2026-01-31T08:00:00Z"
        )
    })
}

fn relative(mut rest: &str, now_ms: i64, edge: Edge, zone: &UtcOffsets) -> Option<i64> {
    let mut local_ms = now_ms + zone.offset_ms(now_ms);
    while let Some(operator) = rest.chars().next() {
        rest = &rest[operator.len_utf8()..];
        local_ms = if operator == '/' {
            round(local_ms, take_unit(&mut rest)?, edge)?
        } else {
            let count = take_digits(&mut rest)?;
            let unit = take_unit(&mut rest)?;
            match operator {
                '-' => shift(local_ms, unit, -count)?,
                '+' => shift(local_ms, unit, count)?,
                _ => return None,
            }
        };
        BOUNDS_MS.contains(&local_ms).then_some(())?;
    }
    Some(zone.utc_from_local(local_ms))
}

fn take_digits(rest: &mut &str) -> Option<i64> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (count, tail) = rest.split_at(digits);
    *rest = tail;
    count.parse().ok()
}

fn take_unit(rest: &mut &str) -> Option<char> {
    let unit = rest
        .chars()
        .next()
        .filter(|unit| "smhdwMy".contains(*unit))?;
    *rest = &rest[1..];
    Some(unit)
}

fn shift(local_ms: i64, unit: char, count: i64) -> Option<i64> {
    let unit_ms = match unit {
        's' => SECOND_MS,
        'm' => MINUTE_MS,
        'h' => HOUR_MS,
        'd' => DAY_MS,
        'w' => WEEK_MS,
        'M' => return shift_months(local_ms, count),
        _ => return shift_months(local_ms, count.checked_mul(12)?),
    };
    local_ms.checked_add(count.checked_mul(unit_ms)?)
}

/// A month later on the same day, or on the last one of a shorter month.
fn shift_months(local_ms: i64, count: i64) -> Option<i64> {
    let date = civil(local_ms);
    let months = (date.year * 12 + i64::from(date.month) - 1).checked_add(count)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
    (-9999..=9999).contains(&year).then(|| {
        ms_from_civil(Civil {
            year,
            month,
            day: date.day.min(days_in_month(year, month)),
            ..date
        })
    })
}

fn round(local_ms: i64, unit: char, edge: Edge) -> Option<i64> {
    let down = |unit_ms: i64| local_ms.div_euclid(unit_ms) * unit_ms;
    let first = |month: u32| {
        ms_from_civil(Civil {
            month,
            day: 1,
            of_day_ms: 0,
            ..civil(local_ms)
        })
    };
    let start = match unit {
        's' => down(SECOND_MS),
        'm' => down(MINUTE_MS),
        'h' => down(HOUR_MS),
        'd' => down(DAY_MS),
        // Weeks begin on Monday, as ISO 8601 has it; 1970 began on a Thursday.
        'w' => (local_ms + 3 * DAY_MS).div_euclid(WEEK_MS) * WEEK_MS - 3 * DAY_MS,
        'M' => first(civil(local_ms).month),
        _ => first(1),
    };
    match edge {
        Edge::From => Some(start),
        Edge::To => shift(start, unit, 1),
    }
}

/// `2026-01-31T08:00:00Z`, with a fraction or an offset; seconds may be left out.
fn rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(at);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = match time.len() {
        5 => {
            let [hour, minute] = numbers(time, ':', [2, 2])?;
            [hour, minute, 0]
        }
        _ => numbers(time, ':', [2, 2, 2])?,
    };
    let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    let fine = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    fine.then_some(())?;
    let of_day_ms = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + millis(fraction)?;
    let local_ms = ms_from_civil(Civil {
        year,
        month,
        day,
        of_day_ms,
    });
    Some(local_ms - offset(zone)?)
}

/// Numbers of fixed length between separators.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut out = [0; N];
    for (slot, length) in out.iter_mut().zip(lengths) {
        let part = parts.next()?;
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

/// A fraction of a second; what is finer than a millisecond is cut off.
fn millis(fraction: &str) -> Option<i64> {
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| {
        let mut padded = fraction.bytes().chain(std::iter::repeat(b'0'));
        (0..3).fold(0, |ms, _| {
            ms * 10 + i64::from(padded.next().unwrap_or(b'0') - b'0')
        })
    })
}

fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let [hours, minutes] = match rest.len() {
        4 => numbers(
            &format!("{}:{}", rest.get(..2)?, rest.get(2..)?),
            ':',
            [2, 2],
        )?,
        _ => numbers(rest, ':', [2, 2])?,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * HOUR_MS + minutes * MINUTE_MS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use jiff::Timestamp;

    use super::*;

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

        #[test]
        fn instant_when_written_in_rfc_3339_then_reads_as_others_read_it(
            ms in -62_000_000_000_000_i64..253_000_000_000_000,
        ) {
            let timestamp = Timestamp::from_millisecond(ms).expect("in range");
            let read = |text: &str| parse_instant(text, NOW_MS, Edge::From, &UtcOffsets::utc());
            prop_assert_eq!(read(&timestamp.to_string()), Ok(ms));
            let zoned = timestamp.to_zoned(jiff::tz::Offset::constant(9).to_time_zone());
            prop_assert_eq!(read(&zoned.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()), Ok(ms));
        }

        #[test]
        fn month_when_counted_back_then_agrees_with_the_calendar(ms in 0_i64..4_000_000_000_000, months in 0_i64..400) {
            let local = jiff::tz::Offset::UTC.to_datetime(Timestamp::from_millisecond(ms).expect("in range"));
            let earlier = local.checked_sub(jiff::Span::new().months(months)).expect("in range");
            let expected = jiff::tz::Offset::UTC.to_timestamp(earlier).expect("in range").as_millisecond();
            prop_assert_eq!(parse_instant(&format!("now-{months}M"), ms, Edge::From, &UtcOffsets::utc()), Ok(expected));
        }
    }
}
