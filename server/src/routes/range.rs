//! Ranges of time in queries, in the grammar of `hindcast_shared::time`, and the zones they may be meant in.

use hindcast_shared::time::{DAY_MS, Edge, TimeRange, UtcOffsets, parse_instant};
use jiff::tz::TimeZone;

use crate::error::{ApiError, ApiResult};
use crate::schedule::{self, offsets};

/// Relative times reach this far back when they are rounded to local days.
const ZONE_BACK_MS: i64 = 5 * 366 * DAY_MS;

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
        None | Some("") => Ok(TimeZone::UTC),
        Some(name) => {
            schedule::zone(name).map_err(|message| ApiError::invalid_query("tz", message))
        }
    }
}

/// The offsets with which relative times are resolved.
pub(crate) fn offsets_around(zone: &TimeZone, now_ms: i64) -> UtcOffsets {
    offsets(zone, now_ms - ZONE_BACK_MS, now_ms + 366 * DAY_MS)
}

#[cfg(test)]
mod tests {
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

    proptest! {
        #[test]
        fn range_when_any_text_then_never_panics(from in "(now)?.{0,10}", to in "(now)?[-+/0-9smhdwMy]{0,10}") {
            let _outcome = range(&from, &to, 1_700_000_000_000, &UtcOffsets::utc());
        }
    }
}
