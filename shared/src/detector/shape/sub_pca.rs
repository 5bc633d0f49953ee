//! Principal components of windows: how far a window lies from what the past's windows span.
//!
//! After the Sub-PCA of TSB-AD (Liu and Paparrizos, "The Elephant in the Room", 2024; Shyu et al., 2003, for
//! the distance): the squared coordinates along the components over their variances, and the rest that no component
//! explains over the mean of the remaining variances. It knows nothing of rules.

use serde::{Deserialize, Serialize};

use super::windows::{bridge, check_window, silence_gaps, spread};
use crate::error::FieldError;
use crate::math::linear::{dot, eigen};
use crate::sum::sum_by;

/// Directions and variances of windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubPca {
    /// Whether every window is brought to mean 0 and deviation 1 first.
    normed: bool,
    /// What values are divided by if they are not normed.
    unit: f64,
    mean: Vec<f64>,
    /// Components that explain the wanted share of the variance, one after another.
    components: Vec<f64>,
    variances: Vec<f64>,
    /// Mean variance of all other directions.
    rest: f64,
}

/// The longest window: the matrix is its square, and the time its cube.
pub const MAX_WINDOW: u32 = 256;

impl SubPca {
    /// Learns the windows of `window` points (4 to [`MAX_WINDOW`]) of `values`, whose gaps are bridged, and keeps
    /// the components that explain `share` (0 to 1) of their variance.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn fit(values: &[f64], window: u32, share: f64, normed: bool) -> Result<Self, FieldError> {
        let length = check_window(window, 4, values.len())?;
        if window > MAX_WINDOW {
            return Err(FieldError::new(
                "window",
                format!("must be at most {MAX_WINDOW}, not {window}"),
            ));
        }
        if !(0.0..=1.0).contains(&share) {
            return Err(FieldError::new("share", "must be from 0 to 1"));
        }
        let series = bridge(values);
        let greatest = series
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let mut model = Self {
            normed,
            unit: if greatest > 1e-300 { greatest } else { 1.0 },
            mean: vec![0.0; length],
            components: Vec::new(),
            variances: Vec::new(),
            rest: 1.0,
        };
        let count = (series.len() + 1 - length) as f64;
        let mut prepared = vec![0.0; length];
        let mut mean = vec![0.0; length];
        for part in series.windows(length) {
            model.prepare(part, &mut prepared);
            for (mean, value) in mean.iter_mut().zip(&prepared) {
                *mean += value / count;
            }
        }
        model.mean = mean;
        let mut matrix = vec![0.0; length * length];
        for part in series.windows(length) {
            model.prepare(part, &mut prepared);
            for (row, &left) in prepared.iter().enumerate() {
                let left = left / count;
                for (entry, right) in matrix[row * length..=row * length + row]
                    .iter_mut()
                    .zip(&prepared)
                {
                    *entry += left * right;
                }
            }
        }
        model.choose(&matrix, share);
        Ok(model)
    }

    fn choose(&mut self, matrix: &[f64], share: f64) {
        let length = self.mean.len();
        let Some(found) = eigen(matrix, length) else {
            return;
        };
        let total = found
            .values
            .iter()
            .fold(0.0, |total, value| total + value.max(0.0));
        // Below this share of the greatest a variance is rounding.
        let least = found
            .values
            .first()
            .map_or(0.0, |first| first.max(0.0) * 1e-9);
        let mut explained = 0.0;
        for (index, &variance) in found.values.iter().enumerate() {
            if variance <= least || explained >= share * total {
                break;
            }
            explained += variance;
            self.components.extend_from_slice(found.vector(index));
            self.variances.push(variance);
        }
        let others = length - self.variances.len();
        let rest = (total - explained).max(0.0) / others.max(1) as f64;
        // What lies outside of a perfectly flat past is far, but not infinitely far.
        let floor = (total / length as f64 * 1e-6).max(1e-12);
        self.rest = rest.max(floor);
    }

    /// Points of a window.
    pub fn window(&self) -> usize {
        self.mean.len()
    }

    /// Number of components kept.
    pub fn components(&self) -> usize {
        self.variances.len()
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        (self.mean.capacity() + self.components.capacity() + self.variances.capacity()) * 8
    }

    fn prepare(&self, part: &[f64], place: &mut [f64]) {
        let length = part.len() as f64;
        let (offset, factor) = if self.normed {
            let mean = sum_by(part, |value| value / length);
            let squares = sum_by(part, |value| (value - mean) * (value - mean));
            let factor = super::windows::reciprocal(squares, mean, part.len()) * length.sqrt();
            (mean, factor)
        } else {
            (0.0, 1.0 / self.unit)
        };
        for ((place, value), mean) in place.iter_mut().zip(part).zip(&self.mean) {
            *place = ((value - offset) * factor).clamp(-1e60, 1e60) - mean;
        }
    }

    /// The root of the mean squared distance of a window of finite values, in deviations: about 1 for an ordinary
    /// window. 0 for a window of another length.
    pub fn score(&self, window: &[f64]) -> f64 {
        let mut prepared = vec![0.0; self.mean.len()];
        if window.len() != prepared.len() {
            return 0.0;
        }
        self.prepare(window, &mut prepared);
        self.distance(&prepared)
    }

    fn distance(&self, prepared: &[f64]) -> f64 {
        let mut total = 0.0;
        let mut left = sum_by(prepared, |value| value * value);
        for (component, variance) in self
            .components
            .chunks_exact(prepared.len())
            .zip(&self.variances)
        {
            let coordinate = dot(component, prepared);
            total += coordinate * coordinate / variance;
            left -= coordinate * coordinate;
        }
        total += left.max(0.0) / self.rest;
        (total / prepared.len() as f64).sqrt()
    }
}

/// The score of each point: the mean of the scores of the windows that cover it, learned from the first `train_rows`
/// points (or all, if they are less than two windows); 0 at gaps.
///
/// # Errors
/// [`FieldError`] that names the parameter.
pub fn score(
    values: &[f64],
    train_rows: usize,
    window: u32,
    share: f64,
    normed: bool,
) -> Result<Vec<f64>, FieldError> {
    let length = check_window(window, 4, values.len())?;
    let series = bridge(values);
    let train_rows = if train_rows < 2 * length {
        series.len()
    } else {
        train_rows.min(series.len())
    };
    let model = SubPca::fit(&series[..train_rows], window, share, normed)?;
    let windows: Vec<f64> = series
        .windows(length)
        .map(|part| model.score(part))
        .collect();
    let mut scores = spread(&windows, length, values.len());
    silence_gaps(&mut scores, values);
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{awkward, peak, wave};
    use super::*;

    #[test]
    fn score_when_a_shape_comes_once_then_peaks_there() {
        let values = wave(1000);
        for normed in [false, true] {
            let scores = score(&values, 500, 20, 0.9, normed).expect("good parameters");
            assert!(peak(&scores).abs_diff(606) < 20, "{}", peak(&scores));
            assert!((0.3..3.0).contains(&scores[200]), "{}", scores[200]);
        }
    }

    #[test]
    fn score_when_the_series_is_awkward_then_is_finite_and_zero_in_gaps() {
        for values in awkward() {
            for (normed, share) in [(false, 0.9), (true, 1.0), (false, 0.0)] {
                let scores = score(&values, 100, 16, share, normed).expect("good parameters");
                for (score, value) in scores.iter().zip(&values) {
                    assert!(score.is_finite() && *score >= 0.0);
                    assert!(value.is_finite() || *score == 0.0);
                }
            }
        }
    }

    #[test]
    fn model_when_saved_and_loaded_then_is_the_same() {
        let model = SubPca::fit(&wave(300), 16, 0.9, true).expect("good parameters");
        assert!(model.components() > 0 && model.components() < 16);
        let bytes = postcard::to_allocvec(&model).expect("a state");
        assert_eq!(postcard::from_bytes::<SubPca>(&bytes), Ok(model));
    }

    #[test]
    fn parameter_when_wrong_then_is_named() {
        let field = |window, share| {
            SubPca::fit(&[1.0; 500], window, share, true)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(0, 0.9).as_deref(), Some("window"));
        assert_eq!(field(257, 0.9).as_deref(), Some("window"));
        assert_eq!(field(501, 0.9).as_deref(), Some("window"));
        assert_eq!(field(10, f64::NAN).as_deref(), Some("share"));
        assert_eq!(field(10, 0.9), None);
    }
}
