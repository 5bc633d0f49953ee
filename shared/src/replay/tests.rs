//! Production and replay: the same anomalies, field by field.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::anomaly::Status;
use crate::math::random::Random;
use crate::pipeline::{Action, Actor, Evaluator};
use crate::series::{Labels, Series};

mod suppressed;

const STEP: i64 = 60_000;
const START: i64 = 1_700_002_800_000;

fn rule() -> Rule {
    Rule::from_json(json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "window": "2h", "fit_every": "1h", "schedule": {"every": "2m"},
        "detector": {"kind": "zscore", "window_samples": 30}, "decision": {"threshold": 2.0}, "for": 2, "merge_gap": "4m",
        "recover": {"below": 0.9, "for": 2},
    }))
    .expect("a valid rule")
}

fn data(values: &[f64]) -> Dataset {
    let labels = Labels::named("m", &[]);
    let key = SeriesKey::new(&"s".into(), &labels);
    let mut data = Dataset::new(STEP);
    data.insert(
        key,
        Series {
            labels,
            unit: String::new(),
            start_ms: START,
            step_ms: STEP,
            values: values.to_vec(),
        },
    );
    data
}

/// Folds tick by tick as a server does, acknowledging or judging the first anomaly that is seen.
fn produce(
    rule: &Rule,
    data: &Dataset,
    from_ms: i64,
    to_ms: i64,
    action: Action,
    take_back: bool,
) -> (Map<AnomalyId, WouldHaveFired>, Vec<Command>) {
    let ticks = Ticks::Every(2 * STEP);
    let mut evaluator = Evaluator::new(std::sync::Arc::new(rule.clone()), 1);
    evaluator.begin_at(rule.fold_from_ms(from_ms - STEP), data);
    let mut story = Story::default();
    let said = evaluator.advance(data, from_ms - STEP, &ticks, &mut ());
    story.pager.fold(PagerRun::of(rule, from_ms), &said);
    story.carry(&evaluator);
    let mut commands = Vec::new();
    let mut tick_ms = from_ms;
    while tick_ms < to_ms {
        let until_ms = (tick_ms - rule.delay.ms()).min(to_ms - STEP);
        let said = evaluator.advance(data, until_ms, &ticks, &mut ());
        story.fold(PagerRun::of(rule, tick_ms), said);
        let first = evaluator.active().next().map(|anomaly| anomaly.id);
        if let (Some(anomaly_id), true) = (first, commands.is_empty()) {
            let watermark_ms = evaluator.watermark_ms().unwrap_or(0);
            let actor = Actor("ann".into());
            let command = Command::new(tick_ms, watermark_ms, actor, anomaly_id, action);
            let said = evaluator.command(&command);
            story.fold(PagerRun::of(rule, tick_ms), said);
            commands.push(command);
        } else if let (true, [done]) = (take_back, &commands[..]) {
            // The tick after, whatever has become of it meanwhile.
            let watermark_ms = evaluator.watermark_ms().unwrap_or(0);
            let command = Command {
                at_ms: tick_ms,
                watermark_ms,
                action: Action::Undo,
                status: Some(Status::Open),
                ..done.clone()
            };
            let said = evaluator.command(&command);
            story.fold(PagerRun::of(rule, tick_ms), said);
            commands.push(command);
        }
        tick_ms += 2 * STEP;
    }
    let said = evaluator.advance(data, to_ms - STEP, &ticks, &mut ());
    story.fold(PagerRun::of(rule, to_ms), said);
    story.finish(&evaluator);
    (story.fired, commands)
}

proptest! {
    #[test]
    fn replay_when_production_ran_then_equals_it_field_by_field(
        values in proptest::collection::vec(prop_oneof![8 => 0.0..10.0_f64, 1 => Just(f64::NAN), 2 => 20.0..60.0_f64], 200..400),
        from in 120_i64..190, acknowledge: bool, take_back: bool,
    ) {
        let (rule, data) = (rule(), data(&values));
        let range = TimeRange { from_ms: START + from * STEP, to_ms: START + values.len() as i64 * STEP };
        let action = if acknowledge { Action::Acknowledge } else { Action::Resolve };
        let (produced, commands) = produce(&rule, &data, range.from_ms, range.to_ms, action, take_back);
        let replayed = replay(&rule, 1, &data, range, &Ticks::Every(2 * STEP), People { commands: &commands, ..People::default() });
        let produced: Vec<_> = produced.into_values().collect();
        prop_assert_eq!(replayed.summary.fired, produced);
    }

    #[test]
    fn replay_when_it_begins_later_then_says_the_same_of_what_follows(
        values in proptest::collection::vec(prop_oneof![9 => 0.0..10.0_f64, 2 => 20.0..60.0_f64], 260..400), later in 1_i64..50,
    ) {
        // Both begin in the same fit epoch: there is nothing of the future or of the choice of range in a score.
        let (rule, data) = (rule(), data(&values));
        let to_ms = START + values.len() as i64 * STEP;
        let at = |from: i64| TimeRange { from_ms: START + from * STEP, to_ms };
        let (early, late) = (at(180), at(180 + later));
        let early = replay(&rule, 1, &data, early, &Ticks::Every(STEP), People::default());
        let late = replay(&rule, 1, &data, late, &Ticks::Every(STEP), People::default());
        for (key, columns) in &late.columns {
            prop_assert_eq!(&early.columns[key].scores[later as usize..], &columns.scores[..]);
        }
        let first = late.summary.fired.iter().filter(|fired| !fired.carried).collect::<Vec<_>>();
        for fired in first {
            prop_assert!(early.summary.fired.contains(fired));
        }
    }
}

#[test]
fn counts_when_replayed_then_shrink_from_stage_to_stage() {
    let mut values = [1.0, 2.0, 3.0, 2.0].repeat(60);
    values.splice(200..205, [50.0, 1.0, 50.0, 60.0, 50.0]);
    let range = TimeRange {
        from_ms: START + 180 * STEP,
        to_ms: START + 240 * STEP,
    };
    let replayed = replay(
        &rule(),
        1,
        &data(&values),
        range,
        &Ticks::Every(STEP),
        People::default(),
    );
    let summary = replayed.summary;
    assert_eq!(
        (summary.samples, summary.over_threshold, summary.confirmed),
        (60, 4, 3)
    );
    assert_eq!((summary.fired.len(), summary.pages_sent), (1, 1));
    assert!(
        (summary.pages_per_week - 168.0).abs() < 1e-9,
        "one page in one hour"
    );
    assert_eq!(
        replayed
            .columns
            .values()
            .map(|columns| columns.scores.len())
            .collect::<Vec<_>>(),
        [60]
    );
}

#[test]
fn data_when_it_reaches_back_as_far_as_asked_then_is_enough() {
    let rule = rule();
    let from_ms = START + 100 * STEP + 1;
    assert_eq!(
        needs_from_ms(&rule, from_ms),
        START + 60 * STEP - rule.window.ms()
    );
}

/// A daily course a minute a sample, with a spike of five minutes every seven hours from the eighth day on.
fn with_spikes(height: f64) -> (Vec<f64>, Vec<i64>) {
    let mut random = Random::new(11);
    let mut values: Vec<f64> = (0..8 * 1440)
        .map(|minute| 40.0 + 10.0 * libm::sin(f64::from(minute) / 229.2) + 3.0 * random.normal())
        .collect();
    let spikes: Vec<i64> = (0..3).map(|spike| 7 * 1440 + 100 + spike * 420).collect();
    for spike in &spikes {
        for value in &mut values[*spike as usize..*spike as usize + 5] {
            *value += height;
        }
    }
    (values, spikes)
}

#[test]
fn automatic_rule_when_a_spike_of_five_minutes_comes_then_the_anomaly_lasts_hardly_longer() {
    for height in [40.0, 150.0] {
        let (values, spikes) = with_spikes(height);
        let rule = Rule::from_json(json!({
            "name": "r", "source": "s", "query": "q", "step": "1m", "window": "7d", "fit_every": "1d",
            "detector": {"kind": "auto"},
        }))
        .expect("a valid rule");
        // Fit boundaries lie at midnight; the history is the week before the first.
        let day_ms = 1440 * STEP;
        let midnight_ms = (START + 7 * day_ms) / day_ms * day_ms;
        let range = TimeRange {
            from_ms: midnight_ms,
            to_ms: START + values.len() as i64 * STEP,
        };
        let replayed = replay(
            &rule,
            1,
            &data(&values),
            range,
            &Ticks::Every(STEP),
            People::default(),
        );
        let fired: Vec<(i64, i64)> = replayed
            .summary
            .fired
            .iter()
            .map(|fired| {
                let minute = |at_ms: i64| (at_ms - START) / STEP;
                (minute(fired.anomaly.start_ms), minute(fired.anomaly.end_ms))
            })
            .collect();
        assert_eq!(fired.len(), spikes.len(), "{fired:?}");
        for ((began, ended), spike) in fired.iter().zip(&spikes) {
            assert!((0..5).contains(&(began - spike)), "{fired:?} {spikes:?}");
            assert!(ended - spike < 5 + 4, "{fired:?} {spikes:?}");
        }
    }
}
