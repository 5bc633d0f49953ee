//! Rules whose model is learned from a whole history at once and then stays until the next fit boundary.
//!
//! Until a first history comes they learn from what they have seen, each time that it has doubled.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::running::is_gap;
use super::super::{About, DetectorSpec, History, Judgement, Model, Part, Sample, Setup};
use super::tape::Tape;

/// A model that is learned at once.
pub(crate) trait Learner: Clone + Serialize + DeserializeOwned + Send + Sync {
    /// Names, parameters and threshold.
    const ABOUT: About;

    /// An untaught one.
    fn new(spec: &DetectorSpec) -> Self;

    /// Values up to and with the newest that are looked at together.
    fn span(&self) -> usize;

    /// Samples of history that it wants.
    fn wanted(&self) -> u32;

    /// The least history that teaches it anything.
    fn least(&self) -> u32;

    /// Forgets everything.
    fn forget(&mut self);

    /// Learns a series, where NaN is a gap.
    fn learn(&mut self, series: &[f64], seed: u64);

    /// How odd the newest of `span` values is; nothing if it was never taught.
    fn raw(&self, recent: &[f64]) -> Option<f64>;

    /// What makes up the raw distance.
    fn explain(&self, _recent: &[f64]) -> Vec<Part> {
        Vec::new()
    }
}

/// Values kept for learning before a first history comes; a power of two times the least.
const KEPT: u32 = 1024;

/// The rule around a learner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scheduled<L> {
    learner: L,
    tape: Tape,
    seed: u64,
    /// Samples seen since the last history, gaps included.
    seen: u32,
    /// Learn anew when so many have been seen; 0 for never.
    due: u32,
    taught: bool,
    #[serde(skip)]
    recent: Vec<f64>,
}

impl<L: Learner> Scheduled<L> {
    fn push(&mut self, value: f64) {
        self.tape.push(value);
        self.seen = self.seen.saturating_add(1);
        if self.seen == self.due {
            self.learner.learn(self.tape.all(), self.seed);
            self.taught = true;
            let next = self.due.saturating_mul(2);
            self.due = if next <= self.learner.wanted().min(KEPT) {
                next
            } else {
                0
            };
        }
    }
}

impl<L: Learner + 'static> Model for Scheduled<L> {
    const ABOUT: About = L::ABOUT;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let learner = L::new(spec);
        let kept = learner.wanted().min(KEPT);
        Self {
            tape: Tape::new(kept.max(learner.least()).max(learner.span() as u32)),
            seed: 0,
            seen: 0,
            due: learner.least(),
            taught: false,
            recent: Vec::new(),
            learner,
        }
    }

    fn clear(&mut self) {
        self.learner.forget();
        self.tape.clear();
        (self.seen, self.due, self.taught) = (0, self.learner.least(), false);
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        let surplus = history
            .values
            .len()
            .saturating_sub(self.learner.wanted() as usize);
        let series: Vec<f64> = history.values[surplus..]
            .iter()
            .map(|&value| if is_gap(value) { f64::NAN } else { value })
            .collect();
        self.seed = history.seed;
        let known = series.iter().filter(|value| !value.is_nan()).count();
        if (known as u64) < u64::from(self.learner.least()) {
            // Too little to learn at once: seen as if it came now.
            for value in series {
                self.push(value);
            }
        } else {
            self.learner.learn(&series, history.seed);
            for value in series {
                self.tape.push(value);
            }
            (self.taught, self.due) = (true, 0);
        }
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let span = self.learner.span();
        let recent = self.tape.with(sample.value, span, &mut self.recent)?;
        self.learner.raw(recent).map(Judgement::undirected)
    }

    fn learn(&mut self, sample: Sample) {
        self.push(sample.value);
    }

    fn skip(&mut self, sample: Sample) {
        // Windows must go on, whatever is in them; nothing is learned from them here.
        self.tape.push(sample.value);
    }

    fn gap(&mut self, _: i64) {
        self.push(f64::NAN);
    }

    fn is_full(&self) -> bool {
        self.taught
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let span = self.learner.span();
        let recent = self.tape.with(sample.value, span, &mut self.recent);
        recent.map_or_else(Vec::new, |recent| self.learner.explain(recent))
    }
}
