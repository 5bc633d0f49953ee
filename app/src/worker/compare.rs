//! What a draft finds against what the saved rule finds: anomalies of one series that overlap are the same.

use hindcast_shared::api::WouldHaveFired;
use hindcast_shared::map::Map;
use hindcast_shared::series::SeriesKey;

use crate::sorted::insert_by_key;

/// Whether each of `these` overlaps any of `others`, in the order of `these`.
pub(super) fn overlaps(these: &[WouldHaveFired], others: &[WouldHaveFired]) -> Vec<bool> {
    let mut intervals: Map<SeriesKey, Vec<(i64, i64)>> = Map::new();
    for fired in others {
        let interval = (fired.anomaly.start_ms, fired.anomaly.end_ms);
        let own = intervals.get_or_default(fired.anomaly.series_key);
        insert_by_key(own, interval, |interval| *interval);
    }
    these
        .iter()
        .map(|fired| {
            let anomaly = &fired.anomaly;
            intervals
                .get(&anomaly.series_key)
                .is_some_and(|intervals| touches(intervals, anomaly.start_ms, anomaly.end_ms))
        })
        .collect()
}

/// Anomalies of one series and rule do not overlap each other, so the last one that begins in time decides.
fn touches(intervals: &[(i64, i64)], start_ms: i64, end_ms: i64) -> bool {
    let after = intervals.partition_point(|(start, _)| *start <= end_ms);
    intervals[..after]
        .last()
        .is_some_and(|(_, end)| *end >= start_ms)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn interval_when_it_shares_an_instant_then_touches() {
        let intervals = [(10, 20), (40, 40)];
        assert!(touches(&intervals, 20, 30));
        assert!(touches(&intervals, 0, 10));
        assert!(touches(&intervals, 30, 50));
        assert!(!touches(&intervals, 21, 39));
        assert!(!touches(&intervals, 0, 9));
        assert!(!touches(&[], 0, 9));
    }
}
