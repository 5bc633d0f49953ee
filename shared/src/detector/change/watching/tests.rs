//! What rules see of change detectors.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::detector::testing::{readings, rule_of};
use crate::detector::{Detector, DetectorKind, PointState, Reading};
use crate::math::random::Random;
use crate::rule::Rule;
use crate::time::{MINUTE_MS, UtcOffsets};

const BASELINE_SAMPLES: usize = 120;

fn rule(kind: &str) -> Rule {
    rule_of(json!({"kind": kind}), json!({}))
}

/// Noise of deviation 2 around 50, and around another level from a sample on.
fn noise(seed: u64, count: usize, from: usize, level: f64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|index| 2.0 * random.normal() + if index < from { 50.0 } else { level })
        .collect()
}

fn over(readings: &[Reading]) -> Vec<usize> {
    (0..readings.len())
        .filter(|&index| readings[index].score > 1.0)
        .collect()
}

/// A detector that learned half of a week of calm.
fn fitted(kind: &str, history: &[f64]) -> Detector {
    let mut detector = Detector::new(&rule(kind));
    detector.fit(&History {
        values: history,
        end_ms: 0,
        step_ms: MINUTE_MS,
        offsets: &UtcOffsets::utc(),
        seed: 1,
    });
    detector
}

fn steps(detector: &mut Detector, values: &[f64]) -> Vec<Reading> {
    let offsets = UtcOffsets::utc();
    (0_i64..)
        .zip(values)
        .map(|(index, value)| detector.step(Sample::new(*value, index * MINUTE_MS, &offsets)))
        .collect()
}

#[rstest]
#[case("cusum", 5)]
#[case("bocpd", 3)]
#[case("pelt", 25)]
#[case("adwin", 16)]
#[case("ddm", 60)]
#[case("eddm", 390)]
#[case("page_hinkley", 10)]
#[case("kswin", 30)]
fn rule_when_the_level_moves_then_says_so_soon_and_keeps_calm_before(
    #[case] kind: &str,
    #[case] delay: usize,
) {
    let mut alarms_before = 0;
    for seed in 0..10 {
        let mut detector = fitted(kind, &noise(seed + 100, 2_000, 2_000, 0.0));
        let found = over(&steps(&mut detector, &noise(seed, 1_400, 1_000, 60.0)));
        alarms_before += found.iter().filter(|index| **index < 1_000).count();
        let first = found.iter().find(|index| **index >= 1_000);
        let first = *first.expect("a shift of five deviations is plain");
        assert!(first < 1_000 + delay, "{kind} took {}", first - 1_000);
    }
    assert!(
        // Most of these rules tell each alarm for ten samples.
        alarms_before <= 20,
        "{kind} had {alarms_before} in 10,000 calm samples"
    );
}

#[rstest]
#[case("cusum", 15)]
#[case("bocpd", 15)]
#[case("pelt", 15)]
#[case("adwin", 20)]
#[case("ddm", 30)]
#[case("eddm", 200)]
#[case("page_hinkley", 15)]
#[case("kswin", 30)]
fn rule_when_it_explains_then_says_the_old_level_and_when_it_changed_by_how_much(
    #[case] kind: &str,
    #[case] near: i64,
) {
    const SHIFT: i64 = 400;
    let mut detector = fitted(kind, &noise(7, 5_000, 5_000, 0.0));
    let offsets = UtcOffsets::utc();
    for (at, value) in noise(8, 1_200, SHIFT as usize, 40.0)
        .into_iter()
        .enumerate()
    {
        // Half an hour is missing before the shift, and five minutes after it.
        let at = at as i64;
        let is_missing = (300..330).contains(&at) || (SHIFT + 5..SHIFT + 10).contains(&at);
        let value = if is_missing { f64::NAN } else { value };
        let sample = Sample::new(value, at * MINUTE_MS, &offsets);
        let explanation = detector.explain(sample);
        if detector.step(sample).score <= 1.0 || at < SHIFT {
            continue;
        }
        let parts = explanation.expect("it is taught").parts;
        let [before, change] = &parts[..] else {
            panic!("{kind} has no parts: {parts:?}");
        };
        assert!((before.value - 50.0).abs() < 2.0, "{kind} {before:?}");
        assert!((-14.0..-1.0).contains(&change.value), "{kind} {change:?}");
        let said = (SHIFT - near..=SHIFT + near).any(|at| change.detail == since(at * MINUTE_MS));
        assert!(said, "{kind} {change:?}");
        return;
    }
    panic!("{kind} did not see a fall of five deviations");
}

#[test]
fn rule_when_a_change_is_found_then_holds_its_word() {
    for kind in ["adwin", "page_hinkley", "kswin", "ddm"] {
        let rule = rule_of(json!({"kind": kind, "hold_samples": 25}), json!({}));
        let mut detector = Detector::new(&rule);
        let found = over(&steps(&mut detector, &noise(3, 900, 600, 70.0)));
        let first = *found
            .iter()
            .find(|index| **index >= 600)
            .expect("it is plain");
        let lasted = found
            .iter()
            .filter(|i| **i >= first && **i < first + 25)
            .count();
        assert_eq!(lasted, 25, "{kind}");
    }
}

#[test]
fn rule_when_constant_then_is_silent_and_then_sees_a_step() {
    for kind in DetectorKind::ALL.into_iter().map(DetectorKind::as_str) {
        if !is_ours(kind) {
            continue;
        }
        let mut values = vec![5.0; 2_000];
        values.extend(vec![6.0; 400]);
        let found = over(&readings(&rule(kind), &values));
        assert!(
            found.iter().all(|index| *index >= 2_000),
            "{kind} {found:?}"
        );
        assert!(!found.is_empty(), "{kind} must see a constant step");
    }
}

fn is_ours(kind: &str) -> bool {
    [
        "cusum",
        "bocpd",
        "pelt",
        "adwin",
        "ddm",
        "eddm",
        "page_hinkley",
        "kswin",
    ]
    .contains(&kind)
}

#[test]
fn rule_when_history_is_short_then_learns_until_there_is_enough() {
    for kind in ["adwin", "cusum", "bocpd"] {
        let mut detector = fitted(kind, &noise(1, 20, 20, 0.0));
        let found = steps(&mut detector, &noise(2, 150, 150, 0.0));
        let learning = found
            .iter()
            .filter(|reading| reading.state == PointState::Learning)
            .count();
        assert_eq!(learning, BASELINE_SAMPLES - 20);
    }
}

#[test]
fn rule_when_saved_anywhere_then_goes_on_bit_for_bit() {
    let mut values = noise(4, 500, 300, 58.0);
    values[100] = f64::NAN;
    values[200] = 1e150;
    values[250] = -1e308;
    for kind in DetectorKind::ALL.into_iter().map(DetectorKind::as_str) {
        if !is_ours(kind) {
            continue;
        }
        let whole = readings(&rule(kind), &values);
        let mut detector = Detector::new(&rule(kind));
        let offsets = UtcOffsets::utc();
        for (index, (value, wanted)) in values.iter().zip(&whole).enumerate() {
            let sample = Sample::new(*value, index as i64 * MINUTE_MS, &offsets);
            // Asking why in between changes nothing.
            detector.explain(sample);
            let reading = detector.step(sample);
            assert_eq!(
                reading.raw.to_bits(),
                wanted.raw.to_bits(),
                "{kind} at {index}"
            );
            assert!(reading.raw.is_finite());
            let bytes = detector.save();
            assert!(bytes.len() < 64 * 1024, "{kind} has {} bytes", bytes.len());
            detector = Detector::load(&bytes).expect("its own bytes");
        }
    }
}
