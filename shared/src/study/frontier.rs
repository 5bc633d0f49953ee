//! Recall against pages over the threshold: every threshold at which anything changes, and the best of them.

use serde::{Deserialize, Serialize};

use super::nice::between;
use super::outcome::Outcome;
use super::scene::{Cannot, HIGHEST, Scene, Stage, Tried};
use crate::replay::flipped;
use crate::rule::Rule;

/// Thresholds between which the same comes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrontierPoint {
    /// A threshold with few digits that lies between the two, as a rule has it.
    pub threshold: f64,
    /// The same comes of every threshold between this one and `to`, on the detector's scale: the strict end; none
    /// where there is no end.
    pub from: Option<f64>,
    /// The lenient end; none where there is no end.
    pub to: Option<f64>,
    /// What comes of it.
    pub outcome: Outcome,
    /// Whether nothing else lies between the two ends: where the threshold decides about what is learned and history
    /// is short, distances move with it, and only the threshold itself is certain.
    pub is_exact: bool,
    /// Whether no other threshold finds as many incidents with fewer pages, or more with as many.
    pub best: bool,
}

/// The whole of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Frontier {
    /// From the strictest threshold on; neighbours differ in what comes of them.
    pub points: Vec<FrontierPoint>,
    /// What comes of the rule as it is.
    pub current: Outcome,
    /// The rule's threshold, unless it follows from a budget of alarms.
    pub threshold: Option<f64>,
    /// Whether it goes as far down as was asked.
    pub is_complete: bool,
    /// How many thresholds were replayed.
    pub replays: u32,
}

/// A walk from the strictest threshold downwards, one change after the other.
#[derive(Debug)]
pub struct Walk<'a> {
    stage: Stage<'a>,
    most_pages_per_week: f64,
    /// Where the next step goes; nothing at the end.
    next: Option<f64>,
    frontier: Frontier,
    highest: f64,
}

/// As many points are told; more could not be told apart.
const MOST_POINTS: usize = 5_000;

impl<'a> Walk<'a> {
    /// Begins a walk, down to the threshold that gives more than so many pages a week, or alarms for much of the
    /// calm time.
    ///
    /// # Errors
    /// [`Cannot`].
    pub fn new(scene: Scene<'a>, rule: &Rule, most_pages_per_week: f64) -> Result<Self, Cannot> {
        let has_threshold = rule.decision.alarms_per_week.is_none();
        let mut stage = Stage::new(scene, rule)?;
        let current = super::scene::as_it_is(scene, rule)?;
        let first = stage.at(HIGHEST)?;
        let mut walk = Self {
            stage,
            most_pages_per_week,
            next: None,
            frontier: Frontier {
                current,
                threshold: has_threshold.then_some(rule.decision.threshold),
                ..Frontier::default()
            },
            highest: first.steady.below,
        };
        walk.take(first);
        Ok(walk)
    }

    /// Goes on to the next threshold at which anything changes; false at the end, or when there is no more time.
    ///
    /// # Errors
    /// [`Cannot`].
    pub fn step(&mut self) -> Result<bool, Cannot> {
        let Some(at) = self.next else {
            return Ok(false);
        };
        match self.stage.at(at) {
            Ok(tried) => self.take(tried),
            // What was found so far is told, and that it is not all.
            Err(Cannot::NoTime) => self.next = None,
            Err(cannot) => return Err(cannot),
        }
        Ok(self.next.is_some())
    }

    fn take(&mut self, tried: Tried) {
        let too_many =
            tried.outcome.pages_per_week > self.most_pages_per_week || !tried.outcome.tells_apart();
        self.frontier.is_complete |= too_many;
        self.next = None;
        if too_many || self.frontier.points.len() >= MOST_POINTS {
            return;
        }
        let below = tried.steady.below;
        let is_last = below <= f64::MIN || (below <= 0.0 && !self.stage.is_limit());
        self.frontier.is_complete |= is_last;
        let points = &mut self.frontier.points;
        // What changed may be nothing that is told.
        match points
            .last_mut()
            .filter(|last| last.outcome == tried.outcome)
        {
            Some(last) => {
                last.to = Some(below);
                last.is_exact &= tried.steady.is_exact;
            }
            None => points.push(FrontierPoint {
                threshold: tried.at,
                from: points.last().and_then(|last| last.to),
                to: Some(below),
                outcome: tried.outcome,
                is_exact: tried.steady.is_exact,
                best: false,
            }),
        }
        if !is_last {
            self.next = Some(below.next_down());
        }
    }

    /// How far it has come, from 0 to 1: pages and thresholds both run out.
    pub fn share(&self) -> f64 {
        let Some(last) = self.frontier.points.last() else {
            return 1.0;
        };
        let pages = last.outcome.pages_per_week / self.most_pages_per_week;
        let depth = match (self.next, self.stage.is_limit()) {
            (Some(next), false) if self.highest > 0.0 => 1.0 - next / self.highest,
            _ => 0.0,
        };
        pages.max(depth * 0.5).clamp(0.0, 1.0)
    }

    /// What was found so far.
    ///
    /// # Errors
    /// [`Cannot`].
    pub fn finish(mut self) -> Result<Frontier, Cannot> {
        mark_best(&mut self.frontier.points);
        for point in &mut self.frontier.points {
            let (from, to) = (point.from, point.to);
            let low = to.unwrap_or(f64::MIN);
            let at = between(low, from.unwrap_or(f64::INFINITY));
            // Nothing lies between neighbours, and where distances move with the threshold it has to be tried.
            let stage = &mut self.stage;
            let mut does_the_same = || match stage.at(at) {
                Ok(tried) => Ok(tried.outcome == point.outcome),
                // The one that was tried stays.
                Err(Cannot::NoTime) => Ok(false),
                Err(cannot) => Err(cannot),
            };
            if at > low && (point.is_exact || (point.best && does_the_same()?)) {
                point.threshold = at;
            }
            let rule = self.stage.rule_at(point.threshold);
            point.threshold = rule.decision.threshold;
            point.from = from.map(|from| flipped(&rule, from));
            point.to = to.filter(|to| *to > f64::MIN).map(|to| flipped(&rule, to));
        }
        self.frontier.replays = self.stage.replays;
        Ok(self.frontier)
    }
}

/// Marks what no other point beats: fewer pages for as many incidents, or more incidents for as many pages; of equals
/// the strictest.
fn mark_best(points: &mut [FrontierPoint]) {
    let key = |point: &FrontierPoint| (point.outcome.pages, point.outcome.found);
    let beats =
        |other: (u64, u64), one: (u64, u64)| other.0 <= one.0 && other.1 >= one.1 && other != one;
    let keys: Vec<(u64, u64)> = points.iter().map(key).collect();
    for (at, point) in points.iter_mut().enumerate() {
        let beaten = keys.iter().any(|other| beats(*other, keys[at]));
        let again = keys[..at].contains(&keys[at]);
        point.best = !beaten && !again;
    }
}

#[cfg(test)]
#[path = "frontier_tests.rs"]
mod tests;
