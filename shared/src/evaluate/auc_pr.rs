//! AUC-PR as average precision: what share of the flagged rows is right, averaged over the recall won.

use super::rates::share;

/// Average precision over all thresholds; rows with equal scores are flagged together.
///
/// None if no row is labelled. A NaN score counts as the lowest; rows beyond the shorter slice are left out.
#[must_use]
pub fn auc_pr(label: &[bool], score: &[f64]) -> Option<f64> {
    let mut rows: Vec<(f64, bool)> = score
        .iter()
        .zip(label)
        .map(|(&score, &label)| {
            let score = if score.is_nan() {
                f64::NEG_INFINITY
            } else {
                // Both zeros are one threshold.
                score + 0.0
            };
            (score, label)
        })
        .collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut flagged, mut hits, mut area) = (0_u64, 0_u64, 0.0);
    for tied in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let new = tied.iter().filter(|row| row.1).count() as u64;
        flagged += tied.len() as u64;
        hits += new;
        area += new as f64 * (hits as f64 / flagged as f64);
    }
    share(area, hits as f64)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::auc_pr;

    #[test]
    fn auc_pr_when_four_rows_are_ranked_is_what_the_hand_computes() {
        let area = auc_pr(&[true, false, true, false], &[0.9, 0.8, 0.1, 0.0]);
        assert!((area.expect("labelled rows") - f64::midpoint(1.0, 2.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn auc_pr_when_all_rows_tie_is_the_share_of_labels() {
        let area = auc_pr(&[true, false, false, false], &[0.0, -0.0, 0.0, 0.0]);
        assert_eq!(area, Some(0.25));
        assert_eq!(auc_pr(&[false; 3], &[1.0; 3]), None);
        assert_eq!(auc_pr(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn auc_pr_when_scores_are_any_lies_between_zero_and_one(
            rows in proptest::collection::vec((any::<bool>(), prop_oneof![any::<f64>(), 0.0..3.0]), 0..100),
        ) {
            let (label, score): (Vec<bool>, Vec<f64>) = rows.into_iter().unzip();
            let area = auc_pr(&label, &score);
            prop_assert_eq!(area.is_some(), label.contains(&true));
            prop_assert!(area.is_none_or(|area| (0.0..=1.0).contains(&area)));
        }
    }
}
