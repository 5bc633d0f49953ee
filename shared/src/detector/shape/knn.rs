//! Nearest neighbours of windows in a learned bank of windows.
//!
//! A window is compared with its mean taken away, once with its amplitude kept and once divided by its deviation:
//! both distances follow from one product. All windows are kept as `f32`. Products of four windows with eight of the
//! bank are formed at a time in that precision, only to find who may be near, with a bound for the rounding; those
//! few are then multiplied in full. So the result is the exact one, and no order of work can be seen in it.
//! It knows nothing of rules.

use serde::{Deserialize, Serialize};

use super::nearest::{Block, single};
use super::windows::{bridge, check_window, silence_gaps, spread};
use crate::error::FieldError;
use crate::math::stats;
use crate::sum::sum_by;

/// Windows of the bank that lie side by side.
pub(crate) const SIDE: usize = 8;
/// Greater values than so many units are as far as can be.
const FARTHEST: f64 = 1e15;
/// A window whose length is less than this in units counts as constant.
const FLAT: f64 = 1e-12;

/// Distances of windows to their nearest neighbours: means over the `k` nearest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distances {
    /// With the amplitude kept, in the unit of the series.
    pub centred: Vec<f64>,
    /// Divided by their deviations, from 0 to 2 √window. A constant window is √window away from all others and
    /// equal to another constant one.
    pub normed: Vec<f64>,
}

/// Windows of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bank {
    pub(crate) window: u32,
    /// What the values are divided by: the greatest magnitude of a learned window without its mean.
    unit: f64,
    /// First points of the windows within the series that they are from.
    pub(crate) starts: Vec<u32>,
    /// The windows, `SIDE` of them side by side.
    pub(crate) tiles: Vec<[f32; SIDE]>,
    /// Sums of the squares of each window, and the reciprocals of their roots (0 if it is constant).
    pub(crate) squares: Vec<f64>,
    pub(crate) reciprocals: Vec<f64>,
    /// Which windows are constant.
    pub(crate) flat: Vec<u32>,
}

impl Bank {
    /// Learns up to `size` windows of `window` points (at least 2), evenly spaced over `values`, whose gaps
    /// are bridged.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn fit(values: &[f64], window: u32, size: u32) -> Result<Self, FieldError> {
        let length = check_window(window, 2, values.len())?;
        if size == 0 {
            return Err(FieldError::new("bank", "must be at least 1, not 0"));
        }
        let last = (values.len() - length) as u64;
        let steps = u64::from(size - 1).min(last).max(1);
        let mut starts: Vec<u32> = (0..=steps.min(last))
            .map(|step| (step * last / steps) as u32)
            .collect();
        starts.truncate(size as usize);
        Ok(Self::from_windows(&bridge(values), window, starts))
    }

    /// The windows of a series without gaps that start at `starts`; those that do not fit are left out.
    pub fn from_windows(series: &[f64], window: u32, mut starts: Vec<u32>) -> Self {
        let length = window as usize;
        starts.retain(|&start| start as usize + length <= series.len());
        let part = |start: u32| &series[start as usize..start as usize + length];
        let mut unit = 0.0_f64;
        for &start in &starts {
            let mean = mean(part(start));
            unit = part(start)
                .iter()
                .fold(unit, |unit, value| unit.max((value - mean).abs()));
        }
        let groups = starts.len().div_ceil(SIDE);
        let mut bank = Self {
            window,
            unit: if unit > 1e-300 { unit } else { 1.0 },
            tiles: vec![[0.0; SIDE]; groups * length],
            squares: Vec::with_capacity(starts.len()),
            reciprocals: Vec::with_capacity(starts.len()),
            flat: Vec::new(),
            starts,
        };
        for place in 0..bank.starts.len() {
            let tile = &mut bank.tiles[place / SIDE * length..][..length];
            let (square, reciprocal) = pack(
                part(bank.starts[place]),
                bank.unit,
                tile.iter_mut().map(|row| &mut row[place % SIDE]),
            );
            bank.squares.push(square);
            bank.reciprocals.push(reciprocal);
            if reciprocal <= 0.0 {
                bank.flat.push(place as u32);
            }
        }
        bank
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no window.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Points of a window.
    pub fn window(&self) -> u32 {
        self.window
    }

    /// The greatest distance of a value of a learned window from the window's mean.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        (self.starts.capacity() + self.flat.capacity() + self.tiles.capacity() * SIDE) * 4
            + (self.squares.capacity() + self.reciprocals.capacity()) * 8
    }

    /// Distances of every window of `series` (without gaps) to its `k` nearest ones (at least 1). With `apart`,
    /// the bank is from the same series, and neighbours that start less than so many points away do not count.
    pub fn distances(&self, series: &[f64], k: u32, apart: Option<u32>) -> Distances {
        let length = self.window as usize;
        let k = (k.max(1) as usize).min(self.len().max(1));
        let count = (series.len() + 1).saturating_sub(length);
        let mut found = Distances {
            centred: Vec::with_capacity(count),
            normed: Vec::with_capacity(count),
        };
        let mut block = Block::new(self, k, apart);
        let mut from = 0;
        while from < count {
            let queries = block.load(&series[from..], from, self.unit);
            block.meet_all();
            for query in 0..queries {
                found.centred.push(block.centred(query) * self.unit);
                found.normed.push(block.normed(query));
            }
            from += queries;
        }
        found
    }

    /// The distances of one window: centred and normed; zeros for a window of another length.
    pub fn distance(&self, window: &[f64], k: u32) -> (f64, f64) {
        if window.len() != self.window as usize || self.is_empty() {
            return (0.0, 0.0);
        }
        let k = (k.max(1) as usize).min(self.len());
        let (centred, normed) = single(self, window, k, self.unit);
        (centred * self.unit, normed)
    }
}

fn mean(part: &[f64]) -> f64 {
    let share = 1.0 / part.len() as f64;
    sum_by(part, |value| value * share)
}

/// Writes a window without its mean, in units; the sum of its squares and the reciprocal of their root.
pub(crate) fn pack<'a>(
    part: &[f64],
    unit: f64,
    places: impl Iterator<Item = &'a mut f32>,
) -> (f64, f64) {
    let mean = mean(part);
    let mut square = 0.0;
    for (place, value) in places.zip(part) {
        let value = ((value - mean) / unit).clamp(-FARTHEST, FARTHEST) as f32;
        *place = value;
        square += f64::from(value) * f64::from(value);
    }
    // What rounding makes of equal numbers is no shape.
    let dust = (mean / unit).abs() * 1e-13 + FLAT;
    let root = square.sqrt();
    (square, if root > dust { 1.0 / root } else { 0.0 })
}

/// Which distance is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Amplitudes count.
    Centred,
    /// Only shapes count.
    Normed,
    /// Both, each less its mean and divided by its deviation over the series, summed and set off from the least.
    Both,
}

/// The score of each point, not below 0: the mean over the windows that cover it of their mean distance to the `k`
/// nearest of up to `bank` windows from the first `train_rows` points (or all, if they are less than two windows);
/// 0 at gaps.
///
/// # Errors
/// [`FieldError`] that names the parameter.
pub fn score(
    values: &[f64],
    train_rows: usize,
    window: u32,
    bank: u32,
    k: u32,
    form: Form,
) -> Result<Vec<f64>, FieldError> {
    if k == 0 {
        return Err(FieldError::new("neighbours", "must be at least 1, not 0"));
    }
    let length = check_window(window, 2, values.len())?;
    let train_rows = if train_rows < 2 * length {
        values.len()
    } else {
        train_rows.min(values.len())
    };
    let series = bridge(values);
    let found = Bank::fit(&series[..train_rows], window, bank)?.distances(&series, k, Some(window));
    let scores = match form {
        Form::Centred => found.centred,
        Form::Normed => found.normed,
        Form::Both => {
            let (centred, normed) = (standard(&found.centred), standard(&found.normed));
            let mut both: Vec<f64> = centred.iter().zip(&normed).map(|(a, b)| a + b).collect();
            let least = both.iter().copied().fold(f64::INFINITY, f64::min);
            for score in &mut both {
                *score -= least;
            }
            both
        }
    };
    let mut scores = spread(&scores, length, values.len());
    silence_gaps(&mut scores, values);
    Ok(scores)
}

/// Less their mean, over their deviation; zeros if they are all equal.
fn standard(values: &[f64]) -> Vec<f64> {
    let greatest = values.iter().copied().fold(0.0, f64::max);
    if greatest <= 0.0 {
        return vec![0.0; values.len()];
    }
    let scaled: Vec<f64> = values.iter().map(|value| value / greatest).collect();
    let (mean, deviation) = (stats::mean(&scaled), stats::deviation(&scaled));
    let factor = if deviation > 1e-12 {
        1.0 / deviation
    } else {
        0.0
    };
    scaled.iter().map(|value| (value - mean) * factor).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{awkward, peak, wave};
    use super::*;

    fn deviations(part: &[f64]) -> Vec<f64> {
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        part.iter().map(|value| value - mean).collect()
    }

    fn length(part: &[f64]) -> f64 {
        part.iter().map(|value| value * value).sum::<f64>().sqrt()
    }

    /// Both distances of the window at `at`, as the definition has them.
    fn slow(values: &[f64], bank: &Bank, at: usize, k: usize) -> (f64, f64) {
        let window = bank.window as usize;
        let own = deviations(&values[at..at + window]);
        let (mut centred, mut normed) = (Vec::new(), Vec::new());
        for &start in &bank.starts {
            let start = start as usize;
            if start.abs_diff(at) >= window {
                let other = deviations(&values[start..start + window]);
                let difference: Vec<f64> = own.iter().zip(&other).map(|(a, b)| a - b).collect();
                centred.push(length(&difference));
                let product: f64 = own.iter().zip(&other).map(|(a, b)| a * b).sum();
                let alike = product / (length(&own) * length(&other));
                normed.push((2.0 * window as f64 * (1.0 - alike)).max(0.0).sqrt());
            }
        }
        let mean = |mut all: Vec<f64>| {
            all.sort_unstable_by(f64::total_cmp);
            all[..k].iter().sum::<f64>() / k as f64
        };
        (mean(centred), mean(normed))
    }

    #[test]
    fn distances_when_screened_then_equal_the_definition() {
        let values = wave(500);
        for (window, size, k) in [(16, 37, 3), (13, 8, 1), (32, 100, 5)] {
            let bank = Bank::fit(&values, window, size).expect("good parameters");
            assert_eq!(bank.len(), size as usize);
            let found = bank.distances(&values, k, Some(window));
            for at in 0..found.centred.len() {
                let (centred, normed) = slow(&values, &bank, at, k as usize);
                assert!((found.centred[at] - centred).abs() < 1e-5, "{at}");
                assert!((found.normed[at] - normed).abs() < 1e-4, "{at}");
            }
        }
    }

    #[test]
    fn distance_when_asked_for_one_window_then_has_the_bits_of_all() {
        let values = wave(300);
        let bank = Bank::fit(&values, 16, 50).expect("good parameters");
        let found = bank.distances(&values, 3, None);
        for (at, part) in values.windows(16).enumerate() {
            let (centred, normed) = bank.distance(part, 3);
            assert_eq!(centred.to_bits(), found.centred[at].to_bits());
            assert_eq!(normed.to_bits(), found.normed[at].to_bits());
        }
    }

    #[test]
    fn score_when_a_shape_comes_once_then_peaks_there() {
        let values = wave(1000);
        for form in [Form::Centred, Form::Normed, Form::Both] {
            for train_rows in [0, 500] {
                let scores = score(&values, train_rows, 20, 100, 3, form).expect("good parameters");
                assert!(
                    peak(&scores).abs_diff(606) < 20,
                    "{form:?} {}",
                    peak(&scores)
                );
            }
        }
    }

    #[test]
    fn score_when_the_series_is_awkward_then_is_finite_and_zero_in_gaps() {
        for values in awkward() {
            for form in [Form::Centred, Form::Normed, Form::Both] {
                let scores = score(&values, 100, 16, 30, 3, form).expect("good parameters");
                for (score, value) in scores.iter().zip(&values) {
                    assert!(score.is_finite() && *score >= 0.0);
                    assert!(value.is_finite() || *score == 0.0);
                }
            }
        }
    }

    #[test]
    fn constant_windows_when_met_then_are_equal_to_each_other_and_half_like_the_rest() {
        let mut values = wave(200);
        values[100..].fill(5.0);
        let bank = Bank::from_windows(&values, 16, vec![0, 20, 40, 150]);
        let found = bank.distances(&values, 1, Some(16));
        assert!(found.normed[120].abs() < 1e-9 && found.centred[120].abs() < 1e-9);
        let far = Bank::from_windows(&values, 16, vec![0, 20, 40]).distance(&[3.0; 16], 2);
        assert!((far.1 - 4.0).abs() < 1e-9, "{far:?}");
    }

    #[test]
    fn bank_when_saved_and_loaded_then_is_the_same() {
        let bank = Bank::fit(&wave(300), 16, 21).expect("good parameters");
        let bytes = postcard::to_allocvec(&bank).expect("a state");
        assert_eq!(postcard::from_bytes::<Bank>(&bytes), Ok(bank));
    }

    #[test]
    fn parameter_when_wrong_then_is_named() {
        let field = |window, size, k| {
            score(&[1.0; 50], 0, window, size, k, Form::Centred)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(0, 5, 1).as_deref(), Some("window"));
        assert_eq!(field(51, 5, 1).as_deref(), Some("window"));
        assert_eq!(field(10, 0, 1).as_deref(), Some("bank"));
        assert_eq!(field(10, 5, 0).as_deref(), Some("neighbours"));
        assert_eq!(field(50, 5, 9), None);
    }
}
