//! The detectors that can score a whole series at once, knowing its future: for notebooks and leaderboards.
//!
//! Rules never use these; they see the past only.

use super::forest::isolation_rule;
use super::registry::DetectorKind;
use super::seasonal;
use super::shape::{knn_rule, matrix_profile_rule, spectral_rule, sub_pca_rule};
use super::spec::DetectorSpec;

/// What a whole-series form gets.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// The series; NaN is a gap.
    pub values: &'a [f64],
    /// So many rows at its beginning are known to be calm; 0 if nothing is known.
    pub train_rows: usize,
    /// Distance between two rows.
    pub step_ms: i64,
    /// Seed of everything that is drawn at random.
    pub seed: u64,
}

/// One raw value a row: finite, larger is odder, 0 in gaps.
pub type Batch = fn(&DetectorSpec, &Whole<'_>) -> Vec<f64>;

/// The whole-series form of a detector, if it has one.
pub fn batch(kind: DetectorKind) -> Option<Batch> {
    // A line for each detector that has one.
    let forms: &[(DetectorKind, Batch)] = &[
        (DetectorKind::Auto, super::auto::batch),
        (DetectorKind::IsolationForest, isolation_rule::batch),
        (DetectorKind::MatrixProfile, matrix_profile_rule::batch),
        (DetectorKind::Knn, knn_rule::batch),
        (DetectorKind::SubPca, sub_pca_rule::batch),
        (DetectorKind::SpectralResidual, spectral_rule::batch),
        (DetectorKind::Mstl, seasonal::residual::whole),
    ];
    forms
        .iter()
        .find(|(each, _)| *each == kind)
        .map(|(_, form)| *form)
}
