//! Detectors that look at the shape of windows: matrix profile, nearest neighbours, principal components,
//! spectral residual.
//!
//! Each method stands on its own: it takes a series and knows nothing of rules or time. The files named `…_rule` make
//! rules of them.

pub mod knn;
pub(crate) mod knn_rule;
pub mod left_profile;
pub mod matrix_profile;
pub(crate) mod matrix_profile_rule;
mod nearest;
mod params;
pub(crate) mod scheduled;
pub mod spectral;
pub(crate) mod spectral_rule;
pub mod sub_pca;
pub(crate) mod sub_pca_rule;
pub(crate) mod tape;
pub mod windows;

#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod samples;

pub(crate) use params::HISTORY;
