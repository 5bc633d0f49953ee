//! Light detectors: each scores a value against what it has learned, with equal bits on every target.
//!
//! [`Detector`] is what a rule uses: it judges a value *before* learning it, maps the raw distance to a
//! score (1.0 at the threshold) and decides what enters the baseline. The algorithms are the `Model`s,
//! one file each, listed in `registry`; they know nothing of thresholds or rules.
//!
//! # What enters the baseline
//! A sample over the threshold is *held out*: the window stays as it was, so an outage never resolves
//! itself by being learned. Clipping such samples to the edge of the expected band, which looks like the
//! gentler choice, does not keep that promise: every clipped sample moves the mean to the edge and widens
//! the spread, the edge moves on, and a jump of ten deviations is "normal" after about 0.4 windows.
//! Only while the window is not yet full are samples clipped to the band, for the very reason that a
//! first baseline of a few samples may be wrong and must be able to move.
//! `learn_from_anomalies` restores the textbook behaviour: everything is learned as it comes.

mod about;
pub mod batch;
pub mod change;
mod iqr;
mod mad;
mod model;
mod order;
mod params;
mod registry;
mod scale;
pub mod seasonal;
mod spec;
mod threshold;
mod trend;
mod window;
mod zscore;

pub use about::{About, ParamKind, ParamSpec, ScaleKind};
pub use model::{History, Part, Sample};
pub use registry::DetectorKind;
pub use scale::Scale;
pub use spec::DetectorSpec;

pub(crate) use model::{Judgement, Model, Setup};

use serde::{Deserialize, Serialize};

use crate::anomaly::Side;
use crate::rule::{Decision, Direction, Rule};
use registry::{AnyModel, with_model};

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

/// A detector of one series under one rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detector {
    model: AnyModel,
    policy: Policy,
}

/// What a detector does around its model.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Policy {
    scale: Scale,
    direction: Direction,
    learn_from_anomalies: bool,
}

/// Why a sample was judged as it was, and what would have kept it quiet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What adds up to the judgement; empty if the detector has no parts.
    pub parts: Vec<Part>,
    /// Quiet with a threshold of at least this.
    pub quiet_from_threshold: f64,
    /// Quiet if the value had stayed at or over this; NaN if there is no such edge.
    pub quiet_from: f64,
    /// Quiet if the value had stayed at or under this; NaN if there is no such edge.
    pub quiet_to: f64,
}

/// First byte of a saved detector; another one means "rebuild".
const STATE_VERSION: u8 = 2;

impl Detector {
    /// An untaught detector as the rule has it.
    pub fn new(rule: &Rule) -> Self {
        let (decision, learn_all) = (&rule.decision, rule.learn_from_anomalies);
        Self::with(&rule.detector, decision, learn_all, rule.step.ms())
    }

    /// An untaught detector for samples that lie `step_ms` apart.
    pub fn with(
        spec: &DetectorSpec,
        decision: &Decision,
        learn_from_anomalies: bool,
        step_ms: i64,
    ) -> Self {
        let direction = decision.direction;
        Self {
            model: AnyModel::new(spec, Setup { step_ms, direction }),
            policy: Policy {
                scale: Scale::new(spec.kind(), decision),
                direction,
                learn_from_anomalies,
            },
        }
    }

    /// Rebuilds the state from exactly these samples.
    pub fn fit(&mut self, history: &History<'_>) {
        let policy = self.policy;
        with_model!(&mut self.model, model => {
            model.clear();
            if !model.fit(history) {
                for sample in history.samples() {
                    step(model, policy, sample);
                }
            }
        });
    }

    /// Judges a value against the past, then takes it into the past as the policy has it.
    #[inline]
    pub fn step(&mut self, sample: Sample) -> Reading {
        let policy = self.policy;
        with_model!(&mut self.model, model => step(model, policy, sample))
    }

    /// Why the value would be judged as it would; nothing while there is too little history.
    pub fn explain(&self, sample: Sample) -> Option<Explanation> {
        if is_gap(sample.value) {
            return None;
        }
        let mut model = self.model.clone();
        with_model!(&mut model, model => {
            let judgement = model.judge(sample)?;
            let reading = read(self.policy, judgement);
            Some(Explanation {
                parts: model.explain(sample),
                quiet_from_threshold: reading.raw,
                quiet_from: reading.lower,
                quiet_to: reading.upper,
            })
        })
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

/// Larger values, infinities and NaN are gaps: an infinity is a division by zero somewhere in a query, not a
/// measurement, and the squares of anything larger would overflow in the sums.
const MAX_MAGNITUDE: f64 = 1e150;

#[inline]
fn is_gap(value: f64) -> bool {
    value.is_nan() || value.abs() > MAX_MAGNITUDE
}

/// Monomorphised for each model: this is the innermost loop of every replay.
#[inline]
fn step(model: &mut impl Model, policy: Policy, sample: Sample) -> Reading {
    if is_gap(sample.value) {
        model.gap(sample.at_ms);
        return Reading::unscored(PointState::Gap);
    }
    let Some(judgement) = model.judge(sample) else {
        model.learn(sample);
        return Reading::unscored(PointState::Learning);
    };
    let reading = read(policy, judgement);
    if policy.learn_from_anomalies || reading.score <= 1.0 {
        model.learn(sample);
    } else if model.is_full() {
        model.skip(sample);
    } else {
        let Reading { lower, upper, .. } = reading;
        let value = if lower <= upper {
            sample.value.clamp(lower, upper)
        } else {
            sample.value
        };
        model.learn(Sample { value, ..sample });
    }
    reading
}

/// A judgement as the rule's direction and threshold see it.
#[inline]
fn read(policy: Policy, judgement: Judgement) -> Reading {
    let (raw, side) = match policy.direction {
        Direction::Below => (judgement.below, Side::Low),
        Direction::Both if judgement.below > judgement.above => (judgement.below, Side::Low),
        Direction::Above | Direction::Both => (judgement.above, Side::High),
    };
    // A quotient by almost nothing may overflow; scores stay finite, because JSON has no infinity.
    let raw = raw.clamp(f64::MIN, f64::MAX);
    let scale = policy.scale;
    Reading {
        state: PointState::Scored,
        raw,
        score: scale.map(raw).clamp(f64::MIN, f64::MAX),
        expected: judgement.expected,
        lower: judgement.base_low - scale.threshold() * judgement.spread,
        upper: judgement.base_high + scale.threshold() * judgement.spread,
        side,
    }
}

#[cfg(test)]
mod tests;
