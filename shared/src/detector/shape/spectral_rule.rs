//! The rule `spectral_residual`: how much the newest point stands out of the saliency map of its window.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::batch::Whole;
use super::super::{DetectorSpec, Judgement, Model, Sample, Setup};
use super::spectral::{SpectralResidual, score_whole};
use super::tape::Tape;

const WINDOW: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Window",
    "How many samples are transformed together; five less than a power of two costs the least.",
    "samples",
    (27, 4091, 123),
);

/// The last window.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SpectralRule {
    window: u32,
    tape: Tape,
    #[serde(skip)]
    method: Option<SpectralResidual>,
    #[serde(skip)]
    recent: Vec<f64>,
}

impl Model for SpectralRule {
    const ABOUT: About = About {
        name: "spectral_residual",
        title: "Spectral residual",
        help: "Finds points that stand out of what the spectrum of the window repeats.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("×", (1.0, 60.0, 0.5, 8.0)),
        inclusive: false,
        params: &[WINDOW],
    };

    const HOLDS_OUT: bool = false;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        let window = spec.integer(&WINDOW);
        Self {
            window,
            tape: Tape::new(window),
            method: None,
            recent: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.tape.clear();
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let span = self.window as usize;
        let recent = self.tape.with(sample.value, span, &mut self.recent)?;
        if self.method.is_none() {
            self.method = SpectralResidual::new(self.window).ok();
        }
        let raw = self.method.as_ref()?.judge(recent);
        Some(Judgement::undirected(raw))
    }

    fn learn(&mut self, sample: Sample) {
        self.tape.push(sample.value);
    }

    fn skip(&mut self, sample: Sample) {
        self.tape.push(sample.value);
    }

    fn gap(&mut self, _: i64) {
        self.tape.push(f64::NAN);
    }

    fn is_full(&self) -> bool {
        self.tape.all().len() as u64 >= u64::from(self.window)
    }
}

/// The whole-series form.
pub(crate) fn batch(_: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    score_whole(whole.values)
}
