//! One setting, with the threshold that serves it best: found by halving, exact to the sample.

use super::Budget;
use crate::rule::Rule;
use crate::study::nice::between;
use crate::study::outcome::Outcome;
use crate::study::scene::{Cannot, HIGHEST, Scene, Stage, Tried};

/// A setting under its best threshold.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// With the threshold.
    pub(super) rule: Rule,
    /// How much had to be changed for it: 0 the threshold, 1 a parameter, 2 the detector.
    pub(super) changes: u8,
    pub(super) outcome: Outcome,
    /// The thresholds that do as well, from the strictest to the most lenient that is known, as the rule has them.
    pub(super) room: (f64, f64),
}

/// How often an interval is halved at most: a double has no more digits.
pub(in crate::study) const MOST_HALVINGS: u32 = 40;
/// How often the lenient end is looked for.
const ROOM_HALVINGS: u32 = 8;
/// Thresholds below this share of the default say of everything that it is odd.
const LOWEST_SHARE: f64 = 0.1;

impl Budget {
    /// Whether there are not too many pages, and silence in between.
    pub(super) fn is_kept_by(self, outcome: &Outcome) -> bool {
        outcome.pages_per_week <= self.most_pages_per_week && outcome.tells_apart()
    }

    /// Whether every incident is found without too many pages.
    pub(super) fn fits(self, outcome: &Outcome) -> bool {
        self.is_kept_by(outcome) && outcome.finds_all()
    }
}

impl Attempt {
    /// Looks for the threshold; nothing where the detector says nothing about these samples.
    pub(super) fn make(
        scene: Scene<'_>,
        rule: &Rule,
        changes: u8,
        budget: Budget,
        replays: &mut u32,
    ) -> Result<Option<Self>, Cannot> {
        let mut stage = Stage::new(scene, rule)?;
        let made = search(&mut stage, rule, budget);
        *replays += stage.replays;
        Ok(made?.map(|(tried, room)| {
            let written = |at| stage.rule_at(at).decision.threshold;
            Self {
                rule: stage.rule_at(tried.at),
                changes,
                outcome: tried.outcome,
                room: (written(room.0), written(room.1)),
            }
        }))
    }

    /// Whether this is better than another: what fits before what does not, and then as a person would choose.
    pub(super) fn is_better_than(&self, other: &Self, budget: Budget) -> bool {
        self.rank(budget) < other.rank(budget)
    }

    /// The lowest is the best. What does not fit is the nearer the more it finds, and then the fewer pages it sends.
    fn rank(&self, budget: Budget) -> (bool, bool, u64, u64, u64, u8, i64) {
        let outcome = &self.outcome;
        let missed = outcome.required - outcome.required_found;
        (
            !budget.fits(outcome),
            !outcome.tells_apart(),
            missed,
            outcome.pages,
            outcome.false_alarms,
            self.changes,
            outcome.median_delay_ms.unwrap_or(i64::MAX),
        )
    }
}

type Best = Option<(Tried, (f64, f64))>;

fn search(stage: &mut Stage<'_>, rule: &Rule, budget: Budget) -> Result<Best, Cannot> {
    let strictest = stage.at(HIGHEST)?;
    let top = strictest.steady.below;
    if top <= f64::MIN || (top <= 0.0 && !stage.is_limit()) {
        return Ok(None);
    }
    let lowest = if stage.is_limit() {
        // Under the lowest value: there everything is over.
        top - stage.reach()
    } else {
        let default = rule.detector.kind().default_threshold().unwrap_or(1.0);
        (default * LOWEST_SHARE).min(top * 0.5)
    };
    let lenient = stage.at(lowest)?;
    if lenient.outcome.required == 0 {
        // As sensitive as the budget allows.
        let wanted = |tried: &Tried| !budget.is_kept_by(&tried.outcome);
        let (kept, _) = edge(stage, (strictest, lenient), wanted, MOST_HALVINGS)?;
        let tried = settle(stage, kept, (kept.steady.below, kept.steady.above), budget)?;
        let room = (kept.steady.above.min(HIGHEST), kept.steady.below);
        return Ok(Some((tried, room)));
    }
    if !lenient.outcome.finds_all() {
        // Some incidents look like every other day to it: the most that it finds within the budget is what it can.
        let most = lenient.outcome.required_found;
        let wanted = |tried: &Tried| tried.outcome.required_found >= most;
        let (_, found) = edge(stage, (strictest, lenient), wanted, MOST_HALVINGS)?;
        return Ok(Some((found, (found.at, found.at))));
    }
    let wanted = |tried: &Tried| tried.outcome.finds_all();
    let (_, sharp) = edge(stage, (strictest, lenient), wanted, MOST_HALVINGS)?;
    if !budget.fits(&sharp.outcome) {
        return Ok(Some((sharp, (sharp.at, sharp.at))));
    }
    // From here down to where something else comes of it lies the room for another week.
    let worse = |tried: &Tried| {
        !budget.fits(&tried.outcome) || tried.outcome.false_alarms > sharp.outcome.false_alarms
    };
    let (soft, _) = edge(stage, (sharp, lenient), worse, ROOM_HALVINGS)?;
    let (low, high) = (soft.steady.below.max(lowest), sharp.steady.above.min(top));
    let tried = settle(stage, sharp, (low, high), budget)?;
    Ok(Some((tried, (high, low))))
}

/// Halves the thresholds between one where something is not so and a lower one where it is, until nothing changes
/// between the two, or so often. Where it is not so at the lower one either, both are that one.
pub(in crate::study) fn edge(
    stage: &mut Stage<'_>,
    (mut without, mut with): (Tried, Tried),
    is_so: impl Fn(&Tried) -> bool,
    most: u32,
) -> Result<(Tried, Tried), Cannot> {
    if !is_so(&with) {
        return Ok((with, with));
    }
    for _ in 0..most {
        let (high, low) = (without.steady.below, with.steady.above);
        // Distances range over decades, values do not.
        let middle = if !stage.is_limit() && low > 0.0 {
            (low * high).sqrt()
        } else {
            low + (high - low) / 2.0
        };
        // Neighbours touch: the change between them is the one that makes it so.
        if !(low < middle && middle < high) {
            break;
        }
        let tried = match stage.at(middle) {
            Ok(tried) => tried,
            // It is so at the lower one: a threshold that holds, if not the strictest.
            Err(Cannot::NoTime) => break,
            Err(cannot) => return Err(cannot),
        };
        if is_so(&tried) {
            with = tried;
        } else {
            without = tried;
        }
    }
    Ok((without, with))
}

/// A threshold in the middle of the room, if it does as well as the one that is known.
fn settle(
    stage: &mut Stage<'_>,
    known: Tried,
    (low, high): (f64, f64),
    budget: Budget,
) -> Result<Tried, Cannot> {
    let known_nice = between(known.steady.below.max(low), known.steady.above.min(high));
    for at in [between(low, high), known_nice] {
        let tried = match stage.at(at) {
            Ok(tried) => tried,
            Err(Cannot::NoTime) => break,
            Err(cannot) => return Err(cannot),
        };
        let as_good = budget.fits(&tried.outcome)
            && tried.outcome.found == known.outcome.found
            && tried.outcome.false_alarms <= known.outcome.false_alarms
            && tried.outcome.pages <= known.outcome.pages;
        if as_good {
            return Ok(tried);
        }
    }
    Ok(known)
}
