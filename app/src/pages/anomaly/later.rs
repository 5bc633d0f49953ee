//! Instants to come, for a snooze or a mute, and instants in words. Knows no anomaly.

use hindcast_shared::chart::{day_text, second_text};
use hindcast_shared::time::{DAY_MS, HOUR_MS, UtcOffsets, civil};

use crate::i18n::key;

/// How long, in words and as a value of a field.
pub(super) const SPANS: [(&str, &str); 5] = [
    ("1h", key("1 hour")),
    ("4h", key("4 hours")),
    ("morning", key("until tomorrow 9:00")),
    ("1d", key("1 day")),
    ("7d", key("1 week")),
];

/// When a choice of [`SPANS`] ends, by the viewer's clock.
pub(super) fn end_of(choice: &str, now_ms: i64, zone: &UtcOffsets) -> i64 {
    match choice {
        "4h" => now_ms + 4 * HOUR_MS,
        "1d" => now_ms + DAY_MS,
        "7d" => now_ms + 7 * DAY_MS,
        "morning" => {
            let local_ms = now_ms + zone.offset_ms(now_ms);
            let morning_ms = local_ms - local_ms.rem_euclid(DAY_MS) + DAY_MS + 9 * HOUR_MS;
            morning_ms - zone.offset_ms(now_ms)
        }
        _ => now_ms + HOUR_MS,
    }
}

/// Day and time to the second.
pub(super) fn instant(at_ms: i64, zone: &UtcOffsets) -> String {
    let date = civil(at_ms + zone.offset_ms(at_ms));
    format!("{} {}", day_text(date), second_text(at_ms, zone))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn morning_when_it_is_late_in_another_zone_then_is_nine_there() {
        let zone = UtcOffsets::new(vec![(i64::MIN, 9 * HOUR_MS)]);
        // 1970-01-02 at 23:00 in Seoul.
        let now_ms = DAY_MS + 14 * HOUR_MS;
        assert_eq!(end_of("morning", now_ms, &zone), 2 * DAY_MS);
        assert_eq!(end_of("4h", now_ms, &zone), now_ms + 4 * HOUR_MS);
        assert_eq!(end_of("", now_ms, &zone), now_ms + HOUR_MS);
    }
}
