//! A group model at work under a rule: what it says of a frame becomes a reading of each member.
//!
//! A population's members are read each for itself. Where only the whole frame is odd, one member speaks for it,
//! so that one odd moment is one anomaly: the one that is speaking already, else the one that adds most.

use super::{FrameReading, GroupModel, Member};
use crate::detector::about::About;
use crate::detector::explain::{Explanation, Part, PartUnit};
use crate::detector::model::Judgement;
use crate::detector::running::{self, Policy};
use crate::detector::scale::Scale;
use crate::detector::spec::DetectorSpec;
use crate::detector::{PointState, Reading, registry};
use crate::rule::Rule;

/// A group model that rules can name.
pub(crate) trait Grouped: GroupModel + Clone {
    /// Names, parameters and threshold.
    const ABOUT: About;
    /// Whether the frame is judged as a whole.
    const TOGETHER: bool;
    /// Whether a member can be judged that was not there when it learned.
    const TAKES_NEWCOMERS: bool;

    /// An untaught model.
    fn of(spec: &DetectorSpec) -> Self;
}

/// Any group model.
pub(crate) struct Comparing {
    model: Box<dyn Any>,
    together: bool,
    takes_newcomers: bool,
}

trait Any: GroupModel + Send + Sync {
    fn duplicate(&self) -> Box<dyn Any>;
    /// What the members add to the oddity of their frame, most first. Here, so that a program without any
    /// group model goes without it.
    fn contributions(&mut self, frame: &[f64], name: &dyn Fn(usize) -> String) -> Vec<Part>;
}

impl<M: GroupModel + Clone + Send + Sync + 'static> Any for M {
    fn duplicate(&self) -> Box<dyn Any> {
        Box::new(self.clone())
    }

    fn contributions(&mut self, frame: &[f64], name: &dyn Fn(usize) -> String) -> Vec<Part> {
        let told = self.judge(frame);
        told.map_or_else(Vec::new, |told| contributions(&told, name))
    }
}

impl Comparing {
    pub(crate) fn new<M: Grouped + Send + Sync + 'static>(model: M) -> Self {
        Self {
            model: Box::new(model),
            together: M::TOGETHER,
            takes_newcomers: M::TAKES_NEWCOMERS,
        }
    }
}

impl Clone for Comparing {
    fn clone(&self) -> Self {
        Self {
            model: self.model.duplicate(),
            ..*self
        }
    }
}

/// The detector of all series under one rule.
#[derive(Clone)]
pub(crate) struct GroupDetector {
    inside: Comparing,
    policy: Policy,
}

impl std::fmt::Debug for GroupDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GroupDetector({:?})", self.policy)
    }
}

impl GroupDetector {
    /// An untaught detector; nothing if the rule's judges each series alone.
    pub(crate) fn new(rule: &Rule) -> Option<Self> {
        Some(Self {
            inside: registry::make_group(&rule.detector)?,
            policy: Policy {
                scale: Scale::new(rule.detector.kind(), &rule.decision),
                direction: rule.decision.direction,
                learn_from_anomalies: rule.learn_from_anomalies,
                holidays: rule.holidays.clone(),
            },
        })
    }

    /// Whether a member can be judged that was not there when it learned.
    pub(crate) fn takes_newcomers(&self) -> bool {
        self.inside.takes_newcomers
    }

    /// Learns earlier frames, `members` values each.
    pub(crate) fn fit(&mut self, rows: &[f64], members: usize) {
        // Too little to learn from shows at each frame: nothing is said of it.
        let _enough = self.inside.model.fit(rows, members);
    }

    /// Reads a frame; `leader` is the member for which something is going on already.
    pub(crate) fn step(&mut self, frame: &[f64], leader: Option<usize>) -> Vec<Reading> {
        let Some(told) = self.inside.model.judge(frame) else {
            return frame.iter().map(|value| Reading::unknown(*value)).collect();
        };
        let speaker = self.inside.together.then(|| {
            let present = leader.filter(|at| !running::is_gap(frame[*at]));
            present.unwrap_or_else(|| strongest(&told))
        });
        let members = told.members.iter().zip(frame).enumerate();
        members
            .map(|(at, (member, &value))| {
                if running::is_gap(value) {
                    return Reading::unscored(PointState::Gap);
                }
                let judgement = match speaker {
                    None => of_member(*member, value),
                    Some(speaker) => Judgement {
                        expected: member.expected,
                        ..Judgement::undirected(if at == speaker { told.raw } else { 0.0 })
                    },
                };
                running::read(&self.policy, judgement)
            })
            .collect()
    }
}

impl GroupDetector {
    /// Why the member `at` of a frame is judged as it is, if it speaks for the frame where only that is odd.
    pub(crate) fn explain(
        &mut self,
        frame: &[f64],
        at: usize,
        name: &dyn Fn(usize) -> String,
    ) -> Option<Explanation> {
        let reading = self.peek(frame, at)?;
        let parts = if self.inside.together {
            self.inside.model.contributions(frame, name)
        } else {
            Vec::new()
        };
        Some(Explanation::new(reading, frame[at], parts))
    }

    /// What would be said of the member `at` of a frame that is not learned.
    pub(crate) fn peek(&mut self, frame: &[f64], at: usize) -> Option<Reading> {
        let reading = *self.step(frame, Some(at)).get(at)?;
        (reading.state == PointState::Scored).then_some(reading)
    }

    /// From raw distances to scores.
    pub(crate) fn scale(&self) -> &Scale {
        &self.policy.scale
    }
}

/// Parts that are named; the others are one.
const MOST_PARTS: usize = 6;

/// What the members add to the oddity of their frame, most first.
fn contributions(told: &FrameReading, name: &dyn Fn(usize) -> String) -> Vec<Part> {
    let mut left: Vec<f64> = told
        .members
        .iter()
        .map(|member| member.raw.max(0.0))
        .collect();
    let total = crate::sum::sum(&left);
    let share = if total > 0.0 { told.raw / total } else { 0.0 };
    let (mut parts, mut named) = (Vec::new(), 0.0);
    for _ in 0..MOST_PARTS.min(left.len()) {
        let (mut best, mut most) = (0, 0.0);
        for (at, raw) in left.iter().enumerate() {
            if *raw > most {
                (best, most) = (at, *raw);
            }
        }
        if most == 0.0 {
            break;
        }
        parts.push(Part::new(name(best), most * share, PartUnit::Raw));
        named += most * share;
        left[best] = 0.0;
    }
    if told.raw - named > 1e-9 * told.raw.abs() {
        parts.push(Part::of_raw("others", told.raw - named));
    }
    parts
}

fn of_member(member: Member, value: f64) -> Judgement {
    if member.spread.is_finite() && member.expected.is_finite() {
        return Judgement::centred(value, member.expected, member.spread);
    }
    Judgement {
        expected: member.expected,
        ..Judgement::undirected(member.raw)
    }
}

/// The member that adds most; the first of equals.
fn strongest(told: &FrameReading) -> usize {
    let mut best = 0;
    for (at, member) in told.members.iter().enumerate() {
        if member.raw > told.members[best].raw {
            best = at;
        }
    }
    best
}
