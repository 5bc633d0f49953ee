//! What features are made of: statistics of a few numbers, oldest first, as numpy and scipy have them.
//!
//! A number that nobody knows makes the result unknown (NaN); where something is undefined because the numbers are all
//! alike, it is 0.

use hindcast_shared::math::stats::{deviation, mean, quantile, variance};

/// The mean radius of the earth in kilometres (IUGG).
const EARTH_KM: f64 = 6_371.008_8;

pub(super) fn last(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(f64::NAN)
}

/// The newest of them.
pub(super) fn tail(values: &[f64], count: usize) -> &[f64] {
    &values[values.len().saturating_sub(count)..]
}

/// The newest less the one before it.
pub(super) fn change(values: &[f64]) -> f64 {
    last(&differences(values))
}

pub(super) fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

pub(super) fn absolute(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.abs()).collect()
}

pub(super) fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, |least, value| {
        if value < least || value.is_nan() {
            value
        } else {
            least
        }
    })
}

pub(super) fn greatest(values: &[f64]) -> f64 {
    -least(&values.iter().map(|value| -value).collect::<Vec<_>>())
}

pub(super) fn range(values: &[f64]) -> f64 {
    greatest(values) - least(values)
}

fn is_flat(values: &[f64]) -> bool {
    range(values) <= 0.0
}

/// The distance between the quartiles.
pub(super) fn quartiles(values: &[f64]) -> f64 {
    quantile(values, 0.75) - quantile(values, 0.25)
}

/// The median of the distances from the median.
pub(super) fn median_deviation(values: &[f64]) -> f64 {
    let middle = quantile(values, 0.5);
    let off: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    quantile(&off, 0.5)
}

/// The root of the mean square.
pub(super) fn root_mean_square(values: &[f64]) -> f64 {
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    mean(&squares).sqrt()
}

fn moment(values: &[f64], power: i32) -> f64 {
    let middle = mean(values);
    let powers: Vec<f64> = values.iter().map(|it| (it - middle).powi(power)).collect();
    mean(&powers)
}

/// The third moment in parts of the deviation's cube.
pub(super) fn skewness(values: &[f64]) -> f64 {
    if is_flat(values) {
        return 0.0;
    }
    moment(values, 3) / variance(values).powf(1.5)
}

/// The fourth moment in parts of the variance's square, less the 3 of a normal sample.
pub(super) fn kurtosis(values: &[f64]) -> f64 {
    if is_flat(values) {
        return 0.0;
    }
    moment(values, 4) / variance(values).powi(2) - 3.0
}

/// How much values hang together with those some samples later.
pub(super) fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    if is_flat(values) {
        return 0.0;
    }
    let middle = mean(values);
    let pairs = values.iter().zip(&values[lag..]);
    let products = pairs.map(|(now, later)| (now - middle) * (later - middle));
    products.sum::<f64>() / (variance(values) * values.len() as f64)
}

/// The newest in deviations from the mean.
pub(super) fn standing(values: &[f64]) -> f64 {
    if is_flat(values) {
        return 0.0;
    }
    (last(values) - mean(values)) / deviation(values)
}

/// How much a straight line through them rises from one to the next.
pub(super) fn slope(values: &[f64]) -> f64 {
    let (middle, half) = (mean(values), (values.len() as f64 - 1.0) / 2.0);
    let places = (0..values.len()).map(|at| at as f64 - half);
    let (rise, run) = places
        .zip(values)
        .fold((0.0, 0.0), |(rise, run), (at, value)| {
            (rise + at * (value - middle), run + at * at)
        });
    rise / run
}

/// Pearson's correlation.
pub(super) fn correlation(left: &[f64], right: &[f64]) -> f64 {
    if is_flat(left) || is_flat(right) {
        return 0.0;
    }
    let (of_left, of_right) = (mean(left), mean(right));
    let products = left
        .iter()
        .zip(right)
        .map(|(l, r)| (l - of_left) * (r - of_right));
    products.sum::<f64>() / (left.len() as f64 * deviation(left) * deviation(right))
}

/// How evenly a whole is spread over its parts: 0 in one of them, 1 over all alike.
pub(super) fn evenness(parts: &[f64]) -> f64 {
    let whole: f64 = parts.iter().sum();
    if whole <= 0.0 {
        return 0.0;
    }
    let shares = parts
        .iter()
        .map(|part| part / whole)
        .filter(|share| *share != 0.0);
    let told: f64 = shares.map(|share| -share * libm::log(share)).sum();
    told / libm::log(parts.len() as f64)
}

/// A part of a whole; 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// The share of values of which something is true.
pub(super) fn share_of(values: &[f64], is_it: impl Fn(f64) -> bool) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let found = values.iter().filter(|value| is_it(**value)).count();
    found as f64 / values.len() as f64
}

/// The longest run of zeros.
pub(super) fn longest_pause(values: &[f64]) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let runs = values.split(|value| *value > 0.0).map(<[f64]>::len);
    runs.max().unwrap_or(0) as f64
}

/// The great circle between two places in degrees, in kilometres (haversine).
pub(super) fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (up, along) = ((to.0 - from.0).to_radians(), (to.1 - from.1).to_radians());
    let (rise, turn) = (libm::sin(up / 2.0), libm::sin(along / 2.0));
    let shrunk = libm::cos(from.0.to_radians()) * libm::cos(to.0.to_radians());
    let half = rise * rise + shrunk * turn * turn;
    2.0 * EARTH_KM * libm::asin(half.sqrt().clamp(0.0, 1.0))
}

/// The product of each number with the one before it: below 0 where it turns.
pub(super) fn turns(differences: &[f64]) -> Vec<f64> {
    let pairs = differences.windows(2);
    pairs.map(|pair| pair[0] * pair[1]).collect()
}
