//! Change: has the level of a stream moved for good, when, and by how much?
//!
//! Each file holds one published algorithm as a plain type that takes one number at a time and needs no rule.
//! They must not know of thresholds on scores, of series or of time: positions are counts of samples.

pub mod adwin;
pub mod bocpd;
pub mod cusum;
pub mod ddm;
pub mod eddm;
mod errors;
mod instants;
pub mod kswin;
pub mod page_hinkley;
pub mod pelt;
mod watching;

pub use adwin::{Adwin, AdwinParams};
pub use bocpd::Bocpd;
pub use cusum::Cusum;
pub use ddm::Ddm;
pub use eddm::Eddm;
pub use kswin::Kswin;
pub use page_hinkley::PageHinkley;

pub(super) use errors::ErrorWatch;
pub(super) use watching::Watching;

use serde::{Deserialize, Serialize};

use crate::math::stats::{MAD_TO_DEVIATION, deviation, mad, median};

/// What is usual: the median, and the scaled median absolute deviation, or the standard deviation where more than
/// half of the values are one.
fn usual(values: &[f64]) -> (f64, f64) {
    let robust = MAD_TO_DEVIATION * mad(values);
    let spread = if robust > 0.0 {
        robust
    } else {
        deviation(values)
    };
    (median(values), spread)
}

/// A change that a detector has just found: when it began, and how much it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The first sample of the new regime, as estimated: samples taken before it since the beginning.
    pub at: u64,
    /// Mean of what came before, in the unit of the stream (an error rate for the error detectors).
    pub before: f64,
    /// Mean since then.
    pub after: f64,
}

#[cfg(test)]
mod tests;
