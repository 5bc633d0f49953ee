//! A series in its own unit: gaps bridged, the calm part at zero with a spread of one.
//!
//! Every distance of the detector is measured in this unit, which is what lets distances of several window
//! lengths be added, and compared between series, without looking at the scores first.

use crate::detector::seasonal::gaps::bridged;
use crate::math::stats::{deviation, mean};

/// A calm part whose spread is a smaller share of the spread of everything than this is a constant with
/// rounding noise; its spread is no unit.
const LEAST_SHARE: f64 = 1e-3;

/// Beyond this many spreads a value grows with its logarithm only. Distances stay exact to 1e-3 in double
/// precision whatever the series holds, and nobody tells a thousand deviations from ten thousand.
const KNEE: f64 = 1e3;

/// Where zero is, and how long one unit.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Unit {
    center: f64,
    spread: f64,
    /// Both of the above are in this unit, so that squares neither overflow nor vanish.
    largest: f64,
}

impl Unit {
    /// From finite values, of which the first `calm` say what is usual; nothing if all are equal.
    pub(super) fn of(values: &[f64], calm: usize) -> Option<Self> {
        let largest = values
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        if largest == 0.0 {
            return None;
        }
        let scaled: Vec<f64> = values.iter().map(|value| value / largest).collect();
        let usual = &scaled[..calm.clamp(1, scaled.len())];
        let (own, all) = (deviation(usual), deviation(&scaled));
        // The deviation of equal values is rounding noise, not zero.
        let noise = 1e-12;
        let spread = if own > LEAST_SHARE * all && own > noise {
            own
        } else {
            all
        };
        (spread > noise).then(|| Self {
            center: mean(usual),
            spread,
            largest,
        })
    }

    /// Of a history that never moved: one percent of its value is a unit, as for the other detectors.
    pub(super) fn of_constant(values: &[f64]) -> Option<Self> {
        let largest = values.first()?.abs().max(1e-9);
        Some(Self {
            center: values[0] / largest,
            spread: 0.01,
            largest,
        })
    }

    /// A value in this unit; beyond `knee` it grows with its logarithm only.
    pub(super) fn apply(&self, value: f64, knee: f64) -> f64 {
        let plain = (value / self.largest - self.center) / self.spread;
        let size = plain.abs();
        if size <= knee {
            return plain;
        }
        (knee * (1.0 + libm::log(size / knee))).copysign(plain)
    }
}

/// A whole series in its unit; nothing if it has no value or all are equal.
pub(super) fn in_units(values: &[f64], calm: usize) -> Option<Vec<f64>> {
    let filled = bridged(values)?;
    let unit = Unit::of(&filled, calm)?;
    Some(
        filled
            .iter()
            .map(|value| unit.apply(*value, KNEE))
            .collect(),
    )
}

/// The means of every `every` values, the last of what is left.
pub(super) fn thinned(values: &[f64], every: usize) -> Vec<f64> {
    values.chunks(every).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_units_when_the_calm_part_is_known_then_it_has_mean_zero_and_spread_one() {
        let values = [1.0, 3.0, 1.0, 3.0, 10.0];
        let units = in_units(&values, 4).expect("a spread");
        for (unit, expected) in units.iter().zip([-1.0, 1.0, -1.0, 1.0, 8.0]) {
            assert!((unit - expected).abs() < 1e-12, "{unit} {expected}");
        }
    }

    #[test]
    fn in_units_when_all_values_are_equal_then_there_is_no_unit() {
        assert_eq!(in_units(&[0.1; 50], 0), None);
        assert_eq!(in_units(&[0.0; 50], 50), None);
        assert_eq!(in_units(&[f64::NAN; 5], 5), None);
        assert_eq!(in_units(&[], 0), None);
    }

    #[test]
    fn in_units_when_values_are_extreme_then_stay_finite_and_in_order() {
        let values = [0.0, 1.0, 0.0, 1.0, 1e5, 1e140, -1e150];
        let units = in_units(&values, 4).expect("a spread");
        assert!(
            units
                .iter()
                .all(|unit| unit.is_finite() && unit.abs() < 1e6)
        );
        let tiny: Vec<f64> = (0..9).map(|i| f64::from(i % 3) * 1e-300).collect();
        let units = in_units(&tiny, 9).expect("a spread");
        assert!(units.iter().any(|unit| unit.abs() > 0.5));
    }

    #[test]
    fn thinned_when_values_are_left_over_then_takes_their_mean() {
        assert_eq!(thinned(&[1.0, 3.0, 5.0, 7.0, 8.0], 2), [2.0, 6.0, 8.0]);
    }
}
