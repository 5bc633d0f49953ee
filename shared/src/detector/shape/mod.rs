//! Detectors that look at the shape of windows: matrix profile, nearest neighbours, principal components,
//! spectral residual.
//!
//! Each method stands on its own: it takes a series and knows nothing of rules or time.

pub mod knn;
pub mod left_profile;
pub mod matrix_profile;
mod nearest;
pub mod spectral;
pub mod sub_pca;
pub mod windows;

#[cfg(test)]
mod samples;
