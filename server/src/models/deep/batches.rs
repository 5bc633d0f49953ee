//! Windows as networks take them: bounded, in single precision, a table with a row for each sample.

use burn::tensor::{Device, Tensor, TensorData};

use super::network::Plan;

/// Scaled values beyond this are shown to a network as this; its error is told against the value itself.
///
/// A spike of a thousand spreads would otherwise decide alone where all weights go.
const FARTHEST: f64 = 10.0;

/// A batch, all windows' first samples before all second ones.
pub(super) fn batch(windows: &[&[f64]], steps: usize, device: &Device) -> Tensor<2> {
    laid_out(windows, steps, bounded, device)
}

/// 1 for every number of a batch that was there and 0 for every one that bridges a gap; nothing where all were there.
pub(super) fn known(
    windows: &[&[f64]],
    steps: usize,
    plan: &Plan,
    device: &Device,
) -> Option<Tensor<2>> {
    let mut known = Vec::with_capacity(windows.len());
    let mut gaps = false;
    for window in windows {
        let mut shares = vec![1.0; window.len()];
        for place in plan.bridges(window) {
            (shares[place], gaps) = (0.0, true);
        }
        known.push(shares);
    }
    let known: Vec<&[f64]> = known.iter().map(Vec::as_slice).collect();
    gaps.then(|| laid_out(&known, steps, |share| share, device))
}

fn laid_out(
    windows: &[&[f64]],
    steps: usize,
    shown: impl Fn(f64) -> f64,
    device: &Device,
) -> Tensor<2> {
    let width = windows.first().map_or(0, |window| window.len());
    let columns = width / steps;
    let mut rows = Vec::with_capacity(windows.len() * width);
    for step in 0..steps {
        for window in windows {
            let sample = &window[step * columns..][..columns];
            rows.extend(sample.iter().map(|value| shown(*value) as f32));
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
    use hindcast_shared::api::ModelKind;

    use super::*;
    use crate::models::deep::weights::numbers;
    use crate::models::testing::spec;

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

    #[test]
    fn known_when_a_gap_was_bridged_then_is_laid_out_as_the_batch_and_else_is_not_there() {
        let mut spec = spec(ModelKind::Autoencoder);
        spec.window_samples = 2;
        let mut plan = Plan::new(&spec, 4);
        let windows = [&[5.0, 1.0, 6.0, 0.0][..], &[7.0, 0.0, 8.0, 1.0]];
        assert!(known(&windows, 2, &plan, &Device::flex()).is_none());
        plan.bridged = vec![(0, 1)];
        let of =
            |windows: &[&[f64]], steps| known(windows, steps, &plan, &Device::flex()).map(numbers);
        let by_samples = [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0];
        assert_eq!(of(&windows, 2), Some(by_samples.to_vec()));
        let by_windows = [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0];
        assert_eq!(of(&windows, 1), Some(by_windows.to_vec()));
        assert_eq!(of(&[&[5.0, 0.0, 6.0, 0.0]], 2), None);
    }
}
