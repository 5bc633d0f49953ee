//! Precision, recall and their harmonic mean, with honest words for "nothing to divide by".

use serde::{Deserialize, Serialize};

/// Precision, recall and F1, each between 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Share of what was flagged that was right; none if nothing was flagged.
    pub precision: Option<f64>,
    /// Share of what was to be found that was found; none if there was nothing to find.
    pub recall: Option<f64>,
    /// Harmonic mean of the two; 0 if only one of them exists, none if neither does.
    pub f1: Option<f64>,
}

impl Rates {
    /// From precision and recall.
    #[must_use]
    pub fn new(precision: Option<f64>, recall: Option<f64>) -> Self {
        let f1 = match (precision, recall) {
            (None, None) => None,
            (Some(precision), Some(recall)) if precision + recall > 0.0 => {
                Some(2.0 * precision * recall / (precision + recall))
            }
            _ => Some(0.0),
        };
        Self {
            precision,
            recall,
            f1,
        }
    }
}

/// `part / whole`; nothing of nothing is none.
pub(super) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
