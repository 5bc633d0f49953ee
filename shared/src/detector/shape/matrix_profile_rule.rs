//! The rule `matrix_profile`: how far the newest window lies from its nearest earlier neighbour, against what is usual.
//!
//! A window that was over the threshold is nobody's neighbour afterwards, so that an outage stays odd.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::batch::Whole;
use super::super::ewma::Ewma;
use super::super::{DetectorSpec, Judgement, Model, Sample, Setup};
use super::left_profile::LeftProfile;
use super::matrix_profile::{Neighbours, score};
use super::params::SHAPE;

const HISTORY: ParamSpec = ParamSpec::integer(
    "history_samples",
    "History",
    "How many past samples the newest shape is compared with.",
    "samples",
    (64, 20_000, 960),
);

/// The stream and its usual distance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MatrixProfileRule {
    shape: u32,
    history: u32,
    stream: Option<LeftProfile>,
    usual: Ewma,
    /// Distances met so far.
    met: u32,
    last: f64,
}

impl MatrixProfileRule {
    /// Two cycles of comparisons, before which every neighbour is far.
    fn least(&self) -> u32 {
        2 * self.shape
    }

    fn raw(&self, distance: f64) -> f64 {
        // A correlation of 0.995 is usual even where all windows are equal.
        let floor = 0.1 * f64::from(self.shape).sqrt();
        distance / self.usual.mean().max(floor)
    }
}

impl Model for MatrixProfileRule {
    const ABOUT: About = About {
        name: "matrix_profile",
        title: "Matrix profile",
        help: "Finds shapes that have not come before, by the distance to the nearest earlier window as a multiple of the usual one.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("×", (1.0, 20.0, 0.1, 3.0)),
        inclusive: false,
        params: &[HISTORY, SHAPE],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let shape = spec.integer(&SHAPE);
        let history = spec.integer(&HISTORY).max(3 * shape);
        Self {
            shape,
            history,
            stream: LeftProfile::new(shape, history).ok(),
            usual: Ewma::new(history),
            met: 0,
            last: 0.0,
        }
    }

    fn clear(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.clear();
        }
        (self.usual, self.met) = (Ewma::new(self.history), 0);
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let distance = self.stream.as_mut()?.peek(sample.value)?;
        (self.met >= self.least()).then(|| Judgement::undirected(self.raw(distance)))
    }

    fn learn(&mut self, sample: Sample) {
        self.last = sample.value;
        let found = self
            .stream
            .as_mut()
            .and_then(|stream| stream.push(sample.value));
        if let Some(distance) = found {
            self.usual.push(distance);
            self.met = self.met.saturating_add(1);
        }
    }

    fn skip(&mut self, sample: Sample) {
        self.last = sample.value;
        if let Some(stream) = &mut self.stream {
            stream.push(sample.value);
            stream.disown();
        }
    }

    fn gap(&mut self, _: i64) {
        // The grid goes on with the value before; a window with such a hole is nobody's neighbour.
        if let Some(stream) = self.stream.as_mut().filter(|stream| !stream.is_empty()) {
            stream.push(self.last);
            stream.disown();
        }
    }

    fn is_full(&self) -> bool {
        self.met >= self.least()
    }
}

/// The whole-series form.
pub(crate) fn batch(spec: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    score(whole.values, spec.integer(&SHAPE), Neighbours::All)
        .unwrap_or_else(|_| vec![0.0; whole.values.len()])
}
