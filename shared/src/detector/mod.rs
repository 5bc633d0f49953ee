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
pub mod auto;
pub mod batch;
pub mod change;
mod diff;
pub mod esd;
pub mod ewma;
mod explain;
mod family;
pub mod forest;
pub mod group;
mod hampel;
mod iqr;
mod mad;
pub mod mann_kendall;
mod model;
pub mod onset;
mod order;
mod params;
mod path;
#[cfg(test)]
mod plain_forms;
#[cfg(test)]
mod promises;
pub mod quantile;
mod rate;
mod registry;
pub mod rolling;
mod running;
mod scale;
pub mod seasonal;
pub mod shape;
mod spec;
pub mod tail;
#[cfg(test)]
pub(crate) mod testing;
mod threshold;
mod trend;
mod window;
mod zscore;

pub use about::{About, ParamKind, ParamSpec, ScaleKind};
pub use explain::{Explanation, PART_LABELS, Part, PartUnit, label};
pub use family::Family;
pub use model::{History, Sample};
pub use registry::{DetectorKind, link_all};
pub use scale::{Budget, Scale};
pub use spec::DetectorSpec;

pub(crate) use group::GroupDetector;
pub(crate) use model::{Judgement, Model, Setup};
pub(crate) use path::Path;
pub(crate) use running::MAX_MAGNITUDE;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::anomaly::Side;
use crate::rule::{Decision, Rule};
use crate::time::Holidays;
use running::{Policy, Running};

/// What is known about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// How odd the stretch up to this moment is, on the same scale: as `raw`, but with what is over. Leaderboards
    /// rank by it.
    pub rank: f64,
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
    /// The band without any threshold; NaN where there is none.
    pub band: Band,
    /// How the value entered the past.
    pub entry: Entry,
}

/// The band before a threshold widens it: `lower = low - threshold * spread`, `upper = high + threshold * spread`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Where it begins downwards.
    pub low: f64,
    /// Where it begins upwards.
    pub high: f64,
    /// Width of one raw unit, in the unit of the series.
    pub spread: f64,
}

impl Band {
    /// Of a detector without one.
    pub const NONE: Self = Self {
        low: f64::NAN,
        high: f64::NAN,
        spread: f64::NAN,
    };

    /// Its edges at a threshold on the raw scale.
    #[inline]
    pub fn edges(self, threshold: f64) -> (f64, f64) {
        let reach = threshold * self.spread;
        (self.low - reach, self.high + reach)
    }
}

/// How a value entered the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// As it is, or not at all: only the side of the threshold counts.
    Plain,
    /// Clipped to the edge of the band, which is where the threshold is.
    Clipped,
}

impl Reading {
    /// Of a value that nothing can be said about.
    pub(crate) fn unknown(value: f64) -> Self {
        Self::unscored(if running::is_gap(value) {
            PointState::Gap
        } else {
            PointState::Learning
        })
    }

    /// Of a value that somebody took out.
    pub(crate) fn excluded() -> Self {
        Self::unscored(PointState::Excluded)
    }

    /// Under a threshold that is so many times as high: a calendar says so.
    #[inline]
    pub(crate) fn tolerate(&mut self, scale: &Scale, factor: f64) {
        if factor.to_bits() != 1.0_f64.to_bits() && self.state == PointState::Scored {
            let scale = scale.scaled(factor);
            self.score = scale.score(self.raw);
            (self.lower, self.upper) = self.band.edges(scale.threshold());
        }
    }

    fn unscored(state: PointState) -> Self {
        let none = f64::NAN;
        Self {
            state,
            raw: 0.0,
            rank: 0.0,
            score: 0.0,
            expected: none,
            lower: none,
            upper: none,
            side: Side::High,
            band: Band::NONE,
            entry: Entry::Plain,
        }
    }
}

/// A detector of one series under one rule.
pub struct Detector {
    kind: DetectorKind,
    policy: Policy,
    /// Where the threshold follows from a budget of alarms.
    budget: Option<Budget>,
    /// Nothing in a program that does not have this kind; then it learns for ever.
    model: Option<Box<dyn Running>>,
}

impl Clone for Detector {
    fn clone(&self) -> Self {
        Self {
            kind: self.kind,
            policy: self.policy.clone(),
            budget: self.budget,
            model: self.model.as_ref().map(|model| model.duplicate()),
        }
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Detector({}, {:?})", self.kind.as_str(), self.policy)
    }
}

/// First byte of a saved detector; another one means "rebuild".
const STATE_VERSION: u8 = 5;

impl Detector {
    /// An untaught detector as the rule has it.
    pub fn new(rule: &Rule) -> Self {
        let (decision, learn_all) = (&rule.decision, rule.learn_from_anomalies);
        let (step_ms, gap_ms) = (rule.step.ms(), rule.merge_gap.ms());
        let mut detector = Self::with(&rule.detector, decision, learn_all, step_ms, gap_ms);
        detector.policy.holidays = rule.holidays.clone();
        detector
    }

    /// An untaught detector for samples that lie `step_ms` apart, whose anomalies are one when nearer than
    /// `merge_gap_ms`.
    pub fn with(
        spec: &DetectorSpec,
        decision: &Decision,
        learn_from_anomalies: bool,
        step_ms: i64,
        merge_gap_ms: i64,
    ) -> Self {
        let direction = decision.direction;
        let budget = |alarms| Budget::a_week(alarms, step_ms, merge_gap_ms);
        Self {
            kind: spec.kind(),
            policy: Policy {
                scale: Scale::new(spec.kind(), decision),
                direction,
                learn_from_anomalies,
                holidays: Holidays::NONE,
            },
            budget: decision.alarms_per_week.map(budget),
            model: registry::make(spec, Setup { step_ms, direction }),
        }
    }

    /// Rebuilds the state from exactly these samples.
    pub fn fit(&mut self, history: &History<'_>) {
        let _any_threshold_that_teaches_the_same = self.fit_path(history);
    }

    /// The same, and which thresholds would have led to the same state.
    pub(crate) fn fit_path(&mut self, history: &History<'_>) -> Path {
        let Some(model) = &mut self.model else {
            return Path::ANY;
        };
        let offsets = history.offsets.with_holidays(&self.policy.holidays);
        let history = &History {
            offsets: &offsets,
            ..*history
        };
        if let Some(budget) = self.budget {
            let (raws, at_once) = model.raws(&self.policy, history);
            // A history that says nothing of how high a distance may be leaves the threshold where it was.
            if let Some(scale) = Scale::calibrated(&raws, budget) {
                self.policy.scale = scale;
                // What learns all at once may measure in units of what it has learned: taught anew, it would
                // speak in other units than the ones that were just calibrated. It has learned the rest by now.
                if at_once {
                    return Path::ANY;
                }
            }
        }
        model.fit(&self.policy, history)
    }

    /// Whether a threshold decides about what is learned.
    pub(crate) fn holds_out(&self) -> bool {
        let model = self.model.as_ref();
        !self.policy.learn_from_anomalies && model.is_some_and(|model| model.holds_out())
    }

    /// The same knowledge under another decision.
    pub(crate) fn under(&self, decision: &Decision) -> Self {
        let mut other = self.clone();
        other.policy.scale = Scale::new(self.kind, decision);
        other
    }

    /// Whether both are known to go on with equal bits, whatever their thresholds.
    pub(crate) fn knows_what(&self, other: &Self) -> bool {
        match (self.model.as_deref(), other.model.as_deref()) {
            (Some(own), Some(other)) => own.is_same(other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    /// Judges a value against the past, then takes it into the past as the policy has it.
    #[inline]
    pub fn step(&mut self, sample: Sample) -> Reading {
        match &mut self.model {
            Some(model) => model.step(&self.policy, self.policy.on_the_wall(sample)),
            None => Reading::unknown(sample.value),
        }
    }

    /// Goes past an instant that somebody took out: to the model there was nothing.
    pub fn pass_over(&mut self, at_ms: i64) -> Reading {
        if let Some(model) = &mut self.model {
            model.pass_over(at_ms);
        }
        Reading::excluded()
    }

    /// Why the value would be judged as it would; nothing while there is too little history.
    pub fn explain(&self, sample: Sample) -> Option<Explanation> {
        let mut model = self.model.as_ref()?.duplicate();
        model.explain(&self.policy, self.policy.on_the_wall(sample))
    }

    /// The same without a copy: what a model works out on the way stays with it, and changes no judgement.
    pub(crate) fn explain_here(&mut self, sample: Sample) -> Option<Explanation> {
        let sample = self.policy.on_the_wall(sample);
        self.model.as_mut()?.explain(&self.policy, sample)
    }

    /// Judges a value against the past, and leaves it there.
    pub(crate) fn peek(&mut self, sample: Sample) -> Option<Reading> {
        let sample = self.policy.on_the_wall(sample);
        self.model.as_mut()?.peek(&self.policy, sample)
    }

    /// From raw distances to scores.
    pub(crate) fn scale(&self) -> &Scale {
        &self.policy.scale
    }

    /// The state as bytes, from which [`Detector::load`] goes on with equal bits.
    pub fn save(&self) -> Vec<u8> {
        let model = self.model.as_deref();
        let model = model.map(|model| registry::save(self.kind, model));
        let mut bytes = vec![STATE_VERSION];
        bytes.extend(
            postcard::to_allocvec(&(self.kind, &self.policy, self.budget, model))
                .unwrap_or_default(),
        );
        bytes
    }

    /// A detector from its bytes; nothing if another version wrote them.
    pub fn load(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        if *version != STATE_VERSION {
            return None;
        }
        let (kind, policy, budget, model): (_, _, _, Option<Vec<u8>>) =
            postcard::from_bytes(rest).ok()?;
        let model = match model {
            Some(bytes) => Some(registry::load(kind, &bytes)?),
            None => None,
        };
        Some(Self {
            kind,
            policy,
            budget,
            model,
        })
    }
}

#[cfg(test)]
mod tests;
