//! The matrix profile: for every window, the distance to its nearest neighbour in the same series.
//!
//! Exact, in O(n²) time and O(n) memory, along the diagonals of the distance matrix, where the covariance of two
//! windows follows from that of the two before (Zhu et al., "Matrix Profile II", ICDM 2016; Zimmerman et al.,
//! "Scaling Time Series Motif Discovery with GPUs", `SoCC` 2019). Eight neighbouring diagonals go side by side, so
//! that the inner loop is plain vertical arithmetic. Windows are compared after normalisation to mean 0 and
//! deviation 1. It knows nothing of rules; see `left_profile` for the form that follows a stream.

use super::windows::{check_window, levelled, moments, silence_gaps, spread};
use crate::error::FieldError;

/// Diagonals that go side by side.
pub(crate) const LANES: usize = 8;

/// Which neighbours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// All windows.
    All,
    /// Those that start earlier: what was known at the time.
    Earlier,
}

/// How far apart the starts of two windows must be to be compared: more than a quarter of the window.
pub fn exclusion(window: u32) -> u32 {
    window.div_ceil(4)
}

/// The distance of every window of `window` points (at least 3) to its nearest neighbour, from 0 to 2 √window.
///
/// Between a constant window and another one the distance is √window, between two constant ones 0; a window without
/// any neighbour has the distance 0. Gaps are bridged by straight lines.
///
/// # Errors
/// [`FieldError`] that names `window`.
pub fn distances(
    values: &[f64],
    window: u32,
    neighbours: Neighbours,
) -> Result<Vec<f64>, FieldError> {
    let window = check_window(window, 3, values.len())?;
    let (series, _) = levelled(values);
    let table = Table::new(&series, window);
    let apart = exclusion(window as u32) as usize + 1;
    // Nothing is less than -1: what stays there has met nobody.
    let mut best = vec![NOBODY; table.means.len()];
    match neighbours {
        Neighbours::All => table.scan::<true>(&series, window, apart, &mut best),
        Neighbours::Earlier => table.scan::<false>(&series, window, apart, &mut best),
    }
    meet_constant(&table.reciprocals, apart, neighbours, &mut best);
    Ok(best.iter().map(|&best| to_distance(best, window)).collect())
}

/// The score of each point: the mean profile of the windows that cover it, over √(2 window); 0 at gaps.
///
/// # Errors
/// [`FieldError`] that names `window`.
pub fn score(values: &[f64], window: u32, neighbours: Neighbours) -> Result<Vec<f64>, FieldError> {
    let unit = 1.0 / (2.0 * f64::from(window)).sqrt();
    let mut profile = distances(values, window, neighbours)?;
    for distance in &mut profile {
        *distance *= unit;
    }
    let mut scores = spread(&profile, window as usize, values.len());
    silence_gaps(&mut scores, values);
    Ok(scores)
}

/// The best correlation of a window that was compared with none.
pub(crate) const NOBODY: f64 = -2.0;

/// The distance of two windows with this correlation.
pub(crate) fn to_distance(correlation: f64, window: usize) -> f64 {
    if correlation <= NOBODY {
        return 0.0;
    }
    (2.0 * window as f64 * (1.0 - correlation.clamp(-1.0, 1.0))).sqrt()
}

/// What the recurrence needs of every window.
struct Table {
    means: Vec<f64>,
    reciprocals: Vec<f64>,
    /// Half the difference between the point that comes in and the one that goes out.
    halves: Vec<f64>,
    /// The sum of both, each less the mean of its window.
    sums: Vec<f64>,
}

impl Table {
    fn new(series: &[f64], window: usize) -> Self {
        let (means, reciprocals) = moments(series, window);
        let (mut halves, mut sums) = (vec![0.0], vec![0.0]);
        for at in 1..means.len() {
            let (entering, leaving) = (series[at + window - 1], series[at - 1]);
            halves.push(0.5 * (entering - leaving));
            sums.push((entering - means[at]) + (leaving - means[at - 1]));
        }
        Self {
            means,
            reciprocals,
            halves,
            sums,
        }
    }

    /// The covariance (not divided by the length) of the windows at `left` and `right`.
    fn covariance(&self, series: &[f64], window: usize, left: usize, right: usize) -> f64 {
        covariance(
            &series[left..left + window],
            self.means[left],
            &series[right..right + window],
            self.means[right],
        )
    }

    /// Raises `best` to the greatest correlation of every window with one at least `apart` away; with the later
    /// ones too if `BOTH`.
    fn scan<const BOTH: bool>(
        &self,
        series: &[f64],
        window: usize,
        apart: usize,
        best: &mut [f64],
    ) {
        let count = self.means.len();
        let mut first = apart;
        while first < count {
            let width = LANES.min(count - first);
            let mut lanes = [0.0; LANES];
            for (lane, place) in lanes.iter_mut().enumerate().take(width) {
                *place = self.covariance(series, window, 0, first + lane);
            }
            let mut row = 0;
            if width == LANES {
                row = self.scan_block::<BOTH>(first, &mut lanes, best);
            }
            // The corner, where the diagonals end one after another.
            for (lane, place) in lanes.iter_mut().enumerate().take(width) {
                for left in row..count - first - lane {
                    let right = left + first + lane;
                    if left > 0 {
                        *place += self.halves[left] * self.sums[right]
                            + self.halves[right] * self.sums[left];
                    }
                    let correlation = *place * self.reciprocals[right] * self.reciprocals[left];
                    best[right] = greater(correlation, best[right]);
                    if BOTH {
                        best[left] = greater(correlation, best[left]);
                    }
                }
            }
            first += width;
        }
    }

    /// All rows on which eight whole diagonals from `first` on exist; returns their number.
    fn scan_block<const BOTH: bool>(
        &self,
        first: usize,
        lanes: &mut [f64; LANES],
        best: &mut [f64],
    ) -> usize {
        let rows = self.means.len() - first - (LANES - 1);
        let mut covariances = *lanes;
        for left in 0..rows {
            let (half, total, reciprocal) =
                (self.halves[left], self.sums[left], self.reciprocals[left]);
            let right = left + first;
            let halves = &self.halves[right..right + LANES];
            let sums = &self.sums[right..right + LANES];
            let reciprocals = &self.reciprocals[right..right + LANES];
            let columns = &mut best[right..right + LANES];
            let mut correlations = [0.0; LANES];
            for lane in 0..LANES {
                covariances[lane] += half * sums[lane] + halves[lane] * total;
                correlations[lane] = covariances[lane] * reciprocals[lane] * reciprocal;
                columns[lane] = greater(correlations[lane], columns[lane]);
            }
            if BOTH {
                let mut half = [0.0; LANES / 2];
                for (lane, place) in half.iter_mut().enumerate() {
                    *place = greater(correlations[lane], correlations[lane + LANES / 2]);
                }
                let row = greater(greater(half[0], half[2]), greater(half[1], half[3]));
                best[left] = greater(row, best[left]);
            }
        }
        *lanes = covariances;
        rows
    }
}

/// The sum of the products of the deviations of two windows from their means.
pub(crate) fn covariance(left: &[f64], left_mean: f64, right: &[f64], right_mean: f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut lefts = left.chunks_exact(LANES);
    let mut rights = right.chunks_exact(LANES);
    for (left, right) in (&mut lefts).zip(&mut rights) {
        for lane in 0..LANES {
            lanes[lane] += (left[lane] - left_mean) * (right[lane] - right_mean);
        }
    }
    for ((lane, left), right) in lanes
        .iter_mut()
        .zip(lefts.remainder())
        .zip(rights.remainder())
    {
        *lane += (left - left_mean) * (right - right_mean);
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// The greater of two numbers, in the order of operands that is one instruction.
#[inline]
pub(crate) fn greater(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}

/// Constant windows have no correlation; to another window they are as near as a correlation of one half,
/// and to one another as near as can be.
fn meet_constant(reciprocals: &[f64], apart: usize, neighbours: Neighbours, best: &mut [f64]) {
    let count = reciprocals.len();
    let constant: Vec<u32> = (0..count as u32)
        .filter(|&at| reciprocals[at as usize] <= 0.0)
        .collect();
    let (Some(&first), Some(&last)) = (constant.first(), constant.last()) else {
        return;
    };
    for (at, best) in best.iter_mut().enumerate() {
        let after = neighbours == Neighbours::All && at + apart < count;
        if at < apart && !after {
            continue;
        }
        let meets_constant = at >= first as usize + apart
            || (neighbours == Neighbours::All && at + apart <= last as usize);
        *best = match (reciprocals[at] <= 0.0, meets_constant) {
            (true, true) => 1.0,
            (true, false) => 0.5,
            (false, true) => greater(0.5, *best),
            (false, false) => *best,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{awkward, peak, wave};
    use super::*;

    /// Every pair of windows, as the definition has it.
    fn slow(values: &[f64], window: usize, apart: usize, neighbours: Neighbours) -> Vec<f64> {
        let normed: Vec<Vec<f64>> = values
            .windows(window)
            .map(|part| {
                let mean = part.iter().sum::<f64>() / window as f64;
                let square: f64 = part
                    .iter()
                    .map(|value| (value - mean) * (value - mean))
                    .sum();
                let deviation = (square / window as f64).sqrt();
                part.iter()
                    .map(|value| (value - mean) / deviation)
                    .collect()
            })
            .collect();
        (0..normed.len())
            .map(|at| {
                (0..normed.len())
                    .filter(|other| at.abs_diff(*other) >= apart)
                    .filter(|other| neighbours == Neighbours::All || *other < at)
                    .map(|other| {
                        let pairs = normed[at].iter().zip(&normed[other]);
                        pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
                    })
                    .reduce(f64::min)
                    .unwrap_or(0.0)
            })
            .collect()
    }

    #[test]
    fn distances_when_computed_along_diagonals_then_equal_the_definition() {
        for len in [25, 31, 40, 57, 130] {
            let values = wave(len);
            for neighbours in [Neighbours::All, Neighbours::Earlier] {
                let fast = distances(&values, 16, neighbours).expect("a window that fits");
                let slow = slow(&values, 16, 5, neighbours);
                for (fast, slow) in fast.iter().zip(&slow) {
                    assert!((fast - slow).abs() < 1e-9, "{len}: {fast} {slow}");
                }
            }
        }
    }

    #[test]
    fn score_when_a_shape_comes_once_then_peaks_there() {
        let values = wave(600);
        for neighbours in [Neighbours::All, Neighbours::Earlier] {
            let mut scores = score(&values, 20, neighbours).expect("a window that fits");
            // The first wave has no past to be like.
            scores[..60].fill(0.0);
            assert!(peak(&scores).abs_diff(366) < 20, "{}", peak(&scores));
        }
    }

    #[test]
    fn score_when_the_series_is_awkward_then_is_finite_and_zero_in_gaps() {
        for values in awkward() {
            for neighbours in [Neighbours::All, Neighbours::Earlier] {
                let scores = score(&values, 16, neighbours).expect("a window that fits");
                for (score, value) in scores.iter().zip(&values) {
                    assert!(score.is_finite() && *score >= 0.0);
                    assert!(value.is_finite() || *score == 0.0);
                }
            }
        }
    }

    #[test]
    fn distances_when_the_series_is_constant_then_are_zero() {
        let distances = distances(&[7.0; 100], 10, Neighbours::All).expect("a window that fits");
        assert!(distances.iter().all(|distance| *distance == 0.0));
    }

    #[test]
    fn window_when_it_does_not_fit_then_is_named() {
        for window in [0, 2, 101] {
            let error = distances(&[1.0; 100], window, Neighbours::All).expect_err("a bad window");
            assert_eq!(error.field, "window");
        }
        assert!(distances(&[1.0; 100], 100, Neighbours::All).is_ok());
        assert!(distances(&[], 3, Neighbours::All).is_err());
    }
}
