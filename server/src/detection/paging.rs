//! Pages are decided on under one lock, stored, and only then remembered.
//!
//! The clock is read while the pager is held: what is written down then is in force from the next millisecond on, and
//! nobody has decided about a later instant without knowing it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use hindcast_shared::calendar::CalendarTable;
use hindcast_shared::pipeline::{Page, PageVerdict, Pager, PagerRun, SuppressReason, Transition};
use hindcast_shared::rule::{Rule, RuleId};
use hindcast_shared::time::TimeRange;
use tokio::sync::MutexGuard;

use super::{Detection, PAGE_MAX_AGE_MS, PAGE_MEMORY_MS};
use crate::calendar;
use crate::store::{Memory, Store, StoreResult};

/// A rule, and whether what is found in samples is meant, or how it runs.
pub(super) type Lane = (RuleId, bool);

/// The pager, held until what it decides is stored.
pub(super) struct Deciding<'a> {
    held: MutexGuard<'a, Pager>,
    next: Pager,
    lanes: Vec<Lane>,
    /// Real time, for whatever is written down now.
    pub(super) recorded_at_ms: i64,
    /// What was decided.
    pub(super) pages: Vec<Page>,
    /// What changed of the memory.
    pub(super) memory: Vec<Memory>,
}

/// A run of a rule at a nominal time, up to which everything is known.
pub(super) fn run_at<'a>(
    rule: &'a Rule,
    calendars: &'a [CalendarTable],
    of_samples: bool,
    nominal_ms: i64,
) -> PagerRun<'a> {
    PagerRun {
        calendars,
        of_samples,
        late_before_ms: nominal_ms - PAGE_MAX_AGE_MS,
        ..PagerRun::of(rule, nominal_ms)
    }
}

impl Detection {
    /// The calendars that a rule goes by, as far back as pages are remembered.
    pub(super) async fn calendars_at(
        &self,
        rule: &Rule,
        nominal_ms: i64,
    ) -> StoreResult<Vec<CalendarTable>> {
        let range = TimeRange {
            from_ms: nominal_ms - PAGE_MEMORY_MS,
            to_ms: nominal_ms + 1,
        };
        calendar::tables(&self.store, rule, range).await
    }

    /// Holds the pager.
    pub(super) async fn deciding(&self) -> Deciding<'_> {
        let held = self.pager.lock().await;
        let next = held.clone();
        Deciding {
            held,
            next,
            lanes: Vec::new(),
            recorded_at_ms: self.clock.now_ms(),
            pages: Vec::new(),
            memory: Vec::new(),
        }
    }

    /// The same where there is something to decide: most runs say nothing, and wait for nobody.
    pub(super) async fn deciding_on(
        &self,
        run: PagerRun<'_>,
        transitions: &[Transition],
    ) -> Option<Deciding<'_>> {
        let lane = (run.rule.id.clone(), run.of_samples);
        if transitions.is_empty() && !self.waiting().contains(&lane) {
            return None;
        }
        let mut deciding = self.deciding().await;
        deciding.next.forget_before(run.to_ms - PAGE_MEMORY_MS);
        deciding.fold(run, transitions);
        Some(deciding)
    }

    /// What was decided is stored by now.
    pub(super) fn decided(&self, deciding: Deciding<'_>) {
        let Deciding {
            mut held,
            next,
            lanes,
            ..
        } = deciding;
        *held = next;
        let mut waiting = self.waiting();
        for (rule, of_samples) in lanes {
            if held.holds(&rule, of_samples) {
                waiting.insert((rule, of_samples));
            } else {
                waiting.remove(&(rule, of_samples));
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeSet<Lane>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deciding<'_> {
    /// Folds what a rule has said.
    pub(super) fn fold(&mut self, run: PagerRun<'_>, transitions: &[Transition]) {
        let (rule, of_samples) = (&run.rule.id, run.of_samples);
        let before = self.next.lane_state(rule, of_samples);
        self.pages.extend(self.next.fold(run, transitions));
        self.next.heard(transitions, self.recorded_at_ms);
        self.remember(rule, of_samples, before.as_deref());
    }

    /// One page for what was found too late.
    pub(super) fn catch_up(&mut self, run: PagerRun<'_>, transitions: &[Transition]) {
        let before = self.next.lane_state(&run.rule.id, run.of_samples);
        let summary = self.next.catch_up(run, transitions, &self.pages);
        self.pages.extend(summary);
        self.remember(&run.rule.id, run.of_samples, before.as_deref());
    }

    /// A rule runs no more: what it said last, and nothing of it is waited for.
    pub(super) fn forget(&mut self, rule: &RuleId, transitions: &[Transition]) {
        self.next.heard(transitions, self.recorded_at_ms);
        for of_samples in [true, false] {
            let before = self.next.lane_state(rule, of_samples);
            if before.is_some() {
                self.memory.push(Memory {
                    name: name(rule, of_samples),
                    body: None,
                });
            }
            self.lanes.push((rule.clone(), of_samples));
        }
        self.next.forget(rule);
    }

    fn remember(&mut self, rule: &RuleId, of_samples: bool, before: Option<&[u8]>) {
        self.lanes.push((rule.clone(), of_samples));
        let body = self.next.lane_state(rule, of_samples);
        if body.as_deref() != before {
            let name = name(rule, of_samples);
            self.memory.retain(|one| one.name != name);
            self.memory.push(Memory { name, body });
        }
    }
}

fn name(rule: &RuleId, of_samples: bool) -> String {
    let what = if of_samples { "samples" } else { "runs" };
    format!("pager/{what}/{rule}")
}

/// The pager as it was when the server stopped, and what it waits for.
pub(super) async fn remembered(
    store: &Store,
    memories: &[(String, Vec<u8>)],
    now_ms: i64,
) -> StoreResult<(Pager, BTreeSet<Lane>)> {
    let mut pager = Pager::new();
    pager.set_mutes(store.mutes().known_at(now_ms).await?);
    let recent = TimeRange {
        from_ms: now_ms - PAGE_MEMORY_MS,
        to_ms: i64::MAX,
    };
    pager.set_standing(store.journal().standing(recent).await?);
    for page in store.pages(recent).await? {
        pager.remember(&page);
    }
    let mut waiting = BTreeSet::new();
    for rule in store.rules().list().await? {
        let id = rule.rule.id;
        for anomaly in store.anomalies().active(&id).await? {
            for page in store.pages_of(anomaly.id).await? {
                pager.remember(&page);
            }
        }
        for of_samples in [true, false] {
            let name = name(&id, of_samples);
            let bytes = memories.iter().find(|(one, _)| *one == name);
            let read = bytes.map(|(_, bytes)| pager.restore_lane(&id, of_samples, bytes));
            if read == Some(false) {
                hold_again(store, &mut pager, &id, of_samples).await?;
            }
            if pager.holds(&id, of_samples) {
                waiting.insert((id.clone(), of_samples));
            }
        }
    }
    Ok((pager, waiting))
}

/// Without its bytes a lane holds what the pages say was held back.
async fn hold_again(
    store: &Store,
    pager: &mut Pager,
    rule: &RuleId,
    of_samples: bool,
) -> StoreResult<()> {
    for anomaly in store.anomalies().active(rule).await? {
        if anomaly.kind.is_of_samples() != of_samples {
            continue;
        }
        let decided = store.pages_of(anomaly.id).await?;
        if let Some(page) = decided.last()
            && let PageVerdict::Suppressed(reason) = &page.verdict
            && !matches!(reason, SuppressReason::Late | SuppressReason::Duplicate)
        {
            pager.hold_again(&anomaly, page.at_ms);
        }
    }
    Ok(())
}
