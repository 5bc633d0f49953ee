//! Multivariate models as a rule uses them: standardised columns, and an oddity in one unit for all of them.
//!
//! The models' own scores grow with the number of columns. What is told is how far a score lies above the median
//! score of the training frames, in scaled median absolute deviations: about "σ", whatever the model and the size.

use serde::{Deserialize, Serialize};

use super::hbos::HbosParams;
use super::{
    FrameReading, GroupModel, Grouped, Hbos, Mahalanobis, Member, TailMethod, TailSum, column,
    is_value,
};
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::forest::isolation::{IsolationForest, Params};
use crate::detector::spec::DetectorSpec;
use crate::math::stats::{MAD_TO_DEVIATION, deviation, mad, median};

/// Frames that are needed to learn from; and two for each member.
const FEWEST_FRAMES: usize = 20;

/// The model inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultivariateKind {
    /// Distance with shrunk covariance.
    Mahalanobis,
    /// Empirical tails.
    Ecod,
    /// Empirical copula.
    Copod,
    /// Histograms.
    Hbos,
    /// Few random cuts isolate what is odd.
    IsolationForest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Inside {
    Mahalanobis(Mahalanobis),
    TailSum(TailSum),
    Hbos(Hbos),
    IsolationForest(IsolationForest),
}

impl Inside {
    fn fit(kind: MultivariateKind, rows: &[f64], dims: usize) -> Option<Self> {
        match kind {
            MultivariateKind::Mahalanobis => Mahalanobis::fit(rows, dims).map(Self::Mahalanobis),
            MultivariateKind::Ecod => TailSum::fit(TailMethod::Ecod, rows, dims).map(Self::TailSum),
            MultivariateKind::Copod => {
                TailSum::fit(TailMethod::Copod, rows, dims).map(Self::TailSum)
            }
            MultivariateKind::Hbos => Hbos::fit(rows, dims, HbosParams::default()).map(Self::Hbos),
            MultivariateKind::IsolationForest => {
                IsolationForest::fit(&filled(rows), dims, &Params::default(), SEED)
                    .ok()
                    .map(Self::IsolationForest)
            }
        }
    }

    fn score(&self, row: &[f64]) -> f64 {
        match self {
            // A length, like the scores of the others, and not its square.
            Self::Mahalanobis(model) => model.score(row).sqrt(),
            Self::TailSum(model) => model.score(row),
            Self::Hbos(model) => model.score(row),
            Self::IsolationForest(model) => model.score(&filled(row)),
        }
    }

    fn parts(&self, row: &[f64]) -> Vec<f64> {
        match self {
            Self::Mahalanobis(model) => model.parts(row),
            Self::TailSum(model) => model.parts(row),
            Self::Hbos(model) => model.parts(row),
            Self::IsolationForest(model) => model.contributions(&filled(row)),
        }
    }
}

/// Every fit draws the same cuts: equal frames make an equal forest.
const SEED: u64 = 1;

/// Forests know no missing values; 0 is the centre of a standardised column.
fn filled(rows: &[f64]) -> Vec<f64> {
    rows.iter()
        .map(|value| if value.is_nan() { 0.0 } else { *value })
        .collect()
}

/// Centre and spread of one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Unit {
    centre: f64,
    spread: f64,
}

impl Unit {
    fn of(values: &[f64]) -> Self {
        let centre = median(values);
        let spread = deviation(values);
        Self {
            centre,
            // A constant column gets a hundredth of its level: less than that is no move.
            spread: if spread > 1e-9 * centre.abs() {
                spread
            } else {
                (0.01 * centre.abs()).max(1e-9)
            },
        }
    }

    /// Limited, because beyond a million deviations there is nothing left to tell.
    fn standardise(self, value: f64) -> f64 {
        if is_value(value) {
            ((value - self.centre) / self.spread).clamp(-1e6, 1e6)
        } else {
            f64::NAN
        }
    }
}

/// A model of frames, learned anew at each fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Multivariate {
    kind: MultivariateKind,
    units: Vec<Unit>,
    inside: Option<Inside>,
    usual: f64,
    spread: f64,
}

impl Multivariate {
    /// Knows nothing yet.
    pub fn new(kind: MultivariateKind) -> Self {
        Self {
            kind,
            units: Vec::new(),
            inside: None,
            usual: 0.0,
            spread: 1.0,
        }
    }

    fn standardised(&self, frame: &[f64]) -> Vec<f64> {
        frame
            .iter()
            .zip(&self.units)
            .map(|(value, unit)| unit.standardise(*value))
            .collect()
    }
}

const METHOD: ParamSpec = ParamSpec::choice(
    "method",
    "Method",
    "Distance with shrunk covariance, empirical tails, empirical copula, histograms, or isolation by random cuts.",
    &["mahalanobis", "ecod", "copod", "hbos", "isolation_forest"],
);

impl Grouped for Multivariate {
    const ABOUT: About = About {
        name: "multivariate",
        title: "Odd together",
        help: "Finds moments at which the series of the rule are together as they never were, each alone being usual.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (1.0, 50.0, 0.1, 6.0)),
        inclusive: false,
        params: &[METHOD],
    };
    const TOGETHER: bool = true;
    const TAKES_NEWCOMERS: bool = false;

    fn of(spec: &DetectorSpec) -> Self {
        Self::new(match spec.choice(&METHOD) {
            0 => MultivariateKind::Mahalanobis,
            1 => MultivariateKind::Ecod,
            2 => MultivariateKind::Copod,
            3 => MultivariateKind::Hbos,
            _ => MultivariateKind::IsolationForest,
        })
    }
}

impl GroupModel for Multivariate {
    fn fit(&mut self, rows: &[f64], dims: usize) -> bool {
        *self = Self::new(self.kind);
        if dims == 0 || rows.len() / dims < FEWEST_FRAMES.max(2 * dims) {
            return false;
        }
        self.units = (0..dims)
            .map(|member| Unit::of(&column(rows, dims, member)))
            .collect();
        let rows: Vec<f64> = rows
            .chunks_exact(dims)
            .flat_map(|frame| self.standardised(frame))
            .collect();
        let Some(inside) = Inside::fit(self.kind, &rows, dims) else {
            return false;
        };
        let scores: Vec<f64> = rows
            .chunks_exact(dims)
            .filter(|frame| frame.iter().any(|value| !value.is_nan()))
            .map(|frame| inside.score(frame))
            .collect();
        self.usual = median(&scores);
        let robust = MAD_TO_DEVIATION * mad(&scores);
        let spread = if robust > 0.0 {
            robust
        } else {
            deviation(&scores)
        };
        // Training frames that all score the same say nothing of how much scores vary.
        self.spread = if spread > 1e-6 * self.usual.abs() {
            spread
        } else {
            (0.1 * self.usual.abs()).max(1e-3)
        };
        self.inside = Some(inside);
        true
    }

    fn judge(&mut self, frame: &[f64]) -> Option<FrameReading> {
        let inside = self.inside.as_ref()?;
        let there = frame.iter().filter(|value| is_value(**value)).count();
        if frame.len() != self.units.len() || 2 * there < frame.len() || there == 0 {
            return None;
        }
        let row = self.standardised(frame);
        let raw = ((inside.score(&row) - self.usual) / self.spread).clamp(-1e300, 1e300);
        let expected = match inside {
            Inside::Mahalanobis(model) => model.expected(&row),
            _ => vec![0.0; row.len()],
        };
        let members = (inside.parts(&row).iter().zip(&row))
            .zip(self.units.iter().zip(expected))
            .map(|((&part, value), (unit, expected))| {
                if value.is_nan() {
                    return Member::MISSING;
                }
                Member {
                    raw: part,
                    expected: unit.centre + unit.spread * expected,
                    spread: f64::NAN,
                }
            })
            .collect();
        Some(FrameReading { raw, members })
    }
}
