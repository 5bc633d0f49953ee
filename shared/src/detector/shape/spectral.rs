//! The spectral residual (Ren et al., "Time-Series Anomaly Detection Service at Microsoft", KDD 2019).
//!
//! What stands out of a series is what its logarithmic spectrum has and a smoothed one has not. It knows nothing
//! of rules.

use super::windows::{bridge, is_gap, silence_gaps};
use crate::error::FieldError;
use crate::math::fft::RealFft;
use crate::sum::{sum, sum_by};

/// Width of the average over the spectrum, q of the paper.
const SMOOTH: usize = 3;
/// Estimated points after the newest, κ of the paper.
const AHEAD: usize = 5;
/// Earlier points from which they are estimated, m of the paper.
const BEHIND: usize = 5;
/// Points of the saliency map that the newest is compared with, z of the paper.
const LOCAL: usize = 21;

/// The method for windows of one length.
#[derive(Debug, Clone)]
pub struct SpectralResidual {
    window: usize,
    fft: RealFft,
}

impl SpectralResidual {
    /// For windows of `window` points, 12 to 2^20; a power of two less five costs the least.
    ///
    /// # Errors
    /// [`FieldError`] that names `window`.
    pub fn new(window: u32) -> Result<Self, FieldError> {
        if !(12..=1 << 20).contains(&window) {
            return Err(FieldError::new(
                "window",
                format!("must be from 12 to {}, not {window}", 1 << 20),
            ));
        }
        Ok(Self {
            window: window as usize,
            fft: RealFft::new(window as usize + AHEAD),
        })
    }

    /// Points of a window.
    pub fn window(&self) -> usize {
        self.window
    }

    /// How much the newest of a window of finite values stands out: its saliency over the mean of those before,
    /// less one; not below 0. A window of another length is judged as it is if it has at least 12 points.
    pub fn judge(&self, window: &[f64]) -> f64 {
        if window.len() < 12 || window.len() + AHEAD > self.fft.len() {
            return 0.0;
        }
        let mut extended = level(window);
        // Without estimated points after it the newest one lies at the edge, where the transform is blind. They follow
        // the line of its predecessors: with it, a spike would promise a higher one.
        let newest = extended.len() - 1;
        let last = newest - 1;
        let rise = (1..=BEHIND).fold(0.0, |rise, back| {
            rise + (extended[last] - extended[last - back]) / back as f64
        });
        let next = extended[last + 1 - BEHIND] + rise;
        extended.extend([next; AHEAD]);
        let saliency = saliency(&self.fft, &extended);
        let before = &saliency[newest.saturating_sub(LOCAL)..newest];
        excess(saliency[newest], before)
    }
}

/// The score of each point against the `window` points up to it; 0 at gaps and while there are too few points.
///
/// # Errors
/// [`FieldError`] that names `window`.
pub fn score_causal(values: &[f64], window: u32) -> Result<Vec<f64>, FieldError> {
    let method = SpectralResidual::new(window)?;
    let first = values.iter().position(|&value| !is_gap(value)).unwrap_or(0);
    // A gap is held, not bridged: a line would know its other end.
    let mut last = values.get(first).copied().unwrap_or(0.0);
    let held: Vec<f64> = values[first.min(values.len())..]
        .iter()
        .map(|&value| {
            last = if is_gap(value) { last } else { value };
            last
        })
        .collect();
    let mut scores = vec![0.0; values.len()];
    for end in method.window..=held.len() {
        scores[first + end - 1] = method.judge(&held[end - method.window..end]);
    }
    silence_gaps(&mut scores, values);
    Ok(scores)
}

/// The score of each point against the whole series, its own future too; 0 at gaps.
///
/// How salient the points around it are, as a multiple of the series' mean. The paper divides by the mean of the
/// neighbours instead, to tell a lone point by a fixed threshold; the points of an event that is longer than that
/// then hide each other, and ranked by it the events of the development series drown (VUS-PR 0.16 instead of 0.37).
pub fn score_whole(values: &[f64]) -> Vec<f64> {
    let series = level(&bridge(values));
    let fft = RealFft::new(series.len() + AHEAD);
    let saliency = saliency(&fft, &series);
    let usual = sum(&saliency) / saliency.len().max(1) as f64;
    let mut scores: Vec<f64> = (0..series.len())
        .map(|at| {
            let from = at.saturating_sub(LOCAL / 2);
            let around = &saliency[from..(at + LOCAL / 2 + 1).min(series.len())];
            if usual > 1e-12 {
                sum(around) / around.len() as f64 / usual
            } else {
                0.0
            }
        })
        .collect();
    silence_gaps(&mut scores, values);
    scores
}

/// Less the mean, over the greatest magnitude; zeros if there is none but rounding.
fn level(values: &[f64]) -> Vec<f64> {
    let share = 1.0 / values.len().max(1) as f64;
    let mean = sum_by(values, |value| value * share);
    let greatest = values
        .iter()
        .fold(0.0_f64, |most, value| most.max((value - mean).abs()));
    let dust = (mean.abs() * 1e-13).max(1e-300);
    let factor = if greatest > dust { 1.0 / greatest } else { 0.0 };
    values.iter().map(|value| (value - mean) * factor).collect()
}

/// By how much `value` exceeds the mean of `others`, as a multiple of that mean.
fn excess(value: f64, others: &[f64]) -> f64 {
    let mean = sum(others) / others.len().max(1) as f64;
    if mean > 1e-12 {
        ((value - mean) / mean).clamp(0.0, 1e12)
    } else {
        0.0
    }
}

/// The saliency map: the spectrum divided by its smoothed amplitude, transformed back.
fn saliency(fft: &RealFft, values: &[f64]) -> Vec<f64> {
    /// Amplitudes below this are noise of the arithmetic and have no phase.
    const LEAST: f64 = 1e-8;
    // The rest of the transform leads back to the first value: a step would stand out most of all.
    let missing = fft.len() - values.len();
    let (first, last) = match values {
        [first, .., last] => (*first, *last),
        _ => (0.0, 0.0),
    };
    let back = (1..=missing).map(|step| {
        let share = step as f64 / (missing + 1) as f64;
        last * (1.0 - share) + first * share
    });
    let padded: Vec<f64> = values.iter().copied().chain(back).collect();
    let (mut re, mut im) = fft.forward(&padded);
    let amplitudes: Vec<f64> = re
        .iter()
        .zip(&im)
        .map(|(a, b)| (a * a + b * b).sqrt())
        .collect();
    let logs: Vec<f64> = amplitudes
        .iter()
        .map(|&amplitude| libm::log(amplitude.max(LEAST)))
        .collect();
    for at in 0..re.len() {
        let from = (at + 1).saturating_sub(SMOOTH);
        let part = &logs[from..=at];
        let smoothed = sum(part) / part.len() as f64;
        // exp(log A - smoothed) is the new amplitude; the phase stays.
        let factor = if amplitudes[at] > LEAST {
            libm::exp(-smoothed)
        } else {
            0.0
        };
        re[at] *= factor;
        im[at] *= factor;
    }
    let mut map = fft.inverse(&re, &im);
    map.truncate(values.len());
    for value in &mut map {
        *value = value.abs();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::super::samples::{awkward, peak, wave};
    use super::*;

    fn with_spike() -> Vec<f64> {
        let mut values = wave(400);
        values[333] += 4.0;
        values
    }

    #[test]
    fn score_when_a_point_stands_out_then_peaks_there() {
        assert!(peak(&score_whole(&with_spike())).abs_diff(333) <= LOCAL / 2);
        let scores = score_causal(&with_spike(), 123).expect("a good window");
        assert_eq!(peak(&scores), 333);
        assert!(scores[..122].iter().all(|score| *score == 0.0));
    }

    #[test]
    fn causal_score_when_the_future_changes_then_stays() {
        let one = with_spike();
        let mut other = one.clone();
        other[300] = f64::NAN;
        other[301..].fill(1e6);
        let score = |values: &[f64]| score_causal(values, 64).expect("a good window");
        assert_eq!(score(&one)[..300], score(&other)[..300]);
    }

    #[test]
    fn score_when_the_series_is_awkward_then_is_finite_and_zero_in_gaps() {
        for values in awkward() {
            let causal = score_causal(&values, 64).expect("a good window");
            for scores in [causal, score_whole(&values)] {
                for (score, value) in scores.iter().zip(&values) {
                    assert!(score.is_finite() && *score >= 0.0);
                    assert!(value.is_finite() || *score == 0.0);
                }
            }
        }
        assert!(score_whole(&[]).is_empty());
        assert_eq!(score_whole(&[1.0]), [0.0]);
        assert_eq!(score_causal(&[], 64), Ok(vec![]));
    }

    #[test]
    fn score_when_the_series_is_constant_then_is_zero() {
        assert!(score_whole(&[3.3; 200]).iter().all(|score| *score == 0.0));
    }

    #[test]
    fn window_when_too_short_or_too_long_then_is_named() {
        for window in [0, 11, u32::MAX] {
            let error = SpectralResidual::new(window).expect_err("a bad window");
            assert_eq!(error.field, "window");
        }
    }
}
