//! The detector under a rule: [`Live`] between fit boundaries, [`full`] for a whole series.

use serde::{Deserialize, Serialize};

use super::full::full;
use super::live::Live;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::batch::Whole;
use crate::detector::{DetectorSpec, History, Judgement, Model, Part, Sample, Setup};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Auto {
    live: Live,
    /// Of the value that was judged last.
    #[serde(skip)]
    present: f64,
}

impl Model for Auto {
    const ABOUT: About = About {
        name: "auto",
        title: "Automatic",
        help: "Finds moments unlike everything the series has done before, from 16 samples to 256; needs no tuning.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("× calm", (0.5, 10.0, 0.05, 1.5)),
        inclusive: false,
        params: &[],
    };

    const ORDERLESS: bool = true;

    fn new(_: &DetectorSpec, _: Setup) -> Self {
        Self {
            live: Live::default(),
            present: 1.0,
        }
    }

    fn clear(&mut self) {
        self.live = Live::default();
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        self.live.fit(history.values);
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let verdict = self.live.verdict(sample.value)?;
        self.present = verdict.present;
        Some(Judgement::undirected(verdict.raw))
    }

    fn present(&self) -> f64 {
        self.present
    }

    fn learn(&mut self, sample: Sample) {
        self.live.learn(sample.value);
    }

    fn skip(&mut self, sample: Sample) {
        self.live.skip(sample.value);
    }

    fn gap(&mut self, _at_ms: i64) {
        self.live.gap();
    }

    fn is_full(&self) -> bool {
        self.live.is_full()
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let verdict = self.live.verdict(sample.value);
        let over = verdict.map(|verdict| verdict.raw * (verdict.present - 1.0));
        let over = over.filter(|over| *over < 0.0);
        let parts = self.live.parts(sample.value).into_iter();
        parts
            .chain(over.map(|over| ("what is over", over)))
            .map(|(name, value)| Part::of_raw(name, value))
            .collect()
    }
}

/// The whole-series form.
pub(crate) fn batch(_: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    let scores = full(whole.values, whole.train_rows, &mut |_| true);
    scores.map_or_else(|| vec![0.0; whole.values.len()], |scores| scores.raw)
}
