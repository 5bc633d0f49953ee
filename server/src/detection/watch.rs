//! Rules that fail and sources that do not answer: what the watch says of a run is stored, paged and told like any
//! other anomaly.

use std::collections::BTreeMap;

use hindcast_shared::anomaly::CloseReason;
use hindcast_shared::api::RuleRun;
use hindcast_shared::pipeline::{Actor, RunOutcome, Transition, TransitionKind, Watched};

use super::run::pages;
use super::{Detection, DetectionError};
use crate::sources::SourceError;
use crate::store::{Mode, StoreResult, StoredRule, TickCommit};

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
        if transitions.is_empty() && run.is_none() {
            *watch = next;
            return Ok(());
        }
        let mut pager = self.pager.lock().await;
        let mut next_pager = pager.clone();
        let decided = pages(&mut next_pager, &transitions, nominal_ms);
        self.instruments.found(&transitions);
        let commit = TickCommit {
            rule_id: stored.rule.id.clone(),
            version: stored.version,
            source: stored.rule.source.clone(),
            recorded_at_ms: self.clock.now_ms(),
            progress: None,
            points: BTreeMap::new(),
            transitions,
            pages: decided,
            run,
            mode: Mode::Live,
        };
        self.store.commit_tick(commit).await?;
        (*watch, *pager) = (next, next_pager);
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
