//! fetch → evaluate → store, one traced function a rule and run. Knows nothing of HTTP, and decides nothing itself.
//!
//! Each rule has a slot with its evaluator; a run and a person's action hold it one after the other.
//! What a run does is stored in one transaction, and only then does anybody hear of it. When that fails the
//! evaluator is thrown away: the next run builds it again from what is stored, and nothing is lost or said twice.

mod begin;
mod calendar;
mod command;
mod error;
mod fold;
pub(crate) mod history;
mod instruments;
mod meanwhile;
mod mute;
mod paging;
mod run;
mod sweep;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use self::calendar::{CalendarChanged, CalendarDeed};
pub(crate) use self::command::Deed;
pub(crate) use self::error::{CommandError, DetectionError};
pub(crate) use self::instruments::Instruments;
pub(crate) use self::meanwhile::{Meanwhile, standing};
pub(crate) use self::mute::MuteChange;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use hindcast_shared::anomaly::CloseReason;
use hindcast_shared::pipeline::{Evaluator, Pager, Transition, Watch};
use hindcast_shared::rule::{Rule, RuleId};
use hindcast_shared::time::{Clock, DAY_MS, MINUTE_MS, SECOND_MS};
use tokio_util::sync::CancellationToken;

use crate::schedule::{Runs, Scheduler, Timetable};
use crate::sources::Sources;
use crate::store::{Mode, Store, StoreResult, TickCommit};
use crate::stream::Hub;

/// Candidates that are older than this when they are found wake nobody.
pub(crate) const PAGE_MAX_AGE_MS: i64 = 15 * MINUTE_MS;

/// How far back pages are remembered: longer than an anomaly can come back by merging (7 days).
const PAGE_MEMORY_MS: i64 = 30 * DAY_MS;

/// How long the scheduler waits before it looks again after the store has failed.
const RETRY_MS: i64 = 5 * SECOND_MS;

/// Runs rules, folds people's actions, and stores what comes of both.
pub(crate) struct Detection {
    store: Store,
    sources: Arc<Sources>,
    clock: Arc<dyn Clock>,
    hub: Option<Arc<Hub>>,
    instruments: Instruments,
    pager: tokio::sync::Mutex<Pager>,
    /// Lanes of the pager in which time alone may bring a page.
    waiting: Mutex<BTreeSet<paging::Lane>>,
    /// Taken before the pager, by whoever needs both.
    watch: tokio::sync::Mutex<Watch>,
    slots: Mutex<BTreeMap<RuleId, Arc<Slot>>>,
    /// Why the last run of a rule failed, so that a source that is down fills no log.
    failures: Mutex<BTreeMap<RuleId, String>>,
}

/// A rule's place; empty until its first run, and after a failure.
type Slot = tokio::sync::Mutex<Option<Fold>>;

/// A rule as it is being folded.
struct Fold {
    rule: Arc<Rule>,
    version: u32,
    timetable: Timetable,
    evaluator: Evaluator,
}

impl std::fmt::Debug for Detection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detection").finish_non_exhaustive()
    }
}

impl Detection {
    /// Ready to run rules; remembers which pages were sent before.
    pub(crate) async fn open(
        store: Store,
        sources: Arc<Sources>,
        clock: Arc<dyn Clock>,
        hub: Option<Arc<Hub>>,
        instruments: Instruments,
    ) -> StoreResult<Self> {
        let now_ms = clock.now_ms();
        let memories = store.memories().await?;
        let (pager, waiting) = paging::remembered(&store, &memories, now_ms).await?;
        let watch = watch::remembered(&store, &memories).await?;
        Ok(Self {
            store,
            sources,
            clock,
            hub,
            instruments,
            pager: tokio::sync::Mutex::new(pager),
            waiting: Mutex::new(waiting),
            watch: tokio::sync::Mutex::new(watch),
            slots: Mutex::default(),
            failures: Mutex::default(),
        })
    }

    /// Runs every enabled rule by its schedule, following changes of the rules, until the token is cancelled.
    pub(crate) async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let mut revision = self.store.watch_rules();
        let mut scheduler = Scheduler::new(self.clone(), self.clock.clone(), stop.clone());
        loop {
            revision.borrow_and_update();
            let retry = match self.store.rules().list().await {
                Ok(rules) => {
                    let rules: Vec<(Rule, u32)> = rules
                        .into_iter()
                        .map(|stored| (stored.rule, stored.version))
                        .collect();
                    scheduler.set(&rules);
                    self.retire_all_but(&rules).await
                }
                Err(error) => Err(error.into()),
            };
            let failed = retry.is_err();
            if let Err(error) = retry {
                tracing::error!(%error, "the rules could not be read");
            }
            let pause = std::time::Duration::from_millis(RETRY_MS as u64);
            tokio::select! {
                () = stop.cancelled() => break,
                changed = revision.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(pause), if failed => {}
            }
        }
        scheduler.drained().await;
    }

    /// Closes what is still open of rules that do not run any more, and forgets their evaluators.
    async fn retire_all_but(&self, rules: &[(Rule, u32)]) -> Result<(), DetectionError> {
        let runs = |id: &RuleId| rules.iter().any(|(rule, _)| rule.enabled && rule.id == *id);
        let mut gone: BTreeSet<RuleId> = self.held().keys().cloned().collect();
        // Also of rules that were deleted just before a crash.
        gone.extend(self.store.anomalies().active_rules().await?);
        for id in gone.iter().filter(|id| !runs(id)) {
            self.retire(id).await?;
        }
        Ok(())
    }

    /// Closes what is open of one rule; a run that is under way is waited for.
    async fn retire(&self, id: &RuleId) -> Result<(), DetectionError> {
        let slot = self.slot(id);
        let mut fold = slot.lock().await;
        *fold = None;
        self.held().remove(id);
        self.watch.lock().await.forget(id);
        let open = self.store.anomalies().active(id).await?;
        let Some(source) = open.first().map(|anomaly| anomaly.source.clone()) else {
            return Ok(());
        };
        let mut deciding = self.deciding().await;
        let now_ms = deciding.recorded_at_ms;
        let transitions: Vec<_> = open
            .into_iter()
            .map(|anomaly| Transition::closed(anomaly, now_ms, CloseReason::RuleGone))
            .collect();
        deciding.forget(id, &transitions);
        let commit = TickCommit {
            rule_id: id.clone(),
            version: 0,
            source,
            recorded_at_ms: now_ms,
            progress: None,
            points: BTreeMap::new(),
            transitions,
            pages: Vec::new(),
            memory: std::mem::take(&mut deciding.memory),
            run: None,
            mode: Mode::Live,
        };
        self.store.commit_tick(commit).await?;
        self.decided(deciding);
        Ok(())
    }

    fn slot(&self, id: &RuleId) -> Arc<Slot> {
        self.held().entry(id.clone()).or_default().clone()
    }

    /// Remembers how the last run of a rule went; answers whether that is news.
    fn is_news(&self, id: &RuleId, failure: Option<&str>) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match failure {
            Some(failure) => failures.insert(id.clone(), failure.to_owned()),
            None => failures.remove(id),
        };
        before.as_deref() != failure
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<RuleId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runs for Detection {
    async fn run(&self, rule: &RuleId, nominal_ms: i64) {
        // Boxed: the future of a run is large, and there is one task a rule.
        Box::pin(self.tick(rule, nominal_ms)).await.ok();
    }
}
