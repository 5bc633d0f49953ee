//! Replays of one rule over the same samples, one after the other: a slider that is moved.
//!
//! What a detector said is kept, and a replay that only decides otherwise about it, by another threshold, `for:`,
//! recovery or severity, plays it back where that is allowed (see `pipeline::evaluator::tape`). The result is the
//! one of [`replay`](crate::replay::replay), bit for bit.

use std::sync::Arc;

use super::collect::Collector;
use super::slices::{Breath, Deaf, Stopped, at_once};
use super::{Columns, Judged, People, Replay, Span, Streaks, run, summed, whole};
use crate::api::ReplaySummary;
use crate::map::Map;
use crate::pipeline::{Dataset, Evaluator, Tape};
use crate::rule::{Confirm, MinDeviation, OutsideRange, Paging, Rule, Schedule, Severities, Ticks};
use crate::series::{Fill, SeriesKey};
use crate::time::{Millis, TimeRange};

/// Most samples that are kept, over all series: about 42 bytes each.
const MOST_SAMPLES: usize = 2_000_000;

/// What is kept from one replay to the next.
#[derive(Debug, Default)]
pub struct Rehearsal {
    pub(super) kept: Option<Kept>,
}

#[derive(Debug)]
pub(super) struct Kept {
    /// The rule without what only decides.
    scoring: Rule,
    pub(super) span: Span,
    pub(super) tape: Tape,
}

/// A replay that may have left its columns on the tape.
#[derive(Debug)]
pub struct Rehearsed {
    /// Anomalies, pages and counts.
    pub summary: ReplaySummary,
    /// Samples that a detector scored; the others were played back.
    pub scored: u64,
    /// The columns; with nothing but their streaks where the others lie on the tape.
    columns: Map<SeriesKey, Columns>,
    /// Whether they are all there.
    in_full: bool,
}

impl From<Replay> for Rehearsed {
    fn from(whole: Replay) -> Self {
        Self {
            scored: whole.summary.samples,
            summary: whole.summary,
            columns: whole.columns,
            in_full: true,
        }
    }
}

impl Rehearsed {
    /// The anomalous samples of a series in a row.
    pub fn streaks(&self, key: SeriesKey) -> Option<&Streaks> {
        self.columns.get(&key).map(|columns| &columns.streaks)
    }
}

impl Rehearsal {
    /// Forgets everything: the samples are others from now on.
    pub fn forget(&mut self) {
        self.kept = None;
    }

    /// The same as [`replay`](crate::replay::replay), over samples that must be the ones of the replay before.
    pub fn replay(
        &mut self,
        rule: &Rule,
        version: u32,
        data: &Dataset,
        range: TimeRange,
        ticks: &Ticks,
        people: People<'_>,
    ) -> Rehearsed {
        self.replay_or_stop(rule, version, data, range, ticks, people, &Deaf)
            .unwrap_or_else(|Stopped| unreachable!("nobody stops a fold that never looks up"))
    }

    /// The same where a look up takes no time: it only says whether to go on.
    ///
    /// # Errors
    /// When it is stopped; then it keeps nothing.
    #[expect(clippy::too_many_arguments, reason = "a replay's own, and the breath")]
    pub fn replay_or_stop(
        &mut self,
        rule: &Rule,
        version: u32,
        data: &Dataset,
        range: TimeRange,
        ticks: &Ticks,
        people: People<'_>,
        breath: &dyn Breath,
    ) -> Result<Rehearsed, Stopped> {
        at_once(self.replay_in_slices(rule, version, data, range, ticks, people, breath))
    }

    /// The same with a look up between two slices; one that is stopped keeps nothing.
    ///
    /// # Errors
    /// When it is stopped.
    #[expect(clippy::too_many_arguments, reason = "a replay's own, and the breath")]
    pub async fn replay_in_slices(
        &mut self,
        rule: &Rule,
        version: u32,
        data: &Dataset,
        range: TimeRange,
        ticks: &Ticks,
        people: People<'_>,
        breath: &dyn Breath,
    ) -> Result<Rehearsed, Stopped> {
        if !can_be_kept(rule, data) {
            self.forget();
            let whole = whole(rule, version, data, range, ticks, people, breath).await?;
            return Ok(whole.into());
        }
        let (scoring, span) = (scoring_of(rule), Span::of(rule, range));
        let kept = self
            .kept
            .take()
            .filter(|kept| kept.scoring == scoring && kept.span == span);
        let tape = match kept {
            Some(Kept { mut tape, .. }) => {
                tape.rewind(rule);
                tape
            }
            None => Tape::new(rule, span.boundary_ms, span.last_ms),
        };
        let evaluator = Evaluator::new(Arc::new(rule.clone()), version)
            .without_growth()
            .with_tape(tape);
        let counter = Collector::new(rule, data, span, false);
        let (story, evaluator, counter) =
            run(evaluator, data, range, ticks, people, counter, breath).await?;
        let (series, counts) = counter.finish();
        let summary = summed(story, range, counts, series.len() as u32);
        let tape = evaluator.into_tape();
        let scored = tape.as_ref().map_or(0, Tape::scored);
        self.kept = tape.map(|tape| Kept {
            scoring,
            span,
            tape,
        });
        Ok(Rehearsed {
            summary,
            scored,
            columns: series,
            in_full: false,
        })
    }

    /// The series of the newest replay, which this must be.
    pub fn series(&self, done: &Rehearsed) -> Vec<SeriesKey> {
        if done.in_full {
            return done.columns.keys().copied().collect();
        }
        let kept = self.kept.iter();
        kept.flat_map(|kept| kept.tape.reels().map(|(key, _)| key))
            .collect()
    }

    /// What was said about a series by the newest replay, which this must be.
    pub fn judged<'a>(&'a self, done: &'a Rehearsed, key: SeriesKey) -> Option<Judged<'a>> {
        if done.in_full {
            return done.columns.get(&key).map(Judged::of);
        }
        Judged::on(&self.kept.as_ref()?.tape, key)
    }
}

/// Whether each series is judged alone, under a threshold that stands still, and there are not too many samples.
fn can_be_kept(rule: &Rule, data: &Dataset) -> bool {
    !rule.detector.kind().is_group()
        && rule.decision.alarms_per_week.is_none()
        && data.len() <= MOST_SAMPLES
        && !data.calendars.iter().any(|one| one.effects.is_of_scores())
}

/// The rule without everything that comes after the score, and without names.
fn scoring_of(rule: &Rule) -> Rule {
    let mut scoring = rule.clone();
    let decision = &mut scoring.decision;
    (decision.threshold, decision.inclusive) = (0.0, false);
    decision.min_deviation = MinDeviation::default();
    decision.range = OutsideRange::default();
    scoring.confirm = Confirm::Samples(1);
    (scoring.recover.below, scoring.recover.samples) = (1.0, 1);
    scoring.merge_gap = Millis::new(0);
    scoring.severity = Severities::default();
    scoring.delay = Millis::new(0);
    scoring.schedule = Schedule::Every {
        every: rule.step,
        jitter: Millis::new(0),
        catch_up: Millis::new(0),
    };
    // How long a gap is filled is how long silence is borne.
    if rule.fill == Fill::None {
        scoring.no_data = None;
    }
    (scoring.name, scoring.unit, scoring.enabled) = (String::new(), String::new(), true);
    scoring.labels.clear();
    scoring.paging = Paging::default();
    scoring
}

#[cfg(test)]
mod tests;
