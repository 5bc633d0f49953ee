//! A group model at work under a rule: what it says of a frame becomes a reading of each member.
//!
//! A population's members are read each for itself. Where only the whole frame is odd, one member speaks for it,
//! so that one odd moment is one anomaly: the one that is speaking already, else the one that adds most.

use super::{FrameReading, GroupModel, Member};
use crate::detector::about::About;
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
}

impl<M: GroupModel + Clone + Send + Sync + 'static> Any for M {
    fn duplicate(&self) -> Box<dyn Any> {
        Box::new(self.clone())
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
