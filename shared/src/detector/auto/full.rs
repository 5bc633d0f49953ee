//! The whole series at once: window neighbours at five lengths, from 16 to 512 values.
//!
//! Every window, and every step from one value to the next, is compared with all windows of the calm beginning; what lies far from all of them is odd.
//! Where no calm beginning is known, the series is its own bank, and a window must be far from its nearest
//! twentieth, because oddities may repeat. Distances are measured in the spread of the calm part, and the
//! mean of their logarithms over lengths and kinds is the score: adding logarithms lets each length speak
//! in its own measure, with nothing to be standardised, and so with nothing to be learned from the scores.

use std::ops::Range;

use super::join::{Bank, Distances, KIND_NAMES, distances};
use super::jump::jumps;
use super::units::{in_units, thinned};
use super::windows::Windows;
use crate::math::stats::{largest_first, mad, median, quantile};

/// Windows of `len` values on means of every `every` samples.
#[derive(Debug, Clone, Copy)]
struct Scale {
    name: &'static str,
    len: usize,
    every: usize,
    /// How much each kind of distance counts.
    weights: [f64; KIND_NAMES.len()],
}

const fn scale(
    name: &'static str,
    len: usize,
    every: usize,
    weights: [f64; KIND_NAMES.len()],
) -> Scale {
    Scale {
        name,
        len,
        every,
        weights,
    }
}

/// Long windows find what short ones cannot see, and cost less on a thinner series; the shortest is there
/// for short events, which the others smear. The weights are plain on purpose: most in the middle, and any of
/// these lengths may go with a loss of 0.01 on the development series.
const SCALES: [Scale; 5] = [
    scale("16 samples", 16, 1, [0.5, 0.5, 0.0]),
    scale("64 samples", 64, 1, [1.0, 1.0, 0.5]),
    scale("128 samples", 128, 1, [1.5, 1.5, 0.75]),
    scale("256 samples", 64, 4, [1.5, 1.5, 0.75]),
    scale("512 samples", 128, 4, [1.0, 1.0, 0.5]),
];

/// How much the step to a value counts: lone points, sharply.
const JUMP_WEIGHT: f64 = 1.0;

/// A shorter calm beginning does not show what is usual.
const LEAST_CALM: usize = 256;
/// The windows of a bank, at most: longer histories are represented by stretches spread evenly.
const MOST_WINDOWS: usize = 12_288;
/// The same where the series is its own bank: what is usual comes often, and is seen in a sample too.
const MOST_WINDOWS_OF_ITSELF: usize = 8192;
/// Stretches of a bank that does not take everything.
const STRETCHES: usize = 12;
/// Without a calm beginning: the share of the bank's stretches that a usual window resembles.
const USUAL_SHARE: f64 = 0.05;
/// The same of steps: lone points are rarer than stretches.
const USUAL_STEPS: f64 = 0.002;
/// Neighbours that count as different ones lie in stretches of one window, or of this many rows.
const LEAST_STRETCH: usize = 64;
/// The quantile of calm scores that counts as 1.
const CALM_QUANTILE: f64 = 0.995;
/// Calm scores below this are rounding noise.
const LEAST_UNIT: f64 = 1e-3;

/// How odd every row is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AutoScores {
    /// One value a row: 0 is as usual as can be, 1 as odd as the oddest half percent of what is calm.
    /// Always finite, 0 in gaps.
    pub raw: Vec<f64>,
    /// The same for the calm rows alone, as if each had not been among what it is compared with: what a
    /// calibration needs. All rows where no calm beginning is known.
    pub calm: Vec<f64>,
    /// What spoke, strongest first.
    pub parts: Vec<PartScores>,
}

impl AutoScores {
    /// Adds a part that says the same of a calm row, whether it knows it or not.
    fn add(&mut self, scale: &'static str, kind: &'static str, raw: Vec<f64>) {
        for scores in [&mut self.raw, &mut self.calm] {
            for (total, part) in scores.iter_mut().zip(&raw) {
                *total += part;
            }
        }
        self.parts.push(PartScores { scale, kind, raw });
    }
}

/// One part of the scores; the parts of a row add up to its `raw`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PartScores {
    /// The length of its windows.
    pub scale: &'static str,
    /// `pattern`, `level`, `shape`, `jump` or `value`.
    pub kind: &'static str,
    /// One value a row.
    pub raw: Vec<f64>,
}

/// Scores a whole series; NaN is a gap, and the first `train_rows` rows are known to be calm.
///
/// `progress` is told the share that is done, and stops the work with `false`: then there is no answer.
pub fn full(
    values: &[f64],
    train_rows: usize,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Option<AutoScores> {
    let rows = values.len();
    let calm = match train_rows.min(rows) {
        few if few < LEAST_CALM => rows,
        enough => enough,
    };
    let trusted = calm < rows || train_rows >= rows && rows >= LEAST_CALM;
    let mut scores = AutoScores {
        raw: vec![0.0; rows],
        calm: vec![0.0; calm],
        parts: Vec::new(),
    };
    let Some(series) = in_units(values, calm) else {
        return Some(scores);
    };
    let views: Vec<View> = SCALES
        .iter()
        .filter_map(|scale| View::new(*scale, &series, calm, trusted))
        .collect();
    let all_pairs: u64 = views.iter().map(View::pairs).sum();
    let mut done = 0;
    let mut tick = |pairs: u64| {
        done += pairs;
        progress(done as f64 / all_pairs as f64)
    };
    let total: f64 = views.iter().flat_map(|view| view.scale.weights).sum();
    let total = total + JUMP_WEIGHT;
    for view in &views {
        view.score(total, &mut scores, &mut tick)?;
    }
    if views.is_empty() {
        values_alone(&series, &mut scores);
    } else {
        let share = JUMP_WEIGHT / total;
        let far = jumps(&series, calm, (!trusted).then_some(USUAL_STEPS));
        let said = far.into_iter().map(|far| share * libm::log1p(far));
        scores.add("1 sample", "jump", said.collect());
    }
    finish(values, &mut scores);
    Some(scores)
}

/// One scale of one series.
struct View {
    scale: Scale,
    series: Vec<f64>,
    bank: Bank,
}

impl View {
    fn new(scale: Scale, series: &[f64], calm: usize, trusted: bool) -> Option<Self> {
        let calm = calm / scale.every;
        // Half of the windows must have another to be compared with that they do not overlap.
        let windows = (calm + 1).checked_sub(scale.len)?;
        if windows < scale.len + 2 {
            return None;
        }
        let most = if trusted {
            MOST_WINDOWS
        } else {
            MOST_WINDOWS_OF_ITSELF
        };
        let starts = spread_evenly(windows, most, scale.len);
        let apart = scale.len.max(LEAST_STRETCH);
        let stretches: usize = starts.iter().map(|range| range.len() / apart).sum();
        let usual = (stretches as f64 * USUAL_SHARE).round() as usize;
        Some(Self {
            scale,
            series: thinned(series, scale.every),
            bank: Bank {
                starts,
                neighbours: if trusted { 1 } else { usual.max(3) },
                apart,
            },
        })
    }

    fn pairs(&self) -> u64 {
        let bank: usize = self.bank.starts.iter().map(ExactSizeIterator::len).sum();
        bank as u64 * (self.series.len() + 1 - self.scale.len) as u64
    }

    /// Adds what this scale says, as a share of the total weight.
    fn score(
        &self,
        total: f64,
        scores: &mut AutoScores,
        tick: &mut dyn FnMut(u64) -> bool,
    ) -> Option<()> {
        let windows = Windows::of(&self.series, self.scale.len)?;
        let wants_shape = self.scale.weights[2] > 0.0;
        let Distances { near, apart } = if wants_shape {
            distances::<3>(&windows, &self.bank, tick)?
        } else {
            distances::<2>(&windows, &self.bank, tick)?
        };
        // A series that is its own bank is compared with others only.
        let near = if self.bank.neighbours > 1 {
            &apart
        } else {
            &near
        };
        for (kind, name) in KIND_NAMES.iter().enumerate() {
            let share = self.scale.weights[kind] / total;
            if share == 0.0 {
                continue;
            }
            let said = |distances: &[f64], rows: usize| -> Vec<f64> {
                let each = spread(distances, self.scale.len);
                let log = |row: usize| {
                    share * libm::log1p(each[(row / self.scale.every).min(each.len() - 1)])
                };
                (0..rows).map(log).collect()
            };
            let raw = said(&near[kind], scores.raw.len());
            for (total, part) in scores.raw.iter_mut().zip(&raw) {
                *total += part;
            }
            let calm = said(&apart[kind], scores.calm.len());
            for (total, part) in scores.calm.iter_mut().zip(&calm) {
                *total += part;
            }
            scores.parts.push(PartScores {
                scale: self.scale.name,
                kind: name,
                raw,
            });
        }
        Some(())
    }
}

/// All windows if they are few enough, else stretches that begin evenly spaced.
fn spread_evenly(windows: usize, most: usize, len: usize) -> Vec<Range<usize>> {
    if windows <= most {
        return std::iter::once(0..windows).collect();
    }
    let each = (most / STRETCHES).max(len);
    let last = windows - each;
    (0..STRETCHES)
        .map(|stretch| {
            let start = last * stretch / (STRETCHES - 1);
            start..start + each
        })
        .collect()
}

/// From windows to rows: the mean over the windows that a row is in.
fn spread(distances: &[f64], len: usize) -> Vec<f64> {
    // Differences of a running total would be faster, and lose digits after every large distance.
    let rows = distances.len() + len - 1;
    (0..rows)
        .map(|row| {
            let first = (row + 1).saturating_sub(len);
            let covering = &distances[first..(row + 1).min(distances.len())];
            crate::sum::sum(covering) / covering.len() as f64
        })
        .collect()
}

/// A series that is too short for windows: how far each value is from the middle.
fn values_alone(series: &[f64], scores: &mut AutoScores) {
    let middle = median(series);
    let spread = mad(series).max(0.1);
    let raw: Vec<f64> = series
        .iter()
        .map(|value| libm::log1p((value - middle).abs() / spread))
        .collect();
    scores.add("1 sample", "value", raw);
}

/// Measures in what calm rows reach, silences gaps, and puts what spoke loudest first.
fn finish(values: &[f64], scores: &mut AutoScores) {
    let unit = quantile(&scores.calm, CALM_QUANTILE).max(LEAST_UNIT);
    let columns = scores.parts.iter_mut().map(|part| &mut part.raw);
    for column in columns.chain([&mut scores.raw, &mut scores.calm]) {
        for (raw, value) in column.iter_mut().zip(values) {
            *raw = if value.is_finite() { *raw / unit } else { 0.0 };
        }
    }
    let peak = |part: &PartScores| part.raw.iter().copied().fold(0.0, f64::max);
    let peaks: Vec<f64> = scores.parts.iter().map(peak).collect();
    let order = largest_first(&peaks).into_iter();
    scores.parts = order
        .map(|at| std::mem::take(&mut scores.parts[at]))
        .collect();
}
