//! One series under one rule: its detector of this fit epoch, and the life of its anomalies.

use crate::detector::Detector;
use crate::hash::DataHash;
use crate::pipeline::evaluator::Observer;
use crate::pipeline::life::{Life, Place, Sample};
use crate::pipeline::transition::Transition;
use crate::rule::Rule;
use crate::series::Series;

#[derive(Debug, Clone)]
pub(super) struct SeriesState {
    pub(super) text: String,
    detector: Detector,
    data_hash: DataHash,
    pub(super) gap: usize,
    pub(super) life: Life,
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

    pub(super) fn fit(&mut self, rule: &Rule, series: Option<&Series>, boundary_ms: i64) {
        let history = series.map_or(&[][..], |series| {
            series.slice(boundary_ms - rule.window.ms(), boundary_ms)
        });
        if self.life.last_value_ms.is_none() {
            self.recall_last_value(rule, history, boundary_ms);
        }
        let mut history = history.to_vec();
        rule.fill.fill_history(&mut history, rule.gap_samples());
        self.data_hash = DataHash::EMPTY;
        for value in history.iter().filter(|value| value.is_finite()) {
            self.data_hash.add(*value);
        }
        self.detector.fit(&history);
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

    #[inline]
    pub(super) fn step<'a>(
        &'a mut self,
        place: impl FnOnce(&'a str) -> Place<'a>,
        at_ms: i64,
        tick_ms: i64,
        value: f64,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let place = place(&self.text);
        let measured = value.is_finite();
        self.gap = if measured { 0 } else { self.gap + 1 };
        // Nothing is filled before the first value: the series does not exist yet.
        let value = match self.life.last_value_ms {
            Some(_) => place.rule.fill.fill_live(
                value,
                self.life.last_value,
                self.gap,
                place.rule.gap_samples(),
            ),
            None => value,
        };
        if value.is_finite() {
            self.data_hash.add(value);
        }
        let reading = self.detector.step(value);
        let sample = Sample {
            at_ms,
            tick_ms,
            value,
            measured,
            reading: &reading,
            data_hash: self.data_hash,
        };
        let verdict = self.life.step(place, sample, out);
        observer.point(
            place.key,
            at_ms,
            value,
            &reading,
            verdict.anomalous,
            verdict.confirmed,
        );
    }
}
