//! Rules that fail and sources that do not answer: what the watch says of a run is stored, paged and told like any
//! other anomaly.

use std::collections::BTreeMap;

use hindcast_shared::anomaly::CloseReason;
use hindcast_shared::api::RuleRun;
use hindcast_shared::pipeline::{Actor, RunOutcome, Transition, TransitionKind, Watch, Watched};

use super::paging::run_at;
use super::{Detection, DetectionError};
use crate::sources::SourceError;
use crate::store::{Memory, Mode, Store, StoreResult, StoredRule, TickCommit};

/// How a run went; nothing if it was only interrupted.
pub(super) fn outcome(error: Option<&DetectionError>) -> Option<RunOutcome> {
    Some(match error {
        None => RunOutcome::Fine,
        Some(DetectionError::Interrupted) => return None,
        Some(DetectionError::Source(
            SourceError::Unavailable { .. } | SourceError::Timeout { .. },
        )) => RunOutcome::SourceAway,
        Some(_) => RunOutcome::Failed,
    })
}

/// Name of the watch's memory.
const NAME: &str = "watch";

fn memory(watch: &Watch) -> Memory {
    Memory {
        name: NAME.to_owned(),
        body: Some(watch.state()),
    }
}

/// The watch as it was when the server stopped: also of what somebody closed by hand and what has not recovered.
pub(super) async fn remembered(
    store: &Store,
    memories: &[(String, Vec<u8>)],
) -> StoreResult<Watch> {
    let bytes = memories.iter().find(|(name, _)| name == NAME);
    let known = bytes.and_then(|(_, bytes)| Watch::restore(bytes));
    let mut watch = known.unwrap_or_default();
    let rules = store.rules().list().await?;
    watch.forget_all_but(|id| {
        rules
            .iter()
            .any(|one| one.rule.enabled && one.rule.id == *id)
    });
    for rule in rules {
        for anomaly in store.anomalies().active(&rule.rule.id).await? {
            watch.remember(&anomaly);
        }
    }
    Ok(watch)
}

impl Detection {
    /// Folds how a run went, and stores what comes of it together with the run itself where that failed.
    pub(super) async fn watched(
        &self,
        stored: &StoredRule,
        nominal_ms: i64,
        outcome: Option<RunOutcome>,
        run: Option<RuleRun>,
    ) -> StoreResult<()> {
        // Held until all is stored, like the pager: the memory must not run ahead of the store.
        let mut watch = self.watch.lock().await;
        let mut next = watch.clone();
        let said = outcome.map_or_else(Vec::new, |outcome| {
            next.ran(&stored.rule, stored.version, nominal_ms, outcome)
        });
        let mut transitions = Vec::with_capacity(said.len());
        for one in said {
            transitions.extend(self.transition_of(one, nominal_ms).await?);
        }
        let memory = (next != *watch).then(|| memory(&next));
        let calendars = self.calendars_at(&stored.rule, nominal_ms).await?;
        let paging = run_at(&stored.rule, &calendars, false, nominal_ms);
        let mut deciding = self.deciding_on(paging, &transitions).await;
        if transitions.is_empty() && run.is_none() && deciding.is_none() {
            if let Some(memory) = memory {
                // It runs again, and what somebody closed by hand may be told again.
                self.store.keep_memory(&[memory]).await?;
                *watch = next;
            }
            return Ok(());
        }
        self.instruments.found(&transitions);
        let mut commit = TickCommit {
            rule_id: stored.rule.id.clone(),
            version: stored.version,
            source: stored.rule.source.clone(),
            recorded_at_ms: self.clock.now_ms(),
            progress: None,
            points: BTreeMap::new(),
            transitions,
            pages: Vec::new(),
            memory: memory.into_iter().collect(),
            run,
            mode: Mode::Live,
        };
        if let Some(deciding) = &mut deciding {
            commit.recorded_at_ms = deciding.recorded_at_ms;
            commit.pages.append(&mut deciding.pages);
            commit.memory.append(&mut deciding.memory);
        }
        self.store.commit_tick(commit).await?;
        *watch = next;
        if let Some(deciding) = deciding {
            self.decided(deciding);
        }
        Ok(())
    }

    /// What to store of it; nothing of one that somebody has closed by now.
    async fn transition_of(
        &self,
        watched: Watched,
        nominal_ms: i64,
    ) -> StoreResult<Option<Transition>> {
        match watched {
            Watched::Open(anomaly) => Ok(Some(Transition {
                at_ms: nominal_ms,
                kind: TransitionKind::Opened,
                actor: Actor::system(),
                anomaly: *anomaly,
            })),
            Watched::Close(id) => {
                let stored = self.store.anomalies().get(id).await?;
                let open = stored.filter(|stored| stored.anomaly.status.is_active());
                Ok(open.map(|stored| {
                    let mut anomaly = stored.anomaly;
                    anomaly.end_ms = nominal_ms;
                    Transition::closed(anomaly, nominal_ms, CloseReason::Recovered)
                }))
            }
        }
    }
}
