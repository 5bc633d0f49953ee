//! Everything at once: gaps, hands, mutes, calendars, flaps, limits, levels that are accepted, restarts at any tick,
//! and ticks that come late or not at all. Production, whenever it was stopped, is what the replay says.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::calendar::{CalendarEffects, CalendarTable};
use crate::pipeline::{AcceptedLevel, Action, Actor, Mute, PagerRun};
use crate::rule::Severity;

fn paged_rule() -> Rule {
    Rule::from_json(json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "window": "2h", "fit_every": "1h", "schedule": {"every": "2m"},
        "detector": {"kind": "zscore", "window_samples": 30}, "decision": {"threshold": 2.0}, "for": 2, "merge_gap": "4m",
        "recover": {"below": 0.9, "for": 2}, "severity": {"warning": 1.0, "critical": 3.0},
        "paging": {"flap": {"changes": 3, "within": "1h", "settle": "12m"}, "limit": {"pages": 2, "within": "50m"}},
    }))
    .expect("a valid rule")
}

fn stretch((from, length): (i64, i64)) -> TimeRange {
    TimeRange {
        from_ms: START + from * STEP + 7,
        to_ms: START + (from + length) * STEP + 7,
    }
}

/// What somebody does to the first anomaly that is going on.
fn deed(what: u8, at_ms: i64, evaluator: &Evaluator) -> Option<Command> {
    let found = evaluator.active().next()?;
    let (anomaly_id, series_key, since_ms) = (found.id, found.series_key, found.start_ms);
    let action = match what % 6 {
        0 => Action::Acknowledge,
        1 => Action::Resolve,
        2 | 3 => Action::Snooze,
        4 => Action::Accept,
        _ => Action::KeepAlarming,
    };
    let watermark_ms = evaluator.watermark_ms().unwrap_or(0);
    let actor = Actor("ann".into());
    Some(Command {
        until_ms: (action == Action::Snooze || what >= 10).then_some(at_ms + 11 * STEP),
        level: (action == Action::Accept).then_some(AcceptedLevel {
            series_key,
            since_ms,
        }),
        ..Command::new(at_ms, watermark_ms, actor, anomaly_id, action)
    })
}

/// What `kill -9` and a start leave of the fold: bytes, and the pages that were stored.
fn restarted(
    story: &mut Story,
    before: &[Page],
    evaluator: &Evaluator,
    data: &Dataset,
    people: People<'_>,
) -> Evaluator {
    let (rule, ticks) = (evaluator.rule().clone(), Ticks::Every(2 * STEP));
    let mut pager = Pager::new();
    pager.set_mutes(people.mutes.to_vec());
    let since = story.fired.values().flat_map(|fired| &fired.pages);
    for page in before.iter().chain(since) {
        pager.remember(page);
    }
    if let Some(bytes) = story.pager.lane_state(&rule.id, true) {
        assert!(pager.restore_lane(&rule.id, true, &bytes));
    }
    story.pager = pager;
    let watermark_ms = evaluator.watermark_ms().expect("it has begun");
    let state = evaluator.pipeline_state();
    Evaluator::restore(rule, 1, data, watermark_ms, &state, &ticks).without_growth()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn production_when_stopped_at_any_tick_then_is_what_the_replay_says(
        values in proptest::collection::vec(
            prop_oneof![8 => 0.0..10.0_f64, 1 => Just(f64::NAN), 2 => 20.0..60.0_f64, 1 => 60.0..300.0_f64], 250..420),
        shift in 180_usize..400, from in 120_i64..170,
        mutes in proptest::collection::vec((120_i64..400, 1_i64..60), 0..4),
        quiet in proptest::collection::vec((120_i64..400, 1_i64..40), 0..3),
        deeds in proptest::collection::vec((0_i64..140, 0_u8..14), 0..8),
        restarts in proptest::collection::vec(0_i64..140, 0..6),
        late in proptest::collection::vec(0_i64..140, 0..20),
        effects in 0_u8..4,
    ) {
        let rule = paged_rule();
        let mut values = values;
        // A level that has come to stay.
        for value in values.iter_mut().skip(shift) {
            *value += 40.0;
        }
        let mut data = data(&values);
        let mut ranges: Vec<TimeRange> = quiet.iter().copied().map(stretch).collect();
        ranges.sort_by_key(|range| range.from_ms);
        ranges.dedup_by(|next, last| next.from_ms <= last.to_ms);
        let effects = CalendarEffects {
            skip_paging: effects % 2 == 0,
            skip_learning: effects > 1,
            scale_threshold: (effects == 3).then_some(1.5),
        };
        data.calendars = vec![CalendarTable { id: "c".to_owned(), effects, ranges }];
        let mutes: Vec<Mute> = mutes.iter().enumerate().map(|(number, range)| Mute {
            id: number.to_string(),
            rule: "*".to_owned(),
            series: "m*".to_owned(),
            max_severity: if number == 0 { Severity::Warning } else { Severity::Critical },
            range: stretch(*range),
        }).collect();
        let people = People { mutes: &mutes, ..People::default() };
        let range = TimeRange { from_ms: START + from * STEP, to_ms: START + values.len() as i64 * STEP };
        let ticks = Ticks::Every(2 * STEP);
        let run = |to_ms| PagerRun { calendars: &data.calendars, ..PagerRun::of(&rule, to_ms) };

        let mut evaluator = Evaluator::new(std::sync::Arc::new(rule.clone()), 1).without_growth();
        let mut story = Story::default();
        story.pager.set_mutes(mutes.clone());
        evaluator.begin_at(rule.fold_from_ms(range.from_ms), &data);
        let said = evaluator.advance(&data, range.from_ms - STEP, &ticks, &mut ());
        let before = story.pager.fold(run(range.from_ms), &said);
        story.carry(&evaluator);
        let (mut commands, mut tick) = (Vec::new(), 0);
        loop {
            let tick_ms = range.from_ms + tick * 2 * STEP;
            if tick_ms >= range.to_ms {
                break;
            }
            if !late.contains(&tick) {
                let until_ms = (tick_ms - rule.delay.ms()).min(range.to_ms - STEP);
                let said = evaluator.advance(&data, until_ms, &ticks, &mut ());
                story.fold(run(tick_ms), said);
            }
            for (_, what) in deeds.iter().filter(|(at, _)| *at == tick) {
                if let Some(command) = deed(*what, tick_ms + 1, &evaluator) {
                    let said = evaluator.command(&command);
                    story.fold(run(command.at_ms), said);
                    commands.push(command);
                }
            }
            if restarts.contains(&tick) {
                evaluator = restarted(&mut story, &before, &evaluator, &data, people);
            }
            tick += 1;
        }
        let said = evaluator.advance(&data, range.to_ms - STEP, &ticks, &mut ());
        story.fold(run(range.to_ms), said);
        story.finish(&evaluator);

        let people = People { commands: &commands, ..people };
        let replayed = replay(&rule, 1, &data, range, &ticks, people);
        let produced: Vec<_> = story.fired.into_values().collect();
        prop_assert_eq!(replayed.summary.fired, produced);
    }
}
