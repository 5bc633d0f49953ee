//! Numeric helpers of the detectors: small, allocation-conscious, with equal bits on every target.
//!
//! They know nothing of series, rules or scores.

pub mod fft;
pub mod linear;
pub mod random;
pub mod stats;
pub mod student;
