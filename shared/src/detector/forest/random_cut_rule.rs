//! The rule `random_cut_forest`: the last few values together, in trees that follow the stream.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::{DetectorSpec, Part};
use super::random_cut::{Params, RandomCutForest};
use super::streaming::Online;
use crate::math::stats;

const SHINGLE: ParamSpec = ParamSpec::integer(
    "shingle_samples",
    "Shingle",
    "How many values in a row are looked at together.",
    "samples",
    (1, 32, 4),
);
// A row of four takes about 85 bytes in each tree: 11 × 64 are 60 kB, the customary 40 × 256 would be 870 kB.
const TREES: ParamSpec = ParamSpec::integer(
    "trees",
    "Trees",
    "More trees give steadier scores.",
    "",
    (1, 200, 11),
);
const SAMPLE: ParamSpec = ParamSpec::integer(
    "sample_rows",
    "Rows of a tree",
    "How many rows each tree holds; it remembers about ten times as long.",
    "samples",
    (8, 1024, 64),
);

/// A forest, and the scale in which it sees the series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RandomCutRule {
    shingle: u32,
    params: Params,
    centre: f64,
    unit: f64,
    forest: Option<RandomCutForest>,
    #[serde(skip)]
    row: Vec<f64>,
}

impl RandomCutRule {
    fn set_row(&mut self, recent: &[f64]) {
        self.row.clear();
        let (centre, unit) = (self.centre, self.unit);
        self.row
            .extend(recent.iter().map(|value| (value - centre) / unit));
    }
}

/// Names of the columns, the newest last.
const NAMES: [&str; 8] = [
    "value",
    "1 earlier",
    "2 earlier",
    "3 earlier",
    "4 earlier",
    "5 earlier",
    "6 earlier",
    "7 earlier",
];

impl Online for RandomCutRule {
    const ABOUT: About = About {
        name: "random_cut_forest",
        title: "Random cut forest",
        help: "Finds short sequences that would move many others in random trees: about 1 is ordinary, the rows of a tree the most.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("", (2.0, 200.0, 0.5, 30.0)),
        inclusive: false,
        params: &[SHINGLE, TREES, SAMPLE],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            shingle: spec.integer(&SHINGLE),
            params: Params::forgetting(spec.integer(&TREES), spec.integer(&SAMPLE)),
            centre: 0.0,
            unit: 1.0,
            forest: None,
            row: Vec::new(),
        }
    }

    fn span(&self) -> usize {
        self.shingle as usize
    }

    fn begin(&mut self, values: &[f64], seed: u64) {
        self.centre = stats::median(values);
        // Only so that the coordinates suit their precision: cuts do not depend on the unit.
        let reach = values.iter().map(|value| (value - self.centre).abs());
        let reach = reach.fold(0.0, f64::max);
        self.unit = if reach > 1e-300 { reach } else { 1.0 };
        self.forest = RandomCutForest::new(self.span(), self.params, seed).ok();
    }

    fn raw(&mut self, recent: &[f64]) -> Option<f64> {
        self.set_row(recent);
        let least = u64::from(self.params.sample);
        let forest = self
            .forest
            .as_ref()
            .filter(|forest| forest.rows() >= least)?;
        Some(forest.score(&self.row))
    }

    fn learn(&mut self, recent: &[f64]) {
        self.set_row(recent);
        if let Some(forest) = &mut self.forest {
            forest.learn(&self.row);
        }
    }

    fn explain(&mut self, recent: &[f64]) -> Vec<Part> {
        self.set_row(recent);
        let Some(forest) = &self.forest else {
            return Vec::new();
        };
        let (_, parts) = forest.contributions(&self.row);
        let parts = parts.iter().rev().enumerate();
        parts
            .map(|(lag, &value)| Part::of_raw(NAMES.get(lag).copied().unwrap_or("earlier"), value))
            .collect()
    }
}
