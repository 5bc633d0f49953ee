//! Point by point: every row counts alike, however it lies.
//!
//! The point-adjusted figure counts a whole labelled range as found if a single row of it is flagged (Xu et
//! al., WWW 2018). It flatters long ranges so much that chance scores high (Kim et al., AAAI 2022); it is
//! here because people compare it, and is never what anything is tuned for.

use serde::{Deserialize, Serialize};

use super::rates::share;
use super::{Rates, runs};

/// How many rows were right and wrong, either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Labelled and flagged.
    pub hits: u64,
    /// Flagged, not labelled.
    pub false_alarms: u64,
    /// Labelled, not flagged.
    pub misses: u64,
    /// Neither.
    pub rejections: u64,
}

impl Counts {
    /// Counts rows; those beyond the shorter slice are left out.
    #[must_use]
    pub fn of(label: &[bool], flagged: &[bool]) -> Self {
        let mut counts = Self::default();
        for pair in label.iter().zip(flagged) {
            *match pair {
                (true, true) => &mut counts.hits,
                (false, true) => &mut counts.false_alarms,
                (true, false) => &mut counts.misses,
                (false, false) => &mut counts.rejections,
            } += 1;
        }
        counts
    }

    /// Counts rows, with every labelled range flagged as a whole that is flagged anywhere.
    #[must_use]
    pub fn adjusted(label: &[bool], flagged: &[bool]) -> Self {
        let rows = label.len().min(flagged.len());
        let mut flagged = flagged[..rows].to_vec();
        for event in runs(&label[..rows]) {
            let seen = flagged[event.clone()].contains(&true);
            flagged[event].fill(seen);
        }
        Self::of(label, &flagged)
    }

    /// Precision, recall and F1.
    #[must_use]
    pub fn rates(&self) -> Rates {
        let hits = self.hits as f64;
        Rates::new(
            share(hits, (self.hits + self.false_alarms) as f64),
            share(hits, (self.hits + self.misses) as f64),
        )
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
        self.rejections += other.rejections;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<bool> {
        text.chars().map(|row| row == '#').collect()
    }

    #[test]
    fn counts_when_a_range_is_found_late_are_what_the_hand_counts() {
        let (label, flagged) = (rows("..####..##"), rows("#...##...."));
        let counts = Counts::of(&label, &flagged);
        let expected = Counts {
            hits: 2,
            false_alarms: 1,
            misses: 4,
            rejections: 3,
        };
        assert_eq!(counts, expected);
        let rates = counts.rates();
        assert_eq!(rates.precision, Some(2.0 / 3.0));
        assert_eq!(rates.recall, Some(1.0 / 3.0));
        assert!((rates.f1.expect("both exist") - 4.0 / 9.0).abs() < 1e-12);
        let adjusted = Counts::adjusted(&label, &flagged);
        assert_eq!((adjusted.hits, adjusted.misses), (4, 2));
        assert_eq!(adjusted.false_alarms, 1);
    }

    #[test]
    fn rates_when_nothing_is_flagged_or_labelled_are_absent() {
        let silent = Counts::of(&rows("##"), &rows("..")).rates();
        assert_eq!((silent.precision, silent.recall), (None, Some(0.0)));
        assert_eq!(silent.f1, Some(0.0));
        assert_eq!(Counts::default().rates(), Rates::default());
    }

    proptest! {
        #[test]
        fn counts_when_added_up_then_are_the_rows(
            pairs in proptest::collection::vec(any::<(bool, bool)>(), 0..200),
        ) {
            let (label, flagged): (Vec<bool>, Vec<bool>) = pairs.into_iter().unzip();
            let plain = Counts::of(&label, &flagged);
            let adjusted = Counts::adjusted(&label, &flagged);
            for counts in [plain, adjusted] {
                let sum = counts.hits + counts.false_alarms + counts.misses + counts.rejections;
                prop_assert_eq!(sum, label.len() as u64);
                let rates = counts.rates();
                for rate in [rates.precision, rates.recall, rates.f1].into_iter().flatten() {
                    prop_assert!((0.0..=1.0).contains(&rate));
                }
            }
            prop_assert!(adjusted.hits >= plain.hits);
            prop_assert_eq!(adjusted.false_alarms, plain.false_alarms);
        }
    }
}
