//! Order statistics and moments of finite values.
//!
//! Callers remove NaN first (a NaN would sort to an end and be taken for a value). Every function has a
//! defined answer for an empty slice: zero, which no caller mistakes for a spread.

use crate::sum::{sum, sum_by};

/// Scales the median absolute deviation to the standard deviation of a normal sample: 1 / Φ⁻¹(3/4).
pub const MAD_TO_DEVIATION: f64 = 1.482_602_218_505_602;

/// The arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    sum(values) / values.len() as f64
}

/// The population variance (divided by n), in two passes; 0 of nothing.
pub fn variance(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let mean = mean(values);
    sum_by(values, |value| (value - mean) * (value - mean)) / values.len() as f64
}

/// The population standard deviation; 0 of nothing.
pub fn deviation(values: &[f64]) -> f64 {
    variance(values).sqrt()
}

/// The quantile `q` (0 to 1) of ascending `sorted` by linear interpolation (type 7 of Hyndman and Fan);
/// 0 of nothing.
pub fn quantile_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    interpolate(sorted[below], sorted[above], position - below as f64)
}

/// The quantile `q` (0 to 1, type 7) of `values`, which are reordered; 0 of nothing. Linear time.
pub fn quantile_mut(values: &mut [f64], q: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let rank = (position.floor() as usize).min(last);
    let (_, &mut below, rest) = values.select_nth_unstable_by(rank, f64::total_cmp);
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    interpolate(below, above, position - rank as f64)
}

/// The quantile `q` (0 to 1, type 7) of `values`; 0 of nothing.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    quantile_mut(&mut values.to_vec(), q)
}

/// The median; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The median of `values`, which are reordered; 0 of nothing.
pub fn median_mut(values: &mut [f64]) -> f64 {
    quantile_mut(values, 0.5)
}

/// The median absolute deviation from the median, unscaled; 0 of nothing.
pub fn mad(values: &[f64]) -> f64 {
    let mut work = values.to_vec();
    let center = median_mut(&mut work);
    for value in &mut work {
        *value = (*value - center).abs();
    }
    median_mut(&mut work)
}

/// The places of `values`, that of the largest first; equal ones in their order.
pub fn largest_first(values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_unstable_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    places
}

/// Halfway without overflow and without inventing a value between equals.
fn interpolate(below: f64, above: f64, share: f64) -> f64 {
    if share <= 0.0 || below.total_cmp(&above).is_eq() {
        return below;
    }
    below * (1.0 - share) + above * share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_same(left: f64, right: f64) {
        assert_eq!(left.to_bits(), right.to_bits(), "{left} and {right}");
    }

    #[test]
    fn places_when_some_are_equal_then_keep_their_order() {
        assert_eq!(largest_first(&[1.0, 3.0, -2.0, 3.0]), [1, 3, 0, 2]);
        assert!(largest_first(&[]).is_empty());
    }

    #[test]
    fn quantile_when_between_two_values_then_interpolates() {
        assert_same(quantile(&[4.0, 1.0, 3.0, 2.0], 0.25), 1.75);
        assert_same(quantile_sorted(&[1.0, 2.0, 3.0, 4.0], 0.25), 1.75);
    }

    #[test]
    fn quantile_when_at_the_ends_then_is_least_and_greatest() {
        assert_same(quantile(&[4.0, 1.0, 3.0], 0.0), 1.0);
        assert_same(quantile(&[4.0, 1.0, 3.0], 1.0), 4.0);
        assert_same(quantile(&[4.0, 1.0, 3.0], 7.0), 4.0);
    }

    #[test]
    fn quantile_when_selected_then_equals_the_sorted_one() {
        let mut random = crate::math::random::Random::new(5);
        let values: Vec<f64> = (0..57).map(|_| random.unit()).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for step in 0..=20 {
            let q = f64::from(step) / 20.0;
            assert_same(quantile(&values, q), quantile_sorted(&sorted, q));
        }
    }

    #[test]
    fn statistics_when_there_is_nothing_then_are_zero() {
        for value in [
            mean(&[]),
            deviation(&[]),
            median(&[]),
            mad(&[]),
            quantile(&[], 0.9),
        ] {
            assert_same(value, 0.0);
        }
    }

    #[test]
    fn mad_when_one_value_is_wild_then_ignores_it() {
        assert_same(mad(&[1.0, 2.0, 3.0, 4.0, 1e9]), 1.0);
    }

    #[test]
    fn deviation_when_values_are_far_from_zero_then_keeps_its_digits() {
        assert_same(deviation(&[1e9 + 1.0, 1e9 - 1.0]), 1.0);
    }
}
