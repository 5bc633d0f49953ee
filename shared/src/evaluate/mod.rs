//! How good a detection was: scores and alarms held against labels.
//!
//! Everything here works on plain slices (a label and a score a point) and knows nothing of rules, files or
//! detectors. Nothing here decides about an anomaly: these figures are for backtests, benches and people.

mod auc_pr;
pub mod event;
pub mod nab;
pub mod point;
pub mod range;
mod rates;
mod vus;

pub use auc_pr::auc_pr;
pub use rates::Rates;
pub use vus::vus_pr;

/// Runs of labelled points as half-open ranges of row numbers, in order.
#[must_use]
pub fn runs(label: &[bool]) -> Vec<std::ops::Range<usize>> {
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

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn runs_when_labels_touch_both_ends_keeps_them_whole() {
        assert_eq!(runs(&[true, true, false, true]), vec![0..2, 3..4]);
        assert_eq!(runs(&[false, false]), vec![]);
        assert_eq!(runs(&[]), vec![]);
    }
}
