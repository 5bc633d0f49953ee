//! Series of known kinds.

use super::*;
use crate::detector::DetectorKind;
use crate::math::random::Random;
use crate::series::Labels;
use crate::time::{DAY_MS, MINUTE_MS};

const STEP: i64 = 5 * MINUTE_MS;
const PER_DAY: usize = (DAY_MS / STEP) as usize;

fn of(values: Vec<f64>) -> Characteristics {
    let range = TimeRange {
        from_ms: 0,
        to_ms: values.len() as i64 * STEP,
    };
    let series = Series {
        labels: Labels::named("m", &[]),
        unit: String::new(),
        start_ms: 0,
        step_ms: STEP,
        values,
    };
    characteristics(&series, range)
}

fn texts(found: &Characteristics) -> Vec<String> {
    sentences(found).into_iter().map(|said| said.text).collect()
}

/// A week of noise around 50, with whatever is added by the index.
fn week(add: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut random = Random::new(5);
    (0..7 * PER_DAY)
        .map(|at| 50.0 + random.normal() + add(at))
        .collect()
}

fn daily(at: usize) -> f64 {
    12.0 * libm::sin(at as f64 / PER_DAY as f64 * std::f64::consts::TAU)
}

#[test]
fn profile_when_a_day_repeats_then_is_judged_by_the_hour() {
    let found = of(week(daily));
    assert_eq!(found.shape.seasons[0].ms, DAY_MS);
    let best = &advice(&found)[0];
    assert_eq!(best.kind, DetectorKind::Profile);
    assert_eq!(best.params["season"], "hour_of_day");
    assert!(texts(&found).contains(&said::SEASON.to_owned()));
    assert!(
        found.departures.changes.is_empty(),
        "{:?}",
        found.departures
    );
}

#[test]
fn profile_when_the_level_changes_then_says_when_and_from_what_to_what() {
    let found = of(week(|at| if at >= 4 * PER_DAY { 20.0 } else { 0.0 }));
    let [change] = found.departures.changes[..] else {
        panic!("{:?}", found.departures);
    };
    assert!(
        (change.at_ms - 4 * DAY_MS).abs() <= 2 * STEP * 3,
        "{change:?}"
    );
    assert!((change.before - 50.0).abs() < 0.5 && (change.after - 70.0).abs() < 0.5);
    assert_eq!(advice(&found)[0].kind, DetectorKind::Ewma);
    assert_eq!(found.departures.spikes, 0);
}

#[test]
fn profile_when_the_day_repeats_and_the_level_changes_then_finds_both() {
    let found = of(week(|at| {
        daily(at) + if at >= 4 * PER_DAY { 30.0 } else { 0.0 }
    }));
    assert_eq!(found.shape.seasons[0].ms, DAY_MS);
    assert_eq!(found.departures.changes.len(), 1, "{:?}", found.departures);
}

#[test]
fn profile_when_spikes_come_then_counts_them() {
    let found = of(week(|at| if at % 200 == 7 { 30.0 } else { 0.0 }));
    assert_eq!(found.departures.spikes, (7 * PER_DAY).div_ceil(200) as u64);
    assert!(texts(&found).contains(&said::SPIKY.to_owned()));
    let tried: Vec<DetectorKind> = advice(&found).iter().map(|advice| advice.kind).collect();
    assert!(tried.contains(&DetectorKind::Mad), "{tried:?}");
}

#[test]
fn profile_when_it_rises_then_says_by_how_much_a_day() {
    let found = of(week(|at| at as f64 / PER_DAY as f64 * 3.0));
    let rise = found.departures.rise_a_day;
    assert!(found.departures.changes.is_empty() == (rise != 0.0));
    if rise != 0.0 {
        assert!((rise - 3.0).abs() < 0.1, "{rise}");
    }
    assert!(found.shape.trend > 0.8);
}

#[test]
fn profile_when_it_is_a_counter_a_switch_or_constant_then_says_that_and_little_else() {
    let counter = of((0..2_000).map(|at| f64::from(at % 900) * 2.0).collect());
    assert_eq!(advice(&counter)[0].kind, DetectorKind::Rate);
    let switch = of((0..2_000)
        .map(|at| f64::from(u8::from(at % 100 > 80)))
        .collect());
    assert_eq!(advice(&switch)[0].kind, DetectorKind::Diff);
    let constant = of(vec![3.0; 500]);
    assert_eq!(texts(&constant), [said::FULL, said::CONSTANT]);
    let nothing = of(vec![f64::NAN; 30]);
    assert_eq!(texts(&nothing), [said::NOTHING]);
    assert!(advice(&nothing).is_empty());
}

#[test]
fn gap_when_it_is_inside_then_is_told_with_its_length() {
    let mut values = week(|_| 0.0);
    values[..20].fill(f64::NAN);
    values[300..330].fill(f64::NAN);
    let found = of(values);
    assert_eq!(found.longest_gap_ms, 30 * STEP);
    assert_eq!(found.span_ms, (7 * PER_DAY as i64 - 20) * STEP);
    assert_eq!(texts(&found)[0], said::GAPS);
}

#[test]
fn advice_when_it_is_given_then_is_a_detector_that_a_rule_may_have() {
    for found in [
        of(week(daily)),
        of(week(|_| 0.0)),
        of((0..900).map(f64::from).collect()),
    ] {
        for advice in advice(&found) {
            let spec = crate::detector::DetectorSpec::with_params(advice.kind, &advice.params);
            assert!(spec.is_ok(), "{advice:?}");
            assert!(TEXTS.contains(&&*advice.why.text));
        }
    }
}

#[test]
fn sentence_when_told_then_has_a_figure_for_every_name() {
    for found in [of(week(daily)), of(week(|at| at as f64)), of(vec![1.0; 9])] {
        for said in sentences(&found) {
            let told = said.told(|figure| format!("{figure:?}"));
            assert!(
                !told.contains('{') && TEXTS.contains(&&*said.text),
                "{told}"
            );
        }
    }
}
