//! Range-based precision and recall: how much of each range was covered, and in how many pieces.
//!
//! Tatbul et al., "Precision and Recall for Time Series" (Neural Information Processing Systems 31, 2018), with
//! the flat positional bias (every row of a range is worth the same) and the cardinality factor `1 / pieces`.

use std::ops::Range;

use super::Rates;
use super::rates::share;

/// What merely touching a labelled range is worth, beside covering it; the paper calls it alpha.
/// Half and half: an operator wants to be told at all, and then for how long.
pub const EXISTENCE: f64 = 0.5;

/// Range-based rates.
///
/// Ranges are half-open, in order and apart, in any unit (rows, milliseconds). `existence` between 0 and 1 is
/// the weight in recall of touching a range at all; [`EXISTENCE`] is ours. Empty ranges count for nothing.
#[must_use]
pub fn rates(truth: &[Range<i64>], found: &[Range<i64>], existence: f64) -> Rates {
    let existence = if existence.is_nan() {
        0.0
    } else {
        existence.clamp(0.0, 1.0)
    };
    Rates::new(mean(found, truth, 0.0), mean(truth, found, existence))
}

/// The mean over `ranges` of how well `others` cover each.
fn mean(ranges: &[Range<i64>], others: &[Range<i64>], existence: f64) -> Option<f64> {
    let mut total = 0.0;
    let mut count = 0.0;
    let mut from = 0;
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        while others
            .get(from)
            .is_some_and(|other| other.end <= range.start)
        {
            from += 1;
        }
        let mut covered = 0;
        let mut pieces = 0;
        for other in others[from..]
            .iter()
            .take_while(|other| other.start < range.end)
        {
            let shared = other.end.min(range.end) - other.start.max(range.start);
            if shared > 0 {
                covered += shared;
                pieces += 1;
            }
        }
        count += 1.0;
        if pieces > 0 {
            let share = covered as f64 / (range.end - range.start) as f64;
            total += existence + (1.0 - existence) * share / f64::from(pieces);
        }
    }
    share(total, count)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_when_a_range_is_covered_in_two_pieces_are_what_the_hand_computes() {
        // The first range: 6 of 10 covered in two pieces; the second is missed.
        let truth = [10..20, 40..50];
        // The first alarm lies half inside, the second inside, the third outside.
        let found = [8..12, 14..18, 30..32];
        let flat = rates(&truth, &found, 0.0);
        assert!((flat.recall.expect("ranges") - 0.3 / 2.0).abs() < 1e-12);
        assert!((flat.precision.expect("alarms") - (0.5 + 1.0) / 3.0).abs() < 1e-12);
        let half = rates(&truth, &found, 0.5);
        assert!((half.recall.expect("ranges") - f64::midpoint(0.5, 0.15)).abs() < 1e-12);
        assert_eq!(half.precision, flat.precision);
    }

    #[test]
    fn rates_when_one_alarm_spans_two_ranges_splits_its_precision() {
        let both = rates(&[0..4, 6..10], std::slice::from_ref(&(0..10)), 0.0);
        assert_eq!(both.recall, Some(1.0));
        assert!((both.precision.expect("alarms") - 0.8 / 2.0).abs() < 1e-12);
    }

    #[test]
    fn rates_when_there_is_nothing_are_absent() {
        assert_eq!(rates(&[], &[], 0.5), Rates::default());
        assert_eq!(
            rates(std::slice::from_ref(&(5..5)), &[], f64::NAN),
            Rates::default()
        );
        assert_eq!(
            rates(std::slice::from_ref(&(5..9)), &[], 2.0).recall,
            Some(0.0)
        );
    }

    fn ranges() -> impl Strategy<Value = Vec<Range<i64>>> {
        proptest::collection::vec((1_i64..20, 1_i64..20), 0..12).prop_map(|parts| {
            let mut at = 0;
            let place = |(gap, len)| {
                at += gap + len;
                at - len..at
            };
            parts.into_iter().map(place).collect()
        })
    }

    proptest! {
        #[test]
        fn rates_when_ranges_are_any_lie_between_zero_and_one(truth in ranges(), found in ranges(), existence in 0.0..=1.0) {
            let rates = rates(&truth, &found, existence);
            for rate in [rates.precision, rates.recall, rates.f1].into_iter().flatten() {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&rate));
            }
            prop_assert_eq!(rates.precision.is_some(), !found.is_empty());
        }

        #[test]
        fn rates_when_found_is_the_truth_are_one(truth in ranges().prop_filter("some", |truth| !truth.is_empty()), existence in 0.0..=1.0) {
            let rates = rates(&truth, &truth, existence);
            prop_assert!((rates.f1.expect("both") - 1.0).abs() < 1e-12);
        }
    }
}
