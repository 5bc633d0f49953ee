//! One series under one rule: its detector of this fit epoch, and the life of its anomalies.

use crate::calendar::{CalendarTable, SampleEffect};
use crate::detector::{Detector, History, Reading, Sample};
use crate::hash::{DataHash, digest128};
use crate::pipeline::dataset::Dataset;
use crate::pipeline::evaluator::tape::{BLOCK, Heard, Playing, Tape};
use crate::pipeline::evaluator::{Observer, Told};
use crate::pipeline::life::{self, Life};
use crate::pipeline::transition::Transition;
use crate::rule::Rule;
use crate::series::SeriesKey;
use crate::time::{TimeRange, UtcOffsets};

#[derive(Debug, Clone)]
pub(super) struct SeriesState {
    pub(super) text: String,
    pub(super) detector: Detector,
    data_hash: DataHash,
    pub(super) gap: usize,
    pub(super) life: Life,
}

/// When a sample is taken and when it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) at_ms: i64,
    pub(super) tick_ms: i64,
    pub(super) offsets: &'a UtcOffsets,
}

/// A value as the source has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) value: f64,
    /// Whether somebody took it out.
    pub(super) excluded: bool,
    /// What calendars do to it.
    pub(super) effect: SampleEffect,
}

impl Met {
    #[inline]
    pub(super) fn new(
        value: f64,
        at_ms: i64,
        excluded: &[TimeRange],
        calendars: &[CalendarTable],
    ) -> Self {
        Self {
            value,
            excluded: excluded.iter().any(|range| range.contains(at_ms)),
            effect: SampleEffect::at(calendars, at_ms),
        }
    }

    /// Whether nothing is learned from it.
    pub(super) fn teaches_nothing(self) -> bool {
        self.excluded || self.effect.unlearned
    }
}

/// A value after filling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) value: f64,
    /// Whether the source had it.
    measured: bool,
}

/// The seed of a series' detector in one fit epoch: another series or another day draws other numbers.
fn seed(rule_seed: u64, key: SeriesKey, boundary_ms: i64) -> u64 {
    let digest = digest128(&[
        &rule_seed.to_le_bytes(),
        key.to_string().as_bytes(),
        &boundary_ms.to_le_bytes(),
    ]);
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// What a detector says of a sample, unless somebody took it out.
#[inline]
fn read(detector: &mut Detector, met: Met, taken: Taken, moment: Moment<'_>) -> Reading {
    if met.excluded {
        return detector.pass_over(moment.at_ms);
    }
    let sample = Sample::new(taken.value, moment.at_ms, moment.offsets);
    if met.effect.unlearned {
        return judge_only(detector, sample, moment.at_ms);
    }
    detector.step(sample)
}

/// What a detector says of a sample that it must not learn from: another one like it is asked.
#[inline(never)]
fn judge_only(detector: &mut Detector, sample: Sample, at_ms: i64) -> Reading {
    let reading = detector.clone().step(sample);
    detector.pass_over(at_ms);
    reading
}

impl SeriesState {
    pub(super) fn new(rule: &Rule, text: String) -> Self {
        Self {
            text,
            detector: Detector::new(rule),
            data_hash: DataHash::EMPTY,
            gap: 0,
            life: Life::new(),
        }
    }

    /// Learns the history before a boundary, and nothing before `since_ms`; a tape has its own detectors.
    pub(super) fn fit(
        &mut self,
        rule: &Rule,
        key: SeriesKey,
        data: &Dataset,
        (boundary_ms, since_ms): (i64, i64),
        mut tape: Option<&mut Tape>,
    ) {
        let history = data.series.get(&key).map_or(&[][..], |series| {
            series.slice(boundary_ms - rule.window.ms(), boundary_ms)
        });
        if self.life.last_value_ms.is_none() {
            self.recall_last_value(rule, history, boundary_ms);
        }
        if let Some(tape) = &mut tape
            && let Some(hash) = tape.fit_again(key, boundary_ms)
        {
            self.data_hash = hash;
            return;
        }
        let mut history = history.to_vec();
        rule.fill.fill_history(&mut history, rule.gap_samples());
        let (excluded, calendars) = (data.excluded(key), &data.calendars);
        let unlearned = calendars.iter().any(|one| one.effects.skip_learning);
        if unlearned || since_ms > boundary_ms - rule.window.ms() || !excluded.is_empty() {
            let first_ms = boundary_ms - history.len() as i64 * rule.step.ms();
            for (index, value) in history.iter_mut().enumerate() {
                let at_ms = first_ms + index as i64 * rule.step.ms();
                let met = Met::new(*value, at_ms, excluded, calendars);
                if at_ms < since_ms || met.teaches_nothing() {
                    *value = f64::NAN;
                }
            }
        }
        self.data_hash = DataHash::EMPTY;
        for value in history.iter().filter(|value| value.is_finite()) {
            self.data_hash.add(*value);
        }
        let history = History {
            values: &history,
            end_ms: boundary_ms,
            step_ms: rule.step.ms(),
            offsets: &data.offsets,
            seed: seed(rule.seed, key, boundary_ms),
        };
        match tape {
            Some(tape) => tape.fit(rule, key, boundary_ms, &history, self.data_hash),
            None => self.detector.fit(&history),
        }
    }

    /// What a fold that had been running before the boundary would know about the last value.
    fn recall_last_value(&mut self, rule: &Rule, history: &[f64], boundary_ms: i64) {
        let Some(back) = history.iter().rev().position(|value| value.is_finite()) else {
            return;
        };
        self.gap = back;
        self.life.last_value = history[history.len() - 1 - back];
        self.life.last_value_ms = Some(boundary_ms - (back as i64 + 1) * rule.step.ms());
    }

    /// Folds a value that this series' own detector judges.
    #[inline]
    pub(super) fn step(
        &mut self,
        told: Told<'_>,
        key: SeriesKey,
        moment: Moment<'_>,
        met: Met,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let taken = self.take(told.rule, met.value);
        let mut reading = read(&mut self.detector, met, taken, moment);
        reading.tolerate(self.detector.scale(), met.effect.scale);
        self.conclude(told, key, moment, taken, &reading, observer, out);
    }

    /// Folds what a tape has of the samples from `from_ms` to `last_ms`, and scores what it has not.
    #[expect(
        clippy::too_many_arguments,
        reason = "the loop around the innermost call of the fold, with its arguments"
    )]
    pub(super) fn play<'a>(
        &mut self,
        told: Told<'_>,
        key: SeriesKey,
        mut playing: Playing<'_>,
        (from_ms, last_ms): (i64, i64),
        moment: impl Fn(i64) -> Moment<'a>,
        meet: impl Fn(i64) -> Met,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let step_ms = told.rule.step.ms();
        let block_ms = BLOCK as i64 * step_ms;
        let mut at_ms = from_ms;
        while at_ms <= last_ms {
            let last_of_block_ms = at_ms + block_ms - step_ms;
            if last_of_block_ms <= last_ms
                && self.life.is_at_rest()
                && let Some(hash) = playing.pass_calm()
            {
                (self.gap, self.data_hash) = (0, hash);
                let last = meet(last_of_block_ms).value;
                self.life.pass_calm(BLOCK as u64, last_of_block_ms, last);
                observer.calm(key, BLOCK as u64);
                at_ms += block_ms;
                continue;
            }
            let (moment, sample) = (moment(at_ms), meet(at_ms));
            let taken = self.take(told.rule, sample.value);
            let heard = Heard {
                measured: taken.measured,
                hash: self.data_hash,
            };
            let reading = playing.read(heard, |detector| read(detector, sample, taken, moment));
            self.conclude_apart(told, key, moment, taken, &reading, observer, out);
            at_ms += step_ms;
        }
    }

    /// The value as it counts: filled where the rule fills gaps.
    #[inline]
    pub(super) fn take(&mut self, rule: &Rule, value: f64) -> Taken {
        let measured = value.is_finite();
        self.gap = if measured { 0 } else { self.gap + 1 };
        // Nothing is filled before the first value: the series does not exist yet.
        let value = match self.life.last_value_ms {
            Some(_) => {
                let last = self.life.last_value;
                rule.fill
                    .fill_live(value, last, self.gap, rule.gap_samples())
            }
            None => value,
        };
        if value.is_finite() {
            self.data_hash.add(value);
        }
        Taken { value, measured }
    }

    /// The value as [`SeriesState::take`] would take it.
    pub(super) fn would_take(&self, rule: &Rule, value: f64) -> f64 {
        if self.life.last_value_ms.is_none() {
            return value;
        }
        let gap = if value.is_finite() { 0 } else { self.gap + 1 };
        rule.fill
            .fill_live(value, self.life.last_value, gap, rule.gap_samples())
    }

    /// The same, compiled once for all that can spare a call: the browser downloads every copy.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "the innermost call of the fold: a struct around its arguments would say nothing"
    )]
    pub(super) fn conclude_apart(
        &mut self,
        told: Told<'_>,
        key: SeriesKey,
        moment: Moment<'_>,
        taken: Taken,
        reading: &Reading,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        self.conclude(told, key, moment, taken, reading, observer, out);
    }

    /// Folds what was said of a value.
    #[inline]
    #[expect(
        clippy::too_many_arguments,
        reason = "the innermost call of the fold: a struct around its arguments would say nothing"
    )]
    pub(super) fn conclude(
        &mut self,
        told: Told<'_>,
        key: SeriesKey,
        moment: Moment<'_>,
        taken: Taken,
        reading: &Reading,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let place = told.place(key, &self.text);
        let sample = life::Sample {
            at_ms: moment.at_ms,
            tick_ms: moment.tick_ms,
            value: taken.value,
            measured: taken.measured,
            reading,
            data_hash: self.data_hash,
        };
        let verdict = self.life.step(place, sample, out);
        observer.point(
            key,
            moment.at_ms,
            taken.value,
            reading,
            verdict.anomalous,
            verdict.confirmed,
        );
    }
}
