//! How well series of scores tell labelled incidents from everything else.
//!
//! It judges scores, whoever made them: those of a model, and those of the detector `auto` beside them. The measures
//! are those of `shared::evaluate`.

use std::ops::Range;

use hindcast_shared::api::ModelFigures;
use hindcast_shared::evaluate::event::{Alarm, Events, within};
use hindcast_shared::evaluate::{auc_pr, merged};
use hindcast_shared::series::Series;
use hindcast_shared::time::TimeRange;

/// Scores of one series, and what people said of it.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    /// 1 is the threshold; a gap was not judged.
    pub(super) scores: Series,
    /// Labelled incidents.
    pub(super) incidents: Vec<TimeRange>,
    /// What somebody took out: it is not judged.
    pub(super) excluded: Vec<TimeRange>,
}

/// Judges all series together over a range; alarms no further apart than `merge_ms` are one.
pub(super) fn figures(series: &[Scored], range: TimeRange, merge_ms: i64) -> ModelFigures {
    let (mut labels, mut scores) = (Vec::new(), Vec::new());
    let mut events = Events::default();
    for one in series {
        let judged = judged(one, range);
        let (Some(first), Some(last)) = (judged.first(), judged.last()) else {
            continue;
        };
        let step_ms = one.scores.step_ms;
        let seen = first.0..last.0 + step_ms;
        let truth = merged(one.incidents.iter().map(|it| span(*it, &seen)).collect());
        let over = judged.iter().filter(|(_, score)| *score > 1.0);
        let alarms = alarms(over.map(|(at_ms, _)| *at_ms), step_ms, merge_ms);
        events += Events::of(&truth, &alarms, seen.end - seen.start);
        for (at_ms, score) in judged {
            labels.push(truth.iter().any(|event| event.contains(&at_ms)));
            scores.push(score);
        }
    }
    let rates = events.rates();
    let quiet = labels.iter().filter(|label| !**label).count();
    let loud = labels.iter().zip(&scores);
    let loud = loud.filter(|(label, score)| !**label && **score > 1.0);
    ModelFigures {
        from_ms: range.from_ms,
        to_ms: range.to_ms,
        windows: labels.len() as u64,
        incidents: events.events,
        found: events.found,
        alarms: events.alarms,
        false_alarms: events.false_alarms,
        precision: rates.precision,
        recall: rates.recall,
        f1: rates.f1,
        auc_pr: auc_pr(&labels, &scores),
        alarm_rate: loud.count() as f64 / quiet.max(1) as f64,
    }
}

/// What was judged: instants with their scores.
fn judged(one: &Scored, range: TimeRange) -> Vec<(i64, f64)> {
    let all = one.scores.values.iter().enumerate();
    let all = all.map(|(index, score)| (one.scores.at_ms(index), *score));
    all.filter(|(at_ms, score)| {
        let is_out = one.excluded.iter().any(|out| out.contains(*at_ms));
        score.is_finite() && range.contains(*at_ms) && !is_out
    })
    .collect()
}

fn span(range: TimeRange, seen: &Range<i64>) -> Range<i64> {
    within(range.from_ms..range.to_ms, seen)
}

/// Stretches of instants over the threshold.
fn alarms(over: impl Iterator<Item = i64>, step_ms: i64, merge_ms: i64) -> Vec<Alarm> {
    let mut found: Vec<Alarm> = Vec::new();
    for at_ms in over {
        match found.last_mut() {
            Some(last) if at_ms <= last.span.end + merge_ms => last.span.end = at_ms + step_ms,
            _ => found.push(Alarm {
                span: at_ms..at_ms + step_ms,
                raised_ms: at_ms,
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use hindcast_shared::series::Labels;

    use super::*;

    fn scored(values: &[f64], incidents: &[Range<i64>], excluded: &[Range<i64>]) -> Scored {
        let ranges = |ranges: &[Range<i64>]| {
            let of = |it: &Range<i64>| TimeRange::new(it.start, it.end).expect("a range");
            ranges.iter().map(of).collect()
        };
        Scored {
            scores: Series {
                labels: Labels::named("s", &[]),
                unit: String::new(),
                start_ms: 0,
                step_ms: 1,
                values: values.to_vec(),
            },
            incidents: ranges(incidents),
            excluded: ranges(excluded),
        }
    }

    const ALL: TimeRange = TimeRange {
        from_ms: 0,
        to_ms: 100,
    };

    #[test]
    fn figures_when_one_of_two_incidents_is_found_then_are_what_the_hand_counts() {
        let one = scored(
            &[0.1, 0.2, 2.0, 3.0, 0.1, 0.1, 0.1, 5.0, 0.1, 0.3],
            &[2..4, 9..10],
            &[],
        );
        let found = figures(&[one], ALL, 1);
        assert_eq!((found.windows, found.incidents, found.found), (10, 2, 1));
        assert_eq!((found.alarms, found.false_alarms), (2, 1));
        assert_eq!((found.precision, found.recall), (Some(0.5), Some(0.5)));
        assert_eq!(found.f1, Some(0.5));
        assert!((found.alarm_rate - 1.0 / 7.0).abs() < 1e-12);
        // Ranked 5 (wrong), 3, 2, 0.3: one of two, two of three, three of four are right.
        let area = (0.5 + 2.0 / 3.0 + 0.75) / 3.0;
        assert!((found.auc_pr.expect("labelled") - area).abs() < 1e-12);
    }

    #[test]
    fn figures_when_something_is_excluded_missing_or_outside_then_do_not_judge_it() {
        let values = [0.1, 9.0, f64::NAN, 9.0, 0.1, 9.0];
        let one = scored(&values, &[], std::slice::from_ref(&(1..2)));
        let range = TimeRange {
            from_ms: 0,
            to_ms: 5,
        };
        let found = figures(&[one], range, 0);
        assert_eq!((found.windows, found.alarms, found.false_alarms), (3, 1, 1));
        assert_eq!((found.auc_pr, found.recall), (None, None));
        assert!((found.alarm_rate - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(figures(&[], range, 0).windows, 0);
    }

    #[test]
    fn alarms_when_no_further_apart_than_the_gap_then_are_one() {
        let mut values = [0.0; 20];
        for at in [2, 5, 9] {
            values[at] = 2.0;
        }
        let count = |merge_ms| figures(&[scored(&values, &[], &[])], ALL, merge_ms).alarms;
        assert_eq!((count(0), count(2), count(3)), (3, 2, 1));
    }
}
