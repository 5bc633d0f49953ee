//! The rule `knn`: how far the newest window lies from its nearest neighbours in the bank, against what is usual.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::batch::Whole;
use super::super::{DetectorSpec, Part};
use super::knn::{Bank, Distances, Form, score};
use super::params::HISTORY;
use super::scheduled::Learner;
use super::windows::bridge;
use crate::math::stats::median_mut;

// Twice as long as for the others: neighbours need room to differ.
const SHAPE: ParamSpec = ParamSpec::integer(
    "shape_samples",
    "Shape length",
    "How many samples in a row make a shape; about as long as what is to be found, or one short cycle.",
    "samples",
    (4, 256, 64),
);
const BANK: ParamSpec = ParamSpec::integer(
    "bank_windows",
    "Bank",
    "How many windows of the past are kept to compare with.",
    "windows",
    (8, 2000, 160),
);
const NEIGHBOURS: ParamSpec = ParamSpec::integer(
    "neighbours",
    "Neighbours",
    "The mean distance to so many nearest windows counts.",
    "",
    (1, 50, 3),
);
const COMPARE: ParamSpec = ParamSpec::choice(
    "compare",
    "Compare",
    "Whether a window of the usual shape but another height is odd.",
    &["both", "amplitude", "shape"],
);

/// A bank and its usual distances.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KnnRule {
    window: u32,
    shape: u32,
    size: u32,
    k: u32,
    form: Form,
    bank: Option<Bank>,
    usual_centred: f64,
    usual_normed: f64,
}

impl KnnRule {
    fn ratios(&self, recent: &[f64]) -> Option<(f64, f64)> {
        let (centred, normed) = self.bank.as_ref()?.distance(recent, self.k);
        Some((centred / self.usual_centred, normed / self.usual_normed))
    }
}

impl Learner for KnnRule {
    const ABOUT: About = About {
        name: "knn",
        title: "Nearest windows",
        help: "Finds windows that are unlike all of a bank of windows of the past, as a multiple of the usual distance.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("×", (1.0, 20.0, 0.1, 2.5)),
        inclusive: false,
        params: &[HISTORY, SHAPE, BANK, NEIGHBOURS, COMPARE],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            window: spec.integer(&HISTORY),
            shape: spec.integer(&SHAPE),
            size: spec.integer(&BANK),
            k: spec.integer(&NEIGHBOURS),
            form: form(spec),
            bank: None,
            usual_centred: 1.0,
            usual_normed: 1.0,
        }
    }

    fn span(&self) -> usize {
        self.shape as usize
    }

    fn wanted(&self) -> u32 {
        self.window.max(self.least())
    }

    fn least(&self) -> u32 {
        4 * self.shape
    }

    fn forget(&mut self) {
        self.bank = None;
    }

    fn learn(&mut self, series: &[f64], _: u64) {
        let series = bridge(series);
        let Ok(bank) = Bank::fit(&series, self.shape, self.size) else {
            return;
        };
        let Distances {
            mut centred,
            mut normed,
        } = bank.distances(&series, self.k, Some(self.shape));
        // A perfect repetition has no distance at all; a hundredth of the greatest swing, or a correlation of
        // 0.995, is usual all the same.
        let root = f64::from(self.shape).sqrt();
        let floor = (0.01 * bank.unit() * root).max(1e-9);
        self.usual_centred = median_mut(&mut centred).max(floor);
        self.usual_normed = median_mut(&mut normed).max(0.1 * root);
        self.bank = Some(bank);
    }

    fn raw(&self, recent: &[f64]) -> Option<f64> {
        let (centred, normed) = self.ratios(recent)?;
        Some(match self.form {
            Form::Centred => centred,
            Form::Normed => normed,
            Form::Both => 0.5 * centred + 0.5 * normed,
        })
    }

    fn explain(&self, recent: &[f64]) -> Vec<Part> {
        let Some((centred, normed)) = self.ratios(recent) else {
            return Vec::new();
        };
        let (centred, normed) = match self.form {
            Form::Centred => (centred, 0.0),
            Form::Normed => (0.0, normed),
            Form::Both => (0.5 * centred, 0.5 * normed),
        };
        vec![
            Part::of_raw("amplitude", centred),
            Part::of_raw("shape", normed),
        ]
    }
}

fn form(spec: &DetectorSpec) -> Form {
    match spec.choice(&COMPARE) {
        1 => Form::Centred,
        2 => Form::Normed,
        _ => Form::Both,
    }
}

/// Windows of the bank of the whole-series form, at least: it is not one of many in a memory.
const CUSTOMARY_BANK: u32 = 1500;

/// The whole-series form.
pub(crate) fn batch(spec: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    let (shape, bank, k) = (
        spec.integer(&SHAPE),
        spec.integer(&BANK).max(CUSTOMARY_BANK),
        spec.integer(&NEIGHBOURS),
    );
    score(whole.values, whole.train_rows, shape, bank, k, form(spec))
        .unwrap_or_else(|_| vec![0.0; whole.values.len()])
}
