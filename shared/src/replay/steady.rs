//! Between which thresholds a replay would have said the very same: what makes walks over thresholds exact.
//!
//! Under a threshold every sample lies on one side of it, of each severity and of the score that counts as calm. The
//! outcome can change only where the threshold passes a value at which one of these sides changes, and every such
//! value follows from a raw distance that the tape has. Only those count that somebody would notice: whether a
//! sample is calm matters while an anomaly is open, and its severity only if it is over the threshold.

use super::{Rehearsal, Rehearsed};
use crate::detector::{DetectorKind, PointState, Scale};
use crate::pipeline::Reel;
use crate::rule::{Direction, Rule};
use crate::series::SeriesKey;

/// The thresholds around the one that was replayed, on the scale of raw distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steady {
    /// The next higher threshold at which anything changes; infinite above the highest distance.
    pub above: f64,
    /// The next lower threshold at which anything changes; the lowest number where there is none.
    pub below: f64,
    /// Whether nothing at all changes between the two. Where samples were learned that were clipped to the band,
    /// or where the least deviation counts from the threshold, distances themselves move with it.
    pub is_exact: bool,
}

/// From a threshold as a rule has it to the scale of raw distances, and back: looking down, a fixed limit is negated.
pub fn flipped(rule: &Rule, threshold: f64) -> f64 {
    let is_flipped = rule.detector.kind() == DetectorKind::Threshold
        && rule.decision.direction == Direction::Below;
    if is_flipped { -threshold } else { threshold }
}

impl Rehearsal {
    /// Between which thresholds the newest replay of `rule`, which this must be, would have been the same.
    ///
    /// `acted` says that people acted on anomalies: then what is calm counts everywhere. Nothing where no scores
    /// were kept.
    pub fn steady(&self, rule: &Rule, done: &Rehearsed, acted: bool) -> Option<Steady> {
        let kept = self.kept.as_ref()?;
        let tape = &kept.tape;
        let mut edges = Edges::new(rule, tape.scale());
        for (key, reel) in tape.reels() {
            edges.see_learning(reel);
            let open = if acted {
                vec![(i64::MIN, i64::MAX)]
            } else {
                open_stretches(done, key, kept.span.first_ms)
            };
            edges.see_samples(reel, tape.grid(), &open);
        }
        Some(edges.around)
    }
}

/// When anomalies of a series were open: from the first sample to the instant of closing, all of it before the
/// range included.
fn open_stretches(done: &Rehearsed, key: SeriesKey, first_ms: i64) -> Vec<(i64, i64)> {
    let own = done.summary.fired.iter().map(|fired| &fired.anomaly);
    let stretches = own
        .filter(|anomaly| anomaly.series_key == key)
        .map(|anomaly| (anomaly.start_ms, anomaly.closed_at_ms.unwrap_or(i64::MAX)));
    std::iter::once((i64::MIN, first_ms))
        .chain(stretches)
        .collect()
}

struct Edges<'a> {
    scale: &'a Scale,
    /// The threshold at work, as the rule has it.
    threshold: f64,
    calm_below: f64,
    /// Scores at which severities over the lowest begin.
    levels: Vec<f64>,
    counts_from_edge: bool,
    around: Steady,
}

impl<'a> Edges<'a> {
    fn new(rule: &Rule, scale: &'a Scale) -> Self {
        let severity = &rule.severity;
        let levels = [severity.info, severity.warning, severity.critical];
        let min = rule.decision.min_deviation;
        let around = Steady {
            above: f64::INFINITY,
            below: f64::MIN,
            is_exact: true,
        };
        let mut edges = Self {
            scale,
            threshold: flipped(rule, rule.decision.threshold),
            calm_below: rule.recover.below,
            levels: levels
                .into_iter()
                .flatten()
                .filter(|from| *from > 1.0)
                .collect(),
            counts_from_edge: min.abs > 0.0 || min.rel > 0.0,
            around,
        };
        if matches!(scale, Scale::Offset { .. }) {
            // The unit of a fixed limit's score is the limit, and changes where that is zero.
            edges.see(0.0);
        } else {
            edges.around.below = 0.0;
        }
        edges
    }

    /// Takes in a threshold at which something changes.
    fn see(&mut self, at: f64) {
        // What lies right at the threshold may change to either side of it: a sample of this distance is calm, and
        // over under the next lower threshold.
        if at <= self.threshold {
            self.around.below = self.around.below.max(at);
        }
        if at >= self.threshold {
            self.around.above = self.around.above.min(at);
        }
    }

    /// The threshold at which a distance has a score.
    fn see_score(&mut self, raw: f64, score: f64) {
        match self.scale {
            // raw = T + (score - 1) |T|, once for each sign of T.
            Scale::Offset { .. } => {
                let candidates = [(score, 1.0), (2.0 - score, -1.0)];
                for (factor, sign) in candidates {
                    let at = raw / factor;
                    if at.is_finite() && at * sign > 0.0 {
                        self.see(at);
                    }
                }
            }
            _ => self.see(raw / score),
        }
    }

    fn see_learning(&mut self, reel: &Reel) {
        for path in reel.fits() {
            for raw in [path.highest_calm(), path.lowest_over()] {
                if raw.is_finite() {
                    self.see(raw);
                }
            }
            self.around.is_exact &= !path.is_clipped();
        }
        self.around.is_exact &= !reel.is_clipped();
    }

    fn see_samples(&mut self, reel: &Reel, (start_ms, step_ms): (i64, i64), open: &[(i64, i64)]) {
        // Of those that lie on one side only the nearest counts.
        let (mut highest_calm, mut lowest_over) = (f64::NEG_INFINITY, f64::INFINITY);
        for (index, (raw, state)) in reel.raws.iter().zip(&reel.states).enumerate() {
            if *state != PointState::Scored {
                continue;
            }
            if self.counts_from_edge && reel.expected[index].is_nan() {
                self.around.is_exact = false;
            }
            if self.scale.score(*raw) > 1.0 {
                lowest_over = lowest_over.min(*raw);
                for at in 0..self.levels.len() {
                    self.see_score(*raw, self.levels[at]);
                }
            } else {
                highest_calm = highest_calm.max(*raw);
            }
        }
        for raw in [highest_calm, lowest_over] {
            if raw.is_finite() {
                self.see(raw);
            }
        }
        for (from_ms, to_ms) in open {
            let index = |at_ms: i64| {
                let steps = at_ms.saturating_sub(start_ms).max(0) / step_ms;
                usize::try_from(steps).map_or(reel.raws.len(), |at| at.min(reel.raws.len()))
            };
            for at in index(*from_ms)..index(to_ms.saturating_add(step_ms)) {
                if reel.states[at] == PointState::Scored {
                    self.see_score(reel.raws[at], self.calm_below);
                }
            }
        }
    }
}
