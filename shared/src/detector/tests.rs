//! Behaviour that every detector shares, and the seed rule engine's formulas.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::time::UtcOffsets;

#[expect(
    clippy::needless_pass_by_value,
    reason = "literals read better without borrows"
)]
fn rule(detector: serde_json::Value, extra: serde_json::Value) -> Rule {
    let mut value = json!({"name": "r", "source": "s", "query": "q", "detector": detector});
    if let (Some(value), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
        value.extend(extra.clone());
    }
    Rule::from_json(value).expect("a valid rule")
}

/// Samples a minute apart, for detectors that do not look at the clock.
trait StepValue {
    fn step_value(&mut self, value: f64) -> Reading;
}

impl StepValue for Detector {
    fn step_value(&mut self, value: f64) -> Reading {
        self.step(Sample::new(value, 0, &UtcOffsets::utc()))
    }
}

/// Every detector, with short windows so that little data teaches it.
fn kinds() -> Vec<Rule> {
    let limit = json!({"decision": {"threshold": 12.0}});
    let mut rules = vec![
        rule(json!({"kind": "threshold"}), limit),
        rule(json!({"kind": "zscore", "window_samples": 30}), json!({})),
        rule(json!({"kind": "mad", "window_samples": 30}), json!({})),
        rule(json!({"kind": "iqr", "window_samples": 30}), json!({})),
        rule(
            json!({"kind": "iqr", "window_samples": 30, "quartiles": "index"}),
            json!({}),
        ),
        rule(json!({"kind": "trend"}), json!({})),
    ];
    let known: Vec<_> = rules.iter().map(|rule| rule.detector.kind()).collect();
    for kind in DetectorKind::ALL {
        if !known.contains(&kind) {
            rules.push(rule(json!({"kind": kind}), json!({})));
        }
    }
    rules
}

fn history(values: &[f64]) -> History<'_> {
    const UTC: &UtcOffsets = &UtcOffsets::utc();
    History {
        values,
        end_ms: 0,
        step_ms: 60_000,
        offsets: UTC,
        seed: 0,
    }
}

fn bits(readings: &[Reading]) -> Vec<[u64; 5]> {
    readings
        .iter()
        .map(|r| [r.raw, r.score, r.expected, r.lower, r.upper].map(f64::to_bits))
        .collect()
}

proptest! {
    #[test]
    fn any_detector_when_saved_and_loaded_midway_then_goes_on_with_equal_bits(
        values in proptest::collection::vec(prop_oneof![9 => 5.0..15.0_f64, 1 => Just(f64::NAN), 1 => -1e6..1e6_f64], 2..200),
        cut in 0_usize..200,
    ) {
        for rule in kinds() {
            let cut = cut % values.len();
            let mut whole = Detector::new(&rule);
            let expected: Vec<_> = values.iter().map(|value| whole.step_value(*value)).collect();
            let mut first = Detector::new(&rule);
            let mut readings: Vec<_> = values[..cut].iter().map(|value| first.step_value(*value)).collect();
            let mut second = Detector::load(&first.save()).expect("its own bytes");
            readings.extend(values[cut..].iter().map(|value| second.step_value(*value)));
            prop_assert_eq!(bits(&readings), bits(&expected), "{:?}", rule.detector.kind());
        }
    }

    #[test]
    fn any_detector_when_fit_then_equals_stepping_over_the_history(
        values in proptest::collection::vec(5.0..15.0_f64, 0..100), next in -100.0..100.0_f64,
    ) {
        for rule in kinds() {
            let mut stepped = Detector::new(&rule);
            for value in &values {
                stepped.step_value(*value);
            }
            let mut fitted = Detector::new(&rule);
            fitted.step_value(1e9);
            fitted.fit(&history(&values));
            prop_assert_eq!(bits(&[fitted.step_value(next)]), bits(&[stepped.step_value(next)]));
        }
    }

    #[test]
    fn any_detector_when_fed_anything_then_its_score_is_never_nan(values in proptest::collection::vec(any::<f64>(), 1..120)) {
        for rule in kinds() {
            let mut detector = Detector::new(&rule);
            for value in &values {
                let reading = detector.step_value(*value);
                if reading.state != PointState::Scored {
                    prop_assert_eq!(reading.score.to_bits(), 0.0_f64.to_bits());
                }
                prop_assert!(!reading.score.is_nan(), "{:?} {value}", rule.detector.kind());
            }
        }
    }
}

#[rstest]
#[case(json!({"kind": "zscore", "window_samples": 100}))]
#[case(json!({"kind": "mad", "window_samples": 100}))]
#[case(json!({"kind": "iqr", "window_samples": 100}))]
fn outage_when_it_lasts_then_is_never_learned(#[case] detector: serde_json::Value) {
    let mut detector = Detector::new(&rule(detector, json!({})));
    for index in 0..200 {
        detector.step_value(f64::from(index % 10));
    }
    let first = detector.step_value(100.0).score;
    for _ in 0..10_000 {
        assert_eq!(detector.step_value(100.0).score.to_bits(), first.to_bits());
    }
    assert!(first > 1.0);
    assert!(
        detector.step_value(5.0).score < 1.0,
        "what was normal still is"
    );
}

#[test]
fn textbook_setting_when_a_level_stays_then_is_learned() {
    let rule = rule(
        json!({"kind": "zscore", "window_samples": 50}),
        json!({"learn_from_anomalies": true}),
    );
    let mut detector = Detector::new(&rule);
    (0..100).for_each(|index| _ = detector.step_value(f64::from(index % 10)));
    assert!(detector.step_value(100.0).score > 1.0);
    (0..50).for_each(|_| _ = detector.step_value(100.0));
    assert!(detector.step_value(100.0).score < 1.0);
}

#[rstest]
#[case(json!({"kind": "zscore"}))]
#[case(json!({"kind": "mad"}))]
#[case(json!({"kind": "iqr"}))]
fn constant_series_when_it_jumps_then_is_seen(#[case] detector: serde_json::Value) {
    let mut detector = Detector::new(&rule(detector, json!({})));
    (0..50).for_each(|_| _ = detector.step_value(40.0));
    assert!(
        detector.step_value(40.1).score < 1.0,
        "a quarter of a percent is nothing"
    );
    assert!(detector.step_value(95.0).score > 1.0);
}

#[test]
fn seed_zscore_when_the_spread_is_nearly_nothing_then_keeps_silent() {
    let detector = json!({"kind": "zscore", "min_spread_abs": 0.0, "min_spread_rel": 0.0});
    let mut detector = Detector::new(&rule(detector, json!({"learn_from_anomalies": true})));
    (0..50).for_each(|_| _ = detector.step_value(40.0));
    assert_eq!(detector.step_value(95.0).score.to_bits(), 0.0_f64.to_bits());
}

#[test]
fn zscore_when_exactly_at_the_threshold_then_is_not_anomalous() {
    // Ten samples with mean 0 and sample deviation 1: nine halves are 4.5 = Σx²/2, so Σx² = 9.
    let params = json!({"kind": "zscore", "window_samples": 10, "min_spread_rel": 0.0});
    let mut detector = Detector::new(&rule(params, json!({})));
    for value in [1.5, -1.5, 1.5, -1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] {
        detector.step_value(value);
    }
    let reading = detector.clone().step_value(3.0);
    assert_eq!(
        (reading.raw, reading.score, reading.expected),
        (3.0, 1.0, 0.0)
    );
    assert_eq!((reading.lower, reading.upper), (-3.0, 3.0));
    assert!(detector.step_value(3.000_001).score > 1.0);
}

#[test]
fn history_when_shorter_than_min_samples_then_says_learning() {
    let mut detector = Detector::new(&rule(json!({"kind": "zscore"}), json!({})));
    let states: Vec<_> = (0..11)
        .map(|index| detector.step_value(f64::from(index)).state)
        .collect();
    assert!(
        states[..10]
            .iter()
            .all(|state| *state == PointState::Learning)
    );
    assert_eq!(states[10], PointState::Scored);
}

#[test]
fn seed_iqr_when_quartiles_are_by_index_then_fences_match_the_seed() {
    let params = json!({"kind": "iqr", "quartiles": "index", "window_samples": 12});
    let mut detector = Detector::new(&rule(params, json!({})));
    (1..=12).for_each(|value| _ = detector.step_value(f64::from(value)));
    // s[12/4] = 4, s[36/4] = 10, IQR 6: fences at -5 and 19.
    let reading = detector.step_value(19.0);
    assert_eq!(
        (reading.lower, reading.upper, reading.score),
        (-5.0, 19.0, 1.0)
    );
}

#[test]
fn trend_when_the_newest_completes_a_rise_of_twenty_percent_then_fires() {
    let run = |values: [f64; 5]| {
        let mut detector = Detector::new(&rule(json!({"kind": "trend"}), json!({})));
        values
            .map(|value| detector.step_value(value))
            .last()
            .copied()
            .expect("five readings")
    };
    assert!(
        run([10.0, 10.5, 11.0, 11.5, 12.0]).score > 1.0,
        "20 % exactly counts"
    );
    assert!(run([10.0, 10.5, 11.0, 11.5, 11.9]).score < 1.0);
    assert!(
        run([10.0, 10.5, 10.5, 11.5, 12.5]).score < 1.0,
        "a plateau breaks the run"
    );
    let falling = run([10.0, 9.0, 8.5, 8.2, 8.0]);
    assert!(falling.score > 1.0 && falling.side == Side::Low);
    assert!(
        run([-10.0, -9.0, -8.0, -7.0, -6.0]).score < 1.0,
        "percent of a negative number is meaningless"
    );
}

#[test]
fn limit_when_inclusive_then_fires_at_the_limit() {
    let at = |inclusive: bool| {
        let decision = json!({"decision": {"threshold": 90.0, "inclusive": inclusive}});
        Detector::new(&rule(json!({"kind": "threshold"}), decision))
            .step_value(90.0)
            .score
            > 1.0
    };
    assert!(at(true) && !at(false));
}

#[test]
fn limit_when_looking_down_then_its_band_edge_is_the_limit() {
    let decision = json!({"decision": {"threshold": 10.0, "direction": "below"}});
    let reading = Detector::new(&rule(json!({"kind": "threshold"}), decision)).step_value(9.0);
    assert!(reading.score > 1.0 && reading.side == Side::Low);
    assert_eq!(reading.lower.to_bits(), 10.0_f64.to_bits());
}

/// A season of a day and noise with a tail, a minute apart.
fn calm(len: usize, seed: u64) -> Vec<f64> {
    let mut random = crate::math::random::Random::new(seed);
    (0..len)
        .map(|index| {
            let of_day = (index % 1_440) as f64 / 1_440.0;
            let noise = random.unit() + random.unit() + random.unit() + random.unit() - 2.0;
            100.0 + 20.0 * (of_day - 0.5).abs() + noise * noise * noise
        })
        .collect()
}

#[test]
fn budget_when_the_days_stay_calm_then_about_so_many_alarms_come() {
    const WEEK: usize = 10_080;
    let values = calm(6 * WEEK, 3);
    for kind in ["zscore", "mad", "iqr"] {
        let decision =
            json!({"decision": {"alarms_per_week": 20.0}, "merge_gap": "5m", "window": "14d"});
        let mut detector = Detector::new(&rule(json!({"kind": kind}), decision));
        detector.fit(&history(&values[..3 * WEEK]));
        let mut alarms = 0;
        let mut last_over = None;
        for (index, value) in values[3 * WEEK..].iter().enumerate() {
            if detector.step_value(*value).score > 1.0 {
                alarms += i32::from(last_over.is_none_or(|last| index - last > 5));
                last_over = Some(index);
            }
        }
        assert!((30..=120).contains(&alarms), "{kind}: {alarms} of 60");
    }
}

#[test]
fn budget_when_the_history_is_too_short_then_the_usual_threshold_stands() {
    let budget = json!({"decision": {"alarms_per_week": 1.0}});
    let mut asked = Detector::new(&rule(json!({"kind": "zscore"}), budget));
    let mut usual = Detector::new(&rule(json!({"kind": "zscore"}), json!({})));
    let values = calm(25, 1);
    asked.fit(&history(&values));
    usual.fit(&history(&values));
    assert_eq!(
        bits(&[asked.step_value(140.0)]),
        bits(&[usual.step_value(140.0)])
    );
}
