//! Change detectors as rules use them: on residuals from a baseline, and with an alarm that lasts.
//!
//! The residual is the distance from the median of the history in scaled median absolute deviations.
//! A detector that begins anew once it has found a change would be over its threshold for one sample only;
//! [`Watching`] holds its word for a few more, so that "for three samples" can be asked of it.
//! The algorithms themselves know nothing of this.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::instants::Instants;
use super::{Drift, usual};
use crate::detector::about::{About, ParamSpec};
use crate::detector::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use crate::detector::{DetectorSpec, History, Judgement, Model, Part, Sample, Setup};
use crate::time::civil;

/// A baseline of fewer samples would take any wave for a change.
pub(super) const BASELINE: ParamSpec = MIN_SAMPLES.defaulting(120.0);

/// How long a found change is told.
pub(super) const HOLD: ParamSpec = ParamSpec::integer(
    "hold_samples",
    "Hold",
    "For how many samples a change counts as an anomaly once it is found.",
    "samples",
    (1, 10_000, 10),
);

/// What every change detector lets the user set.
pub(super) const PARAMS: &[ParamSpec] = &[BASELINE, HOLD, MIN_SPREAD_ABS, MIN_SPREAD_REL];

/// No residual is larger: beyond that it is far away, and nothing is gained by knowing how far.
const FARTHEST: f64 = 1e6;

/// How much has changed, by direction: raw distances without a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Levels {
    pub(super) up: f64,
    pub(super) down: f64,
}

impl Levels {
    /// A distance that belongs to the direction of a change.
    pub(super) fn of(raw: f64, drift: &Drift) -> Self {
        if drift.after < drift.before {
            Self { up: 0.0, down: raw }
        } else {
            Self { up: raw, down: 0.0 }
        }
    }

    fn larger(self) -> f64 {
        self.up.max(self.down)
    }
}

/// A change detector on residuals.
pub(crate) trait Watch: Clone + Send + Sync + Serialize + DeserializeOwned {
    /// Names, parameters and threshold.
    const ABOUT: About;
    /// Whether it begins anew when a change was found; otherwise its levels come down by themselves.
    const RESTARTS: bool = true;

    /// The newest samples of a history that it is taught from.
    const TAUGHT: usize = 10_000;

    /// With nothing seen.
    fn new(spec: &DetectorSpec) -> Self;

    /// Forgets everything, and looks at the residuals of a whole history, in any order, to know what is usual.
    fn prepare(&mut self, residuals: &[f64]);

    /// Takes a residual in.
    fn take(&mut self, residual: f64);

    /// How much has changed after the residuals so far.
    fn levels(&self) -> Levels;

    /// The change that stands out most, if there is one; in residuals.
    fn drift(&self) -> Option<Drift>;

    /// Begins anew from the change that was found.
    fn restart(&mut self);
}

/// What the residuals are measured with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Baseline {
    centre: f64,
    spread: f64,
}

impl Baseline {
    fn of(values: &[f64], floor: SpreadFloor) -> Self {
        let (centre, spread) = usual(values);
        Self {
            centre,
            spread: floor.apply(spread, centre),
        }
    }

    /// A spread of 0 keeps silent.
    fn residual(self, value: f64) -> f64 {
        if self.spread > 0.0 {
            ((value - self.centre) / self.spread).clamp(-FARTHEST, FARTHEST)
        } else {
            0.0
        }
    }
}

/// What [`Model::judge`] found out, for [`Model::learn`] or [`Model::skip`] right after it.
#[derive(Debug, Clone)]
struct Ahead<W> {
    sample: (i64, u64),
    watch: W,
}

/// A change detector under a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "W: Deserialize<'de>"))]
pub(crate) struct Watching<W> {
    watch: W,
    floor: SpreadFloor,
    min_samples: u32,
    hold: u32,
    baseline: Option<Baseline>,
    /// The samples so far while there is no baseline.
    early: Vec<(i64, f64)>,
    /// When the samples came that the algorithm has taken.
    instants: Instants,
    /// What is still told of the last change, and for how many more samples.
    held: Levels,
    held_left: u32,
    held_drift: Option<Drift>,
    #[serde(skip)]
    ahead: Option<Ahead<W>>,
}

impl<W: Watch> Watching<W> {
    /// Sets the baseline, and teaches the algorithm the newest of these values.
    fn begin(&mut self, samples: &[(i64, f64)]) {
        let values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
        let baseline = Baseline::of(&values, self.floor);
        self.baseline = Some(baseline);
        let residuals: Vec<f64> = values.iter().map(|v| baseline.residual(*v)).collect();
        self.watch.prepare(&residuals);
        let newest = residuals.len().saturating_sub(W::TAUGHT);
        for (residual, (at_ms, _)) in residuals[newest..].iter().zip(&samples[newest..]) {
            self.watch.take(*residual);
            self.instants.push(*at_ms);
            // Changes inside the history are over: whoever asks now wants to hear of new ones.
            if W::RESTARTS && self.watch.levels().larger() > W::ABOUT.threshold.default {
                self.watch.restart();
            }
        }
    }

    fn advanced(&self, residual: f64) -> W {
        let mut next = self.watch.clone();
        next.take(residual);
        next
    }

    /// Takes the sample that was just judged, or any other one.
    fn advance(&mut self, sample: Sample) {
        let key = (sample.at_ms, sample.value.to_bits());
        self.instants.push(sample.at_ms);
        match self.ahead.take() {
            Some(ahead) if ahead.sample == key => self.watch = ahead.watch,
            _ => {
                if let Some(baseline) = self.baseline {
                    self.watch.take(baseline.residual(sample.value));
                }
            }
        }
    }
}

impl<W: Watch + std::fmt::Debug> Model for Watching<W> {
    const ABOUT: About = W::ABOUT;

    fn new(spec: &DetectorSpec, setup: Setup) -> Self {
        Self {
            watch: W::new(spec),
            floor: SpreadFloor::of(spec),
            min_samples: spec.integer(&BASELINE).max(2),
            hold: spec.integer(&HOLD),
            baseline: None,
            early: Vec::new(),
            instants: Instants::new(setup.step_ms),
            held: Levels::default(),
            held_left: 0,
            held_drift: None,
            ahead: None,
        }
    }

    fn clear(&mut self) {
        self.watch.prepare(&[]);
        self.baseline = None;
        self.early.clear();
        self.instants.clear();
        (self.held, self.held_left, self.held_drift) = (Levels::default(), 0, None);
        self.ahead = None;
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        let finite: Vec<(i64, f64)> = history
            .samples()
            .filter(|sample| !crate::detector::running::is_gap(sample.value))
            .map(|sample| (sample.at_ms, sample.value))
            .collect();
        if finite.len() >= self.min_samples as usize {
            self.begin(&finite);
        } else {
            self.early = finite;
        }
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let baseline = self.baseline?;
        let watch = self.advanced(baseline.residual(sample.value));
        let mut levels = watch.levels();
        let drift = watch.drift().or(self.held_drift);
        if self.held_left > 0 {
            levels.up = levels.up.max(self.held.up);
            levels.down = levels.down.max(self.held.down);
        }
        self.ahead = Some(Ahead {
            sample: (sample.at_ms, sample.value.to_bits()),
            watch,
        });
        let before = drift.map_or(0.0, |drift| drift.before);
        Some(Judgement {
            above: levels.up,
            below: levels.down,
            expected: baseline.centre + baseline.spread * before,
            ..Judgement::undirected(0.0)
        })
    }

    fn learn(&mut self, sample: Sample) {
        if self.baseline.is_none() {
            self.early.push((sample.at_ms, sample.value));
            if self.early.len() >= self.min_samples as usize {
                let early = std::mem::take(&mut self.early);
                self.begin(&early);
            }
            return;
        }
        self.advance(sample);
        self.held_left = self.held_left.saturating_sub(1);
    }

    fn skip(&mut self, sample: Sample) {
        self.advance(sample);
        if !W::RESTARTS {
            return;
        }
        if self.held_left > 0 {
            self.held_left -= 1;
            return;
        }
        self.held = self.watch.levels();
        self.held_drift = self.watch.drift();
        self.held_left = self.hold.saturating_sub(1);
        self.watch.restart();
    }

    fn is_full(&self) -> bool {
        self.baseline.is_some()
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let Some(baseline) = self.baseline else {
            return Vec::new();
        };
        let watch = self.advanced(baseline.residual(sample.value));
        let drift = if self.held_left > 0 {
            self.held_drift
        } else {
            watch.drift()
        };
        let Some(drift) = drift else {
            return Vec::new();
        };
        let before = baseline.centre + baseline.spread * drift.before;
        let change = baseline.spread * (drift.after - drift.before);
        let mut instants = self.instants.clone();
        instants.push(sample.at_ms);
        let since = instants.of(drift.at).map(since).unwrap_or_default();
        vec![
            Part::of_value("level_before", before),
            Part::of_value("change", change).because(since),
        ]
    }
}

/// In words, when a level began.
fn since(at_ms: i64) -> String {
    let date = civil(at_ms);
    format!(
        "since {:04}-{:02}-{:02} {:02}:{:02} UTC",
        date.year,
        date.month,
        date.day,
        date.hour(),
        date.minute()
    )
}

#[cfg(test)]
mod tests;
