//! The fold of all rules' transitions into pages: who is told, and who is not and why.
//!
//! One for the system, cut into lanes: what a lane remembers depends on its own rule and on tables (mutes, what
//! stands open elsewhere) that hold from the millisecond after they were written. So rules may be folded in any order
//! one beside the other, and a replay of one rule says what production said. What is held back is looked at again
//! when the reason ends, and told then if it is still open.

mod blocked;
mod lane;
mod mute;
mod standing;

pub use mute::Mute;
pub use standing::Standing;

use std::cell::Cell;
use std::collections::BTreeSet;

use super::page::{Page, PageKind, PageVerdict, SuppressReason};
use super::transition::{Transition, TransitionKind};
use crate::anomaly::{Anomaly, AnomalyId, Status};
use crate::calendar::CalendarTable;
use crate::map::Map;
use crate::rule::{Rule, RuleId, Severity};
use blocked::{Lull, Who};
use lane::{Held, Lane};

/// Decides about pages.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// Highest severity that was sent for an anomaly that may still change.
    told: Map<AnomalyId, Severity>,
    lanes: Map<LaneId, Lane>,
    mutes: Vec<Mute>,
    standing: Vec<Standing>,
    lull: Cell<Lull>,
}

/// A rule, and whether what is found in samples is meant, or how it runs.
type LaneId = (RuleId, bool);

/// One rule's part of the fold.
#[derive(Debug, Clone, Copy)]
pub struct PagerRun<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Whether what was found in samples is folded, or how the rule runs.
    pub of_samples: bool,
    /// The calendars that the rule goes by.
    pub calendars: &'a [CalendarTable],
    /// Everything that happened up to this nominal instant is known by now.
    pub to_ms: i64,
    /// What happened before it wakes nobody any more.
    pub late_before_ms: i64,
}

impl<'a> PagerRun<'a> {
    /// What is found in a rule's samples; nothing is ever too late.
    pub fn of(rule: &'a Rule, to_ms: i64) -> Self {
        Self {
            rule,
            calendars: &[],
            of_samples: true,
            to_ms,
            late_before_ms: i64::MIN,
        }
    }

    fn lane(&self) -> LaneId {
        (self.rule.id.clone(), self.of_samples)
    }
}

impl Pager {
    /// A pager that has sent nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a page that was decided on before, after a restart.
    pub fn remember(&mut self, page: &Page) {
        if page.verdict == PageVerdict::Sent {
            let told = self
                .told
                .get_or_insert_with(page.anomaly_id, || page.severity);
            *told = page.severity.max(*told);
        }
    }

    /// Takes these for all the mutes there are, in this order.
    pub fn set_mutes(&mut self, mutes: Vec<Mute>) {
        self.mutes = mutes;
    }

    /// The first mute that covers an anomaly, as it is at a nominal instant.
    pub fn muted(&self, anomaly: &Anomaly, at_ms: i64) -> Option<&Mute> {
        self.mute_of(&Who::of(anomaly), &anomaly.rule_id, at_ms)
    }

    /// Folds what a rule has said, in order, and tells what is still open of what was held back until now.
    pub fn fold(&mut self, run: PagerRun<'_>, transitions: &[Transition]) -> Vec<Page> {
        let mut pages = Vec::new();
        self.lull.take();
        let id = run.lane();
        let mut lane = self.lanes.remove(&id).unwrap_or_default();
        for transition in transitions {
            self.release(run, &mut lane, transition.at_ms, &mut pages);
            pages.extend(self.take(run, &mut lane, transition));
        }
        self.release(run, &mut lane, run.to_ms, &mut pages);
        self.lanes.insert(id, lane);
        pages
    }

    /// Whether something of a lane is held back, so that time alone may bring a page.
    pub fn holds(&self, rule: &RuleId, of_samples: bool) -> bool {
        let lane = self.lanes.get(&(rule.clone(), of_samples));
        lane.is_some_and(|lane| !lane.held.is_empty())
    }

    fn take(
        &mut self,
        run: PagerRun<'_>,
        lane: &mut Lane,
        transition: &Transition,
    ) -> Option<Page> {
        let (anomaly, at_ms) = (&transition.anomaly, transition.at_ms);
        let untold = self
            .told
            .get(&anomaly.id)
            .is_none_or(|told| *told < anomaly.severity);
        let snoozed = anomaly.snoozed_until_ms.is_some_and(|until| at_ms < until);
        let flap = run.rule.paging.flap;
        let flapping = match transition.kind {
            TransitionKind::Opened | TransitionKind::Reopened | TransitionKind::Closed => {
                flap.is_some_and(|flap| lane.changed(anomaly.id, at_ms, flap))
            }
            _ => flap.is_some_and(|flap| lane.settles_at(anomaly.id, at_ms, flap).is_some()),
        };
        let again = snoozed || (flapping && !untold);
        let kept_as = |kind: PageKind| Held::new(anomaly, kind, at_ms, again);
        let kind = match transition.kind {
            TransitionKind::Opened => PageKind::Opened,
            TransitionKind::Escalated => PageKind::Escalated,
            TransitionKind::Reopened => PageKind::Reopened,
            TransitionKind::Snoozed | TransitionKind::Undone => {
                let open = snoozed || anomaly.status == Status::Open;
                lane.held.remove(&anomaly.id);
                if open && anomaly.status.is_active() && (snoozed || untold) {
                    lane.held.insert(anomaly.id, kept_as(PageKind::StillOpen));
                }
                return None;
            }
            TransitionKind::Closed | TransitionKind::Judged | TransitionKind::Acknowledged => {
                lane.held.remove(&anomaly.id);
                return None;
            }
            TransitionKind::Extended | TransitionKind::Assigned => return None,
        };
        let waiting = lane.held.get(&anomaly.id).filter(|held| held.silent);
        let waits_until_ms = match waiting.map(|held| held.not_before_ms) {
            Some(until_ms) => Some(until_ms),
            None if self.told.contains_key(&anomaly.id) => None,
            None => Some(at_ms + run.rule.paging.wait_ms()),
        };
        let wait = waits_until_ms.filter(|until_ms| at_ms < *until_ms);
        let verdict = if !untold && !again {
            PageVerdict::Suppressed(SuppressReason::Duplicate)
        } else if let Some((reason, _)) =
            self.blocked(run, lane, anomaly.id, &Who::of(anomaly), at_ms)
        {
            let kind = match reason {
                SuppressReason::Flapping => PageKind::Settled,
                _ => PageKind::StillOpen,
            };
            lane.hold(anomaly.id, kept_as(kind));
            PageVerdict::Suppressed(reason)
        } else if let Some(not_before_ms) = wait {
            let held = Held {
                not_before_ms,
                silent: true,
                ..kept_as(kind)
            };
            lane.hold(anomaly.id, held);
            return None;
        } else if at_ms < run.late_before_ms {
            PageVerdict::Suppressed(SuppressReason::Late)
        } else {
            PageVerdict::Sent
        };
        let page = Page {
            anomaly_id: anomaly.id,
            at_ms,
            kind,
            severity: anomaly.severity,
            sums_up: None,
            verdict,
        };
        self.remember(&page);
        lane.told(&page, run.rule);
        Some(page)
    }

    /// Tells what nothing holds back any more, at the instant from which on nothing does.
    fn release(&mut self, run: PagerRun<'_>, lane: &mut Lane, to_ms: i64, out: &mut Vec<Page>) {
        loop {
            let mut due = self.due(run, lane, to_ms, out);
            // One that is sent may be what holds the next one back.
            if run.rule.paging.limit.is_some() {
                due.truncate(1);
            }
            if due.is_empty() {
                break;
            }
            for (at_ms, anomaly_id) in due {
                let Some(held) = lane.held.remove(&anomaly_id) else {
                    continue;
                };
                let too_late = at_ms < run.late_before_ms;
                let page = Page {
                    anomaly_id,
                    at_ms,
                    kind: held.kind,
                    severity: held.severity,
                    sums_up: None,
                    verdict: if too_late {
                        PageVerdict::Suppressed(SuppressReason::Late)
                    } else {
                        PageVerdict::Sent
                    },
                };
                self.remember(&page);
                lane.told(&page, run.rule);
                out.push(page);
                // Whatever comes later was held back until now, by what may be forgotten from now on.
                lane.checked(at_ms);
            }
        }
        lane.checked(to_ms);
    }

    /// What is due by an instant, the first first; what only waited and is held back now is told so.
    fn due(
        &self,
        run: PagerRun<'_>,
        lane: &mut Lane,
        to_ms: i64,
        out: &mut Vec<Page>,
    ) -> Vec<(i64, AnomalyId)> {
        let (mut due, mut spoken) = (Vec::new(), Vec::new());
        for (anomaly_id, held) in &lane.held {
            let mut at_ms = held.checked_ms.max(held.not_before_ms);
            let mut silent = held.silent;
            while at_ms <= to_ms {
                match self.blocked(run, lane, *anomaly_id, &held.who(), at_ms) {
                    None => {
                        due.push((at_ms, *anomaly_id));
                        break;
                    }
                    Some((reason, until_ms)) => {
                        if std::mem::take(&mut silent) {
                            spoken.push((*anomaly_id, at_ms, reason));
                        }
                        at_ms = until_ms;
                    }
                }
            }
        }
        for (anomaly_id, at_ms, reason) in spoken {
            if let Some(held) = lane.held.get_mut(&anomaly_id) {
                out.push(Page {
                    anomaly_id,
                    at_ms,
                    kind: held.kind,
                    severity: held.severity,
                    sums_up: None,
                    verdict: PageVerdict::Suppressed(reason),
                });
                (held.silent, held.kind) = (false, PageKind::StillOpen);
            }
        }
        in_order(due)
    }

    /// One page for all that a run found too late, so that somebody hears of it: under the worst, newest anomaly.
    ///
    /// `pages` is what was decided about `transitions`. What a mute covers by now is left out.
    pub fn catch_up(
        &mut self,
        run: PagerRun<'_>,
        transitions: &[Transition],
        pages: &[Page],
    ) -> Option<Page> {
        let at_ms = run.to_ms;
        let is_muted = |id: AnomalyId| {
            let newest = transitions.iter().rfind(|one| one.anomaly.id == id);
            newest.is_some_and(|one| self.muted(&one.anomaly, at_ms).is_some())
        };
        let late = PageVerdict::Suppressed(SuppressReason::Late);
        let late: Vec<&Page> = pages
            .iter()
            .filter(|page| page.verdict == late && !is_muted(page.anomaly_id))
            .collect();
        let worst = late.iter().max_by_key(|page| page.severity)?;
        let ids: BTreeSet<AnomalyId> = late.iter().map(|page| page.anomaly_id).collect();
        let page = Page {
            anomaly_id: worst.anomaly_id,
            at_ms,
            kind: PageKind::CaughtUp,
            severity: worst.severity,
            sums_up: u32::try_from(ids.len()).ok(),
            verdict: PageVerdict::Sent,
        };
        self.remember(&page);
        let own = self.lanes.get_or_default(run.lane());
        own.told(&page, run.rule);
        Some(page)
    }

    /// Holds an anomaly back that is open and was suppressed, after a restart that left no better memory of it.
    pub fn hold_again(&mut self, anomaly: &Anomaly, since_ms: i64) {
        let again = anomaly.snoozed_until_ms.is_some();
        let held = Held::new(anomaly, PageKind::StillOpen, since_ms, again);
        let id = (anomaly.rule_id.clone(), anomaly.kind.is_of_samples());
        let lane = self.lanes.get_or_default(id);
        lane.held.get_or_insert_with(anomaly.id, || held);
    }

    /// Forgets a rule that does not run any more.
    pub fn forget(&mut self, rule: &RuleId) {
        self.lanes.retain(|(id, _), _| id != rule);
    }

    /// Forgets anomalies that ended before `before_ms` and cannot come back.
    pub fn forget_before(&mut self, before_ms: i64) {
        self.told
            .retain(|id, _| i64::try_from(id.0.timestamp_ms()).unwrap_or(i64::MAX) >= before_ms);
        self.standing.retain(|one| one.range.to_ms >= before_ms);
    }
}

/// By instant, then by anomaly. Few are due at once, and they come almost in order; the standard library's sort would
/// be a tenth of the Web Worker.
fn in_order(due: Vec<(i64, AnomalyId)>) -> Vec<(i64, AnomalyId)> {
    let mut ordered: Vec<(i64, AnomalyId)> = Vec::with_capacity(due.len());
    for one in due {
        let before = ordered.iter().rposition(|earlier| *earlier <= one);
        ordered.insert(before.map_or(0, |at| at + 1), one);
    }
    ordered
}

#[cfg(test)]
mod tests;
