//! What the window and forest rules promise together.

use rstest::rstest;
use serde_json::json;

use super::super::batch::{Whole, batch};
use super::super::testing::rule_of;
use super::super::{Detector, DetectorKind, DetectorSpec, History, PointState, Reading, Sample};
use super::samples::{awkward, wave};
use crate::time::{MINUTE_MS, UtcOffsets};

const KINDS: [&str; 7] = [
    "isolation_forest",
    "half_space_trees",
    "random_cut_forest",
    "matrix_profile",
    "knn",
    "sub_pca",
    "spectral_residual",
];

fn history(values: &[f64]) -> History<'_> {
    const UTC: &UtcOffsets = &UtcOffsets::utc();
    History {
        values,
        end_ms: 0,
        step_ms: MINUTE_MS,
        offsets: UTC,
        seed: 7,
    }
}

fn run(detector: &mut Detector, values: &[f64]) -> Vec<Reading> {
    let offsets = UtcOffsets::utc();
    let steps = (0_i64..).zip(values);
    steps
        .map(|(at, value)| detector.step(Sample::new(*value, at * MINUTE_MS, &offsets)))
        .collect()
}

fn detector(kind: &str) -> Detector {
    Detector::new(&rule_of(json!({"kind": kind}), json!({})))
}

/// A noisy sine without anything odd.
fn calm(len: usize) -> Vec<f64> {
    let mut random = crate::math::random::Random::new(3);
    (0..len)
        .map(|at| 50.0 + 5.0 * libm::sin(at as f64 * 0.1) + 0.3 * random.normal())
        .collect()
}

#[rstest]
#[case("isolation_forest")]
#[case("half_space_trees")]
#[case("random_cut_forest")]
#[case("matrix_profile")]
#[case("knn")]
#[case("sub_pca")]
#[case("spectral_residual")]
fn rule_when_a_spike_comes_after_calm_then_finds_it_and_nothing_before(#[case] kind: &str) {
    let mut values = calm(3500);
    values[3300] += 25.0;
    let mut detector = detector(kind);
    detector.fit(&history(&values[..1440]));
    let readings = run(&mut detector, &values[1440..]);
    let (before, after) = readings.split_at(3300 - 1440);
    let alarms = before.iter().filter(|reading| reading.score > 1.0).count();
    assert!(alarms <= 1, "{alarms} false alarms");
    assert!(
        after[..3].iter().any(|reading| reading.score > 1.0),
        "{:?}",
        after[0]
    );
    assert!(
        before[200..]
            .iter()
            .all(|reading| reading.state == PointState::Scored)
    );
    let bytes = detector.save().len();
    assert!(bytes < 64_000, "{bytes} bytes");
}

#[test]
fn rules_when_history_is_short_then_learn_until_it_is_not() {
    for kind in KINDS {
        let mut detector = detector(kind);
        detector.fit(&history(&calm(20)));
        let readings = run(&mut detector, &calm(1000));
        assert_eq!(readings[0].state, PointState::Learning, "{kind}");
        assert_eq!(readings[999].state, PointState::Scored, "{kind}");
    }
}

#[test]
fn rules_when_the_series_is_constant_then_stay_silent() {
    for kind in KINDS {
        let mut detector = detector(kind);
        detector.fit(&history(&[5.0; 500]));
        let readings = run(&mut detector, &[5.0; 700]);
        assert!(
            readings.iter().all(|reading| reading.score <= 1.0),
            "{kind}"
        );
    }
}

#[test]
fn rules_when_the_history_is_awkward_then_scores_are_finite() {
    for kind in KINDS {
        for values in awkward() {
            let mut detector = detector(kind);
            detector.fit(&history(&values));
            for reading in run(&mut detector, &[values, wave(100)].concat()) {
                assert!(
                    reading.raw.is_finite() && reading.score.is_finite(),
                    "{kind}"
                );
            }
        }
    }
}

#[test]
fn rules_when_fit_in_two_places_then_are_equal_until_the_seed_differs() {
    let values = calm(2000);
    for kind in KINDS {
        let bits = |seed| {
            let mut detector = detector(kind);
            detector.fit(&History {
                seed,
                ..history(&values[..1500])
            });
            let readings = run(&mut detector, &values[1500..]);
            readings
                .iter()
                .map(|reading| reading.raw.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(1), bits(1), "{kind}");
        if kind.contains("forest") || kind.contains("trees") {
            assert_ne!(bits(1), bits(2), "{kind}");
        }
    }
}

#[test]
fn rules_when_saved_while_scoring_then_go_on_with_equal_bits() {
    let mut values = calm(900);
    values[300..310].fill(f64::NAN);
    values[500] = 1e9;
    for kind in KINDS {
        let mut one = detector(kind);
        run(&mut one, &values[..450]);
        let mut other = Detector::load(&one.save()).expect("its own bytes");
        let (one, other) = (
            run(&mut one, &values[450..]),
            run(&mut other, &values[450..]),
        );
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one.raw.to_bits(), other.raw.to_bits(), "{kind}");
        }
    }
}

#[test]
fn explanations_when_a_forest_speaks_then_add_up_to_the_raw_distance() {
    for kind in [
        "isolation_forest",
        "half_space_trees",
        "random_cut_forest",
        "knn",
    ] {
        let mut detector = detector(kind);
        detector.fit(&history(&calm(1440)));
        run(&mut detector, &calm(300));
        let sample = Sample::new(90.0, 0, &UtcOffsets::utc());
        let told = detector.explain(sample).expect("it is taught");
        let total: f64 = told.parts.iter().map(|part| part.value).sum();
        let raw = told.quiet_from_threshold;
        assert!(
            (total - raw).abs() < 1e-3 * raw,
            "{kind}: {total} {raw} {:?}",
            told.parts
        );
        let again = detector.step(sample);
        assert_eq!(
            again.raw.to_bits(),
            raw.to_bits(),
            "{kind}: explaining changes nothing"
        );
    }
}

#[test]
fn outage_when_it_lasts_then_the_matrix_profile_does_not_learn_it() {
    let mut detector = detector("matrix_profile");
    run(&mut detector, &calm(1000));
    let mut odd = calm(40);
    odd[5..12].fill(80.0);
    for _ in 0..2 {
        let readings = run(&mut detector, &odd);
        let greatest = readings
            .iter()
            .map(|reading| reading.score)
            .fold(0.0, f64::max);
        assert!(greatest > 1.0, "{greatest}");
        run(&mut detector, &calm(200)[..120]);
    }
}

fn whole(values: &[f64]) -> Whole<'_> {
    Whole {
        values,
        train_rows: 0,
        step_ms: MINUTE_MS,
        seed: 1,
    }
}

#[test]
fn whole_series_forms_when_a_shape_is_odd_then_peak_there() {
    let values = wave(1000);
    for kind in [
        "isolation_forest",
        "matrix_profile",
        "knn",
        "sub_pca",
        "spectral_residual",
    ] {
        let kind = DetectorKind::named(kind).expect("a kind");
        let form = batch(kind).expect("a whole-series form");
        let scores = form(&DetectorSpec::new(kind), &whole(&values));
        assert_eq!(scores.len(), values.len());
        let peak = super::samples::peak(&scores);
        assert!(peak.abs_diff(606) < 40, "{kind:?} {peak}");
        for values in awkward().into_iter().chain([vec![], vec![1.0]]) {
            let scores = form(&DetectorSpec::new(kind), &whole(&values));
            assert_eq!(scores.len(), values.len());
            for (score, value) in scores.iter().zip(&values) {
                assert!(score.is_finite() && (value.is_finite() || *score == 0.0));
            }
        }
    }
}
