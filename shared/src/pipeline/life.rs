//! The life of one series' anomalies: confirm, extend, escalate, recover, merge, fall silent.
//!
//! Owns the states between two samples; knows nothing of detectors and fit epochs.

mod command;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::confirm::{Streak, worse};
use super::decide::is_anomalous;
use super::transition::{Actor, Transition, TransitionKind};
use crate::anomaly::{Anomaly, AnomalyId, AnomalyKind, CloseReason, Origin, Peak, Status};
use crate::detector::{PointState, Reading};
use crate::hash::DataHash;
use crate::rule::Rule;
use crate::series::SeriesKey;

/// Growth alone is told at most once in this time, so that a long anomaly does not fill the journal.
const EXTEND_EVERY_MS: i64 = 60_000;

/// What an anomaly needs to know about where it happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) rule: &'a Rule,
    pub(super) version: u32,
    pub(super) config_hash: &'a str,
    pub(super) key: SeriesKey,
    pub(super) series: &'a str,
    pub(super) confirm: (u32, u32),
    /// Whether growth alone is worth a transition.
    pub(super) tell_growth: bool,
}

/// One sample, judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) at_ms: i64,
    pub(super) tick_ms: i64,
    pub(super) value: f64,
    /// Whether the value was measured, not filled in.
    pub(super) measured: bool,
    pub(super) reading: &'a Reading,
    pub(super) data_hash: DataHash,
}

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) anomalous: bool,
    /// How many samples were found to belong to an anomaly by this one.
    pub(super) confirmed: u32,
}

/// The memory of one series' anomalies; all of it is stored with every tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Life {
    streak: Streak,
    pub(super) open: Option<Ongoing>,
    pub(super) silence: Option<Anomaly>,
    /// The last one that recovered by itself, for merging.
    last: Option<Box<Anomaly>>,
    /// What somebody closed by hand; nothing opens before it would have recovered.
    held: Option<Held>,
    /// A silence that somebody closed by hand; none is told before a value comes.
    hushed: Option<Anomaly>,
    /// Newest instant with a value.
    pub(super) last_value_ms: Option<i64>,
    pub(super) last_value: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ongoing {
    /// In a box, as the last one: the two change places with each transition.
    pub(super) anomaly: Box<Anomaly>,
    calm: u32,
    told_ms: i64,
}

/// An anomaly that somebody closed by hand, as it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Held {
    anomaly: Anomaly,
    /// Calm samples since then.
    calm: u32,
    /// It is held no longer than until here, if somebody said so.
    until_ms: Option<i64>,
}

impl Life {
    pub(super) fn new() -> Self {
        let streak = Streak::new();
        Self {
            streak,
            open: None,
            silence: None,
            last: None,
            held: None,
            hushed: None,
            last_value_ms: None,
            last_value: f64::NAN,
        }
    }

    pub(super) fn active(&self) -> impl Iterator<Item = &Anomaly> {
        self.open
            .iter()
            .map(|ongoing| &*ongoing.anomaly)
            .chain(self.silence.as_ref())
    }

    /// Whether an anomaly is open, or may be about to.
    pub(super) fn is_at_it(&self) -> bool {
        self.open.is_some() || self.streak.is_running()
    }

    /// Whether calm samples would change nothing but what is known of the last value.
    #[inline]
    pub(super) fn is_at_rest(&self) -> bool {
        let nothing_held = self.held.is_none() && self.hushed.is_none();
        self.silence.is_none() && nothing_held && !self.is_at_it()
    }

    /// Folds so many measured, scored and calm samples at once, while at rest.
    pub(super) fn pass_calm(&mut self, samples: u64, last_ms: i64, last_value: f64) {
        self.streak.pass_calm(samples);
        (self.last_value_ms, self.last_value) = (Some(last_ms), last_value);
    }

    /// Folds one sample.
    #[inline]
    pub(super) fn step(
        &mut self,
        place: Place<'_>,
        sample: Sample<'_>,
        out: &mut Vec<Transition>,
    ) -> Verdict {
        match sample.reading.state {
            PointState::Gap => {
                self.gap(place, sample, out);
                return Verdict {
                    anomalous: false,
                    confirmed: 0,
                };
            }
            _ if sample.measured => self.value(sample, out),
            _ => {}
        }
        if sample.reading.state != PointState::Scored {
            return Verdict {
                anomalous: false,
                confirmed: 0,
            };
        }
        let anomalous = is_anomalous(sample.reading, sample.value, &place.rule.decision);
        let confirmed = self.judge(place, sample, anomalous, out);
        Verdict {
            anomalous,
            confirmed,
        }
    }

    #[inline]
    fn value(&mut self, sample: Sample<'_>, out: &mut Vec<Transition>) {
        self.last_value_ms = Some(sample.at_ms);
        self.last_value = sample.value;
        self.hushed = None;
        if let Some(mut silence) = self.silence.take() {
            close(&mut silence, sample.tick_ms, CloseReason::Recovered);
            out.push(said(sample.tick_ms, TransitionKind::Closed, &silence));
        }
    }

    /// A gap neither advances nor breaks a streak, until it has lasted as long as the rule allows.
    fn gap(&mut self, place: Place<'_>, sample: Sample<'_>, out: &mut Vec<Transition>) {
        let Some(last_ms) = self.last_value_ms else {
            return;
        };
        let silent_ms = sample.at_ms - last_ms;
        if silent_ms < place.rule.gap_samples() as i64 * place.rule.step.ms() {
            return;
        }
        if silent_ms > place.rule.window.ms() {
            // Longer than the detector could look back: whatever comes next is a new beginning.
            self.close_all(sample.tick_ms, CloseReason::SeriesGone, out);
            *self = Self::new();
            return;
        }
        self.streak.clear();
        let Some(no_data) = place.rule.no_data else {
            return;
        };
        if let Some(silence) = &mut self.silence {
            silence.end_ms = sample.at_ms;
            return;
        }
        if self.hushed.is_none() && silent_ms >= no_data.after.ms() {
            let start_ms = last_ms + place.rule.step.ms();
            let mut anomaly = begin(place, AnomalyKind::NoData, start_ms, sample);
            anomaly.severity = no_data.severity;
            out.push(said(sample.tick_ms, TransitionKind::Opened, &anomaly));
            self.silence = Some(anomaly);
        }
    }

    #[inline]
    fn judge(
        &mut self,
        place: Place<'_>,
        sample: Sample<'_>,
        anomalous: bool,
        out: &mut Vec<Transition>,
    ) -> u32 {
        // What the decision does not admit is calm, however high it scores.
        let calm = !anomalous
            && (sample.reading.score < place.rule.recover.below || sample.reading.score > 1.0);
        if let Some(ongoing) = &mut self.open {
            if anomalous {
                extend(ongoing, place, sample, out);
                return 1;
            }
            ongoing.calm = if calm { ongoing.calm + 1 } else { 0 };
            if ongoing.calm >= place.rule.recover.samples {
                self.recover(sample.tick_ms, out);
            }
            return 0;
        }
        if let Some(held) = &mut self.held {
            held.calm = if calm { held.calm + 1 } else { 0 };
            let over = held
                .until_ms
                .is_some_and(|until_ms| sample.at_ms >= until_ms);
            if held.calm < place.rule.recover.samples && !over {
                return 0;
            }
            self.held = None;
        }
        let peak = anomalous.then(|| peak(sample));
        let Some(confirmed) = self.streak.push(peak, place.confirm) else {
            return 0;
        };
        self.open_or_reopen(place, sample, confirmed.start_ms, confirmed.peak, out);
        confirmed.samples
    }

    fn open_or_reopen(
        &mut self,
        place: Place<'_>,
        sample: Sample<'_>,
        start_ms: i64,
        peak: Peak,
        out: &mut Vec<Transition>,
    ) {
        let merge_gap_ms = place.rule.same_within_ms();
        let earlier = self
            .last
            .take()
            .filter(|earlier| start_ms - earlier.end_ms <= merge_gap_ms);
        let (kind, mut anomaly) = match earlier {
            Some(mut earlier) => {
                earlier.status = Status::Open;
                (earlier.closed_at_ms, earlier.close_reason) = (None, None);
                earlier.reopened += 1;
                (TransitionKind::Reopened, earlier)
            }
            None => (
                TransitionKind::Opened,
                Box::new(begin(place, AnomalyKind::Deviation, start_ms, sample)),
            ),
        };
        anomaly.end_ms = sample.at_ms;
        let worst = anomaly.peak.map_or(peak, |before| worse(before, peak));
        anomaly.peak = Some(worst);
        // A new one begins at the lowest severity, one that came back at its own.
        anomaly.severity = anomaly.severity.max(place.rule.severity.of(worst.score));
        out.push(said(sample.tick_ms, kind, &anomaly));
        self.open = Some(Ongoing {
            anomaly,
            calm: 0,
            told_ms: sample.tick_ms,
        });
    }

    fn recover(&mut self, tick_ms: i64, out: &mut Vec<Transition>) {
        let Some(mut ongoing) = self.open.take() else {
            return;
        };
        close(&mut ongoing.anomaly, tick_ms, CloseReason::Recovered);
        out.push(said(tick_ms, TransitionKind::Closed, &ongoing.anomaly));
        self.last = Some(ongoing.anomaly);
    }

    /// Closes whatever is going on.
    pub(super) fn close_all(&mut self, at_ms: i64, reason: CloseReason, out: &mut Vec<Transition>) {
        let open = self.open.take().map(|ongoing| *ongoing.anomaly);
        for mut anomaly in open.into_iter().chain(self.silence.take()) {
            close(&mut anomaly, at_ms, reason);
            out.push(said(at_ms, TransitionKind::Closed, &anomaly));
        }
        self.streak.clear();
        self.last = None;
    }
}

fn extend(ongoing: &mut Ongoing, place: Place<'_>, sample: Sample<'_>, out: &mut Vec<Transition>) {
    let anomaly = &mut ongoing.anomaly;
    anomaly.end_ms = sample.at_ms;
    ongoing.calm = 0;
    let now = peak(sample);
    anomaly.peak = Some(anomaly.peak.map_or(now, |before| worse(before, now)));
    let severity = place.rule.severity.of(sample.reading.score);
    if severity > anomaly.severity {
        anomaly.severity = severity;
        ongoing.told_ms = sample.tick_ms;
        out.push(said(sample.tick_ms, TransitionKind::Escalated, anomaly));
    } else if place.tell_growth && sample.tick_ms - ongoing.told_ms >= EXTEND_EVERY_MS {
        ongoing.told_ms = sample.tick_ms;
        out.push(said(sample.tick_ms, TransitionKind::Extended, anomaly));
    }
}

fn begin(place: Place<'_>, kind: AnomalyKind, start_ms: i64, sample: Sample<'_>) -> Anomaly {
    let rule = place.rule;
    Anomaly {
        id: AnomalyId::new(&rule.id, place.key, kind, start_ms),
        origin: Arc::new(Origin {
            kind,
            rule_id: rule.id.clone(),
            rule_name: rule.name.clone(),
            rule_version: place.version,
            config_hash: place.config_hash.to_owned(),
            data_hash: format!("{:016x}", sample.data_hash.0),
            source: rule.source.clone(),
            series: place.series.to_owned(),
            series_key: place.key,
            unit: rule.unit.clone(),
            labels: rule.labels.clone(),
            detector: rule.detector.kind(),
            threshold: rule.decision.threshold,
            alarms_per_week: rule.decision.alarms_per_week,
        }),
        status: Status::Open,
        severity: crate::rule::Severity::Info,
        start_ms,
        end_ms: sample.at_ms,
        detected_at_ms: sample.tick_ms,
        closed_at_ms: None,
        close_reason: None,
        peak: None,
        reopened: 0,
        snoozed_until_ms: None,
        assignee: None,
    }
}

fn peak(sample: Sample<'_>) -> Peak {
    let finite = |value: f64| value.is_finite().then_some(value);
    let reading = sample.reading;
    Peak {
        at_ms: sample.at_ms,
        score: reading.score,
        value: sample.value,
        expected: finite(reading.expected),
        lower: finite(reading.lower),
        upper: finite(reading.upper),
        side: reading.side,
    }
}

fn close(anomaly: &mut Anomaly, at_ms: i64, reason: CloseReason) {
    anomaly.status = Status::Resolved;
    anomaly.closed_at_ms = Some(at_ms);
    anomaly.close_reason = Some(reason);
}

#[inline]
fn said(at_ms: i64, kind: TransitionKind, anomaly: &Anomaly) -> Transition {
    Transition {
        at_ms,
        kind,
        actor: Actor::system(),
        anomaly: anomaly.clone(),
    }
}
