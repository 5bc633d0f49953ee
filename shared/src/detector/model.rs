//! What every algorithm is to a rule: it judges a value against its past, then takes it in.
//!
//! Models know nothing of thresholds, scores or rules; [`Detector`](super::Detector) asks them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::about::About;
use super::explain::Part;
use super::spec::DetectorSpec;
use crate::rule::Direction;
use crate::time::UtcOffsets;

/// A value and its moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Any number; NaN is a gap. Models only meet finite ones of at most 1e150.
    pub value: f64,
    /// UTC milliseconds since 1970.
    pub at_ms: i64,
    /// The same on the wall clock, as seasons read it.
    pub local_ms: i64,
}

impl Sample {
    /// A sample under a table of offsets.
    #[inline]
    pub fn new(value: f64, at_ms: i64, offsets: &UtcOffsets) -> Self {
        Self {
            value,
            at_ms,
            local_ms: offsets.season_ms(at_ms),
        }
    }
}

/// The samples before a fit boundary, on one grid.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The values; NaN is a gap. The last one lies one step before `end_ms`.
    pub values: &'a [f64],
    /// The boundary: the first instant that is not history any more.
    pub end_ms: i64,
    /// Distance between two samples.
    pub step_ms: i64,
    /// The wall clock.
    pub offsets: &'a UtcOffsets,
    /// Seed of everything that is drawn at random.
    pub seed: u64,
}

impl History<'_> {
    /// The older and the newer half.
    pub(crate) fn split(&self) -> (Self, Self) {
        let (older, newer) = self.values.split_at(self.values.len() / 2);
        let older = Self {
            values: older,
            end_ms: self.end_ms - newer.len() as i64 * self.step_ms,
            ..*self
        };
        let newer = Self {
            values: newer,
            ..*self
        };
        (older, newer)
    }

    /// The samples in their order.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        let first_ms = self.end_ms - self.values.len() as i64 * self.step_ms;
        self.values.iter().enumerate().map(move |(index, value)| {
            Sample::new(*value, first_ms + index as i64 * self.step_ms, self.offsets)
        })
    }
}

/// What a model is made for, beside its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// Distance between two samples.
    pub(crate) step_ms: i64,
    /// Which side counts.
    pub(crate) direction: Direction,
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

impl Judgement {
    /// An oddity without a side, and without a band: the shape is wrong, not the height.
    pub(crate) fn undirected(raw: f64) -> Self {
        let none = f64::NAN;
        Self {
            above: raw,
            below: raw,
            expected: none,
            base_low: none,
            base_high: none,
            spread: none,
        }
    }

    /// A distance from the nearer edge of a range in spreads; a spread of 0 keeps silent.
    #[inline]
    pub(crate) fn outside(value: f64, (low, high): (f64, f64), expected: f64, spread: f64) -> Self {
        let out = |distance: f64| {
            if spread == 0.0 {
                0.0
            } else {
                distance / spread
            }
        };
        Self {
            above: out(value - high),
            below: out(low - value),
            expected,
            base_low: low,
            base_high: high,
            spread,
        }
    }

    /// A distance from a centre in spreads; a spread of 0 keeps silent.
    #[inline]
    pub(crate) fn centred(value: f64, centre: f64, spread: f64) -> Self {
        let above = if spread == 0.0 {
            0.0
        } else {
            (value - centre) / spread
        };
        Self {
            above,
            below: -above,
            expected: centre,
            base_low: centre,
            base_high: centre,
            spread,
        }
    }
}

/// One algorithm: judges against what it has learned. Its state is bounded, and saved it goes on with equal bits.
pub(crate) trait Model: Clone + Serialize + DeserializeOwned + Send + Sync {
    /// Names, parameters and threshold.
    const ABOUT: About;

    /// Whether it matters to what it learns on which side of the threshold a sample lies; not so where
    /// [`Model::skip`] does what [`Model::learn`] does, or nothing is learned at all.
    const HOLDS_OUT: bool = true;

    /// Whether anything is learned at all.
    const LEARNS: bool = true;

    /// Whether it learns a history at once and may be asked about what came before that history, too: it takes
    /// no notice of the time.
    const ORDERLESS: bool = false;

    /// An untaught model.
    fn new(spec: &DetectorSpec, setup: Setup) -> Self;

    /// Forgets everything.
    fn clear(&mut self);

    /// Learns a whole history at once, and says so; `false` asks to be taught sample by sample.
    fn fit(&mut self, _history: &History<'_>) -> bool {
        false
    }

    /// Judges a finite value against the past; nothing while there is too little of it.
    fn judge(&mut self, sample: Sample) -> Option<Judgement>;

    /// How much of the raw distance that was judged last is about that moment, 0 to 1: a method that compares
    /// stretches sees an event for as long as a stretch, and may know when it is over. Raw distance and
    /// score are made from this share, so that an anomaly ends in time; the rank still says how odd the stretch is.
    #[inline]
    fn present(&self) -> f64 {
        1.0
    }

    /// Takes a finite value into the past.
    fn learn(&mut self, sample: Sample);

    /// A finite value went by that must not be learned: it was over the threshold.
    fn skip(&mut self, _sample: Sample) {}

    /// There was no value at this instant.
    fn gap(&mut self, _at_ms: i64) {}

    /// Whether the past is as long as the model wants it; from then on nothing anomalous enters it.
    fn is_full(&self) -> bool;

    /// Whether both would go on with equal bits. One that cannot tell says no, and is asked again from the start.
    fn is_same(&self, _other: &Self) -> bool {
        false
    }

    /// What makes up the judgement of this sample, in additive parts of one unit: they add up to the value (or to
    /// the level that was found), or to the raw distance. Empty if there is nothing to say beyond the expected
    /// value, and then that and what is left over are the parts.
    fn explain(&mut self, _sample: Sample) -> Vec<Part> {
        Vec::new()
    }
}
