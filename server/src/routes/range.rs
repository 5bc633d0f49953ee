//! Ranges of time in queries, in the grammar of `hindcast_shared::time`, and the zones they may be meant in.

use hindcast_shared::time::{DAY_MS, Edge, TimeRange, UtcOffsets, parse_instant};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{ApiError, ApiResult};

/// Relative times reach this far back when they are rounded to local days.
const ZONE_BACK_MS: i64 = 5 * 366 * DAY_MS;

/// Changes of the clocks that a table holds at most: two a year for centuries.
const MAX_CHANGES: usize = 2_000;

/// Resolves `from` and `to`; a refusal names the one that is wrong.
pub(crate) fn range(from: &str, to: &str, now_ms: i64, zone: &UtcOffsets) -> ApiResult<TimeRange> {
    let instant = |field: &'static str, text: &str, edge| {
        parse_instant(text, now_ms, edge, zone)
            .map_err(|message| ApiError::invalid_query(field, message))
    };
    let from_ms = instant("from", from, Edge::From)?;
    let to_ms = instant("to", to, Edge::To)?;
    TimeRange::new(from_ms, to_ms)
        .ok_or_else(|| ApiError::invalid_query("from", "must be earlier than `to`"))
}

/// The time zone of that name; UTC when none is named.
pub(crate) fn zone(name: Option<&str>) -> ApiResult<TimeZone> {
    match name {
        None | Some("" | "UTC") => Ok(TimeZone::UTC),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let message =
                format!("there is no time zone `{name}`; write for example Asia/Seoul or UTC");
            ApiError::invalid_query("tz", message)
        }),
    }
}

/// The offsets with which relative times are resolved.
pub(crate) fn offsets_around(zone: &TimeZone, now_ms: i64) -> UtcOffsets {
    offsets(zone, now_ms - ZONE_BACK_MS, now_ms + 366 * DAY_MS)
}

/// The table of a zone's offsets between two instants.
pub(crate) fn offsets(zone: &TimeZone, from_ms: i64, to_ms: i64) -> UtcOffsets {
    let Ok(from) = Timestamp::from_millisecond(from_ms) else {
        return UtcOffsets::utc();
    };
    let offset_ms = |timestamp| i64::from(zone.to_offset(timestamp).seconds()) * 1_000;
    let changes = zone
        .following(from)
        .map(|change| change.timestamp())
        .take_while(|change| change.as_millisecond() < to_ms)
        .take(MAX_CHANGES);
    let mut entries = vec![(i64::MIN, offset_ms(from))];
    entries.extend(changes.map(|change| (change.as_millisecond(), offset_ms(change))));
    UtcOffsets::new(entries)
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::HOUR_MS;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn range_when_backwards_or_unreadable_then_names_the_field() {
        let utc = UtcOffsets::utc();
        for (from, to, field) in [
            ("now", "now-1h", "from"),
            ("now", "now", "from"),
            ("soon", "now", "from"),
            ("now-1h", "later", "to"),
        ] {
            let error = range(from, to, 1_700_000_000_000, &utc).expect_err("a wrong range");
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }

    #[test]
    fn offsets_when_the_clocks_change_then_hold_each_change() {
        let berlin = zone(Some("Europe/Berlin")).expect("a zone");
        // 2026: summer time from March 29 to October 25, both at 01:00 UTC.
        let (from_ms, to_ms) = (1_767_225_600_000, 1_798_761_600_000);
        let table = offsets(&berlin, from_ms, to_ms);
        assert_eq!(table.offset_ms(from_ms), HOUR_MS);
        assert_eq!(table.offset_ms(1_774_746_000_000), 2 * HOUR_MS);
        assert_eq!(table.offset_ms(1_792_890_000_000), HOUR_MS);
        assert!(zone(Some("Europe/Nowhere")).is_err());
    }

    proptest! {
        #[test]
        fn range_when_any_text_then_never_panics(from in "(now)?.{0,10}", to in "(now)?[-+/0-9smhdwMy]{0,10}") {
            let _outcome = range(&from, &to, 1_700_000_000_000, &UtcOffsets::utc());
        }
    }
}
