//! The behaviour of the fold: streaks, merging, silence, epochs, restarts.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::anomaly::{AnomalyId, AnomalyKind, CloseReason, Status};
use crate::pipeline::{Action, Actor, TransitionKind};
use crate::rule::Severity;
use crate::series::{Labels, Series};

mod hand;
mod ranges;

const STEP: i64 = 60_000;
/// A fit boundary of one-hour epochs.
const START: i64 = 1_700_002_800_000;

#[expect(
    clippy::needless_pass_by_value,
    reason = "literals read better without borrows"
)]
fn rule(extra: Value) -> Arc<Rule> {
    let mut value = json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "delay": "0s", "window": "2h", "fit_every": "1h",
        "detector": {"kind": "threshold"}, "decision": {"threshold": 10.0}, "for": 2,
        "recover": {"below": 0.9, "for": 2}, "merge_gap": "5m", "no_data": {"after": "3m"},
    });
    if let (Some(value), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
        value.extend(extra.clone());
    }
    Arc::new(Rule::from_json(value).expect("a valid rule"))
}

fn data(columns: &[&[f64]]) -> Dataset {
    let mut data = Dataset::new(STEP);
    for (index, values) in columns.iter().enumerate() {
        let labels = Labels::named("m", &[("i", &index.to_string())]);
        let key = SeriesKey::new(&"s".into(), &labels);
        let series = Series {
            labels,
            unit: String::new(),
            start_ms: START,
            step_ms: STEP,
            values: values.to_vec(),
        };
        data.insert(key, series);
    }
    data
}

fn fold(rule: &Arc<Rule>, data: &Dataset) -> Vec<Transition> {
    let last_ms = data
        .series
        .values()
        .map(Series::end_ms)
        .max()
        .unwrap_or(START)
        - STEP;
    Evaluator::new(Arc::clone(rule), 1).advance(data, last_ms, &Ticks::Every(STEP), &mut ())
}

/// What Ann did when everything up to then was evaluated.
fn by_ann(at_ms: i64, id: AnomalyId, action: Action) -> Command {
    Command::new(at_ms, at_ms, Actor("ann".into()), id, action)
}

/// What was said, without mere growth.
fn kinds(transitions: &[Transition]) -> Vec<TransitionKind> {
    transitions
        .iter()
        .map(|transition| transition.kind)
        .filter(|kind| *kind != TransitionKind::Extended)
        .collect()
}

fn last(transitions: &[Transition]) -> &Anomaly {
    &transitions.last().expect("something was said").anomaly
}

const NAN: f64 = f64::NAN;

#[test]
fn streak_when_long_enough_then_opens_at_its_first_sample_and_recovers() {
    let said = fold(
        &rule(json!({})),
        &data(&[&[1.0, 11.0, 1.0, 12.0, 15.0, 11.0, 1.0, 1.0, 1.0]]),
    );
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    let closed = last(&said);
    assert_eq!(
        (closed.start_ms, closed.end_ms),
        (START + 3 * STEP, START + 5 * STEP)
    );
    assert_eq!(
        (closed.detected_at_ms, closed.closed_at_ms),
        (START + 4 * STEP, Some(START + 7 * STEP))
    );
    assert_eq!(closed.peak.map(|peak| peak.value), Some(15.0));
    assert_eq!(closed.status, Status::Resolved);
}

#[test]
fn score_when_it_rises_then_escalates_once_for_each_severity() {
    let said = fold(&rule(json!({})), &data(&[&[11.0, 11.0, 25.0, 26.0, 11.0]]));
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Escalated]
    );
    assert_eq!(last(&said).severity, Severity::Critical);
}

#[test]
fn anomaly_when_it_comes_back_within_the_merge_gap_then_is_the_same_one() {
    let mut values = vec![11.0, 11.0, 1.0, 1.0, 1.0, 11.0, 11.0, 1.0, 1.0];
    let said = fold(&rule(json!({})), &data(&[&values]));
    assert_eq!(
        kinds(&said),
        [
            TransitionKind::Opened,
            TransitionKind::Closed,
            TransitionKind::Reopened,
            TransitionKind::Closed
        ]
    );
    assert_eq!(said[0].anomaly.id, said[3].anomaly.id);
    assert_eq!(said[3].anomaly.reopened, 1);

    values.splice(4..4, [1.0; 5]);
    let said = fold(&rule(json!({})), &data(&[&values]));
    assert_ne!(
        said[0].anomaly.id, said[3].anomaly.id,
        "farther apart they are two"
    );
}

#[test]
fn gap_when_short_then_neither_advances_nor_breaks_a_streak() {
    let said = fold(&rule(json!({})), &data(&[&[11.0, NAN, NAN, 11.0]]));
    assert_eq!(kinds(&said), [TransitionKind::Opened]);
    assert_eq!(
        (said[0].anomaly.start_ms, said[0].anomaly.end_ms),
        (START, START + 3 * STEP)
    );
}

#[test]
fn gap_when_long_then_is_an_anomaly_of_its_own_and_breaks_the_streak() {
    let said = fold(
        &rule(json!({})),
        &data(&[&[11.0, NAN, NAN, NAN, NAN, 11.0, 1.0]]),
    );
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    let silence = &said[1].anomaly;
    assert_eq!(
        (silence.kind, silence.start_ms, silence.end_ms),
        (AnomalyKind::NoData, START + STEP, START + 4 * STEP)
    );
}

#[test]
fn open_anomaly_when_data_stops_then_does_not_resolve() {
    let said = fold(
        &rule(json!({"no_data": "off"})),
        &data(&[&[11.0, 11.0, NAN, NAN, NAN, NAN, NAN, NAN, NAN]]),
    );
    assert_eq!(kinds(&said), [TransitionKind::Opened]);
}

#[test]
fn series_when_gone_for_longer_than_the_window_then_is_closed_with_that_reason() {
    let mut values = vec![11.0, 11.0];
    values.extend([NAN; 200]);
    let said = fold(&rule(json!({"no_data": "off"})), &data(&[&values]));
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    assert_eq!(said[1].close_reason(), Some(CloseReason::SeriesGone));
}

#[test]
fn manual_close_when_the_values_stay_high_then_holds_until_recovery() {
    let rule = rule(json!({}));
    let data = data(&[&[11.0, 11.0, 11.0, 11.0, 11.0, 1.0, 1.0, 11.0, 11.0]]);
    let ticks = Ticks::Every(STEP);
    let mut evaluator = Evaluator::new(rule, 1);
    let opened = evaluator.advance(&data, START + STEP, &ticks, &mut ());
    let command = by_ann(START + STEP, opened[0].anomaly.id, Action::FalseAlarm);
    let judged = evaluator.command(&command);
    assert_eq!(
        (judged[0].kind, judged[0].anomaly.status),
        (TransitionKind::Judged, Status::FalseAlarm)
    );
    assert!(evaluator.command(&command).is_empty(), "it is over already");
    assert!(
        evaluator
            .advance(&data, START + 6 * STEP, &ticks, &mut ())
            .is_empty(),
        "still high, then calm"
    );
    let again = evaluator.advance(&data, START + 8 * STEP, &ticks, &mut ());
    assert_eq!(kinds(&again), [TransitionKind::Opened]);
    assert_ne!(again[0].anomaly.id, opened[0].anomaly.id);
}

#[test]
fn series_when_the_pattern_does_not_match_then_is_left_out() {
    let said = fold(
        &rule(json!({"source_pattern": "*i=\"1\"*"})),
        &data(&[&[11.0, 11.0], &[11.0, 11.0]]),
    );
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].anomaly.series, "m{i=\"1\"}");
}

fn noisy_rule() -> Arc<Rule> {
    rule(json!({
        "detector": {"kind": "zscore", "window_samples": 20, "min_samples": 5}, "decision": {"threshold": 1.5},
        "for": {"count": 2, "of": 3}, "fill": "forward",
    }))
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(
        prop_oneof![8 => 0.0..10.0_f64, 1 => Just(NAN), 1 => 20.0..60.0_f64],
        1..300,
    )
}

proptest! {
    #[test]
    fn fold_when_cut_into_chunks_then_says_the_same(one in values(), two in values(), cut in 1_i64..300) {
        let rule = noisy_rule();
        let data = data(&[&one, &two]);
        let whole = fold(&rule, &data);
        let last_ms = START + one.len().max(two.len()) as i64 * STEP - STEP;
        let ticks = Ticks::Every(STEP);
        let mut evaluator = Evaluator::new(rule, 1);
        let mut parts = evaluator.advance(&data, (START + cut * STEP).min(last_ms), &ticks, &mut ());
        parts.extend(evaluator.advance(&data, last_ms, &ticks, &mut ()));
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn fold_when_restored_midway_then_says_the_same(one in values(), two in values(), cut in 0_i64..300) {
        let rule = noisy_rule();
        let data = data(&[&one, &two]);
        let whole = fold(&rule, &data);
        let last_ms = START + one.len().max(two.len()) as i64 * STEP - STEP;
        let cut_ms = (START + cut * STEP).min(last_ms);
        let ticks = Ticks::Every(STEP);
        let mut first = Evaluator::new(Arc::clone(&rule), 1);
        let mut parts = first.advance(&data, cut_ms, &ticks, &mut ());
        let state = first.pipeline_state();
        let mut second = Evaluator::restore(rule, 1, &data, cut_ms, &state, &ticks);
        parts.extend(second.advance(&data, last_ms, &ticks, &mut ()));
        for (part, whole) in parts.iter().zip(&whole) {
            prop_assert_eq!(part, whole);
        }
        prop_assert_eq!(parts.len(), whole.len());
    }

    #[test]
    fn fold_when_frame_by_frame_then_says_what_advance_says(one in values(), two in values()) {
        let rule = rule(json!({
            "detector": {"kind": "mad", "window_samples": 20, "min_samples": 5}, "decision": {"threshold": 2.0}, "for": 1,
        }));
        let data = data(&[&one, &two]);
        let whole = fold(&rule, &data);
        let last_ms = START + one.len().max(two.len()) as i64 * STEP - STEP;
        let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
        let mut said = Vec::new();
        let mut at_ms = START;
        while at_ms <= last_ms {
            if at_ms == evaluator.fit_boundary_ms(at_ms) {
                said.extend(evaluator.step(Input::Boundary { at_ms, history: &data }));
            }
            evaluator.meet_new_series(&data, at_ms);
            let values: Vec<_> = data.series.iter().map(|(key, series)| (*key, series.value_at(at_ms))).collect();
            said.extend(evaluator.step(Input::Frame(Frame { at_ms, tick_ms: at_ms, values: &values, excluded: &[], calendars: &[], offsets: &UtcOffsets::utc() })));
            at_ms += STEP;
        }
        prop_assert_eq!(said, whole);
    }

    #[test]
    fn state_when_its_bytes_are_damaged_then_is_rebuilt(one in values(), junk in proptest::collection::vec(any::<u8>(), 0..50)) {
        let rule = noisy_rule();
        let data = data(&[&one]);
        let last_ms = START + one.len() as i64 * STEP - STEP;
        let evaluator = Evaluator::restore(rule, 1, &data, last_ms, &junk, &Ticks::Every(STEP));
        prop_assert_eq!(evaluator.watermark_ms(), Some(last_ms));
    }
}

/// Six servers that share a load; what each does beside it is noise.
fn servers(odd: impl Fn(usize, usize, f64) -> f64) -> Dataset {
    let mut random = crate::math::random::Random::new(5);
    let load: Vec<f64> = (0..240).map(|at| 50.0 + f64::from(at % 60)).collect();
    let columns: Vec<Vec<f64>> = (0..6)
        .map(|server| {
            let value = |(at, load): (usize, &f64)| odd(server, at, load + random.unit());
            load.iter().enumerate().map(value).collect()
        })
        .collect();
    data(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "literals read better without borrows"
)]
fn group_rule(detector: Value) -> Arc<Rule> {
    let detector = json!({"detector": detector, "decision": {}, "for": 3});
    rule(detector)
}

#[test]
fn peers_when_one_leaves_them_then_it_alone_is_anomalous() {
    let rule = group_rule(json!({"kind": "peers"}));
    let data = servers(|server, at, value| match (server, at) {
        (2, 150..170) => value + 40.0,
        // Everybody jumping together is nothing that peers can tell.
        (_, 90..110) => value + 400.0,
        _ => value,
    });
    let said = fold(&rule, &data);
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    let anomaly = last(&said);
    assert!(anomaly.series.contains("\"2\""), "{}", anomaly.series);
    assert_eq!(anomaly.start_ms, START + 150 * STEP);
    let peak = anomaly.peak.expect("it has a worst sample");
    assert!((peak.value - peak.expected.expect("the median of the peers")) > 30.0);
}

#[test]
fn frame_when_odd_as_a_whole_then_is_one_anomaly_of_the_series_that_adds_most() {
    let rule = group_rule(json!({"kind": "multivariate"}));
    let data = servers(|server, at, value| match (server, at) {
        // Each value is one that this server often has, and none that goes with the others'.
        (4, 150..170) => value - 35.0,
        _ => value,
    });
    let said = fold(&rule, &data);
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    assert!(last(&said).series.contains("\"4\""));
}

#[test]
fn group_when_cut_into_chunks_then_says_what_the_whole_says() {
    for detector in [
        json!({"kind": "peers"}),
        json!({"kind": "dbscan"}),
        json!({"kind": "multivariate"}),
    ] {
        let rule = group_rule(detector);
        let data = servers(|server, at, value| match (server, at) {
            (1, 70..75 | 180..200) => value * 1.7,
            (3, 120..) => f64::NAN,
            _ => value,
        });
        let whole = fold(&rule, &data);
        assert!(!whole.is_empty());
        let ticks = Ticks::Every(STEP);
        let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
        let mut parts = Vec::new();
        for end in [3, 59, 60, 73, 121, 185, 239] {
            let end_ms = START + end * STEP;
            parts.extend(evaluator.advance(&data, end_ms, &ticks, &mut ()));
            let state = evaluator.pipeline_state();
            evaluator = Evaluator::restore(Arc::clone(&rule), 1, &data, end_ms, &state, &ticks);
        }
        assert_eq!(parts, whole, "{}", rule.detector.kind().as_str());
    }
}
