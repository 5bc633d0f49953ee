//! The rule `isolation_forest`: a forest grown at each fit boundary from values, their changes and earlier values.

use serde::{Deserialize, Serialize};

use super::super::about::{About, ParamSpec, ScaleKind};
use super::super::batch::Whole;
use super::super::shape::HISTORY;
use super::super::shape::scheduled::Learner;
use super::super::shape::windows::{bridge, is_gap};
use super::super::{DetectorSpec, Part};
use super::embedding::{Embedding, LAGS};
use super::isolation::{IsolationForest, Params};

// Forty trees of 64 rows take 41 kB; the customary hundred of 256 would be 410 kB for every series.
const TREES: ParamSpec = ParamSpec::integer(
    "trees",
    "Trees",
    "More trees give steadier scores.",
    "",
    (1, 500, 40),
);
const SAMPLE: ParamSpec = ParamSpec::integer(
    "sample_rows",
    "Rows of a tree",
    "How many samples of the history each tree is grown from.",
    "samples",
    (2, 1024, 64),
);
const CUTS: ParamSpec = ParamSpec::choice(
    "cuts",
    "Cuts",
    "Oblique cuts see values that are odd only together; straight ones are faster.",
    &["straight", "oblique"],
);

/// A forest and how it is grown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IsolationRule {
    window: u32,
    embedding: Embedding,
    params: Params,
    grown: Option<Grown>,
}

/// A forest and the range of the rows that it was grown from.
///
/// To the forest of the paper a row beyond the range of the history is like the outermost row within, however far it
/// lies. Here every level of a tree may cut it off first, as if the cut had been drawn from the range with it: with a
/// likelihood of `p` a path of length `h` is expected to end after `(1 - (1 - p)^h) / p` cuts. Within the range `p`
/// is 0 and the path the paper's.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Grown {
    forest: IsolationForest,
    /// Lowest and highest number of each column.
    ranges: Vec<(f64, f64)>,
}

impl Grown {
    fn new(rows: &[f64], dims: usize, params: &Params, seed: u64) -> Option<Self> {
        let forest = IsolationForest::fit(rows, dims, params, seed).ok()?;
        let mut ranges = vec![(f64::MAX, f64::MIN); dims];
        for row in rows.chunks_exact(dims) {
            for ((low, high), &value) in ranges.iter_mut().zip(row) {
                *low = low.min(value);
                *high = high.max(value);
            }
        }
        Some(Self { forest, ranges })
    }

    /// How likely a cut through each column would part the row from all others.
    fn beyond<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let share = 1.0 / self.ranges.len() as f64;
        self.ranges
            .iter()
            .zip(row)
            .map(move |(&(low, high), &value)| {
                let gap = (low - value).max(value - high);
                if gap > 0.0 {
                    share * (gap / (gap + (high - low)))
                } else {
                    0.0
                }
            })
    }

    /// The score of a row, given the one that the forest has for it.
    fn reach(&self, score: f64, row: &[f64]) -> f64 {
        let apart = self.beyond(row).fold(0.0, |sum, part| sum + part);
        if apart <= 0.0 {
            return score;
        }
        let ordinary = self.forest.ordinary_path();
        let path = -libm::log2(score) * ordinary;
        let left = if apart < 1.0 {
            libm::exp2(path * libm::log2(1.0 - apart))
        } else {
            0.0
        };
        libm::exp2(-(1.0 - left) / (apart * ordinary))
    }

    fn score(&self, row: &[f64]) -> f64 {
        self.reach(self.forest.score(row), row)
    }
}

impl Learner for IsolationRule {
    const ABOUT: About = About {
        name: "isolation_forest",
        title: "Isolation forest",
        help: "Finds values, changes and short sequences that random cuts set apart quickly; 0.5 is ordinary.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("", (0.4, 0.95, 0.005, 0.72)),
        inclusive: false,
        params: &[HISTORY, LAGS, TREES, SAMPLE, CUTS],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            window: spec.integer(&HISTORY),
            embedding: Embedding::new(spec.integer(&LAGS)),
            params: params(spec),
            grown: None,
        }
    }

    fn span(&self) -> usize {
        self.embedding.span()
    }

    fn wanted(&self) -> u32 {
        self.window.max(self.least())
    }

    fn least(&self) -> u32 {
        128
    }

    fn forget(&mut self) {
        self.grown = None;
    }

    fn learn(&mut self, series: &[f64], seed: u64) {
        let rows = self.embedding.rows(series);
        self.grown = Grown::new(&rows, self.embedding.dims(), &self.params, seed);
    }

    fn raw(&self, recent: &[f64]) -> Option<f64> {
        let mut row = Vec::with_capacity(self.embedding.dims());
        self.embedding.append(recent, &mut row);
        self.grown.as_ref().map(|grown| grown.score(&row))
    }

    /// The score of an ordinary row, and what each column adds to it.
    fn explain(&self, recent: &[f64]) -> Vec<Part> {
        let Some(grown) = &self.grown else {
            return Vec::new();
        };
        let mut row = Vec::new();
        self.embedding.append(recent, &mut row);
        let score = grown.forest.score(&row);
        let shares = grown.forest.contributions(&row);
        let total = shares.iter().fold(0.0, |total, share| total + share);
        let ordinary = score * libm::exp2(-total);
        let within = if total.abs() > 1e-9 {
            (score - ordinary) / total
        } else {
            0.0
        };
        let apart = grown.beyond(&row).fold(0.0, |sum, part| sum + part);
        let beyond = if apart > 0.0 {
            (grown.reach(score, &row) - score) / apart
        } else {
            0.0
        };
        let columns = shares.iter().zip(grown.beyond(&row)).enumerate();
        let columns = columns.map(|(column, (share, part))| {
            Part::of_raw(Embedding::name(column), share * within + part * beyond)
        });
        let ordinary = Part::of_raw("ordinary", ordinary);
        [ordinary].into_iter().chain(columns).collect()
    }
}

fn params(spec: &DetectorSpec) -> Params {
    Params {
        trees: spec.integer(&TREES),
        sample: spec.integer(&SAMPLE),
        extended: spec.choice(&CUTS) == 1,
    }
}

/// The whole-series form: a forest of the customary size at least, because it is not one of many in a memory.
pub(crate) fn batch(spec: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    let embedding = Embedding::new(spec.integer(&LAGS));
    let (dims, span) = (embedding.dims(), embedding.span());
    let mut scores = vec![0.0; whole.values.len()];
    let train_rows = if whole.train_rows < 2 * span {
        whole.values.len()
    } else {
        whole.train_rows.min(whole.values.len())
    };
    let known: Vec<f64> = whole.values[..train_rows]
        .iter()
        .map(|&value| if is_gap(value) { f64::NAN } else { value })
        .collect();
    let rows = embedding.rows(&known);
    let (params, customary) = (params(spec), Params::default());
    let params = Params {
        trees: params.trees.max(customary.trees),
        sample: params.sample.max(customary.sample),
        ..params
    };
    let Some(grown) = Grown::new(&rows, dims, &params, whole.seed) else {
        return scores;
    };
    let rows = embedding.rows(&bridge(whole.values));
    let found = grown.forest.score_all(&rows);
    for (at, (score, row)) in (span - 1..).zip(found.into_iter().zip(rows.chunks_exact(dims))) {
        if !is_gap(whole.values[at]) {
            scores[at] = grown.reach(score, row);
        }
    }
    scores
}
