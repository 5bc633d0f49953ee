//! What people do: close, take back, snooze, assign.

use rstest::rstest;

use super::*;
use crate::pipeline::{Page, PageVerdict, Pager, PagerRun, SuppressReason};

const TICKS: Ticks = Ticks::Every(STEP);

fn steps(said: &[Transition]) -> Vec<(TransitionKind, Status)> {
    said.iter()
        .map(|transition| (transition.kind, transition.anomaly.status))
        .collect()
}

fn undo(at_ms: i64, id: AnomalyId, status: Status) -> Command {
    Command {
        status: Some(status),
        ..by_ann(at_ms, id, Action::Undo)
    }
}

#[rstest]
#[case(Action::Resolve)]
#[case(Action::FalseAlarm)]
#[case(Action::Expected)]
fn silence_when_closed_by_hand_then_is_not_told_again_before_a_value_comes(#[case] action: Action) {
    let mut values = vec![1.0];
    values.extend([NAN; 9]);
    values.push(1.0);
    values.extend([NAN; 5]);
    let data = data(&[&values]);
    let mut evaluator = Evaluator::new(rule(json!({})), 1);
    let at = |step: i64| START + step * STEP;
    let opened = evaluator.advance(&data, at(4), &TICKS, &mut ());
    assert_eq!(kinds(&opened), [TransitionKind::Opened]);
    let closed = evaluator.command(&by_ann(at(4), opened[0].anomaly.id, action));
    let status = action.status().expect("it leads to one");
    assert_eq!(steps(&closed), [(TransitionKind::Judged, status)]);
    let state = evaluator.pipeline_state();
    let rule = evaluator.rule().clone();
    let mut evaluator = Evaluator::restore(rule, 1, &data, at(4), &state, &TICKS);
    let still = evaluator.advance(&data, at(9), &TICKS, &mut ());
    assert!(still.is_empty(), "still silent: {still:?}");
    let back = evaluator.advance(&data, at(12), &TICKS, &mut ());
    assert!(back.is_empty(), "{back:?}");
    let again = evaluator.advance(&data, at(15), &TICKS, &mut ());
    assert_eq!(kinds(&again), [TransitionKind::Opened]);
    assert_ne!(again[0].anomaly.id, opened[0].anomaly.id);
}

#[test]
fn step_when_taken_back_then_the_anomaly_goes_on_as_it_was() {
    let mut values = vec![11.0; 8];
    values.extend([1.0; 3]);
    let data = data(&[&values]);
    let mut evaluator = Evaluator::new(rule(json!({})), 1);
    let at = |step: i64| START + step * STEP;
    let opened = evaluator.advance(&data, at(2), &TICKS, &mut ());
    let id = opened[0].anomaly.id;
    evaluator.command(&by_ann(at(2), id, Action::Acknowledge));
    evaluator.command(&by_ann(at(2), id, Action::FalseAlarm));
    assert!(evaluator.advance(&data, at(5), &TICKS, &mut ()).is_empty());
    let undone = evaluator.command(&undo(at(5), id, Status::Acknowledged));
    assert_eq!(
        steps(&undone),
        [(TransitionKind::Undone, Status::Acknowledged)]
    );
    let anomaly = &undone[0].anomaly;
    assert_eq!((anomaly.closed_at_ms, anomaly.close_reason), (None, None));
    let undone = evaluator.command(&undo(at(5), id, Status::Open));
    assert_eq!(steps(&undone), [(TransitionKind::Undone, Status::Open)]);
    let rest = evaluator.advance(&data, at(10), &TICKS, &mut ());
    assert_eq!(kinds(&rest), [TransitionKind::Closed]);
    let anomaly = &rest.last().expect("its end").anomaly;
    assert_eq!((anomaly.id, anomaly.end_ms), (id, at(7)), "it grew on");
    assert_eq!(anomaly.close_reason, Some(CloseReason::Recovered));
    assert!(
        evaluator
            .command(&undo(at(10), id, Status::Open))
            .is_empty()
    );
}

#[test]
fn step_when_taken_back_after_the_values_calmed_down_then_it_recovered() {
    let data = data(&[&[11.0, 11.0, 11.0, 1.0, 1.0, 1.0]]);
    let mut evaluator = Evaluator::new(rule(json!({})), 1);
    let opened = evaluator.advance(&data, START + STEP, &TICKS, &mut ());
    let id = opened[0].anomaly.id;
    let judged = evaluator.command(&by_ann(START + STEP, id, Action::Expected));
    assert!(
        evaluator
            .advance(&data, START + 5 * STEP, &TICKS, &mut ())
            .is_empty()
    );
    let command = undo(START + 5 * STEP, id, Status::Open);
    assert!(evaluator.command(&command).is_empty(), "it would be over");
    let acted = Transition::acted(&judged[0].anomaly, &command).expect("a change");
    assert_eq!(
        (acted.kind, acted.anomaly.status, acted.close_reason()),
        (
            TransitionKind::Undone,
            Status::Resolved,
            Some(CloseReason::Recovered)
        )
    );
    assert_eq!(Transition::acted(&acted.anomaly, &command), None);
}

#[test]
fn undo_when_asked_for_then_takes_back_what_people_did_one_by_one() {
    use TransitionKind::{Acknowledged, Closed, Judged, Opened, Reopened, Undone};
    let undoes = |steps: &[(TransitionKind, Status)]| Transition::undoes(steps.iter().copied());
    let mut life = vec![(Opened, Status::Open)];
    assert_eq!(undoes(&life), None);
    life.push((Acknowledged, Status::Acknowledged));
    life.push((Acknowledged, Status::Acknowledged));
    assert_eq!(
        undoes(&life),
        Some(Status::Open),
        "twice is as good as once"
    );
    life.push((Judged, Status::Resolved));
    life.push((Judged, Status::FalseAlarm));
    assert_eq!(undoes(&life), Some(Status::Resolved));
    life.push((Undone, Status::Resolved));
    assert_eq!(undoes(&life), Some(Status::Acknowledged));
    life.push((Undone, Status::Acknowledged));
    assert_eq!(undoes(&life), Some(Status::Open));
    life.push((Closed, Status::Resolved));
    assert_eq!(undoes(&life), None, "it ended by itself");
    life.push((Judged, Status::Expected));
    assert_eq!(undoes(&life), Some(Status::Resolved));
    life.push((Reopened, Status::Open));
    assert_eq!(undoes(&life), None);
}

#[test]
fn anomaly_when_snoozed_then_pages_nobody_until_then_and_keeps_its_keeper() {
    let mut values = vec![11.0, 11.0, 11.0, 30.0];
    values.extend([1.0; 3]);
    values.extend([11.0; 3]);
    let data = data(&[&values]);
    let mut evaluator = Evaluator::new(
        rule(json!({"severity": {"warning": 1.0, "critical": 2.0}})),
        1,
    );
    let at = |step: i64| START + step * STEP;
    let mut pager = Pager::new();
    let told_of = evaluator.rule().clone();
    let mut told =
        |said: &[Transition]| -> Vec<Page> { pager.fold(PagerRun::of(&told_of, i64::MIN), said) };
    let opened = evaluator.advance(&data, at(1), &TICKS, &mut ());
    assert_eq!(told(&opened)[0].verdict, PageVerdict::Sent);
    let id = opened[0].anomaly.id;
    let snooze = Command {
        until_ms: Some(at(9)),
        ..by_ann(at(1), id, Action::Snooze)
    };
    let assign = Command {
        assignee: Some("bob".to_owned()),
        ..by_ann(at(1), id, Action::Assign)
    };
    let mut said = evaluator.command(&snooze);
    said.extend(evaluator.command(&assign));
    assert_eq!(
        kinds(&said),
        [TransitionKind::Snoozed, TransitionKind::Assigned]
    );
    assert!(told(&said).is_empty());
    let rest = evaluator.advance(&data, at(8), &TICKS, &mut ());
    assert_eq!(
        kinds(&rest),
        [
            TransitionKind::Escalated,
            TransitionKind::Closed,
            TransitionKind::Reopened
        ]
    );
    let until_ms = at(9);
    let held_back = PageVerdict::Suppressed(SuppressReason::Snoozed { until_ms });
    let verdicts: Vec<_> = told(&rest).into_iter().map(|page| page.verdict).collect();
    assert_eq!(verdicts, [held_back.clone(), held_back]);
    let last = &rest.last().expect("it came back").anomaly;
    assert_eq!(last.assignee.as_deref(), Some("bob"));
    let wake = by_ann(at(8), id, Action::Snooze);
    assert_eq!(evaluator.command(&wake)[0].anomaly.snoozed_until_ms, None);
}

/// What people can do to an anomaly; what is taken back returns to one of two statuses.
const DEEDS: [(Action, Option<Status>); 10] = [
    (Action::Acknowledge, None),
    (Action::Resolve, None),
    (Action::FalseAlarm, None),
    (Action::Expected, None),
    (Action::Snooze, None),
    (Action::Assign, None),
    (Action::Accept, None),
    (Action::KeepAlarming, None),
    (Action::Undo, Some(Status::Open)),
    (Action::Undo, Some(Status::Acknowledged)),
];

/// After how many steps somebody does what, and whether the evaluator is stopped and begun again before it.
type Act = (i64, usize, bool);

/// What is heard while people act on the anomaly that was last spoken of.
fn lived(
    rule: &Arc<Rule>,
    data: &Dataset,
    last_ms: i64,
    acts: &[Act],
    stops: bool,
) -> Vec<Transition> {
    let mut evaluator = Evaluator::new(Arc::clone(rule), 1);
    let (mut said, mut at_ms) = (Vec::new(), START);
    for (steps, deed, stopped) in acts {
        at_ms = (at_ms + steps * STEP).min(last_ms);
        said.extend(evaluator.advance(data, at_ms, &TICKS, &mut ()));
        if stops && *stopped {
            let state = evaluator.pipeline_state();
            evaluator = Evaluator::restore(Arc::clone(rule), 1, data, at_ms, &state, &TICKS);
        }
        let Some(id) = said.last().map(|last: &Transition| last.anomaly.id) else {
            continue;
        };
        let (action, status) = DEEDS[*deed];
        let command = Command {
            status,
            until_ms: Some(at_ms + 9 * STEP),
            ..by_ann(at_ms, id, action)
        };
        said.extend(evaluator.command(&command));
    }
    said.extend(evaluator.advance(data, last_ms, &TICKS, &mut ()));
    said
}

proptest! {
    #[test]
    fn fold_when_people_act_and_it_is_begun_again_before_they_do_then_says_the_same(
        one in values(), two in values(),
        acts in proptest::collection::vec((0_i64..25, 0..DEEDS.len(), any::<bool>()), 1..40),
    ) {
        let rule = noisy_rule();
        let data = data(&[&one, &two]);
        let last_ms = START + one.len().max(two.len()) as i64 * STEP - STEP;
        let whole = lived(&rule, &data, last_ms, &acts, false);
        prop_assert_eq!(&lived(&rule, &data, last_ms, &acts, true), &whole);
        for said in &whole {
            // Nothing that goes on has an end already, and nothing ends without one.
            let ended = said.anomaly.closed_at_ms.is_some();
            prop_assert_eq!(ended, !said.anomaly.status.is_active(), "{:?}", said);
        }
    }
}
