//! The rule `half_space_trees`: values, their changes and earlier values in trees that follow the stream.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::{DetectorSpec, Part};
use super::embedding::{Embedding, LAGS};
use super::half_space::{HalfSpaceTrees, Params};
use super::streaming::Online;
use crate::math::stats;

const WINDOW: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Window",
    "How many samples are counted before the counts are compared with; the window before the current one counts.",
    "samples",
    (20, 65_535, 250),
);
const TREES: ParamSpec = ParamSpec::integer(
    "trees",
    "Trees",
    "More trees give steadier scores.",
    "",
    (1, 500, 25),
);
// Levels double the memory each: with six, 25 trees take 29 kB, with the eight of the paper 115 kB.
const DEPTH: ParamSpec = ParamSpec::integer(
    "depth",
    "Depth",
    "How often the space is halved; each level doubles the memory.",
    "",
    (1, 12, 6),
);

// Six levels leave three cuts for each of two columns, and hardly one for each of four.
const NO_LAGS: ParamSpec = LAGS.defaulting(0.0);

/// Trees over the range that the first values had.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HalfSpaceRule {
    embedding: Embedding,
    params: Params,
    trees: Option<HalfSpaceTrees>,
    #[serde(skip)]
    row: Vec<f64>,
}

impl HalfSpaceRule {
    fn set_row(&mut self, recent: &[f64]) {
        self.row.clear();
        self.embedding.append(recent, &mut self.row);
    }
}

impl Online for HalfSpaceRule {
    const ABOUT: About = About {
        name: "half_space_trees",
        title: "Half-space trees",
        help: "Finds values, changes and short sequences where the last full window had few others; 0 is dense, 1 empty.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("", (0.3, 0.999, 0.001, 0.9)),
        inclusive: false,
        params: &[WINDOW, NO_LAGS, TREES, DEPTH],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            embedding: Embedding::new(spec.integer(&NO_LAGS)),
            params: Params {
                trees: spec.integer(&TREES),
                depth: spec.integer(&DEPTH),
                window: spec.integer(&WINDOW),
            },
            trees: None,
            row: Vec::new(),
        }
    }

    fn span(&self) -> usize {
        self.embedding.span()
    }

    fn begin(&mut self, values: &[f64], seed: u64) {
        let dims = self.embedding.dims();
        let rows = self.embedding.rows(values);
        let ranges: Vec<(f64, f64)> = (0..dims)
            .map(|column| {
                // Single outliers of the past must not stretch the range.
                let column: Vec<f64> = rows.iter().copied().skip(column).step_by(dims).collect();
                (
                    stats::quantile(&column, 0.01),
                    stats::quantile(&column, 0.99),
                )
            })
            .collect();
        self.trees = HalfSpaceTrees::new(&ranges, self.params, seed).ok();
    }

    fn raw(&mut self, recent: &[f64]) -> Option<f64> {
        self.set_row(recent);
        let trees = self.trees.as_ref().filter(|trees| trees.is_ready())?;
        Some(trees.score(&self.row))
    }

    fn learn(&mut self, recent: &[f64]) {
        self.set_row(recent);
        if let Some(trees) = &mut self.trees {
            trees.learn(&self.row);
        }
    }

    /// Shares of the score, as the columns thin the data out.
    fn explain(&mut self, recent: &[f64]) -> Vec<Part> {
        self.set_row(recent);
        let Some(trees) = &self.trees else {
            return Vec::new();
        };
        let (score, shares) = (trees.score(&self.row), trees.contributions(&self.row));
        // Columns that lead to where others are take nothing away from those that do not.
        let total = shares
            .iter()
            .fold(0.0, |total, share| total + share.max(0.0));
        let factor = if total > 1e-9 { score / total } else { 0.0 };
        let parts = shares.iter().enumerate();
        parts
            .map(|(column, share)| Part::of_raw(Embedding::name(column), share.max(0.0) * factor))
            .collect()
    }
}
