//! Light detectors: each scores a value against what it has learned, with equal bits on every target.
//!
//! [`Detector`] is what a rule uses: it judges a value *before* learning it, maps the raw distance to a
//! score (1.0 at the threshold) and decides what enters the baseline. The algorithms are the `Model`s,
//! one file each; they know nothing of thresholds, rules or time.
//!
//! # What enters the baseline
//! A sample over the threshold is *held out*: the window stays as it was, so an outage never resolves
//! itself by being learned. Clipping such samples to the edge of the expected band, which looks like the
//! gentler choice, does not keep that promise: every clipped sample moves the mean to the edge and widens
//! the spread, the edge moves on, and a jump of ten deviations is "normal" after about 0.4 windows.
//! Only while the window is not yet full are samples clipped to the band, for the very reason that a
//! first baseline of a few samples may be wrong and must be able to move.
//! `learn_from_anomalies` restores the textbook behaviour: everything is learned as it comes.

mod iqr;
mod mad;
mod order;
mod scale;
pub mod seasonal;
mod threshold;
mod trend;
mod window;
mod zscore;

pub use scale::Scale;

use serde::{Deserialize, Serialize};

use crate::anomaly::Side;
use crate::rule::{Decision, DetectorSpec, Direction, Rule};

/// What is known about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PointState {
    /// It has a score.
    Scored,
    /// Too little history yet.
    Learning,
    /// There is no finite value.
    Gap,
    /// Somebody excluded it from learning and judging.
    Excluded,
}

/// What a detector says about one value. `expected`, `lower` and `upper` are NaN where it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What is known.
    pub state: PointState,
    /// Distance on the detector's own scale; 0 unless scored.
    pub raw: f64,
    /// `Scale::map(raw)`; 1.0 is the threshold; 0 unless scored.
    pub score: f64,
    /// The expected value.
    pub expected: f64,
    /// Lower edge of the band where the score is 1.0.
    pub lower: f64,
    /// Upper edge of the band where the score is 1.0.
    pub upper: f64,
    /// Which way the value lies.
    pub side: Side,
}

impl Reading {
    fn unscored(state: PointState) -> Self {
        let none = f64::NAN;
        Self {
            state,
            raw: 0.0,
            score: 0.0,
            expected: none,
            lower: none,
            upper: none,
            side: Side::High,
        }
    }
}

/// How far a value lies out on either side, and what was expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judgement {
    /// Raw distance upwards; negative below the expected value.
    pub(crate) above: f64,
    /// Raw distance downwards.
    pub(crate) below: f64,
    /// The expected value; NaN if the model has none.
    pub(crate) expected: f64,
    /// `lower = base_low - threshold * spread`; NaN if there is no band.
    pub(crate) base_low: f64,
    /// `upper = base_high + threshold * spread`.
    pub(crate) base_high: f64,
    /// Width of one raw unit in the unit of the series.
    pub(crate) spread: f64,
}

/// One algorithm: judges against what it has learned.
pub(crate) trait Model {
    /// Forgets everything.
    fn clear(&mut self);
    /// Judges a finite value against the past; nothing while there is too little of it.
    fn judge(&self, value: f64) -> Option<Judgement>;
    /// Takes a finite value into the past.
    fn learn(&mut self, value: f64);
    /// Whether the past is as long as the model wants it.
    fn is_full(&self) -> bool;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum AnyModel {
    Threshold(threshold::Threshold),
    Zscore(zscore::Zscore),
    Mad(mad::Mad),
    Iqr(iqr::Iqr),
    Trend(trend::Trend),
}

/// A detector of one series under one rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detector {
    model: AnyModel,
    scale: Scale,
    direction: Direction,
    learn_from_anomalies: bool,
}

/// First byte of a saved detector; another one means "rebuild".
const STATE_VERSION: u8 = 1;

impl Detector {
    /// An untaught detector as the rule has it.
    pub fn new(rule: &Rule) -> Self {
        Self::with(&rule.detector, &rule.decision, rule.learn_from_anomalies)
    }

    /// An untaught detector.
    pub fn with(spec: &DetectorSpec, decision: &Decision, learn_from_anomalies: bool) -> Self {
        let model = match *spec {
            DetectorSpec::Threshold => AnyModel::Threshold(threshold::Threshold {
                direction: decision.direction,
            }),
            DetectorSpec::Zscore(params) => AnyModel::Zscore(zscore::Zscore::new(params)),
            DetectorSpec::Mad(params) => AnyModel::Mad(mad::Mad::new(params)),
            DetectorSpec::Iqr { rolling, quartiles } => {
                AnyModel::Iqr(iqr::Iqr::new(rolling, quartiles))
            }
            DetectorSpec::Trend(params) => AnyModel::Trend(trend::Trend::new(params)),
        };
        Self {
            model,
            scale: Scale::new(spec, decision),
            direction: decision.direction,
            learn_from_anomalies,
        }
    }

    /// Rebuilds the state from exactly these samples (NaN is a gap).
    pub fn fit(&mut self, history: &[f64]) {
        match &mut self.model {
            AnyModel::Threshold(_) => {}
            AnyModel::Zscore(model) => fit(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                history,
            ),
            AnyModel::Mad(model) => fit(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                history,
            ),
            AnyModel::Iqr(model) => fit(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                history,
            ),
            AnyModel::Trend(model) => fit(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                history,
            ),
        }
    }

    /// Judges a value against the past, then takes it into the past as the policy has it.
    pub fn step(&mut self, value: f64) -> Reading {
        match &mut self.model {
            AnyModel::Threshold(model) => step(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                value,
            ),
            AnyModel::Zscore(model) => step(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                value,
            ),
            AnyModel::Mad(model) => step(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                value,
            ),
            AnyModel::Iqr(model) => step(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                value,
            ),
            AnyModel::Trend(model) => step(
                model,
                self.scale,
                self.direction,
                self.learn_from_anomalies,
                value,
            ),
        }
    }

    /// The state as bytes, from which [`Detector::load`] goes on with equal bits.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = vec![STATE_VERSION];
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        bytes
    }

    /// A detector from its bytes; nothing if another version wrote them.
    pub fn load(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        (*version == STATE_VERSION)
            .then(|| postcard::from_bytes(rest).ok())
            .flatten()
    }
}

fn fit(
    model: &mut impl Model,
    scale: Scale,
    direction: Direction,
    learn_all: bool,
    history: &[f64],
) {
    model.clear();
    for &value in history {
        step(model, scale, direction, learn_all, value);
    }
}

/// Larger values, infinities and NaN are gaps: an infinity is a division by zero somewhere in a query, not a
/// measurement, and the squares of anything larger would overflow in the sums.
const MAX_MAGNITUDE: f64 = 1e150;

/// Monomorphised for each model: this is the innermost loop of every replay.
#[inline]
fn step(
    model: &mut impl Model,
    scale: Scale,
    direction: Direction,
    learn_all: bool,
    value: f64,
) -> Reading {
    if value.is_nan() || value.abs() > MAX_MAGNITUDE {
        return Reading::unscored(PointState::Gap);
    }
    let Some(judgement) = model.judge(value) else {
        model.learn(value);
        return Reading::unscored(PointState::Learning);
    };
    let (raw, side) = match direction {
        Direction::Below => (judgement.below, Side::Low),
        Direction::Both if judgement.below > judgement.above => (judgement.below, Side::Low),
        Direction::Above | Direction::Both => (judgement.above, Side::High),
    };
    // A quotient by almost nothing may overflow; scores stay finite, because JSON has no infinity.
    let raw = raw.clamp(f64::MIN, f64::MAX);
    let score = scale.map(raw).clamp(f64::MIN, f64::MAX);
    let lower = judgement.base_low - scale.threshold() * judgement.spread;
    let upper = judgement.base_high + scale.threshold() * judgement.spread;
    if learn_all || score <= 1.0 {
        model.learn(value);
    } else if !model.is_full() {
        model.learn(if lower <= upper {
            value.clamp(lower, upper)
        } else {
            value
        });
    }
    Reading {
        state: PointState::Scored,
        raw,
        score,
        expected: judgement.expected,
        lower,
        upper,
        side,
    }
}

#[cfg(test)]
mod tests;
