//! What all window methods share: a series without gaps, moments of its windows, and the way from scores of
//! windows back to scores of points.

use super::super::MAX_MAGNITUDE;
use super::super::seasonal::gaps::bridged;
use crate::error::FieldError;
use crate::sum::{sum, sum_by};

/// Fills gaps (NaN, infinities, magnitudes over 1e150) with straight lines, and the ends with the nearest value;
/// zeros if there is no value at all.
pub fn bridge(values: &[f64]) -> Vec<f64> {
    bridged(values).unwrap_or_else(|| vec![0.0; values.len()])
}

/// Whether a value is none.
pub fn is_gap(value: f64) -> bool {
    value.is_nan() || value.abs() > MAX_MAGNITUDE
}

/// The bridged series less its mean, divided by its greatest magnitude, and that magnitude.
pub(crate) fn levelled(values: &[f64]) -> (Vec<f64>, f64) {
    let mut filled = bridge(values);
    let mean = sum_by(&filled, |value| value / filled.len() as f64);
    let mut greatest = 0.0_f64;
    for value in &mut filled {
        *value -= mean;
        greatest = greatest.max(value.abs());
    }
    // Of anything smaller the reciprocal is not a number that one can multiply with.
    let unit = if greatest > 1e-300 { greatest } else { 1.0 };
    for value in &mut filled {
        *value /= unit;
    }
    (filled, unit)
}

/// Refuses a window that is shorter than `least` or does not fit into `len` points.
pub(crate) fn check_window(window: u32, least: u32, len: usize) -> Result<usize, FieldError> {
    if window < least {
        Err(FieldError::new(
            "window",
            format!("must be at least {least}, not {window}"),
        ))
    } else if window as usize > len {
        Err(FieldError::new(
            "window",
            format!("must not be longer than the series of {len} points, but is {window}"),
        ))
    } else {
        Ok(window as usize)
    }
}

/// Mean and reciprocal length (root of the sum of squared deviations) of every window; a reciprocal of 0 marks a
/// window that is constant but for rounding.
pub(crate) fn moments(values: &[f64], window: usize) -> (Vec<f64>, Vec<f64>) {
    values
        .windows(window)
        .map(|part| {
            let mean = sum(part) / window as f64;
            let squares = sum_by(part, |value| (value - mean) * (value - mean));
            (mean, reciprocal(squares, mean, window))
        })
        .unzip()
}

/// 1 / √squares, or 0 where the squares are no more than what rounding makes of equal numbers near `mean`.
pub(crate) fn reciprocal(squares: f64, mean: f64, window: usize) -> f64 {
    const DUST: f64 = 1e-13;
    let dust = (mean.abs() * DUST).max(1e-145);
    if squares > dust * dust * window as f64 {
        1.0 / squares.sqrt()
    } else {
        0.0
    }
}

/// The score of each of `len` points: the mean of the scores of all windows that cover it.
pub(crate) fn spread(scores: &[f64], window: usize, len: usize) -> Vec<f64> {
    (0..len)
        .map(|at| {
            let from = (at + 1).saturating_sub(window);
            let part = &scores[from.min(scores.len())..(at + 1).min(scores.len())];
            if part.is_empty() {
                0.0
            } else {
                sum(part) / part.len() as f64
            }
        })
        .collect()
}

/// Sets the scores of gaps to 0.
pub(crate) fn silence_gaps(scores: &mut [f64], values: &[f64]) {
    for (score, &value) in scores.iter_mut().zip(values) {
        if is_gap(value) || !score.is_finite() {
            *score = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridge_when_there_is_no_value_then_is_zeros() {
        assert_eq!(bridge(&[f64::NAN, f64::INFINITY]), [0.0, 0.0]);
    }

    #[test]
    fn spread_when_a_window_is_odd_then_all_its_points_are() {
        let spread = spread(&[0.0, 0.0, 6.0, 0.0], 3, 6);
        assert_eq!(spread, [0.0, 0.0, 2.0, 2.0, 3.0, 0.0]);
    }

    #[test]
    fn moments_when_a_window_is_constant_but_for_rounding_then_say_so() {
        let level = 1e9;
        let (_, reciprocals) = moments(&[level, level + 2e-7, level, 5.0, 7.0], 3);
        assert!(reciprocals[0] <= 0.0 && reciprocals[1] > 0.0);
    }
}
