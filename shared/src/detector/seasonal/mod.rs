//! Detectors that know what repeats: each value is judged against what the same phase of a day, a week or
//! any other period looked like before.

mod additive;
pub(crate) mod ets;
pub(crate) mod gaps;
pub mod mstl;
pub mod period;
pub(crate) mod profile;
pub(crate) mod residual;
mod season;
pub mod stl;
#[cfg(test)]
mod tests;
