//! The least change of a rule that drops what people called false alarms and keeps every incident that it finds.
//!
//! First the threshold alone, in the middle of the room between the two; then one other edit (a longer `for`, one
//! side only, a least deviation, a smaller budget); then both together. Every candidate is replayed over all labels,
//! and only what loses no incident and sends no more pages is a suggestion at all.

use super::nice::between;
use super::outcome::{Incidents, Outcome, Said};
use super::scene::{Cannot, HIGHEST, Scene, Stage, Tried, all_of_it};
use super::search::{MOST_HALVINGS, edge};
use crate::api::WouldHaveFired;
use crate::detector::ScaleKind;
use crate::map::Map;
use crate::replay::{Rehearsal, flipped};
use crate::rule::{Confirm, Direction, Rule, RuleDraft};

/// Lengths of a streak that are tried, where they are longer than the rule's.
const STREAKS: [u32; 6] = [2, 3, 5, 8, 13, 20];
/// Parts of a budget of alarms that are tried.
const BUDGETS: [f64; 3] = [0.5, 0.25, 0.1];

/// What a suggestion came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What comes of the rule as it is.
    pub before: Outcome,
    /// Its anomalies, oldest first, each with what the labels say.
    pub fired: Vec<(WouldHaveFired, Said)>,
    /// The change; nothing where none helps, or where nothing is to be dropped.
    pub best: Option<Change>,
    /// Changes that were tried.
    pub tried: u32,
    /// Whether everything that was planned was tried.
    pub is_complete: bool,
}

/// A changed rule and what comes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The rule.
    pub rule: Rule,
    /// What comes of it.
    pub after: Outcome,
    /// Its anomalies.
    pub fired: Vec<WouldHaveFired>,
    /// How many fields were changed.
    edits: u8,
}

impl Change {
    /// The lowest is the best: the fewest false alarms, then the least change, then the most of what nobody judged.
    fn rank(&self) -> (u64, u8, u64) {
        let left = self.after.labelled_false_alarms;
        (left, self.edits, u64::MAX - self.after.anomalies)
    }
}

/// Looks for the change. The scene's `normal` is what is to fall silent.
///
/// # Errors
/// [`Cannot::NoTime`] where there was not even time for one replay.
pub fn suggest(scene: Scene<'_>, rule: &Rule) -> Result<Proposal, Cannot> {
    let mut rehearsal = Rehearsal::default();
    let (before, summary) = all_of_it(scene, &mut rehearsal, rule)?;
    let kept = found(&summary.fired, scene);
    let mut search = Search {
        scene: Scene {
            required: Some(&kept),
            ..scene
        },
        rehearsal,
        before,
        best: None,
        tried: 0,
    };
    let is_complete = before.labelled_false_alarms == 0 || search.all(rule)?;
    let mut fired: Vec<(WouldHaveFired, Said)> = summary
        .fired
        .into_iter()
        .map(|fired| (scene.said(&fired.anomaly), fired))
        .map(|(said, fired)| (fired, said))
        .collect();
    fired.sort_by_key(|(fired, _)| (fired.anomaly.start_ms, fired.anomaly.id));
    Ok(Proposal {
        before,
        fired,
        best: search.best,
        tried: search.tried,
        is_complete,
    })
}

/// The incidents that a rule finds: none of them may be lost. What it misses it may go on missing.
fn found(fired: &[WouldHaveFired], scene: Scene<'_>) -> Incidents {
    let step_ms = scene.data.step_ms;
    let mut kept: Incidents = Map::default();
    for (key, spans) in scene.incidents {
        let own = fired
            .iter()
            .map(|fired| &fired.anomaly)
            .filter(|anomaly| anomaly.series_key == *key)
            .map(|anomaly| anomaly.start_ms..anomaly.end_ms + step_ms);
        let own: Vec<_> = own.collect();
        let is_found = |span: &&std::ops::Range<i64>| {
            own.iter()
                .any(|one| one.start < span.end && span.start < one.end)
        };
        kept.insert(*key, spans.iter().filter(is_found).cloned().collect());
    }
    kept
}

struct Search<'a> {
    scene: Scene<'a>,
    rehearsal: Rehearsal,
    before: Outcome,
    best: Option<Change>,
    tried: u32,
}

impl Search<'_> {
    /// Tries everything; false when there was no time for all of it.
    fn all(&mut self, rule: &Rule) -> Result<bool, Cannot> {
        let edits = edits(rule, self.scene, &self.alarms(rule)?);
        // More than is needed is never changed.
        let mut done = self.tuned(rule, 1);
        if done.is_ok() && !self.drops_all() {
            done = edits.iter().try_for_each(|edit| self.take(edit, 1));
        }
        if done.is_ok() && !self.drops_all() {
            done = edits.iter().try_for_each(|edit| self.tuned(edit, 2));
        }
        match done {
            Ok(()) => Ok(true),
            Err(Cannot::NoTime) => Ok(false),
            Err(cannot) => Err(cannot),
        }
    }

    fn drops_all(&self) -> bool {
        let best = self.best.as_ref();
        best.is_some_and(|best| best.after.labelled_false_alarms == 0)
    }

    /// The anomalies of a rule, with what the labels say of them.
    fn alarms(&mut self, rule: &Rule) -> Result<Vec<(WouldHaveFired, Said)>, Cannot> {
        let (_, summary) = all_of_it(self.scene, &mut self.rehearsal, rule)?;
        let fired = summary.fired.into_iter();
        Ok(fired
            .map(|fired| {
                let said = self.scene.said(&fired.anomaly);
                (fired, said)
            })
            .collect())
    }

    /// Replays a change over everything, and keeps it if it helps and is the best so far.
    fn take(&mut self, rule: &Rule, edits: u8) -> Result<(), Cannot> {
        self.tried += 1;
        let (after, summary) = all_of_it(self.scene, &mut self.rehearsal, rule)?;
        let helps = after.finds_all()
            && after.labelled_false_alarms < self.before.labelled_false_alarms
            && after.pages <= self.before.pages
            && after.false_alarms <= self.before.false_alarms;
        let change = Change {
            rule: rule.clone(),
            after,
            fired: summary.fired,
            edits,
        };
        let is_best = self
            .best
            .as_ref()
            .is_none_or(|best| change.rank() < best.rank());
        if helps && is_best {
            self.best = Some(change);
        }
        Ok(())
    }

    /// Tries the rule under the threshold that drops the false alarms, or as many as it can.
    fn tuned(&mut self, rule: &Rule, edits: u8) -> Result<(), Cannot> {
        if rule.decision.alarms_per_week.is_some() {
            return Ok(());
        }
        let mut stage = match Stage::new(self.scene, rule) {
            Ok(stage) => stage,
            Err(Cannot::Compares) => return Ok(()),
            Err(cannot) => return Err(cannot),
        };
        let candidates = match thresholds(&mut stage, rule) {
            Ok(candidates) => candidates,
            // Too many samples to keep their scores: the other edits are tried all the same.
            Err(Cannot::TooMuch) => return Ok(()),
            Err(cannot) => return Err(cannot),
        };
        for at in candidates {
            let candidate = stage.rule_at(at);
            self.take(&candidate, edits)?;
            let best = self.best.as_ref();
            if best.is_some_and(|best| best.rule == candidate) {
                break;
            }
        }
        Ok(())
    }
}

/// Stricter thresholds that may serve, the one to be liked best first.
fn thresholds(stage: &mut Stage<'_>, rule: &Rule) -> Result<Vec<f64>, Cannot> {
    let here = stage.at(flipped(rule, rule.decision.threshold))?;
    let strictest = stage.at(HIGHEST)?;
    if !here.outcome.finds_all() || strictest.outcome.labelled_false_alarms > 0 {
        return Ok(Vec::new());
    }
    let finds_all = |tried: &Tried| tried.outcome.finds_all();
    let keeps = if finds_all(&strictest) {
        None
    } else {
        let (_, keeps) = edge(stage, (strictest, here), finds_all, MOST_HALVINGS)?;
        Some(keeps)
    };
    let fires = |tried: &Tried| tried.outcome.labelled_false_alarms > 0;
    let (drops, _) = edge(stage, (strictest, here), fires, MOST_HALVINGS)?;
    let low = drops.steady.below;
    let high = keeps.map_or(f64::INFINITY, |keeps| keeps.steady.above);
    if low < high && keeps.is_none_or(|keeps| drops.at <= keeps.steady.above) {
        // The middle serves other weeks best; what was tried itself is certain.
        return Ok(vec![between(low, high), drops.at]);
    }
    // Some of them are higher than an incident: as many as can be are dropped.
    Ok(keeps.map_or_else(Vec::new, |keeps| {
        let (low, high) = (keeps.steady.below, keeps.steady.above);
        vec![between(low, high), keeps.at]
    }))
}

/// The rule with one other field changed, each in turn.
fn edits(rule: &Rule, scene: Scene<'_>, fired: &[(WouldHaveFired, Said)]) -> Vec<Rule> {
    let mut edits = Vec::new();
    let (count, of) = rule.confirm_samples();
    let longer = STREAKS.iter().filter(|streak| **streak > count.max(of));
    edits.extend(longer.map(|streak| Rule {
        confirm: Confirm::Samples(*streak),
        ..rule.clone()
    }));
    let is_limit = rule.detector.kind().about().scale == ScaleKind::Limit;
    if rule.decision.direction == Direction::Both && !is_limit {
        for direction in [Direction::Above, Direction::Below] {
            let mut edit = rule.clone();
            edit.decision.direction = direction;
            edits.push(edit);
        }
    }
    if let Some(abs) = least_deviation(fired, rule.decision.min_deviation.abs) {
        let mut edit = rule.clone();
        edit.decision.min_deviation.abs = abs;
        edits.push(edit);
    }
    if let Some(budget) = rule.decision.alarms_per_week {
        edits.extend(BUDGETS.iter().map(|part| {
            let mut edit = rule.clone();
            edit.decision.alarms_per_week = Some(budget * part);
            edit
        }));
    }
    // What is longer than the range itself would never fire.
    let samples = scene.range.duration_ms() / scene.data.step_ms;
    edits.retain(|edit| {
        i64::from(edit.confirm_samples().1) < samples
            && RuleDraft::from(edit.clone()).validate().is_ok()
    });
    edits
}

/// A distance from the expected value that every false alarm stays under and every incident exceeds.
fn least_deviation(fired: &[(WouldHaveFired, Said)], now: f64) -> Option<f64> {
    let mut highest = now;
    let mut lowest = f64::INFINITY;
    for (fired, said) in fired {
        let peak = fired.anomaly.peak?;
        let distance = (peak.value - peak.expected?).abs();
        match said {
            Said::FalseAlarm => highest = highest.max(distance),
            Said::Incident => lowest = lowest.min(distance),
            Said::Nothing => {}
        }
    }
    (highest > now && highest < lowest).then(|| between(highest, lowest))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::scene::Patience;
    use super::super::testing::{Case, START, STEP, rule};
    use super::*;

    /// Bumps of heights over a calm course, each ten minutes long: what is labelled how, by index.
    fn bumps(heights: &[(f64, usize)]) -> Case {
        let mut values: Vec<f64> = (0..3_000).map(|at| f64::from(at * 7 % 13) / 3.0).collect();
        for (at, (height, len)) in heights.iter().enumerate() {
            for value in &mut values[500 + at * 200..500 + at * 200 + len] {
                *value += height;
            }
        }
        Case::new(&values, 400, &[])
    }

    fn span(at: usize, len: usize) -> std::ops::Range<i64> {
        let first = START + (500 + at * 200) as i64 * STEP;
        first..first + len as i64 * STEP
    }

    fn proposed(case: &mut Case, truths: &[usize], lies: &[usize], more: &Value) -> Proposal {
        let (key, _) = case.incidents.first_key_value().expect("a series");
        let key = *key;
        let spans = |ids: &[usize]| ids.iter().map(|at| span(*at, 10)).collect::<Vec<_>>();
        case.incidents = [(key, spans(truths))].into();
        let normal: Incidents = [(key, spans(lies))].into();
        let rule = rule(&json!({"kind": "zscore", "window_samples": 120}), more);
        let scene = Scene {
            normal: Some(&normal),
            ..case.scene()
        };
        let proposal = suggest(scene, &rule).expect("time enough");
        if let Some(best) = &proposal.best {
            let again = all_of_it(scene, &mut Rehearsal::default(), &best.rule);
            let (again, _) = again.expect("time enough");
            let required_set = again.required;
            assert_eq!(
                Outcome {
                    required: best.after.required,
                    required_found: best.after.required_found,
                    ..again
                },
                best.after,
                "the evidence is a replay of the change itself ({required_set} labels)"
            );
        }
        proposal
    }

    fn base() -> Value {
        json!({"window": "4h", "fit_every": "4h", "decision": {"threshold": 3.0}})
    }

    #[test]
    fn suggestion_when_the_false_alarms_are_lower_then_moves_the_threshold_alone() {
        let mut case = bumps(&[(12.0, 10), (60.0, 10), (14.0, 10), (70.0, 10)]);
        let told = proposed(&mut case, &[1, 3], &[0, 2], &base());
        assert_eq!(
            (told.before.labelled_false_alarms, told.before.found),
            (2, 2)
        );
        let best = told.best.expect("a change");
        assert_eq!((best.after.labelled_false_alarms, best.after.found), (0, 2));
        assert!(best.rule.decision.threshold > 3.0);
        let mut same = best.rule.clone();
        same.decision.threshold = 3.0;
        assert_eq!(same.confirm, Confirm::Samples(1), "nothing else changed");
        assert!(told.is_complete && told.tried > 0);
    }

    #[test]
    fn suggestion_when_the_false_alarms_are_short_then_asks_for_longer_streaks() {
        // As high as the incidents, and shorter.
        let mut case = bumps(&[(60.0, 2), (50.0, 10), (65.0, 2), (55.0, 10)]);
        let told = proposed(&mut case, &[1, 3], &[0, 2], &base());
        let best = told.best.expect("a change");
        assert_eq!(
            (best.after.labelled_false_alarms, best.after.found),
            (0, 2),
            "{:?}",
            best.rule
        );
        assert!(best.rule.confirm_samples().0 > 2, "{:?}", best.rule.confirm);
    }

    #[test]
    fn suggestion_when_the_false_alarms_lie_below_then_looks_at_one_side() {
        let mut case = bumps(&[(-70.0, 10), (50.0, 10), (-80.0, 10), (55.0, 10)]);
        let told = proposed(&mut case, &[1, 3], &[0, 2], &base());
        let best = told.best.expect("a change");
        assert_eq!(best.rule.decision.direction, Direction::Above);
        assert_eq!((best.after.labelled_false_alarms, best.after.found), (0, 2));
    }

    #[test]
    fn suggestion_when_a_false_alarm_is_like_an_incident_then_says_that_nothing_helps() {
        let mut case = bumps(&[(60.0, 10), (60.0, 10)]);
        let told = proposed(&mut case, &[1], &[0], &base());
        assert_eq!(told.before.labelled_false_alarms, 1);
        if let Some(best) = told.best {
            assert_eq!(best.after.found, 1, "an incident is never the price");
            assert_eq!(best.after.labelled_false_alarms, 0);
        }
        let mut case = bumps(&[(60.0, 10)]);
        let told = proposed(&mut case, &[0], &[], &base());
        assert_eq!(
            (told.best, told.tried),
            (None, 0),
            "there is nothing to drop"
        );
    }

    #[test]
    fn suggestion_when_nothing_is_known_to_be_an_incident_then_drops_the_false_alarms() {
        let mut case = bumps(&[(12.0, 10), (60.0, 10), (14.0, 10)]);
        let told = proposed(&mut case, &[], &[0, 2], &base());
        let best = told.best.expect("a change");
        assert_eq!(best.after.labelled_false_alarms, 0);
        assert_eq!(best.after.anomalies, 1, "what nobody judged stays");
    }

    #[test]
    fn suggestion_when_there_is_no_time_then_says_that_it_is_not_all() {
        /// Has time for so many questions.
        #[derive(Debug)]
        struct Questions(std::cell::Cell<u32>);
        impl Patience for Questions {
            fn is_over(&self) -> bool {
                self.0.set(self.0.get().saturating_sub(1));
                self.0.get() == 0
            }
        }
        let mut case = bumps(&[(60.0, 2), (50.0, 10), (65.0, 2), (55.0, 10)]);
        let (key, _) = case.incidents.first_key_value().expect("a series");
        let key = *key;
        case.incidents = [(key, vec![span(1, 10), span(3, 10)])].into();
        let normal: Incidents = [(key, vec![span(0, 10), span(2, 10)])].into();
        let rule = rule(&json!({"kind": "zscore", "window_samples": 120}), &base());
        let mut cut_off = 0;
        for most in [1, 10, 40, 100, 300] {
            let patience = Questions(std::cell::Cell::new(most));
            let scene = Scene {
                normal: Some(&normal),
                patience: &patience,
                ..case.scene()
            };
            match suggest(scene, &rule) {
                Ok(told) => cut_off += u32::from(!told.is_complete),
                Err(cannot) => {
                    assert_eq!(cannot, Cannot::NoTime);
                    cut_off += 1;
                }
            }
        }
        assert!(cut_off > 0);
    }
}
