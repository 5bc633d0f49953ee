//! Event by event, as an operator counts: was the incident noticed, how late, and how often for nothing.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::rates::share;
use super::{Rates, joined};
use crate::anomaly::Anomaly;
use crate::detector::PointState;
use crate::time::WEEK_MS;

/// An alarm: the stretch it covers, and when it was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it says was wrong, half-open, in milliseconds.
    pub span: Range<i64>,
    /// When somebody could have heard of it.
    pub raised_ms: i64,
}

/// What was judged of a series on a grid from `from_ms` on: from its first to its last sample that has a value and
/// was not left out, half-open; none if there is no such sample.
#[must_use]
pub fn seen(
    start_ms: i64,
    step_ms: i64,
    states: &[PointState],
    from_ms: i64,
) -> Option<Range<i64>> {
    let judged = |state: &PointState| !matches!(state, PointState::Gap | PointState::Excluded);
    let at_ms = |index: usize| start_ms + index as i64 * step_ms;
    let before = (from_ms - start_ms)
        .max(0)
        .unsigned_abs()
        .div_ceil(step_ms.unsigned_abs());
    let before = usize::try_from(before)
        .unwrap_or(usize::MAX)
        .min(states.len());
    let first = before + states[before..].iter().position(judged)?;
    let last = states.iter().rposition(judged)?;
    Some(at_ms(first)..at_ms(last) + step_ms)
}

/// The anomalies of one series as alarms, as far as they lie in what was judged of it; each lasts to the end of its
/// last sample.
#[must_use]
pub fn alarms<'a>(
    fired: impl IntoIterator<Item = &'a Anomaly>,
    seen: &Range<i64>,
    step_ms: i64,
) -> Vec<Alarm> {
    fired
        .into_iter()
        .map(|anomaly| Alarm {
            span: within(
                anomaly.start_ms..anomaly.end_ms.saturating_add(step_ms),
                seen,
            ),
            raised_ms: anomaly.detected_at_ms,
        })
        .filter(|alarm| !alarm.span.is_empty())
        .collect()
}

/// The part of a stretch that lies in what was judged; perhaps empty.
#[must_use]
pub fn within(span: Range<i64>, seen: &Range<i64>) -> Range<i64> {
    span.start.max(seen.start)..span.end.min(seen.end)
}

/// What was found of one series: its labelled stretches, oldest first, and its anomalies, as far as they lie in what
/// was judged of it from `from_ms` on; `states` is its first instant, its step, and what is known of each sample.
#[must_use]
pub fn judged_events<'a>(
    truth: impl IntoIterator<Item = Range<i64>>,
    fired: impl IntoIterator<Item = &'a Anomaly>,
    (start_ms, step_ms, states): (i64, i64, &[PointState]),
    from_ms: i64,
) -> Events {
    let Some(seen) = seen(start_ms, step_ms, states, from_ms) else {
        return Events::default();
    };
    let truth = joined(truth.into_iter().map(|span| within(span, &seen)));
    Events::of(&truth, &alarms(fired, &seen, step_ms), 0)
}

/// What became of the labelled events, and of the alarms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// Labelled events.
    pub events: u64,
    /// Events that an alarm overlaps.
    pub found: u64,
    /// Alarms.
    pub alarms: u64,
    /// Alarms that overlap no event.
    pub false_alarms: u64,
    /// For each found event, from its beginning to the first alarm that overlaps it; 0 if the alarm was there
    /// already.
    pub delays_ms: Vec<i64>,
    /// How long was watched, summed over series.
    pub watched_ms: i64,
}

impl Events {
    /// Judges the alarms of one series that was watched for `watched_ms`; ranges are half-open.
    #[must_use]
    pub fn of(truth: &[Range<i64>], alarms: &[Alarm], watched_ms: i64) -> Self {
        let overlap = |a: &Range<i64>, b: &Range<i64>| a.start < b.end && b.start < a.end;
        let delay = |event: &Range<i64>| {
            alarms
                .iter()
                .filter(|alarm| overlap(&alarm.span, event))
                .map(|alarm| (alarm.raised_ms - event.start).max(0))
                .min()
        };
        let delays_ms: Vec<i64> = truth.iter().filter_map(delay).collect();
        let is_false = |alarm: &&Alarm| !truth.iter().any(|event| overlap(&alarm.span, event));
        Self {
            events: truth.len() as u64,
            found: delays_ms.len() as u64,
            alarms: alarms.len() as u64,
            false_alarms: alarms.iter().filter(is_false).count() as u64,
            delays_ms,
            watched_ms,
        }
    }

    /// Precision over alarms and recall over events.
    #[must_use]
    pub fn rates(&self) -> Rates {
        Rates::new(
            share((self.alarms - self.false_alarms) as f64, self.alarms as f64),
            share(self.found as f64, self.events as f64),
        )
    }

    /// The delay that half of the found events do not exceed; none if none was found.
    #[must_use]
    pub fn median_delay_ms(&self) -> Option<i64> {
        // There are few, and a sort of its own would weigh more in the browser than counting does.
        let not_over = |delay: i64| {
            self.delays_ms
                .iter()
                .filter(|other| **other <= delay)
                .count()
        };
        let half = self.delays_ms.len().div_ceil(2);
        let delays = self.delays_ms.iter().copied();
        delays.filter(|delay| not_over(*delay) >= half).min()
    }

    /// Alarms for nothing, a week of one series; none if nothing was watched.
    #[must_use]
    pub fn false_alarms_per_week(&self) -> Option<f64> {
        share(
            self.false_alarms as f64 * WEEK_MS as f64,
            self.watched_ms as f64,
        )
    }
}

impl std::ops::AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.found += other.found;
        self.alarms += other.alarms;
        self.false_alarms += other.false_alarms;
        self.delays_ms.extend(other.delays_ms);
        self.watched_ms += other.watched_ms;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alarm(span: Range<i64>, raised_ms: i64) -> Alarm {
        Alarm { span, raised_ms }
    }

    #[test]
    fn events_when_one_is_found_late_and_one_missed_are_what_the_hand_counts() {
        let truth = [100..200, 500..600];
        let alarms = [
            alarm(10..20, 15),
            alarm(120..130, 140),
            alarm(150..160, 155),
        ];
        let events = Events::of(&truth, &alarms, WEEK_MS / 2);
        assert_eq!((events.found, events.false_alarms), (1, 1));
        assert_eq!(events.median_delay_ms(), Some(40));
        assert_eq!(events.false_alarms_per_week(), Some(2.0));
        let rates = events.rates();
        assert_eq!(rates.precision, Some(2.0 / 3.0));
        assert_eq!(rates.recall, Some(0.5));
    }

    #[test]
    fn events_when_an_alarm_ends_where_the_event_begins_do_not_meet() {
        let events = Events::of(std::slice::from_ref(&(100..200)), &[alarm(50..100, 60)], 0);
        assert_eq!((events.found, events.false_alarms), (0, 1));
        assert_eq!(events.false_alarms_per_week(), None);
    }

    #[test]
    fn seen_when_edges_have_no_value_or_were_left_out_begins_and_ends_inside() {
        use PointState::{Excluded, Gap, Learning, Scored};
        let states = [Scored, Gap, Learning, Gap, Scored, Excluded, Gap];
        assert_eq!(seen(100, 10, &states, 0), Some(100..150));
        assert_eq!(seen(100, 10, &states, 105), Some(120..150));
        assert_eq!(seen(100, 10, &states, 150), None);
        assert_eq!(seen(100, 10, &states, 9_000), None);
        assert_eq!(seen(100, 10, &[], 0), None);
    }

    #[test]
    fn median_delay_when_counted_is_the_one_in_the_middle_of_the_sorted() {
        let of = |delays_ms: &[i64]| Events {
            delays_ms: delays_ms.to_vec(),
            ..Events::default()
        };
        assert_eq!(of(&[]).median_delay_ms(), None);
        assert_eq!(of(&[7, 1]).median_delay_ms(), Some(1));
        assert_eq!(of(&[9, 1, 4]).median_delay_ms(), Some(4));
        assert_eq!(of(&[5, 5, 1, 9]).median_delay_ms(), Some(5));
    }

    #[test]
    fn delay_when_the_alarm_was_there_before_is_zero() {
        let events = Events::of(std::slice::from_ref(&(100..200)), &[alarm(50..110, 60)], 1);
        assert_eq!(events.median_delay_ms(), Some(0));
    }

    proptest! {
        #[test]
        fn events_when_an_alarm_more_is_raised_never_lose_recall(
            truth in proptest::collection::vec((0_i64..500, 1_i64..50), 0..8),
            alarms in proptest::collection::vec((0_i64..500, 1_i64..50, 0_i64..20), 1..8),
        ) {
            let truth: Vec<_> = truth.into_iter().map(|(start, len)| start..start + len).collect();
            let alarms: Vec<_> = alarms
                .into_iter()
                .map(|(start, len, late)| alarm(start..start + len, start + late))
                .collect();
            let fewer = Events::of(&truth, &alarms[1..], 1_000);
            let more = Events::of(&truth, &alarms, 1_000);
            prop_assert!(more.found >= fewer.found);
            prop_assert!(more.false_alarms >= fewer.false_alarms);
            prop_assert!(more.found <= more.events && more.false_alarms <= more.alarms);
            prop_assert!(more.delays_ms.iter().all(|delay| *delay >= 0));
        }
    }
}
