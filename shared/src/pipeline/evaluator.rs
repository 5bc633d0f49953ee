//! The fold of one rule over all its series.
//!
//! Learning is cut into fit epochs: at every multiple of `fit_every` since 1970 a detector is rebuilt from
//! exactly the samples in `[boundary - window, boundary)`, and updated online until the next. The memory of
//! anomalies (`Life`) runs on across boundaries and is small: it is stored with every tick, while detectors
//! are rebuilt from samples.

mod explain;
mod group;
mod learned;
mod level;
mod order;
mod series;
mod stored;
mod tape;
mod told;

use std::sync::Arc;

use super::dataset::Dataset;
use super::transition::{Command, Transition};
use crate::anomaly::Anomaly;
use crate::calendar::{CalendarTable, SampleEffect};
use crate::detector::Reading;
use crate::map::Map;
use crate::rule::{Rule, Ticks};
use crate::series::{Series, SeriesKey};
use crate::time::{TimeRange, UtcOffsets, floor_to};
use group::Group;
use level::Level;
use series::{Met, Moment, SeriesState};
use told::Told;

pub(crate) use order::in_order;
pub(crate) use tape::{Reel, Tape};

/// Sees every point that a fold evaluates; `()` looks away.
pub trait Observer {
    /// One point: its value after filling, what the detector says, whether it is anomalous, and how many
    /// samples it showed to belong to an anomaly.
    fn point(
        &mut self,
        key: SeriesKey,
        at_ms: i64,
        value: f64,
        reading: &Reading,
        anomalous: bool,
        confirmed: u32,
    );

    /// So many measured points that are calm while nothing is going on; only folds along a tape take them together.
    fn calm(&mut self, _key: SeriesKey, _samples: u64) {}
}

impl Observer for () {
    #[inline]
    fn point(&mut self, _: SeriesKey, _: i64, _: f64, _: &Reading, _: bool, _: u32) {}
}

/// The values of all series at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The instant, on the grid.
    pub at_ms: i64,
    /// Nominal time of the tick at which it is evaluated.
    pub tick_ms: i64,
    /// The values; a known series that is missing here has a gap.
    pub values: &'a [(SeriesKey, f64)],
    /// Series whose value somebody took out.
    pub excluded: &'a [SeriesKey],
    /// The calendars that the rule goes by.
    pub calendars: &'a [CalendarTable],
    /// The wall clock by which seasons go.
    pub offsets: &'a UtcOffsets,
}

/// What an evaluator folds.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The beginning of a fit epoch, with the history to learn.
    Boundary {
        /// A multiple of `fit_every`.
        at_ms: i64,
        /// Samples of `[at_ms - window, at_ms)`.
        history: &'a Dataset,
    },
    /// Samples.
    Frame(Frame<'a>),
    /// A person's action.
    Command(&'a Command),
}

/// One rule over all its series.
#[derive(Debug, Clone)]
pub struct Evaluator {
    rule: Arc<Rule>,
    version: u32,
    config_hash: String,
    confirm: (u32, u32),
    tell_growth: bool,
    /// The one series that is met, where only one is asked about.
    only: Option<SeriesKey>,
    series: Map<SeriesKey, SeriesState>,
    /// The one model of all series, where the detector compares them.
    group: Option<Group>,
    /// What people have accepted as the new normal.
    levels: Map<SeriesKey, Vec<Level>>,
    /// Beginning of the current fit epoch.
    boundary_ms: Option<i64>,
    watermark_ms: Option<i64>,
    /// What detectors said is kept here, and played back.
    tape: Option<Tape>,
}

impl Evaluator {
    /// An evaluator that has seen nothing.
    pub fn new(rule: Arc<Rule>, version: u32) -> Self {
        let (config_hash, confirm) = (rule.config_hash(), rule.confirm_samples());
        let (series, group) = (Map::new(), Group::of(&rule));
        Self {
            rule,
            version,
            config_hash,
            confirm,
            tell_growth: true,
            only: None,
            series,
            group,
            levels: Map::new(),
            boundary_ms: None,
            watermark_ms: None,
            tape: None,
        }
    }

    /// The same along a tape, which must be of this rule's scores over the same samples.
    #[must_use]
    pub(crate) fn with_tape(mut self, tape: Tape) -> Self {
        self.tape = Some(tape);
        self
    }

    /// The tape, for the next fold.
    pub(crate) fn into_tape(self) -> Option<Tape> {
        self.tape
    }

    /// The same, but mere growth of an anomaly is not told: a replay reads it at the end.
    #[must_use]
    pub fn without_growth(mut self) -> Self {
        self.tell_growth = false;
        self
    }

    /// The rule.
    pub fn rule(&self) -> &Arc<Rule> {
        &self.rule
    }

    /// The rule's version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The fit boundary at or before an instant.
    pub fn fit_boundary_ms(&self, at_ms: i64) -> i64 {
        floor_to(at_ms, self.rule.fit_every.ms())
    }

    /// Newest instant that was evaluated.
    pub fn watermark_ms(&self) -> Option<i64> {
        self.watermark_ms
    }

    /// Anomalies that are going on.
    pub fn active(&self) -> impl Iterator<Item = &Anomaly> {
        self.series.values().flat_map(|series| series.life.active())
    }

    /// Series that are known.
    pub fn series(&self) -> impl Iterator<Item = (SeriesKey, &str)> {
        self.series
            .iter()
            .map(|(key, state)| (*key, state.text.as_str()))
    }

    /// Learns at a fit boundary; the next sample to fold is the one at the boundary.
    pub fn begin_at(&mut self, boundary_ms: i64, data: &Dataset) {
        self.start_epoch(boundary_ms, data);
        self.watermark_ms = Some(boundary_ms - self.rule.step.ms());
    }

    /// Folds every grid instant in `(watermark, to_ms]`, learning anew at each fit boundary.
    ///
    /// `data` must reach back to [`Rule::needs_from_ms`] where a boundary is crossed. Without a watermark
    /// the fold begins at the boundary before the data's first value.
    pub fn advance(
        &mut self,
        data: &Dataset,
        to_ms: i64,
        ticks: &Ticks,
        observer: &mut impl Observer,
    ) -> Vec<Transition> {
        let step_ms = self.rule.step.ms();
        let Some(mut from_ms) = self.next_ms(data) else {
            return Vec::new();
        };
        let to_ms = floor_to(to_ms, step_ms);
        let mut out = Vec::new();
        while from_ms <= to_ms {
            let boundary_ms = self.fit_boundary_ms(from_ms);
            if self.boundary_ms != Some(boundary_ms) {
                self.start_epoch(boundary_ms, data);
            }
            let last_ms = to_ms.min(boundary_ms + self.rule.fit_every.ms() - step_ms);
            self.meet_new_series(data, last_ms);
            self.fold_epoch(data, from_ms, last_ms, ticks, observer, &mut out);
            self.watermark_ms = Some(last_ms);
            from_ms = last_ms + step_ms;
        }
        // Series are independent unless the detector compares them, so folding one after the other within an
        // epoch and ordering what they say gives exactly what folding frame by frame gives, and keeps caches warm.
        order::in_order(out)
    }

    /// Folds one input: the definition that [`Evaluator::advance`] is the fast form of.
    pub fn step(&mut self, input: Input<'_>) -> Vec<Transition> {
        match input {
            Input::Boundary { at_ms, history } => {
                self.start_epoch(at_ms, history);
                Vec::new()
            }
            Input::Frame(frame) => self.step_frame(frame),
            Input::Command(command) => self.command(command),
        }
    }

    /// Folds a person's action; empty if the anomaly is not going on here.
    pub fn command(&mut self, command: &Command) -> Vec<Transition> {
        self.accept(command);
        self.series
            .values_mut()
            .filter_map(|state| state.life.command(command))
            .collect()
    }

    fn next_ms(&self, data: &Dataset) -> Option<i64> {
        let step_ms = self.rule.step.ms();
        let begin = || {
            let first_ms = data.series.values().map(|series| series.start_ms).min()?;
            Some(self.fit_boundary_ms(first_ms))
        };
        self.watermark_ms
            .map(|watermark_ms| watermark_ms + step_ms)
            .or_else(begin)
    }

    fn start_epoch(&mut self, boundary_ms: i64, data: &Dataset) {
        self.boundary_ms = Some(boundary_ms);
        self.forget_levels(boundary_ms);
        // A series that is gone is forgotten only here, so that its epoch is the same however it is cut.
        self.series
            .retain(|_, state| state.life.last_value_ms.is_some());
        self.meet_new_series(data, boundary_ms - self.rule.step.ms());
        let keys: Vec<SeriesKey> = self.series.keys().copied().collect();
        for key in keys {
            self.fit(key, data, boundary_ms);
        }
        let rule = &self.rule;
        if let Some(group) = &mut self.group {
            let members = self.series.keys().copied().collect();
            group.fit(rule, members, data, boundary_ms);
        }
    }

    fn fit(&mut self, key: SeriesKey, data: &Dataset, boundary_ms: i64) {
        let since_ms = self.learns_from_ms(key, boundary_ms);
        if let Some(state) = self.series.get_mut(&key) {
            let tape = self.tape.as_mut();
            state.fit(&self.rule, key, data, (boundary_ms, since_ms), tape);
        }
    }

    /// Takes in series that have a value up to `until_ms`; a series is met with its history of this epoch.
    fn meet_new_series(&mut self, data: &Dataset, until_ms: i64) {
        let Some(boundary_ms) = self.boundary_ms else {
            return;
        };
        for (key, series) in &data.series {
            let unwanted = self.only.is_some_and(|only| only != *key);
            if unwanted || self.series.contains_key(key) {
                continue;
            }
            let from_ms = boundary_ms - self.rule.window.ms();
            let seen = series
                .slice(from_ms, until_ms + self.rule.step.ms())
                .iter()
                .any(|value| value.is_finite());
            let text = series.labels.to_string();
            if seen && self.rule.watches(&text) {
                self.series.insert(*key, SeriesState::new(&self.rule, text));
                self.fit(*key, data, boundary_ms);
            }
        }
        if let Some(group) = &mut self.group {
            group.meet(&self.series);
        }
    }

    fn fold_epoch(
        &mut self,
        data: &Dataset,
        from_ms: i64,
        last_ms: i64,
        ticks: &Ticks,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let told = Told {
            rule: &self.rule,
            version: self.version,
            config_hash: &self.config_hash,
            confirm: self.confirm,
            tell_growth: self.tell_growth,
        };
        let (step_ms, delay_ms) = (told.rule.step.ms(), told.rule.delay.ms());
        let moment = |at_ms| Moment {
            at_ms,
            tick_ms: ticks.tick_for(at_ms, delay_ms),
            offsets: &data.offsets,
        };
        let column = |key: &SeriesKey| (data.series.get(key), data.excluded(*key));
        let columns: Vec<_> = self.series.keys().map(column).collect();
        let meet = |(series, excluded): (Option<&Series>, &[TimeRange]), at_ms| {
            let value = series.map_or(f64::NAN, |series| series.value_at(at_ms));
            Met::new(value, at_ms, excluded, &data.calendars)
        };
        if let Some(group) = &mut self.group {
            for at_ms in (from_ms..=last_ms).step_by(step_ms as usize) {
                let find = |index: usize, _: &SeriesKey| meet(columns[index], at_ms);
                group.step(told, &mut self.series, moment(at_ms), find, observer, out);
            }
            return;
        }
        for ((key, state), column) in self.series.iter_mut().zip(columns) {
            let meet = |at_ms| meet(column, at_ms);
            if let (Some(tape), Some(boundary_ms)) = (&mut self.tape, self.boundary_ms) {
                if let Some(playing) = tape.play(*key, boundary_ms, from_ms) {
                    let span = (from_ms, last_ms);
                    state.play(told, *key, playing, span, moment, meet, observer, out);
                }
                continue;
            }
            for at_ms in (from_ms..=last_ms).step_by(step_ms as usize) {
                state.step(told, *key, moment(at_ms), meet(at_ms), observer, out);
            }
        }
    }

    fn step_frame(&mut self, frame: Frame<'_>) -> Vec<Transition> {
        let mut out = Vec::new();
        let told = Told {
            rule: &self.rule,
            version: self.version,
            config_hash: &self.config_hash,
            confirm: self.confirm,
            tell_growth: self.tell_growth,
        };
        let moment = Moment {
            at_ms: frame.at_ms,
            tick_ms: frame.tick_ms,
            offsets: frame.offsets,
        };
        let find = |key: &SeriesKey| {
            let found = frame.values.iter().find(|(other, _)| other == key);
            Met {
                value: found.map_or(f64::NAN, |(_, value)| *value),
                excluded: frame.excluded.contains(key),
                effect: SampleEffect::at(frame.calendars, frame.at_ms),
            }
        };
        if let Some(group) = &mut self.group {
            let find = |_: usize, key: &SeriesKey| find(key);
            group.step(told, &mut self.series, moment, find, &mut (), &mut out);
        } else {
            for (key, state) in &mut self.series {
                state.step(told, *key, moment, find(key), &mut (), &mut out);
            }
        }
        self.watermark_ms = Some(frame.at_ms);
        out
    }
}

#[cfg(test)]
mod tests;
