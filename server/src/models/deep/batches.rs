//! Windows as networks take them: bounded, in single precision, a table with a row for each sample.

use burn::tensor::{Device, Tensor, TensorData};

/// Scaled values beyond this are shown to a network as this; its error is told against the value itself.
///
/// A spike of a thousand spreads would otherwise decide alone where all weights go.
const FARTHEST: f64 = 10.0;

/// A batch, all windows' first samples before all second ones.
pub(super) fn batch(windows: &[&[f64]], steps: usize, device: &Device) -> Tensor<2> {
    let width = windows.first().map_or(0, |window| window.len());
    let columns = width / steps;
    let mut rows = Vec::with_capacity(windows.len() * width);
    for step in 0..steps {
        for window in windows {
            let sample = &window[step * columns..][..columns];
            let bounded = sample.iter().map(|value| bounded(*value) as f32);
            rows.extend(bounded);
        }
    }
    Tensor::from_data(
        TensorData::new(rows, [windows.len() * steps, columns]),
        device,
    )
}

fn bounded(value: f64) -> f64 {
    value.clamp(-FARTHEST, FARTHEST)
}

/// The squared error of each number of each window, row-major, beside what a network told of their batch.
pub(super) fn errors(windows: &[&[f64]], steps: usize, told: &[f32]) -> Vec<f64> {
    let width = windows.first().map_or(0, |window| window.len());
    let (columns, count) = (width / steps, windows.len());
    let mut errors = Vec::with_capacity(count * width);
    for (at, window) in windows.iter().enumerate() {
        for (step, sample) in window.chunks_exact(columns).enumerate() {
            let told = &told[(step * count + at) * columns..][..columns];
            let pairs = sample.iter().zip(told);
            errors.extend(pairs.map(|(value, told)| {
                let off = value - f64::from(*told);
                off * off
            }));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::deep::weights::numbers;

    #[test]
    fn batch_when_laid_out_then_goes_by_samples_and_its_errors_by_windows() {
        let (first, second) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, -7.0, 1e6]);
        let windows = [&first[..], &second[..]];
        let rows = numbers(batch(&windows, 2, &Device::flex()));
        assert_eq!(rows, [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, -7.0, 10.0]);
        let errors = errors(&windows, 2, &rows);
        assert_eq!(errors[..7], [0.0; 7]);
        assert!((errors[7] / (1e6 - 10.0) - (1e6 - 10.0)).abs() < 1e-6);
    }
}
