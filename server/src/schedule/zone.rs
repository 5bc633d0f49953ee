//! Time zones by name, and the tables of offsets that stand for them everywhere else.

use hindcast_shared::time::UtcOffsets;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Changes of the clocks that a table holds at most: two a year for centuries.
const MAX_CHANGES: usize = 2_000;

/// The time zone of that name.
///
/// # Errors
/// A sentence that says what to write.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name)
        .map_err(|_| format!("there is no time zone `{name}`; write for example Asia/Seoul or UTC"))
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

    use super::*;

    #[test]
    fn offsets_when_the_clocks_change_then_hold_each_change() {
        let berlin = zone("Europe/Berlin").expect("a zone");
        // 2026: summer time from March 29 to October 25, both at 01:00 UTC.
        let (from_ms, to_ms) = (1_767_225_600_000, 1_798_761_600_000);
        let table = offsets(&berlin, from_ms, to_ms);
        assert_eq!(table.offset_ms(from_ms), HOUR_MS);
        assert_eq!(table.offset_ms(1_774_746_000_000), 2 * HOUR_MS);
        assert_eq!(table.offset_ms(1_792_890_000_000), HOUR_MS);
        assert!(zone("Europe/Nowhere").is_err());
    }
}
