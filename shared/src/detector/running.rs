//! A model at work: the policy around it, behind one pointer.

use std::any::Any;

use super::model::{History, Judgement, Model, Sample, Setup};
use super::scale::Scale;
use super::spec::DetectorSpec;
use super::{Band, Entry, Explanation, Part, Path, PointState, Reading};
use crate::anomaly::Side;
use crate::math::stats::quantile;
use crate::rule::Direction;
use crate::time::Holidays;

/// A model under a policy, if there is one.
pub(super) type Made = Option<Box<dyn Running>>;

/// How models are made; nothing for a kind that is not its own.
pub(super) type Factory = fn(&DetectorSpec, Setup) -> Made;

/// What a detector does around its model.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Policy {
    pub(super) scale: Scale,
    pub(super) direction: Direction,
    pub(super) learn_from_anomalies: bool,
    /// Days that seasons take for Sundays.
    pub(super) holidays: Holidays,
}

impl Policy {
    /// A sample as seasons see it.
    #[inline]
    pub(super) fn on_the_wall(&self, sample: Sample) -> Sample {
        Sample {
            local_ms: self.holidays.season_ms(sample.local_ms),
            ..sample
        }
    }
}

/// Any model: what only it knows. What follows from that is said once, for all of them, below: a copy for each model
/// would make up a sixth of a program that has them all.
pub(super) trait Running: Any + Send + Sync {
    fn forget(&mut self);
    /// Learns a whole history, if the model learns at once.
    fn learn_at_once(&mut self, history: &History<'_>) -> bool;
    fn is_orderless(&self) -> bool;
    fn learns(&self) -> bool;
    fn holds_out(&self) -> bool;
    fn is_same(&self, other: &dyn Running) -> bool;
    /// Judges a value and takes it in, in one call: the innermost loop of every replay.
    fn step(&mut self, policy: &Policy, sample: Sample) -> Reading;
    fn pass_over(&mut self, at_ms: i64);
    /// What a finite value would be, and how much of that is about this moment.
    fn judged(&mut self, sample: Sample) -> Option<(Judgement, f64)>;
    fn parts(&mut self, sample: Sample) -> Vec<Part>;
    fn duplicate(&self) -> Box<dyn Running>;
}

impl<M: Model + 'static> Running for M {
    fn forget(&mut self) {
        self.clear();
    }

    fn learn_at_once(&mut self, history: &History<'_>) -> bool {
        self.fit(history)
    }

    fn is_orderless(&self) -> bool {
        M::ORDERLESS
    }

    fn learns(&self) -> bool {
        M::LEARNS
    }

    fn holds_out(&self) -> bool {
        M::HOLDS_OUT
    }

    fn is_same(&self, other: &dyn Running) -> bool {
        let other = (other as &dyn Any).downcast_ref::<M>();
        other.is_some_and(|other| Model::is_same(self, other))
    }

    fn step(&mut self, policy: &Policy, sample: Sample) -> Reading {
        step(self, policy, sample)
    }

    fn pass_over(&mut self, at_ms: i64) {
        self.gap(at_ms);
    }

    fn judged(&mut self, sample: Sample) -> Option<(Judgement, f64)> {
        let judgement = self.judge(sample)?;
        Some((judgement, self.present()))
    }

    fn parts(&mut self, sample: Sample) -> Vec<Part> {
        self.explain(sample)
    }

    fn duplicate(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

impl dyn Running {
    /// The bytes of a model of this type.
    pub(super) fn save<M: Model + 'static>(&self) -> Vec<u8> {
        let model = (self as &dyn Any).downcast_ref::<M>();
        model.map_or_else(Vec::new, |model| {
            postcard::to_allocvec(model).unwrap_or_default()
        })
    }

    /// A model from the bytes that it saved.
    pub(super) fn load<M: Model + 'static>(bytes: &[u8]) -> Option<Box<Self>> {
        let model: M = postcard::from_bytes(bytes).ok()?;
        Some(Box::new(model))
    }

    /// Forgets everything and learns a history: at once, or sample by sample.
    pub(super) fn fit(&mut self, policy: &Policy, history: &History<'_>) -> Path {
        self.forget();
        let mut path = Path::ANY;
        if self.learns() && !self.learn_at_once(history) {
            for sample in history.samples() {
                path.see(&self.step(policy, sample));
            }
        }
        path
    }

    /// The raw distances of samples that the model had not learned when it judged them, and whether it began by
    /// learning the first half at once.
    pub(super) fn raws(&mut self, policy: &Policy, history: &History<'_>) -> (Vec<f64>, bool) {
        // Nothing is held out: where the threshold will lie is not known yet.
        let policy = &Policy {
            learn_from_anomalies: true,
            ..policy.clone()
        };
        let (first, rest) = history.split();
        let mut raws = Vec::new();
        if self.is_orderless() {
            // Each half is judged by what the other taught: twice as many distances, and the rarest of them are
            // what a budget of few alarms rests on.
            self.forget();
            self.learn_at_once(&rest);
            for _ in 0..SEAM {
                self.pass_over(rest.end_ms);
            }
            raws = self.distances(policy, &first);
        }
        self.forget();
        // A model that learns all at once would know what it is asked about; it learns the first half only.
        let at_once = self.learn_at_once(&first);
        let unseen = if at_once { rest } else { *history };
        let seen = self.distances(policy, &unseen);
        // Each of the two measures in a unit of its own.
        let (own, other) = (
            quantile(&seen, UNIT_QUANTILE),
            quantile(&raws, UNIT_QUANTILE),
        );
        let factor = if own > 0.0 && other > 0.0 {
            own / other
        } else {
            1.0
        };
        for raw in &mut raws {
            *raw *= factor;
        }
        raws.extend(seen);
        (raws, at_once)
    }

    /// The raw distances of samples, step by step.
    fn distances(&mut self, policy: &Policy, history: &History<'_>) -> Vec<f64> {
        history
            .samples()
            .map(|sample| self.step(policy, sample))
            .filter(|reading| reading.state == PointState::Scored)
            .map(|reading| reading.raw)
            .collect()
    }

    /// What would be said of a value, without learning it.
    pub(super) fn peek(&mut self, policy: &Policy, sample: Sample) -> Option<Reading> {
        if is_gap(sample.value) {
            return None;
        }
        let (judgement, present) = self.judged(sample)?;
        Some(read_share(policy, judgement, present))
    }

    /// Why a value would be judged as it would.
    pub(super) fn explain(&mut self, policy: &Policy, sample: Sample) -> Option<Explanation> {
        let reading = self.peek(policy, sample)?;
        let parts = self.parts(sample);
        Some(Explanation::new(reading, sample.value, parts))
    }
}

/// By which the distances of two models of the same series are brought to one unit.
const UNIT_QUANTILE: f64 = 0.95;

/// Gaps between two stretches that have nothing to do with each other: longer than any model bridges.
const SEAM: u32 = 64;

/// Larger values, infinities and NaN are gaps: an infinity is a division by zero somewhere in a query, not a
/// measurement, and the squares of anything larger would overflow in the sums.
pub(crate) const MAX_MAGNITUDE: f64 = 1e150;

#[inline]
pub(super) fn is_gap(value: f64) -> bool {
    value.is_nan() || value.abs() > MAX_MAGNITUDE
}

/// Judges a value, then takes it into the past as the policy has it: the innermost loop of every replay.
#[inline]
fn step(model: &mut impl Model, policy: &Policy, sample: Sample) -> Reading {
    if is_gap(sample.value) {
        model.gap(sample.at_ms);
        return Reading::unscored(PointState::Gap);
    }
    let Some(judgement) = model.judge(sample) else {
        model.learn(sample);
        return Reading::unscored(PointState::Learning);
    };
    let mut reading = read_share(policy, judgement, model.present());
    if policy.learn_from_anomalies || reading.score <= 1.0 {
        model.learn(sample);
    } else if model.is_full() {
        model.skip(sample);
    } else {
        let Reading { lower, upper, .. } = reading;
        let value = if lower <= upper {
            reading.entry = Entry::Clipped;
            sample.value.clamp(lower, upper)
        } else {
            sample.value
        };
        model.learn(Sample { value, ..sample });
    }
    reading
}

/// A judgement of which a share is about this moment, as the rule sees it.
#[inline]
fn read_share(policy: &Policy, judgement: Judgement, present: f64) -> Reading {
    let mut reading = read(policy, judgement);
    if present < 1.0 {
        reading.raw *= present;
        reading.score = policy.scale.score(reading.raw);
    }
    reading
}

/// A judgement as the rule's direction and threshold see it.
#[inline]
pub(super) fn read(policy: &Policy, judgement: Judgement) -> Reading {
    let (raw, side) = match policy.direction {
        Direction::Below => (judgement.below, Side::Low),
        Direction::Both if judgement.below > judgement.above => (judgement.below, Side::Low),
        Direction::Above | Direction::Both => (judgement.above, Side::High),
    };
    // A quotient by almost nothing may overflow; scores stay finite, because JSON has no infinity.
    let raw = raw.clamp(f64::MIN, f64::MAX);
    let scale = &policy.scale;
    let band = Band {
        low: judgement.base_low,
        high: judgement.base_high,
        spread: judgement.spread,
    };
    let (lower, upper) = band.edges(scale.threshold());
    Reading {
        state: PointState::Scored,
        raw,
        rank: raw,
        score: scale.score(raw),
        expected: judgement.expected,
        lower,
        upper,
        side,
        band,
        entry: Entry::Plain,
    }
}
