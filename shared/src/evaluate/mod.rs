//! How good a detection was: scores and alarms held against labels.
//!
//! Everything here works on plain slices (a label and a score a point) and knows nothing of rules, files or
//! detectors. Nothing here decides about an anomaly: these figures are for backtests, benches and people.

mod auc_pr;
pub mod event;
pub mod nab;
pub mod onset;
pub mod point;
pub mod range;
mod rates;
pub mod report;
pub mod scoring;
pub mod simulate;
mod vus;

pub use auc_pr::auc_pr;
pub use rates::Rates;
pub use report::Report;
pub use vus::vus_pr;

use std::ops::Range;

/// Runs of labelled points as half-open ranges of row numbers, in order.
#[must_use]
pub fn runs(label: &[bool]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (row, &positive) in label.iter().enumerate() {
        match (positive, start) {
            (true, None) => start = Some(row),
            (false, Some(first)) => {
                runs.push(first..row);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(first) = start {
        runs.push(first..label.len());
    }
    runs
}

/// The same stretches in order and apart: those that overlap or touch become one, empty ones go.
#[must_use]
pub fn merged(mut ranges: Vec<Range<i64>>) -> Vec<Range<i64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    joined(ranges)
}

/// The same for stretches that come in the order of their beginnings.
#[must_use]
pub fn joined(ranges: impl IntoIterator<Item = Range<i64>>) -> Vec<Range<i64>> {
    let mut joined: Vec<Range<i64>> = Vec::new();
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match joined.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::{joined, merged, runs};

    #[test]
    fn merged_when_ranges_overlap_or_touch_are_apart_and_in_order() {
        let ranges = vec![5..9, 0..2, 2..3, 6..7, 9..9, 20..21];
        assert_eq!(merged(ranges), vec![0..3, 5..9, 20..21]);
        assert_eq!(joined([0..2, 1..1, 2..3, 4..5]), vec![0..3, 4..5]);
    }

    #[test]
    fn runs_when_labels_touch_both_ends_keeps_them_whole() {
        assert_eq!(runs(&[true, true, false, true]), vec![0..2, 3..4]);
        assert!(runs(&[false, false]).is_empty());
        assert!(runs(&[]).is_empty());
    }
}
