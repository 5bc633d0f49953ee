//! Many series at one moment: is one of them unlike its peers, or are they together as they never were?
//!
//! *Population* models ([`peers`], [`dbscan`]) compare the members of one frame with each other;
//! *multivariate* models ([`mahalanobis`], [`tail_sum`], [`hbos`]) compare a whole frame with earlier ones.
//! A frame is one value for each member, in a fixed order; a missing one is NaN.
//! They must not know of rules, thresholds or time.

mod comparing;
pub mod dbscan;
pub mod hbos;
pub mod mahalanobis;
mod multivariate;
pub mod peers;
pub mod tail_sum;
mod tails;

pub(crate) use comparing::{Comparing, GroupDetector, Grouped};
pub use dbscan::Dbscan;
pub use hbos::Hbos;
pub use mahalanobis::Mahalanobis;
pub use multivariate::{Multivariate, MultivariateKind};
pub use peers::Peers;
pub use tail_sum::{TailMethod, TailSum};

use serde::{Deserialize, Serialize};

/// What is said of one member of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Population: its own oddity. Multivariate: its part in the oddity of the frame. 0 where it is missing.
    pub raw: f64,
    /// What was expected of it, in its own unit; NaN where the model has no opinion.
    pub expected: f64,
    /// Width of one raw unit in its own unit; NaN where there is no band.
    pub spread: f64,
}

impl Member {
    /// Neither odd nor with an expectation: a missing value.
    pub const MISSING: Self = Self {
        raw: 0.0,
        expected: f64::NAN,
        spread: f64::NAN,
    };
}

/// What is said of a whole frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameReading {
    /// The oddity of the frame: finite, larger is odder. For a population that of its oddest member.
    pub raw: f64,
    /// The members in the order of the frame.
    pub members: Vec<Member>,
}

/// A model of a whole frame. Its state is bounded, and saved it goes on with equal bits.
pub trait GroupModel {
    /// Learns earlier frames, one after another in `rows`, each with `dims` members; forgets what it knew.
    /// Says whether they were enough to judge by.
    fn fit(&mut self, rows: &[f64], dims: usize) -> bool;

    /// Judges a frame against what was learned; nothing while that is too little, or if the number of members
    /// is another one, or if too few of them are present.
    fn judge(&mut self, frame: &[f64]) -> Option<FrameReading>;
}

/// The values of one member over time.
fn column(rows: &[f64], dims: usize, member: usize) -> Vec<f64> {
    rows.iter()
        .skip(member)
        .step_by(dims.max(1))
        .copied()
        .filter(|value| is_value(*value))
        .collect()
}

/// Larger magnitudes are no measurements, and their squares would overflow.
fn is_value(value: f64) -> bool {
    value.abs() <= 1e150
}

#[cfg(test)]
mod tests;
