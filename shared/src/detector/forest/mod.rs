//! Detectors that isolate a value with random cuts: isolation forest, half-space trees, random cut forest.
//!
//! Each forest stands on its own: it takes rows of numbers and knows nothing of series, rules or time. The files
//! named `…_rule` make rules of them.

mod cut_box;
mod cut_tree;
mod embedding;
mod grower;
pub mod half_space;
pub(crate) mod half_space_rule;
pub mod isolation;
#[cfg(all(feature = "linfa", not(target_arch = "wasm32")))]
pub mod isolation_linfa;
pub(crate) mod isolation_rule;
pub mod random_cut;
pub(crate) mod random_cut_rule;
pub(crate) mod streaming;

use crate::error::FieldError;

/// Refuses a count outside of `least..=most` and names it.
pub(crate) fn check_count(name: &str, count: u32, least: u32, most: u32) -> Result<(), FieldError> {
    if (least..=most).contains(&count) {
        Ok(())
    } else {
        Err(FieldError::new(
            name,
            format!("must be from {least} to {most}, not {count}"),
        ))
    }
}

/// The number of whole rows in `values`, or why they are no table.
pub(crate) fn check_rows(values: &[f64], dims: usize) -> Result<usize, FieldError> {
    if dims == 0 || dims > MAX_DIMS {
        return Err(FieldError::new(
            "dims",
            format!("must be from 1 to {MAX_DIMS}, not {dims}"),
        ));
    }
    if values.is_empty() || !values.len().is_multiple_of(dims) {
        return Err(FieldError::new(
            "rows",
            format!("must be one or more rows of {dims} numbers"),
        ));
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(FieldError::new("rows", "must be finite numbers"));
    }
    Ok(values.len() / dims)
}

/// The widest row that a forest takes.
pub const MAX_DIMS: usize = 1024;
