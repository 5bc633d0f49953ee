//! What every detector promises, whichever it is: the cases come from the registry, so a new kind is in them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::testing::rule_of;
use super::*;
use crate::math::random::Random;
use crate::time::{HOUR_MS, MINUTE_MS, UtcOffsets};

const STEP_MS: i64 = 30 * MINUTE_MS;
/// A fortnight.
const TAUGHT: i64 = 14 * 48;
/// What one series may take, whatever its detector.
const MOST_BYTES: usize = 64 * 1_024;

/// The kinds that judge one series, each under a rule with these parameters.
fn rule_with(kind: DetectorKind, params: &Map<String, Value>, step: &str) -> Rule {
    let mut detector = params.clone();
    detector.insert("kind".to_owned(), json!(kind));
    let decision = if kind == DetectorKind::Threshold {
        json!({"threshold": 70.0})
    } else {
        json!({})
    };
    rule_of(
        Value::Object(detector),
        json!({"step": step, "window": "300d", "decision": decision}),
    )
}

fn alone() -> impl Iterator<Item = DetectorKind> {
    let kinds = DetectorKind::ALL.into_iter();
    kinds.filter(|kind| !kind.is_group())
}

fn untaught(kind: DetectorKind) -> Detector {
    Detector::new(&rule_with(kind, &Map::new(), "30m"))
}

/// A day's triangle and noise, with a gap, a spike or a shift now and then.
fn lively(seed: u64, len: i64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut level = 40.0;
    (0..len)
        .map(|at| {
            let phase = (at % 48 - 24).abs() as f64;
            match random.below(60) {
                0 => return f64::NAN,
                1 => return 200.0 * random.unit(),
                2 => level += 4.0 * random.normal(),
                _ => {}
            }
            level + phase + random.normal()
        })
        .collect()
}

fn teach(detector: &mut Detector, values: &[f64], end_ms: i64, step_ms: i64) {
    detector.fit(&History {
        values,
        end_ms,
        step_ms,
        offsets: &UtcOffsets::utc(),
        seed: 3,
    });
}

fn bits(reading: &Reading) -> [u64; 5] {
    [
        reading.raw,
        reading.score,
        reading.expected,
        reading.lower,
        reading.upper,
    ]
    .map(f64::to_bits)
}

/// Steps over values from an instant on; with a place to cut, saves, forgets and loads there.
fn steps(
    detector: &mut Detector,
    from_ms: i64,
    values: &[f64],
    cut: Option<usize>,
) -> Vec<Reading> {
    let utc = UtcOffsets::utc();
    let mut readings = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        if cut == Some(index) {
            *detector = Detector::load(&detector.save()).expect("its own bytes");
        }
        let sample = Sample::new(*value, from_ms + index as i64 * STEP_MS, &utc);
        readings.push(detector.step(sample));
    }
    readings
}

/// An eighth of the usual number of cases: each runs all detectors.
fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: (usual.cases / 32).max(4),
        ..usual
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_detector_when_restored_anywhere_then_goes_on_with_equal_bits(
        seed in any::<u64>(), cuts in [0_usize..200, 0..200, 0..200],
    ) {
        let (early, history, live) = (lively(seed, 200), lively(seed ^ 1, TAUGHT), lively(seed ^ 2, 200));
        for kind in alone() {
            let run = |cuts: [Option<usize>; 3]| {
                let mut detector = untaught(kind);
                // Still learning; a long gap; on again; taught at once; and on.
                let mut told = steps(&mut detector, 0, &early, cuts[0]);
                let gap = cuts[1].map(|cut| cut / 2);
                told.extend(steps(&mut detector, 200 * STEP_MS, &[f64::NAN; 100], gap));
                told.extend(steps(&mut detector, 300 * STEP_MS, &live[..50], cuts[0].map(|_| 7)));
                teach(&mut detector, &history, TAUGHT * STEP_MS, STEP_MS);
                told.extend(steps(&mut detector, TAUGHT * STEP_MS, &live, cuts[2]));
                (told, detector.save())
            };
            let (whole, parts) = (run([None; 3]), run(cuts.map(Some)));
            for (at, (one, other)) in whole.0.iter().zip(&parts.0).enumerate() {
                prop_assert_eq!(bits(one), bits(other), "{:?} at {}", kind, at);
                prop_assert!(one.raw.is_finite() && one.score.is_finite(), "{:?} at {}", kind, at);
            }
            prop_assert_eq!(whole.1, parts.1, "{:?}", kind);
        }
    }
}

/// Series that make trouble, and their names.
fn awkward() -> Vec<(&'static str, Vec<f64>)> {
    let cycle = |values: &[f64]| -> Vec<f64> { values.iter().copied().cycle().take(400).collect() };
    let ramp: Vec<f64> = (0..400).map(f64::from).collect();
    vec![
        ("empty", Vec::new()),
        ("one point", vec![5.0]),
        ("all gaps", vec![f64::NAN; 400]),
        ("infinite", cycle(&[f64::INFINITY, f64::NEG_INFINITY, 1.0])),
        ("huge", cycle(&[1e308, -1e308, 1.0, 2.0])),
        ("large", cycle(&[1e150, -1e150, 1e149])),
        ("tiny", cycle(&[5e-324, 0.0, -5e-324, -0.0])),
        ("constant", vec![3.7; 400]),
        ("zero", vec![0.0; 400]),
        ("two values", cycle(&[0.0, 1.0])),
        ("ramp", ramp),
        (
            "steep",
            (0..400).map(|at| libm::exp(f64::from(at))).collect(),
        ),
    ]
}

/// What must hold of any reading.
fn check(reading: &Reading, told: &dyn std::fmt::Debug) {
    assert!(
        reading.raw.is_finite() && reading.score.is_finite(),
        "{told:?} {reading:?}"
    );
    if reading.state != PointState::Scored {
        assert_eq!(
            reading.score.to_bits(),
            0.0_f64.to_bits(),
            "{told:?} {reading:?}"
        );
    }
    let upside_down = reading.lower > reading.upper;
    assert!(!upside_down, "{told:?} {reading:?}");
}

#[test]
fn any_detector_when_the_series_is_awkward_then_says_something_sensible() {
    let utc = UtcOffsets::utc();
    for kind in alone() {
        for (name, values) in awkward() {
            for step_ms in [STEP_MS, 0] {
                let mut stepped = untaught(kind);
                for (index, value) in values.iter().enumerate() {
                    let at_ms = index as i64 * step_ms;
                    check(
                        &stepped.step(Sample::new(*value, at_ms, &utc)),
                        &(kind, name, step_ms),
                    );
                }
                let mut fitted = untaught(kind);
                teach(&mut fitted, &values, values.len() as i64 * step_ms, step_ms);
                for (index, value) in [f64::NAN, 1.0, 1e308, -1e150, 0.0, 5.0].iter().enumerate() {
                    let at_ms = (values.len() + index) as i64 * step_ms;
                    let sample = Sample::new(*value, at_ms, &utc);
                    if let Some(told) = fitted.explain(sample) {
                        check(&told.reading, &(kind, name, step_ms));
                    }
                    check(&fitted.step(sample), &(kind, name, step_ms));
                }
            }
        }
    }
}

#[test]
fn any_detector_when_made_for_a_step_of_zero_then_still_works() {
    for kind in alone() {
        let mut rule = rule_with(kind, &Map::new(), "30m");
        rule.decision.alarms_per_week = Some(5.0);
        let mut detector = Detector::with(&rule.detector, &rule.decision, false, 0, 0);
        teach(&mut detector, &lively(3, 400), 0, 0);
        for reading in steps(&mut detector, 0, &lively(4, 40), None) {
            check(&reading, &kind);
        }
    }
}

#[test]
fn any_detector_when_times_repeat_or_run_backwards_then_neither_panics_nor_yields_nan() {
    let utc = UtcOffsets::utc();
    let values = lively(5, 600);
    let times: [&dyn Fn(i64) -> i64; 5] = [
        &|_| 0,
        &|at| -at * STEP_MS,
        &|at| at / 2 * STEP_MS,
        &|at| at * at % 97 * HOUR_MS,
        &|at| (at - 300) * (i64::MAX / 4_000),
    ];
    for kind in alone() {
        for (which, time) in times.iter().enumerate() {
            let mut detector = untaught(kind);
            teach(&mut detector, &values, 0, STEP_MS);
            for (value, at) in values.iter().zip(0..) {
                let sample = Sample::new(*value, time(at), &utc);
                check(&detector.step(sample), &(kind, which));
            }
        }
    }
}

#[test]
fn any_parameter_when_out_of_range_then_is_named_and_at_its_ends_it_works() {
    let utc = UtcOffsets::utc();
    let (history, live) = (lively(9, 300), lively(10, 40));
    for kind in DetectorKind::ALL {
        for param in kind.params() {
            if matches!(param.kind, ParamKind::Choice(_)) {
                let error = DetectorSpec::from_json(json!({"kind": kind, (param.name): "no word"}));
                assert_eq!(error.expect_err("no such word").field, param.name);
                continue;
            }
            let below = if param.min > 0.0 {
                0.0
            } else {
                param.min - 1.0
            };
            for wrong in [
                json!(below),
                json!(param.max * 2.0 + 1.0),
                json!("x"),
                json!(null),
            ] {
                let error = DetectorSpec::from_json(json!({"kind": kind, (param.name): wrong}));
                let error = error.expect_err("out of its range");
                assert_eq!(error.field, param.name, "{kind:?} {error}");
            }
            // Windows longer than the series are among these.
            for end in [param.min, param.max] {
                let value = if param.kind == ParamKind::Integer {
                    json!(end as u64)
                } else {
                    json!(end)
                };
                let params = [(param.name.to_owned(), value)].into_iter().collect();
                let spec = DetectorSpec::with_params(kind, &params);
                if spec.is_err() || kind.is_group() {
                    continue;
                }
                let mut detector = Detector::new(&rule_with(kind, &params, "1m"));
                teach(&mut detector, &history, 0, MINUTE_MS);
                for (value, at) in live.iter().zip(0..) {
                    let sample = Sample::new(*value, at * MINUTE_MS, &utc);
                    check(&detector.step(sample), &(kind, param.name, end));
                }
            }
        }
    }
}

#[test]
fn any_detector_when_it_has_run_for_a_week_then_a_series_takes_little_memory() {
    let mut random = Random::new(11);
    let mut value = |at: i64| {
        let phase = (at % 1_440 - 720).abs() as f64 / 20.0;
        40.0 + phase + random.normal() + if random.below(500) == 0 { 30.0 } else { 0.0 }
    };
    let history: Vec<f64> = (0..10_080).map(&mut value).collect();
    let utc = UtcOffsets::utc();
    for kind in alone() {
        let mut detector = Detector::new(&rule_with(kind, &Map::new(), "1m"));
        teach(&mut detector, &history, 10_080 * MINUTE_MS, MINUTE_MS);
        let mut most = detector.save().len();
        for at in 10_080..14_400 {
            let sample = Sample::new(value(at), at * MINUTE_MS, &utc);
            detector.step(sample);
            if at % 720 == 0 {
                most = most.max(detector.save().len());
            }
        }
        most = most.max(detector.save().len());
        eprintln!("measured state_{}_bytes {most}", kind.as_str());
        assert!(most < MOST_BYTES, "{kind:?} has {most} bytes");
    }
}
