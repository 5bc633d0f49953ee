//! Rolling statistics of a whole series at once, for notebooks, features and batch scores.
//!
//! Row *i* describes the last `window` finite values up to and including row *i*; where a row has no finite
//! value the answer is NaN. The orderings live in one sorted array, moved by one value a row
//! (O(log window) comparisons and one short move), and give the same bits as the detectors' own windows.

mod scores;

use super::MAX_MAGNITUDE;
use super::order::{Array, median_distance, middle};

pub use scores::{ewma_zscore, zscore};

/// The median.
pub fn median(values: &[f64], window: u32) -> Vec<f64> {
    sorted(values, window, |order, _| order_median(order))
}

/// The median absolute deviation from the median, unscaled.
pub fn mad(values: &[f64], window: u32) -> Vec<f64> {
    let mut first = 0;
    sorted(values, window, |order, _| {
        let centre = order_median(order);
        first = nearest(order, centre, first);
        median_distance(|rank| order.select(rank), order.len(), centre, first)
    })
}

/// The quantiles `shares` (0 to 1) by linear interpolation (type 7 of Hyndman and Fan), one column each.
pub fn quantiles(values: &[f64], window: u32, shares: &[f64]) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![f64::NAN; values.len()]; shares.len()];
    let mut row = 0;
    let known: Vec<usize> = (0..values.len())
        .filter(|at| is_known(values[*at]))
        .collect();
    sorted(values, window, |order, _| {
        for (column, share) in columns.iter_mut().zip(shares) {
            column[known[row]] = order_quantile(order, *share);
        }
        row += 1;
        0.0
    });
    columns
}

/// The interquartile range.
pub fn iqr(values: &[f64], window: u32) -> Vec<f64> {
    sorted(values, window, |order, _| {
        order_quantile(order, 0.75) - order_quantile(order, 0.25)
    })
}

fn is_known(value: f64) -> bool {
    value.abs() <= MAX_MAGNITUDE
}

/// Runs over the finite values alone and puts the answers where they were.
fn spread_out(values: &[f64], run: impl FnOnce(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let all_known = values.chunks(1_024).all(|chunk| {
        // Without a way out in the middle, so that a register holds several.
        chunk.iter().fold(true, |all, value| all & is_known(*value))
    });
    if all_known {
        return run(values);
    }
    let known: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| is_known(*value))
        .collect();
    let mut answers = run(&known).into_iter();
    let answer = |value: &f64| {
        if is_known(*value) {
            answers.next().unwrap_or(f64::NAN)
        } else {
            f64::NAN
        }
    };
    values.iter().map(answer).collect()
}

/// Rolls a sorted window over the values and asks it at each.
fn sorted(values: &[f64], window: u32, mut ask: impl FnMut(&Array, f64) -> f64) -> Vec<f64> {
    let window = window.max(1) as usize;
    spread_out(values, |known| {
        let mut order = Array::default();
        let mut answers = Vec::with_capacity(known.len());
        let (head, tail) = known.split_at(window.min(known.len()));
        for value in head {
            order.insert(*value);
            answers.push(ask(&order, *value));
        }
        for (new, old) in tail.iter().zip(known) {
            order.replace(*old, *new);
            answers.push(ask(&order, *new));
        }
        answers
    })
}

#[inline]
fn order_median(order: &Array) -> f64 {
    let len = order.len();
    let high = order.select(len / 2);
    if len % 2 == 1 {
        high
    } else {
        middle(order.select(len / 2 - 1), high)
    }
}

#[inline]
fn order_quantile(order: &Array, share: f64) -> f64 {
    let last = order.len() - 1;
    let position = share.clamp(0.0, 1.0) * last as f64;
    let rank = position as usize;
    let (below, above) = (order.select(rank), order.select((rank + 1).min(last)));
    below + (above - below) * (position - rank as f64)
}

/// Where the values nearest to the centre begin, walking from where they began a row ago.
#[inline]
fn nearest(order: &Array, centre: f64, before: usize) -> usize {
    let (len, wanted) = (order.len(), order.len() / 2 + 1);
    let mut first = before.min(len - wanted);
    while first > 0 && centre - order.select(first - 1) < order.select(first + wanted - 1) - centre
    {
        first -= 1;
    }
    while first + wanted < len
        && order.select(first + wanted) - centre < centre - order.select(first)
    {
        first += 1;
    }
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::math::stats;

    fn naive(values: &[f64], window: usize, ask: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let mut known = Vec::new();
        values
            .iter()
            .map(|value| {
                if !is_known(*value) {
                    return f64::NAN;
                }
                known.push(*value);
                ask(&known[known.len().saturating_sub(window)..])
            })
            .collect()
    }

    fn near(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-7 * b.abs().max(1.0)
            })
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let coarse = (-20..20_i32).prop_map(|v| f64::from(v) / 4.0);
        let any =
            prop_oneof![12 => coarse, 2 => -1e3..1e3_f64, 1 => Just(f64::NAN), 1 => Just(-0.0)];
        proptest::collection::vec(any, 0..200)
    }

    proptest! {
        #[test]
        fn rolling_orders_when_compared_with_each_window_then_agree(values in values(), window in 1_u32..40) {
            let size = window as usize;
            prop_assert!(near(&median(&values, window), &naive(&values, size, stats::median)));
            prop_assert!(near(&mad(&values, window), &naive(&values, size, stats::mad)));
            let quartiles = quantiles(&values, window, &[0.25, 0.9]);
            prop_assert!(near(&quartiles[0], &naive(&values, size, |w| stats::quantile(w, 0.25))));
            prop_assert!(near(&quartiles[1], &naive(&values, size, |w| stats::quantile(w, 0.9))));
            prop_assert!(near(&iqr(&values, window), &naive(&values, size, |w| stats::quantile(w, 0.75) - stats::quantile(w, 0.25))));
        }

        #[test]
        fn rolling_zscore_when_compared_with_each_window_then_agrees(values in values(), window in 2_u32..40) {
            let expected = naive(&values, window as usize, |w| {
                let free = (w.len() as f64 - 1.0).max(1.0);
                let deviation = (stats::variance(w) * w.len() as f64 / free).sqrt();
                // Rounding may leave a spread of nothing where there is none.
                if deviation < 1e-9 { 0.0 } else { (w[w.len() - 1] - stats::mean(w)) / deviation }
            });
            let ours = zscore(&values, window);
            prop_assert!(ours.iter().zip(&expected).all(|(a, b)| (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-5));
        }

        #[test]
        fn rolling_ewma_when_compared_with_the_stream_then_agrees(seed in proptest::collection::vec(-10.0..10.0_f64, 700), span in 2_u32..12) {
            let mut state = crate::detector::ewma::Ewma::new(span);
            let scores = ewma_zscore(&seed, span);
            for (value, score) in seed.iter().zip(&scores) {
                state.push(*value);
                let deviation = state.deviation();
                let expected = if deviation > 0.0 { (value - state.mean()) / deviation } else { 0.0 };
                prop_assert!((score - expected).abs() < 1e-9);
            }
        }
    }
}
