//! From any raw score to the probability that a calm series exceeds it, and so to a budget of alarms.
//!
//! A threshold of "3.2" means something else for every detector; "five alarms in ten thousand points" means
//! the same for all. The high scores of a calm history are fitted by peaks over threshold, as SPOT does
//! (Siffer, Fouque, Termier, Largouet, "Anomaly Detection in Streams with Extreme Value Theory", KDD 2017):
//! the empirical distribution up to a high quantile, a generalised Pareto distribution beyond.
//!
//! # Alarms are merged
//! People count alarms, not points: anomalies nearer than the merge gap are one. [`Tail::fit_merged`]
//! therefore takes for excesses not the scores over the threshold but the levels at which one more *merged*
//! alarm would have come, and for their rate that of alarms. The ratio of alarms to points over the threshold
//! is the extremal index there; below the threshold the logarithm of the survival is bent to meet the tail,
//! so that the whole map is the rate of merged alarms a point.
//!
//! # How a rule uses it
//! `decision.alarms_per_week` gives `p_budget = alarms / points a week`. At each fit boundary the tail is
//! fitted on the raws of the history, with the rule's merge gap in points, and the scale becomes
//! `score = ln_p(raw) / ln p_budget` ([`Tail::score`]): strictly increasing, and 1 at the budget. Where there
//! is no tail (`None`: fewer than 32 raws, or nothing ever over the commonest) the detector's own default
//! threshold stands. A rule that learns between the boundaries hands the raws that were no alarms to
//! [`Tail::observe`].
#![doc = include_str!("measured.md")]

mod body;
mod drift;
mod levels;
mod pareto;

pub use drift::DriftTail;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use body::Body;
use levels::levels;
use pareto::Pareto;

/// Fewest raws of a fit.
const FEWEST_RAWS: usize = 32;
/// Alarms over the threshold of the tail, as a share of the scores.
const SHARE_OVER: f64 = 0.02;
/// As many as should be over it at least, but at most a tenth of all scores.
const ENOUGH_OVER: usize = 50;
/// At most one part in so many of the scores is over the threshold, however few alarms they make.
const DEEPEST_PART: usize = 5;
/// More than these only add scores that are not yet tail.
const PLENTY_OVER: usize = 150;
/// Most excesses kept; the oldest goes.
const MOST_EXCESSES: usize = 512;

/// A run of scores over the threshold that may still grow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Run {
    /// Highest excess.
    highest: f64,
    /// Scores since its last score over the threshold.
    since: u32,
}

/// The distribution of a detector's raw scores on a calm series, with its tail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tail {
    body: Body,
    pareto: Pareto,
    merge_gap: u32,
    /// Levels of the fit over the threshold, then the highest excess of each finished run since.
    excesses: VecDeque<f64>,
    run: Option<Run>,
    /// Scores and alarms so far.
    scores: f64,
    runs: f64,
    /// Logarithm of runs a score over that of scores over the threshold at the fit: the extremal index.
    ln_index: f64,
}

impl Tail {
    /// Fits raw scores of a calm stretch in their order; those that are not finite are left out.
    ///
    /// Nothing if there are fewer than 32, or if all are equal: such a history says nothing about how high
    /// a score can be, and the detector's own threshold is the better answer.
    pub fn fit(raws: &[f64]) -> Option<Self> {
        Self::fit_merged(raws, 0)
    }

    /// As [`Tail::fit`], for the rate of merged alarms: scores over a threshold with at most `merge_gap`
    /// scores from one to the next are one. 0 counts every score.
    pub fn fit_merged(raws: &[f64], merge_gap: u32) -> Option<Self> {
        // Adding zero makes one zero of two.
        let finite = raws.iter().filter(|raw| raw.is_finite());
        let raws: Vec<f64> = finite.map(|raw| raw + 0.0).collect();
        if raws.len() < FEWEST_RAWS {
            return None;
        }
        let count = raws.len();
        let wanted = ((count as f64 * SHARE_OVER) as usize)
            .clamp(ENOUGH_OVER.min(count / 10), PLENTY_OVER)
            .max(3);
        let found = levels(&raws, merge_gap, wanted, count / DEEPEST_PART)?;
        let mut sorted = raws;
        sorted.sort_unstable_by(f64::total_cmp);
        let body = Body::new(&sorted, found.threshold);
        let runs = found.levels.len() as f64;
        let mut tail = Self {
            pareto: Pareto {
                shape: 0.0,
                scale: 1.0,
            },
            merge_gap,
            excesses: found
                .levels
                .into_iter()
                .map(|level| level - found.threshold)
                .collect(),
            run: None,
            scores: count as f64,
            runs,
            ln_index: 0.0,
            body,
        };
        tail.refit();
        tail.ln_index = (tail.ln_rate() - tail.body.ln_share_over()).min(0.0);
        Some(tail)
    }

    /// The logarithm of the probability of a (merged) alarm a point if `raw` were the threshold: under 0,
    /// finite, and decreasing in `raw` as far as doubles tell raws apart beside the highest ever seen.
    pub fn ln_p(&self, raw: f64) -> f64 {
        let raw = if raw.is_nan() { f64::MIN } else { raw };
        let excess = raw - self.body.threshold();
        let ln_p = if excess > 0.0 {
            self.ln_rate() + self.pareto.ln_survival(excess)
        } else {
            // The body was measured at the fit, point by point: bent so that it meets the tail, which knows
            // runs and what has come since.
            self.body.ln_survival(raw) * self.bend()
        };
        ln_p.clamp(f64::MIN, -f64::MIN_POSITIVE)
    }

    /// The raw score over which a share `p` (0 to 1) of points, or merged alarms a point, lies.
    pub fn quantile(&self, p: f64) -> f64 {
        let ln_p = libm::log(p.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON));
        let beyond = ln_p - self.ln_rate();
        let raw = if beyond <= 0.0 {
            self.body.threshold() + self.pareto.excess(beyond)
        } else {
            self.body.raw(ln_p / self.bend())
        };
        raw.clamp(f64::MIN, f64::MAX)
    }

    /// `ln p / ln p_budget`: 1 at the budget of alarms a point, more for what is rarer.
    pub fn score(&self, raw: f64, p_budget: f64) -> f64 {
        let budget = libm::log(p_budget.clamp(f64::MIN_POSITIVE, 0.999));
        (self.ln_p(raw) / budget).min(f64::MAX)
    }

    /// Takes in a raw score that was no alarm (SPOT leaves alarms out, so that an outage is not learned).
    pub fn observe(&mut self, raw: f64) {
        if raw.is_finite() && self.count(raw) {
            self.refit();
        }
    }

    /// Points over the threshold a merged alarm, inverted: 1 if each is its own, small if they cluster.
    pub fn extremal_index(&self) -> f64 {
        libm::exp(self.ln_index)
    }

    /// Counts a score in; whether a run has ended with it.
    fn count(&mut self, raw: f64) -> bool {
        self.scores += 1.0;
        let excess = raw - self.body.threshold();
        let over = excess > 0.0;
        let Some(run) = &mut self.run else {
            if over {
                self.runs += 1.0;
                self.run = Some(Run {
                    highest: excess,
                    since: 0,
                });
            }
            return false;
        };
        run.since = run.since.saturating_add(1);
        if over && run.since <= self.merge_gap {
            run.highest = run.highest.max(excess);
            run.since = 0;
            return false;
        }
        if !over && run.since <= self.merge_gap {
            return false;
        }
        let highest = run.highest;
        self.run = over.then_some(Run {
            highest: excess,
            since: 0,
        });
        if over {
            self.runs += 1.0;
        }
        if self.excesses.len() >= MOST_EXCESSES {
            self.excesses.pop_front();
        }
        self.excesses.push_back(highest);
        true
    }

    fn refit(&mut self) {
        let mut excesses: Vec<f64> = self.excesses.iter().copied().collect();
        excesses.sort_unstable_by(f64::total_cmp);
        if let Some(pareto) = Pareto::fit(&excesses) {
            self.pareto = pareto;
        }
    }

    /// Logarithm of the runs a score.
    fn ln_rate(&self) -> f64 {
        libm::log(self.runs.max(0.5) / (self.scores + 0.5))
    }

    /// How the body is bent to meet the tail: positive, and 1 if every score over the threshold is a run.
    fn bend(&self) -> f64 {
        self.ln_rate() / self.body.ln_share_over()
    }
}

/// The threshold at which a calm series like this one raises `merged_alarms` alarms in `per_points` points,
/// where scores over it with at most `merge_gap` points from one to the next are one alarm.
///
/// Nothing where [`Tail::fit`] has nothing, and for a budget that is not a positive number.
pub fn threshold_for(
    raws: &[f64],
    merged_alarms: f64,
    per_points: f64,
    merge_gap: usize,
) -> Option<f64> {
    let p = merged_alarms / per_points;
    if !(p > 0.0 && p.is_finite()) {
        return None;
    }
    let gap = u32::try_from(merge_gap).unwrap_or(u32::MAX);
    Some(Tail::fit_merged(raws, gap)?.quantile(p))
}

/// Alarms over a threshold, those with at most `merge_gap` points from one to the next counted once.
pub fn merged_alarms(raws: &[f64], threshold: f64, merge_gap: usize) -> u64 {
    let mut alarms = 0;
    let mut last: Option<usize> = None;
    for (at, &raw) in raws.iter().enumerate() {
        if raw > threshold {
            if last.is_none_or(|last| at - last > merge_gap) {
                alarms += 1;
            }
            last = Some(at);
        }
    }
    alarms
}

#[cfg(test)]
mod tests;
