use proptest::prelude::*;

use super::*;
use crate::math::random::Random;

/// A daily wave with noise, five minutes a row.
fn calm(rows: u32, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|row| 50.0 + 10.0 * libm::sin(f64::from(row) / 45.8) + random.normal())
        .collect()
}

fn pages(strengths: &[f64]) -> Vec<usize> {
    (0..strengths.len())
        .filter(|&row| strengths[row] > 1.0)
        .collect()
}

#[test]
fn onsets_when_a_calm_series_jumps_then_speak_once_and_at_once() {
    let mut values = calm(4000, 1);
    for value in &mut values[3000..3100] {
        *value += 40.0;
    }
    let strengths = onsets(&values, 600);
    let pages = pages(&strengths);
    assert!(pages.contains(&3000));
    assert!(
        pages
            .iter()
            .filter(|row| (3000..3300).contains(*row))
            .count()
            <= 3,
        "{pages:?}"
    );
    assert!(
        pages.iter().filter(|&&row| row < 3000).count() <= 3,
        "{pages:?}"
    );
}

#[test]
fn onsets_when_a_constant_series_moves_then_speak_and_are_silent_before() {
    let mut values = vec![7.0; 2000];
    values[1500] = 7.5;
    assert_eq!(pages(&onsets(&values, 300)), [1500]);
    assert!(
        onsets(&[7.0; 2000], 300)
            .iter()
            .all(|&strength| strength == 0.0)
    );
}

#[test]
fn onsets_when_more_of_the_future_is_known_then_stay_as_they_were() {
    let values = calm(2500, 2);
    let whole = onsets(&values, 300);
    let part = onsets(&values[..1700], 300);
    assert_eq!(whole[..1700], part[..]);
}

#[test]
fn onsets_when_the_unit_changes_then_stay_almost_the_same() {
    let values = calm(2000, 3);
    // A power of two and no offset: the bits of every quotient stay.
    let scaled: Vec<f64> = values.iter().map(|value| value * 1024.0).collect();
    assert_eq!(onsets(&values, 300), onsets(&scaled, 300));
}

#[test]
fn onsets_when_values_are_awkward_then_are_finite() {
    let awkward = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -1e150,
        1e150,
        0.0,
        -0.0,
        f64::MIN_POSITIVE,
        5e-324,
    ];
    let values: Vec<f64> = (0..500).map(|row| awkward[row % awkward.len()]).collect();
    for train in [0, 1, 20, 499, 500, 100_000] {
        let strengths = onsets(&values, train);
        assert_eq!(strengths.len(), values.len());
        assert!(strengths.iter().all(|s| s.is_finite() && *s >= 0.0));
    }
    assert!(onsets(&[], 0).is_empty());
    assert!(onsets(&[f64::NAN; 40], 3).iter().all(|&s| s == 0.0));
}

#[test]
fn fit_when_a_history_is_learned_then_goes_on_as_if_stepped() {
    let values = calm(1500, 4);
    let mut fitted = Onset::new(OnsetParams { frame_rows: 200 });
    fitted.step(1e9);
    fitted.fit(&values[..1000]);
    let mut stepped = Onset::new(OnsetParams { frame_rows: 200 });
    for &value in &values[..1000] {
        stepped.step(value);
    }
    for &value in &values[1000..] {
        assert_eq!(fitted.step(value).to_bits(), stepped.step(value).to_bits());
    }
    assert!(!fitted.is_learning());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn state_when_restored_anywhere_then_goes_on_with_equal_bits_and_is_small(
        seed in 0_u64..1000,
        cut in 0_usize..1400,
        wild in prop::bool::ANY,
    ) {
        let mut values = calm(1500, seed);
        if wild {
            let mut random = Random::new(seed);
            for value in &mut values {
                *value *= libm::exp(random.normal() * 20.0);
            }
        }
        let mut onset = Onset::new(OnsetParams::default());
        onset.fit(&values[..cut]);
        let bytes = postcard::to_allocvec(&onset).expect("a plain struct");
        prop_assert!(bytes.len() <= 16_000, "{}", bytes.len());
        let mut restored: Onset = postcard::from_bytes(&bytes).expect("just written");
        for &value in &values[cut..] {
            prop_assert_eq!(onset.step(value).to_bits(), restored.step(value).to_bits());
        }
    }
}
