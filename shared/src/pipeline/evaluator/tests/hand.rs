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
