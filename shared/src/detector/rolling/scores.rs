//! Z-scores of every row: the sums run from row to row, everything else runs over a block of rows at once.

use super::spread_out;
use crate::detector::ewma::Ewma;
use crate::sum::{sum, sum_by};

/// Rows that are finished together; their intermediate results stay in the nearest cache.
const BLOCK: usize = 256;

/// The value less the mean, in sample standard deviations, both including the value; 0 where there is no
/// spread.
pub fn zscore(values: &[f64], window: u32) -> Vec<f64> {
    let window = window.max(1) as usize;
    spread_out(values, |known| {
        let mut scores = vec![0.0; known.len()];
        let mut from = window.min(known.len());
        growing(&known[..from], &mut scores);
        while from < known.len() {
            let rows = BLOCK.min(window).min(known.len() - from);
            rolled(
                &known[from - window..from + rows],
                window,
                &mut scores[from..from + rows],
            );
            from += rows;
        }
        scores
    })
}

/// The rows before the window is full.
fn growing(values: &[f64], scores: &mut [f64]) {
    let Some(&shift) = values.first() else { return };
    let (mut total, mut squares) = (0.0, 0.0);
    for (index, (value, score)) in values.iter().zip(scores).enumerate() {
        let distance = value - shift;
        total += distance;
        squares += distance * distance;
        let n = (index + 1) as f64;
        let mean = total / n;
        let variance = (squares - total * mean) / (n - 1.0).max(1.0);
        *score = standardised(distance - mean, variance);
    }
}

#[inline]
fn standardised(distance: f64, variance: f64) -> f64 {
    let score = distance / variance.sqrt();
    if variance > 0.0 { score } else { 0.0 }
}

/// A block of rows; `values` begins a window earlier. Sums are over distances from the mean of the window
/// before the block, and are taken anew for each block, so that rounding never adds up.
fn rolled(values: &[f64], window: usize, scores: &mut [f64]) {
    let (before, own) = values.split_at(window);
    let shift = sum(before) / window as f64;
    let mut total = sum_by(before, |value| value - shift);
    let mut squares = sum_by(before, |value| (value - shift) * (value - shift));
    let (mut totals, mut all_squares) = ([0.0; BLOCK], [0.0; BLOCK]);
    let (totals, all_squares) = (&mut totals[..own.len()], &mut all_squares[..own.len()]);
    let steps = totals.iter_mut().zip(all_squares.iter_mut());
    for ((sum_step, square_step), (new, old)) in steps.zip(own.iter().zip(before)) {
        let (new, old) = (new - shift, old - shift);
        *sum_step = new - old;
        *square_step = new * new - old * old;
    }
    for (sum, square) in totals.iter_mut().zip(all_squares.iter_mut()) {
        total += *sum;
        squares += *square;
        (*sum, *square) = (total, squares);
    }
    let (share, free) = (1.0 / window as f64, 1.0 / (window as f64 - 1.0).max(1.0));
    let sums = totals.iter().zip(all_squares.iter());
    for ((score, value), (total, squares)) in scores.iter_mut().zip(own).zip(sums) {
        let mean = total * share;
        *score = standardised((value - shift) - mean, (squares - total * mean) * free);
    }
}

/// The value less the exponentially weighted mean, in exponentially weighted deviations, both including the
/// value; 0 where there is no spread. Weights as in [`Ewma`].
pub fn ewma_zscore(values: &[f64], span: u32) -> Vec<f64> {
    spread_out(values, |known| {
        let mut scores = vec![0.0; known.len()];
        let mut state = Ewma::new(span);
        let mut rows = known.iter().zip(scores.iter_mut());
        // Until the sum of the weights stands still.
        for (value, score) in rows.by_ref() {
            let settled = state.is_settled();
            state.push(*value);
            *score = standardised(value - state.mean(), state.variance());
            if settled {
                break;
            }
        }
        let from = known.len() - rows.len();
        let blocks = known[from..]
            .chunks(BLOCK)
            .zip(scores[from..].chunks_mut(BLOCK));
        for (values, scores) in blocks {
            weighted(values, &mut state, scores);
        }
        scores
    })
}

/// A block of rows under weights whose sum stands still. Four rows at a time wait for the four before.
fn weighted(values: &[f64], state: &mut Ewma, scores: &mut [f64]) {
    let (keep, share, shift) = (state.keep(), 1.0 / state.weight(), state.mean());
    let keeps = [
        keep,
        keep * keep,
        keep * keep * keep,
        keep * keep * (keep * keep),
    ];
    let (mut total, mut squares) = (0.0, state.squares());
    let (mut totals, mut all_squares) = ([0.0; BLOCK], [0.0; BLOCK]);
    let whole = values.len() / 4 * 4;
    let out = totals
        .chunks_exact_mut(4)
        .zip(all_squares.chunks_exact_mut(4));
    for (four, (out, out_squares)) in values.chunks_exact(4).zip(out) {
        let y = [
            four[0] - shift,
            four[1] - shift,
            four[2] - shift,
            four[3] - shift,
        ];
        let sums = scan(y, keep);
        let square_sums = scan(y.map(|y| y * y), keep);
        for lane in 0..4 {
            out[lane] = keeps[lane] * total + sums[lane];
            out_squares[lane] = keeps[lane] * squares + square_sums[lane];
        }
        (total, squares) = (out[3], out_squares[3]);
    }
    for index in whole..values.len() {
        let y = values[index] - shift;
        total = keep * total + y;
        squares = keep * squares + y * y;
        (totals[index], all_squares[index]) = (total, squares);
    }
    let unbiased = state.unbiased() * share;
    let sums = totals.iter().zip(all_squares.iter());
    for ((score, value), (total, squares)) in scores.iter_mut().zip(values).zip(sums) {
        let mean = total * share;
        *score = standardised((value - shift) - mean, (squares - total * mean) * unbiased);
    }
    state.settle(shift + total * share, squares - total * (total * share));
}

/// Weighted running sums of four rows.
#[inline]
fn scan(y: [f64; 4], keep: f64) -> [f64; 4] {
    let second = keep * y[0] + y[1];
    let third = keep * second + y[2];
    [y[0], second, third, keep * third + y[3]]
}
