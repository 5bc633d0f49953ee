//! What is replayed again and again: samples, a range, what people did and what they labelled.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::outcome::{Incidents, Outcome};
use crate::api::ReplaySummary;
use crate::detector::ScaleKind;
use crate::pipeline::Dataset;
use crate::replay::{Breath, People, Rehearsal, Rehearsed, Steady, Stopped, flipped};
use crate::rule::{Rule, Ticks};
use crate::time::TimeRange;

/// Everything but the rule.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The samples; they must reach back as far as `replay::needs_from_ms` says of each rule that is tried.
    pub data: &'a Dataset,
    /// What is replayed; the end is excluded.
    pub range: TimeRange,
    /// Nominal times of the rule's runs.
    pub ticks: &'a Ticks,
    /// What people did meanwhile.
    pub people: People<'a>,
    /// What they labelled.
    pub incidents: &'a Incidents,
    /// Those of them that a search must find; all, where none are named.
    pub required: Option<&'a Incidents>,
    /// What they labelled as normal: an anomaly there is a false alarm; nothing where nobody asks for that.
    pub normal: Option<&'a Incidents>,
    /// Who says when it is enough.
    pub patience: &'a dyn Patience,
}

/// Says when it is enough. It is asked after every few milliseconds of work, so that a caller that has a clock can
/// also tell how far a study has come.
pub trait Patience: fmt::Debug {
    /// Whether there is no more time.
    fn is_over(&self) -> bool;
}

/// Waits for ever.
#[derive(Debug, Clone, Copy)]
pub struct Endless;

impl Patience for Endless {
    fn is_over(&self) -> bool {
        false
    }
}

/// A fold that ends when there is no more time.
struct Impatient<'a>(&'a dyn Patience);

impl Breath for Impatient<'_> {
    fn is_due(&self) -> bool {
        self.0.is_over()
    }

    fn draw(&self, _share: f64) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(std::future::ready(false))
    }
}

/// Why thresholds of a rule cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cannot {
    /// The detector compares the series with each other.
    #[error(
        "this detector compares series with each other; only one that judges each alone can be studied"
    )]
    Compares,
    /// There is more than can be kept.
    #[error("there are too many samples; choose a shorter range or fewer series")]
    TooMuch,
    /// There was no time, not even for one replay.
    #[error("there was no time for it; choose a shorter range or a plainer detector")]
    NoTime,
}

/// A rule on the stage, and its scores from one threshold to the next.
#[derive(Debug)]
pub struct Stage<'a> {
    scene: Scene<'a>,
    rule: Rule,
    rehearsal: Rehearsal,
    /// How often it was replayed.
    pub replays: u32,
}

/// One threshold, replayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The threshold on the scale of raw distances.
    pub at: f64,
    /// What comes of it.
    pub outcome: Outcome,
    /// Between which thresholds the same comes of it.
    pub steady: Steady,
}

/// Above every distance.
pub(super) const HIGHEST: f64 = 1e290;

impl<'a> Stage<'a> {
    /// A rule whose threshold will be moved; a budget of alarms gives way to a threshold.
    ///
    /// # Errors
    /// [`Cannot`], if its detector has no threshold for each series alone.
    pub fn new(scene: Scene<'a>, rule: &Rule) -> Result<Self, Cannot> {
        if rule.detector.kind().is_group() {
            return Err(Cannot::Compares);
        }
        let mut rule = rule.clone();
        rule.decision.alarms_per_week = None;
        Ok(Self {
            scene,
            rule,
            rehearsal: Rehearsal::default(),
            replays: 0,
        })
    }

    /// The rule under a threshold on the scale of raw distances.
    pub fn rule_at(&self, at: f64) -> Rule {
        let mut rule = self.rule.clone();
        rule.decision.threshold = flipped(&rule, at);
        rule
    }

    /// Whether a threshold can be as low as it likes, as one of values can.
    pub(super) fn is_limit(&self) -> bool {
        self.rule.detector.kind().about().scale == ScaleKind::Limit
    }

    /// From the lowest to the highest value of all series, and a little more.
    pub(super) fn reach(&self) -> f64 {
        let series = self.scene.data.series.values();
        let finite = series
            .flat_map(|series| &series.values)
            .filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
        (high - low).max(0.0) * 1.01 + f64::MIN_POSITIVE
    }

    /// Replays the rule under a threshold on the scale of raw distances.
    ///
    /// # Errors
    /// [`Cannot::TooMuch`], and [`Cannot::NoTime`] where it had to end before.
    pub fn at(&mut self, at: f64) -> Result<Tried, Cannot> {
        let rule = self.rule_at(at);
        let done = replayed(self.scene, &mut self.rehearsal, &rule)?;
        self.replays += 1;
        let acted = !self.scene.people.commands.is_empty();
        let steady = self.rehearsal.steady(&rule, &done, acted);
        Ok(Tried {
            at,
            outcome: Outcome::of(&self.rehearsal, &done, self.scene),
            steady: steady.ok_or(Cannot::TooMuch)?,
        })
    }
}

/// What comes of a rule as it is, whatever its detector.
///
/// # Errors
/// [`Cannot::NoTime`].
pub fn as_it_is(scene: Scene<'_>, rule: &Rule) -> Result<Outcome, Cannot> {
    let mut rehearsal = Rehearsal::default();
    let done = replayed(scene, &mut rehearsal, rule)?;
    Ok(Outcome::of(&rehearsal, &done, scene))
}

/// The same with every anomaly, by a rehearsal that may be used again.
///
/// # Errors
/// [`Cannot::NoTime`].
pub(super) fn all_of_it(
    scene: Scene<'_>,
    rehearsal: &mut Rehearsal,
    rule: &Rule,
) -> Result<(Outcome, ReplaySummary), Cannot> {
    let done = replayed(scene, rehearsal, rule)?;
    Ok((Outcome::of(rehearsal, &done, scene), done.summary))
}

fn replayed(scene: Scene<'_>, rehearsal: &mut Rehearsal, rule: &Rule) -> Result<Rehearsed, Cannot> {
    let Scene {
        data,
        range,
        ticks,
        people,
        patience,
        ..
    } = scene;
    if patience.is_over() {
        return Err(Cannot::NoTime);
    }
    let breath = Impatient(patience);
    rehearsal
        .replay_or_stop(rule, 1, data, range, ticks, people, &breath)
        .map_err(|Stopped| Cannot::NoTime)
}
