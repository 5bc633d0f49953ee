//! Bayesian online change point detection: how long has the present level lasted?
//!
//! Adams & `MacKay`, *Bayesian Online Changepoint Detection*, 2007, with a normal stream of unknown mean and variance
//! (Normal-Gamma prior, Student's t as its prediction) and a constant hazard.
//! The paper's run lengths grow without end; here improbable ones are dropped, and only so many are kept.
//! The stream should be standardised, because the prior is: level 0, deviation 1.

use serde::{Deserialize, Serialize};

use super::watching::{BASELINE, Levels, Watch};
use super::{Drift, usual};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL};

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BocpdParams {
    /// Samples that a level is expected to last; at least 2.
    pub expected_run: f64,
    /// A level this young, in samples, counts as a change.
    pub recent: u32,
    /// Run lengths that are weighed at most; 8 to 2,000.
    pub most_runs: u32,
}

impl Default for BocpdParams {
    fn default() -> Self {
        Self {
            expected_run: 1_000.0,
            recent: 20,
            most_runs: 50,
        }
    }
}

/// Weight of the prior mean in samples: a new level may lie some four deviations away.
const PRIOR_WEIGHT: f64 = 0.05;
/// Shape and rate of the prior precision: deviation 1, known as well as from two samples.
const PRIOR_SHAPE: f64 = 1.0;
/// See [`PRIOR_SHAPE`].
const PRIOR_RATE: f64 = 1.0;
/// `ln Γ(3/2) − ln Γ(1)`, which is `ln (√π / 2)`.
const PRIOR_GAMMA: f64 = -0.120_782_237_635_245_22;
/// Less probable run lengths are dropped.
const LEAST: f64 = 1e-9;
/// A level must have lasted this long before it is announced: a single spike also looks like a new level.
const CONFIRMED: u64 = 3;
/// Starts this close together are one change whose place is not certain.
const SAME: u64 = 3;
/// A change that is less probable has no place and no size yet.
const WORTH_TELLING: f64 = 0.1;
/// Standardised values are limited to this magnitude, so that their squares stay finite.
const LARGEST: f64 = 1e6;

/// One possible present level: how long it has lasted, how probable it is, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Run {
    length: u64,
    probability: f64,
    mean: f64,
    rate: f64,
    /// `ln Γ(a + ½) − ln Γ(a)` of its shape a.
    gamma: f64,
}

impl Run {
    const NEW: Self = Self {
        length: 0,
        probability: 1.0,
        mean: 0.0,
        rate: PRIOR_RATE,
        gamma: PRIOR_GAMMA,
    };

    fn weight(&self) -> f64 {
        PRIOR_WEIGHT + self.length as f64
    }

    fn shape(&self) -> f64 {
        PRIOR_SHAPE + 0.5 * self.length as f64
    }

    /// Logarithm of the predictive density, a Student's t with twice the shape as degrees of freedom.
    fn log_density(&self, value: f64) -> f64 {
        let (weight, shape) = (self.weight(), self.shape());
        let variance = self.rate * (weight + 1.0) / (shape * weight);
        let apart = value - self.mean;
        self.gamma
            - 0.5 * libm::log(2.0 * shape * std::f64::consts::PI * variance)
            - (shape + 0.5) * libm::log1p(apart * apart / (2.0 * shape * variance))
    }

    fn take(&mut self, value: f64) {
        // Γ(a + 1) = a Γ(a) gives the next half step from this one.
        self.gamma = libm::log(self.shape()) - self.gamma;
        let weight = self.weight();
        let apart = value - self.mean;
        self.rate += 0.5 * weight * apart * apart / (weight + 1.0);
        self.mean += apart / (weight + 1.0);
        self.length += 1;
    }
}

/// The run lengths of one stream, shortest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bocpd {
    params: BocpdParams,
    centre: f64,
    spread: f64,
    seen: u64,
    runs: Vec<Run>,
    /// First sample and mean of the level that was announced last, or of the first one.
    regime_start: u64,
    regime_mean: f64,
    mean_before: f64,
}

impl Bocpd {
    /// Standardises by the median and the scaled median absolute deviation of `history` (NaN is a gap).
    pub fn fit(history: &[f64], params: BocpdParams) -> Self {
        let finite: Vec<f64> = history
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        let (centre, spread) = usual(&finite);
        Self::new(centre, spread, params)
    }

    /// Standardises by a known centre and spread; a spread of 0 counts as 1.
    pub fn new(centre: f64, spread: f64, params: BocpdParams) -> Self {
        let expected_run = if params.expected_run >= 2.0 {
            params.expected_run
        } else {
            2.0
        };
        Self {
            params: BocpdParams {
                expected_run,
                recent: params.recent.max(1),
                most_runs: params.most_runs.clamp(8, 2_000),
            },
            centre,
            spread: if spread > 0.0 && spread.is_finite() {
                spread
            } else {
                1.0
            },
            seen: 0,
            runs: vec![Run::NEW],
            regime_start: 0,
            regime_mean: 0.0,
            mean_before: 0.0,
        }
    }

    /// How probable it is that the present level is at most `recent` samples old, 0 to 1;
    /// 0 while the stream itself is not much older than that.
    pub fn change_probability(&self) -> f64 {
        let recent = u64::from(self.params.recent);
        if self.seen < 2 * recent {
            return 0.0;
        }
        let young: f64 = self
            .runs
            .iter()
            .filter(|run| run.length <= recent)
            .map(|run| run.probability)
            .sum();
        young.clamp(0.0, 1.0)
    }

    /// The most probable length of the present level in samples, and its mean in the unit of the stream.
    pub fn level(&self) -> (u64, f64) {
        let run = self.likeliest();
        (run.length, self.centre + self.spread * run.mean)
    }

    /// The new level that [`Self::change_probability`] speaks of: the likeliest of those that young.
    pub fn drift(&self) -> Option<Drift> {
        if self.change_probability() < WORTH_TELLING {
            return None;
        }
        let young = 1..=u64::from(self.params.recent);
        let young = self.runs.iter().filter(|run| young.contains(&run.length));
        let run = young.max_by(|a, b| a.probability.total_cmp(&b.probability))?;
        Some(Drift {
            at: self.seen - run.length.min(self.seen),
            before: self.regime_before(),
            after: self.centre + self.spread * run.mean,
        })
    }

    /// Mean of the level before the present one, in the unit of the stream.
    pub fn regime_before(&self) -> f64 {
        self.centre + self.spread * self.mean_before
    }

    fn likeliest(&self) -> Run {
        let mut best = Run {
            probability: -1.0,
            ..Run::NEW
        };
        for run in &self.runs {
            if run.probability > best.probability {
                best = *run;
            }
        }
        best
    }

    /// Takes a value in, and says when a new level has become more probable than not. NaN is ignored.
    pub fn update(&mut self, value: f64) -> Option<Drift> {
        if value.is_nan() {
            return None;
        }
        let value = ((value - self.centre) / self.spread).clamp(-LARGEST, LARGEST);
        self.seen += 1;
        self.weigh(value);
        self.announce()
    }

    /// One step of the paper's algorithm 1.
    fn weigh(&mut self, value: f64) {
        let hazard = 1.0 / self.params.expected_run;
        let mut densities: Vec<f64> = self.runs.iter().map(|run| run.log_density(value)).collect();
        let most = densities.iter().copied().fold(f64::MIN, f64::max);
        let mut evidence = 0.0;
        for (density, run) in densities.iter_mut().zip(&self.runs) {
            *density = libm::exp(*density - most) * run.probability;
            evidence += *density;
        }
        for (run, density) in self.runs.iter_mut().zip(&densities) {
            // The likeliest may be one whose probability is next to nothing, but never nothing.
            run.probability = density / evidence * (1.0 - hazard);
            run.take(value);
        }
        self.runs.insert(
            0,
            Run {
                probability: hazard,
                ..Run::NEW
            },
        );
        self.drop_improbable();
    }

    fn drop_improbable(&mut self) {
        self.runs
            .retain(|run| run.length == 0 || run.probability > LEAST);
        while self.runs.len() > self.params.most_runs as usize {
            let mut least = 1;
            for index in 2..self.runs.len() {
                if self.runs[index].probability < self.runs[least].probability {
                    least = index;
                }
            }
            self.runs.remove(least);
        }
        let total: f64 = self.runs.iter().map(|run| run.probability).sum();
        for run in &mut self.runs {
            run.probability /= total;
        }
    }

    fn announce(&mut self) -> Option<Drift> {
        let run = self.likeliest();
        let start = self.seen - run.length.min(self.seen);
        if start <= self.regime_start + SAME {
            self.regime_mean = run.mean;
            // Until the next level shows, this one is what it will be compared with.
            if run.length > u64::from(self.params.recent) {
                self.mean_before = run.mean;
            }
            return None;
        }
        let together: f64 = self
            .runs
            .iter()
            .filter(|other| other.length.abs_diff(run.length) <= SAME)
            .map(|other| other.probability)
            .sum();
        if run.length < CONFIRMED || together <= 0.5 {
            return None;
        }
        let before = self.regime_mean;
        self.mean_before = before;
        self.regime_start = start;
        self.regime_mean = run.mean;
        Some(Drift {
            at: start,
            before: self.centre + self.spread * before,
            after: self.centre + self.spread * run.mean,
        })
    }
}

const EXPECTED_RUN: ParamSpec = ParamSpec::integer(
    "expected_run_samples",
    "Usual length of a level",
    "How many samples a level is expected to last.",
    "samples",
    (10, 1_000_000, 1_000),
);
const RECENT: ParamSpec = ParamSpec::integer(
    "recent_samples",
    "Recent",
    "A level no older than this counts as a change.",
    "samples",
    (2, 1_000, 20),
);

/// The rule: how probable is it that the level is new? It comes down by itself as the level grows old.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BocpdWatch {
    inside: Bocpd,
}

impl Watch for BocpdWatch {
    const ABOUT: About = About {
        name: "bocpd",
        title: "Bayesian change point",
        help: "Finds the beginning of a new level, by the probability that the present one has only just begun.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("probability", (0.05, 0.99, 0.01, 0.5)),
        inclusive: false,
        params: &[
            EXPECTED_RUN,
            RECENT,
            BASELINE,
            MIN_SPREAD_ABS,
            MIN_SPREAD_REL,
        ],
    };
    const RESTARTS: bool = false;

    fn new(spec: &DetectorSpec) -> Self {
        let params = BocpdParams {
            expected_run: spec.number(&EXPECTED_RUN),
            recent: spec.integer(&RECENT),
            ..BocpdParams::default()
        };
        Self {
            inside: Bocpd::new(0.0, 1.0, params),
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.inside = Bocpd::new(0.0, 1.0, self.inside.params);
    }

    fn take(&mut self, residual: f64) {
        self.inside.update(residual);
    }

    fn levels(&self) -> Levels {
        let raw = self.inside.change_probability();
        let (_, level) = self.inside.level();
        if level < self.inside.regime_before() {
            Levels { up: 0.0, down: raw }
        } else {
            Levels { up: raw, down: 0.0 }
        }
    }

    fn drift(&self) -> Option<Drift> {
        self.inside.drift()
    }

    fn restart(&mut self) {}
}
