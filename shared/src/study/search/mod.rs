//! "At most so many pages a week, and never miss these incidents": a search for the setting that keeps to it.
//!
//! The rule's own detector comes first, and only its threshold; then streaks and other detectors as they are when
//! nothing is set; then the parameters of the best few, one after the other, coarsely, and at last of the best one,
//! finely. For each setting the threshold is found exactly. Nothing is drawn at random: the same samples and the
//! same number of steps give the same answer.

mod attempt;
mod space;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::scene::{Cannot, Scene, as_it_is};
use crate::rule::{Rule, RuleDraft};
use attempt::Attempt;
pub(super) use attempt::{MOST_HALVINGS, edge};
pub use space::with_detector;

/// What is asked for; the incidents are those of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// At most so many pages a week.
    pub most_pages_per_week: f64,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The best setting; nothing where no detector says anything about these samples.
    pub best: Option<Better>,
    /// What comes of the rule as it was.
    pub before: Outcome,
    /// Settings that were tried.
    pub tried: u32,
    /// How often a rule was replayed for that.
    pub replays: u32,
    /// Whether everything that was planned was tried.
    pub is_complete: bool,
}

/// A setting and what comes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Better {
    /// The rule, with its threshold.
    pub rule: Rule,
    /// What comes of it.
    pub after: Outcome,
    /// Whether it keeps to the budget and finds every incident; otherwise it is what comes nearest.
    pub fits: bool,
    /// Thresholds between which it does as well, as far as was looked: the strict end and the lenient one.
    pub room: (f64, f64),
}

/// The same for whoever shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether a setting keeps to the budget and finds every incident.
    pub fits: bool,
    /// What comes of the rule as it was.
    pub before: Outcome,
    /// What comes of the setting.
    pub after: Option<Outcome>,
    /// The setting, or what comes nearest; none where no detector says anything about these samples.
    pub rule: Option<RuleDraft>,
    /// Settings that were tried.
    pub tried: u32,
    /// Whether everything that was planned was tried.
    pub is_complete: bool,
}

impl From<Found> for Answer {
    fn from(found: Found) -> Self {
        Self {
            fits: found.best.as_ref().is_some_and(|best| best.fits),
            before: found.before,
            after: found.best.as_ref().map(|best| best.after),
            rule: found.best.map(|best| RuleDraft::from(best.rule)),
            tried: found.tried,
            is_complete: found.is_complete,
        }
    }
}

/// A search, one setting a step.
#[derive(Debug)]
pub struct Search<'a> {
    scene: Scene<'a>,
    start: Rule,
    budget: Budget,
    before: Outcome,
    waiting: VecDeque<(Rule, u8)>,
    /// How many waited when the round began.
    planned: usize,
    /// Of each detector the best, best first.
    best: Vec<Attempt>,
    round: u8,
    tried: u32,
    replays: u32,
    /// Whether there was no time for all of it.
    is_cut_off: bool,
}

/// Detectors whose parameters are looked at.
const FINALISTS: usize = 3;
/// The round in which everything was tried.
const LAST_ROUND: u8 = 3;

impl<'a> Search<'a> {
    /// Begins with the rule as it is.
    ///
    /// # Errors
    /// [`Cannot::NoTime`].
    pub fn new(scene: Scene<'a>, rule: &Rule, budget: Budget) -> Result<Self, Cannot> {
        Ok(Self {
            scene,
            start: rule.clone(),
            budget,
            before: as_it_is(scene, rule)?,
            waiting: VecDeque::from([(rule.clone(), 0)]),
            planned: 1,
            best: Vec::new(),
            round: 0,
            tried: 0,
            replays: 1,
            is_cut_off: false,
        })
    }

    /// Tries the next setting; false when there is none left that could be better, or no more time.
    ///
    /// # Errors
    /// [`Cannot`].
    pub fn step(&mut self) -> Result<bool, Cannot> {
        if self.waiting.is_empty() && !self.plan() {
            return Ok(false);
        }
        let Some((rule, changes)) = self.waiting.pop_front() else {
            return Ok(false);
        };
        self.tried += 1;
        let replays = &mut self.replays;
        match Attempt::make(self.scene, &rule, changes, self.budget, replays) {
            Ok(Some(attempt)) => self.take(attempt),
            Ok(None) => {}
            // The rule's own detector may have no threshold of its own; another one has.
            Err(Cannot::Compares) if changes == 0 => {}
            // Nothing is known of this one; of others something is.
            Err(Cannot::NoTime) if !self.best.is_empty() => self.tried -= 1,
            Err(cannot) => return Err(cannot),
        }
        self.is_cut_off |= self.scene.patience.is_over();
        Ok(!self.is_cut_off && !self.is_done())
    }

    /// Whether nothing that is still waiting could be better: no page too many, and as little changed as can be.
    fn is_done(&self) -> bool {
        let Some(best) = self.best.first() else {
            return false;
        };
        let outcome = &best.outcome;
        let is_perfect = self.budget.fits(outcome)
            && outcome.required > 0
            && outcome.false_alarms == 0
            && outcome.pages <= outcome.incidents;
        is_perfect && (best.changes == 0 || self.waiting.is_empty())
    }

    /// How far it has come, from 0 to 1: each round is a quarter.
    pub fn share(&self) -> f64 {
        let rounds = f64::from(LAST_ROUND) + 1.0;
        let left = self.waiting.len() as f64 / self.planned.max(1) as f64;
        (f64::from(self.round) + 1.0 - left) / rounds
    }

    /// What was found so far.
    pub fn finish(self) -> Found {
        let is_through = self.waiting.is_empty() && self.round == LAST_ROUND;
        let is_complete = !self.is_cut_off && (self.is_done() || is_through);
        let budget = self.budget;
        let best = self.best.into_iter().next().map(|best| Better {
            fits: budget.fits(&best.outcome),
            after: best.outcome,
            rule: best.rule,
            room: best.room,
        });
        Found {
            best,
            before: self.before,
            tried: self.tried,
            replays: self.replays,
            is_complete,
        }
    }

    /// Keeps the best of each detector, in order.
    fn take(&mut self, attempt: Attempt) {
        let kind = attempt.rule.detector.kind();
        let same = |other: &Attempt| other.rule.detector.kind() == kind;
        if let Some(at) = self.best.iter().position(same) {
            if !attempt.is_better_than(&self.best[at], self.budget) {
                return;
            }
            self.best.remove(at);
        }
        let before = |other: &Attempt| !attempt.is_better_than(other, self.budget);
        let at = self.best.iter().take_while(|other| before(other)).count();
        self.best.insert(at, attempt);
    }

    /// What is tried next; false at the end.
    fn plan(&mut self) -> bool {
        while self.waiting.is_empty() && self.round < LAST_ROUND {
            self.round += 1;
            let first = self.best.first().map(|best| best.rule.clone());
            let next: Vec<(Rule, u8)> = match (self.round, first) {
                (1, _) => {
                    let own = space::streaks(&self.start).into_iter();
                    let others = space::detectors(&self.start).into_iter();
                    let own = own.map(|rule| (rule, 1));
                    own.chain(others.map(|rule| (rule, 2))).collect()
                }
                (2, _) => {
                    let finalists = self.best.iter().take(FINALISTS);
                    let near = |best: &Attempt| {
                        let changes = best.changes.max(1);
                        let streaks = space::streaks(&best.rule);
                        let params = space::neighbours(&best.rule, &space::COARSE);
                        let all = streaks.into_iter().chain(params);
                        all.map(|rule| (rule, changes)).collect::<Vec<_>>()
                    };
                    finalists.flat_map(near).collect()
                }
                (_, Some(rule)) => {
                    let changes = self.best[0].changes.max(1);
                    let params = space::neighbours(&rule, &space::FINE);
                    params.into_iter().map(|rule| (rule, changes)).collect()
                }
                (_, None) => Vec::new(),
            };
            self.planned = next.len();
            self.waiting.extend(next);
        }
        !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests;
