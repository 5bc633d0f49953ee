//! Event by event, as an operator counts: was the incident noticed, how late, and how often for nothing.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Rates;
use super::rates::share;
use crate::time::WEEK_MS;

/// An alarm: the stretch it covers, and when it was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it says was wrong, half-open, in milliseconds.
    pub span: Range<i64>,
    /// When somebody could have heard of it.
    pub raised_ms: i64,
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
        let mut delays = self.delays_ms.clone();
        delays.sort_unstable();
        delays.get(delays.len().saturating_sub(1) / 2).copied()
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
