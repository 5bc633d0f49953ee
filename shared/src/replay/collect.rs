//! Keeps every point that a replay evaluates, as columns, or only counts them where a tape has them.
//!
//! One observer for every way of replaying: the fold is compiled once for each.

use crate::detector::{PointState, Reading};
use crate::map::Map;
use crate::pipeline::{Dataset, Observer};
use crate::rule::Rule;
use crate::series::SeriesKey;

use super::Span;
use super::streaks::Streaks;

/// Score and expected band of a series, a value a sample; NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Instant of the first sample.
    pub start_ms: i64,
    /// Distance between samples.
    pub step_ms: i64,
    /// What is known about each sample.
    pub states: Vec<PointState>,
    /// Distances on the detector's own scale; 0 unless scored.
    pub raws: Vec<f64>,
    /// Scores; 0 unless scored.
    pub scores: Vec<f64>,
    /// Expected values.
    pub expected: Vec<f64>,
    /// Lower edges.
    pub lower: Vec<f64>,
    /// Upper edges.
    pub upper: Vec<f64>,
    /// Anomalous samples in a row.
    pub streaks: Streaks,
}

/// How many samples came how far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) samples: u64,
    pub(super) over_threshold: u64,
    pub(super) confirmed: u64,
}

pub(super) struct Collector {
    columns: Map<SeriesKey, Columns>,
    counts: Counts,
    start_ms: i64,
    step_ms: i64,
    len: usize,
    /// Silence of this length ends a streak.
    silence_ms: i64,
    /// Whether columns are wanted, and not only counts.
    in_full: bool,
    /// Whether the range has not begun yet.
    pub(super) waiting: bool,
    /// The series that points are coming from: folds go series by series.
    current: Option<(SeriesKey, Columns)>,
}

impl Collector {
    /// One that waits for the beginning of the range.
    pub(super) fn new(rule: &Rule, data: &Dataset, span: Span, in_full: bool) -> Self {
        let Span {
            first_ms, last_ms, ..
        } = span;
        let len = crate::series::grid_len(first_ms, last_ms + data.step_ms, data.step_ms);
        let (columns, counts) = (Map::new(), Counts::default());
        Self {
            columns,
            counts,
            start_ms: first_ms,
            step_ms: data.step_ms,
            len,
            silence_ms: rule.gap_samples() as i64 * rule.step.ms(),
            in_full,
            waiting: true,
            current: None,
        }
    }

    pub(super) fn finish(mut self) -> (Map<SeriesKey, Columns>, Counts) {
        self.columns.extend(self.current.take());
        for columns in self.columns.values_mut().filter(|_| self.in_full) {
            columns.pad_to(self.len);
        }
        (self.columns, self.counts)
    }

    fn columns(&mut self, key: SeriesKey) -> &mut Columns {
        if self
            .current
            .as_ref()
            .is_none_or(|(current, _)| *current != key)
        {
            let columns = self.columns.remove(&key).unwrap_or_else(|| self.empty());
            self.columns.extend(self.current.replace((key, columns)));
        }
        let new = || (key, Columns::new(self.start_ms, self.step_ms, 0));
        &mut self.current.get_or_insert_with(new).1
    }
}

impl Collector {
    fn empty(&self) -> Columns {
        let capacity = if self.in_full { self.len } else { 0 };
        Columns::new(self.start_ms, self.step_ms, capacity)
    }
}

impl Observer for Collector {
    #[inline]
    fn point(
        &mut self,
        key: SeriesKey,
        at_ms: i64,
        value: f64,
        reading: &Reading,
        anomalous: bool,
        confirmed: u32,
    ) {
        if self.waiting {
            return;
        }
        self.counts.samples += u64::from(value.is_finite());
        self.counts.over_threshold += u64::from(anomalous);
        self.counts.confirmed += u64::from(confirmed);
        let index = usize::try_from((at_ms - self.start_ms) / self.step_ms).unwrap_or(0);
        let (in_full, silence_ms) = (self.in_full, self.silence_ms);
        let columns = self.columns(key);
        let judged = (reading.state == PointState::Scored).then_some(anomalous);
        columns.streaks.push(at_ms, judged, silence_ms);
        if !in_full {
            return;
        }
        // A series that appears midway has nothing before.
        columns.pad_to(index);
        columns.push(reading);
    }

    fn calm(&mut self, key: SeriesKey, samples: u64) {
        if !self.waiting {
            self.counts.samples += samples;
            self.columns(key).streaks.calm();
        }
    }
}

impl Columns {
    fn new(start_ms: i64, step_ms: i64, capacity: usize) -> Self {
        let column = || Vec::with_capacity(capacity);
        let states = Vec::with_capacity(capacity);
        Self {
            start_ms,
            step_ms,
            states,
            raws: column(),
            scores: column(),
            expected: column(),
            lower: column(),
            upper: column(),
            streaks: Streaks::default(),
        }
    }

    fn pad_to(&mut self, len: usize) {
        if self.states.len() >= len {
            return;
        }
        self.states.resize(len, PointState::Gap);
        self.raws.resize(len, 0.0);
        self.scores.resize(len, 0.0);
        for column in [&mut self.expected, &mut self.lower, &mut self.upper] {
            column.resize(len, f64::NAN);
        }
    }

    #[inline]
    fn push(&mut self, reading: &Reading) {
        self.states.push(reading.state);
        self.raws.push(reading.raw);
        self.scores.push(reading.score);
        self.expected.push(reading.expected);
        self.lower.push(reading.lower);
        self.upper.push(reading.upper);
    }
}
