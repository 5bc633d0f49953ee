//! Rules whose forest follows the stream: some samples to know the range of the series, then one by one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::running::is_gap;
use super::super::shape::tape::Tape;
use super::super::{About, DetectorSpec, History, Judgement, Model, Part, Sample, Setup};

/// A forest that learns row by row.
pub(crate) trait Online: Clone + Serialize + DeserializeOwned + Send + Sync {
    /// Names, parameters and threshold.
    const ABOUT: About;

    /// One that has not begun.
    fn new(spec: &DetectorSpec) -> Self;

    /// Values up to and with the newest that make a row.
    fn span(&self) -> usize;

    /// Starts anew for values like these, none of which is a gap.
    fn begin(&mut self, values: &[f64], seed: u64);

    /// How odd the newest of `span` values is; nothing while it has learned too little.
    fn raw(&mut self, recent: &[f64]) -> Option<f64>;

    /// Learns the newest of `span` values.
    fn learn(&mut self, recent: &[f64]);

    /// What makes up the raw distance.
    fn explain(&mut self, recent: &[f64]) -> Vec<Part>;
}

/// Samples before a forest begins.
const FIRST: u32 = 128;

/// The rule around a forest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Streaming<F> {
    forest: F,
    tape: Tape,
    seed: u64,
    seen: u32,
    begun: bool,
    #[serde(skip)]
    recent: Vec<f64>,
}

impl<F: Online> Streaming<F> {
    fn take(&mut self, value: f64) {
        if self.begun {
            let span = self.forest.span();
            if let Some(recent) = self.tape.with(value, span, &mut self.recent) {
                self.forest.learn(recent);
            }
            self.tape.push(value);
            return;
        }
        self.tape.push(value);
        self.seen += 1;
        if self.seen == FIRST {
            let known = self.tape.all().to_vec();
            self.begin(&known);
        }
    }

    /// Starts with the first values and learns them.
    fn begin(&mut self, values: &[f64]) {
        let known: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        self.forest.begin(&known, self.seed);
        self.begun = true;
        self.tape.clear();
        for &value in values {
            if value.is_nan() {
                self.tape.push(value);
            } else {
                self.take(value);
            }
        }
    }
}

impl<F: Online + 'static> Model for Streaming<F> {
    const ABOUT: About = F::ABOUT;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let forest = F::new(spec);
        Self {
            tape: Tape::new(FIRST.max(forest.span() as u32) + 1),
            forest,
            seed: 0,
            seen: 0,
            begun: false,
            recent: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.tape.clear();
        (self.seen, self.begun) = (0, false);
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        let values: Vec<f64> = history
            .values
            .iter()
            .map(|&value| if is_gap(value) { f64::NAN } else { value })
            .collect();
        self.seed = history.seed;
        let known = values.iter().filter(|value| !value.is_nan()).count();
        if known < FIRST as usize {
            for value in values {
                if value.is_nan() {
                    self.tape.push(value);
                } else {
                    self.take(value);
                }
            }
        } else {
            self.begin(&values);
        }
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if !self.begun {
            return None;
        }
        let span = self.forest.span();
        let recent = self.tape.with(sample.value, span, &mut self.recent)?;
        self.forest.raw(recent).map(Judgement::undirected)
    }

    fn learn(&mut self, sample: Sample) {
        self.take(sample.value);
    }

    fn skip(&mut self, sample: Sample) {
        self.tape.push(sample.value);
    }

    fn gap(&mut self, _: i64) {
        self.tape.push(f64::NAN);
    }

    fn is_full(&self) -> bool {
        self.begun
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let span = self.forest.span();
        match self.tape.with(sample.value, span, &mut self.recent) {
            Some(recent) if self.begun => self.forest.explain(recent),
            _ => Vec::new(),
        }
    }
}
