//! People's actions: journaled, then folded by the rule's own evaluator.

use std::sync::Arc;

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::pipeline::{
    AcceptedLevel, Action, Actor, Command, Dataset, Evaluator, Transition,
};
use hindcast_shared::rule::{RuleId, Ticks};

use super::paging::run_at;
use super::{CommandError, Detection, Fold};
use crate::store::{CommandCommit, StoreResult, StoredAnomaly};

/// What somebody wants to be done to an anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    action: Action,
    until_ms: Option<i64>,
    assignee: Option<String>,
}

impl From<Action> for Deed {
    fn from(action: Action) -> Self {
        Self {
            action,
            until_ms: None,
            assignee: None,
        }
    }
}

impl Deed {
    /// No pages until then; pages again where there is no end.
    pub(crate) fn snooze(until_ms: Option<i64>) -> Self {
        Self {
            until_ms,
            ..Action::Snooze.into()
        }
    }

    /// Its level is the new normal, for good or until then.
    pub(crate) fn accept(until_ms: Option<i64>) -> Self {
        Self {
            until_ms,
            ..Action::Accept.into()
        }
    }

    /// Somebody takes care of it, or nobody.
    pub(crate) fn assign(assignee: Option<String>) -> Self {
        Self {
            assignee,
            ..Action::Assign.into()
        }
    }
}

impl Detection {
    /// Does something to an anomaly; answers it as it is afterwards.
    ///
    /// `if_match` is the position of its last change that the caller has seen.
    pub(crate) async fn command(
        &self,
        id: AnomalyId,
        deed: impl Into<Deed>,
        actor: Actor,
        if_match: Option<i64>,
    ) -> Result<StoredAnomaly, CommandError> {
        let rule_id = self.find(id).await?.anomaly.rule_id.clone();
        let slot = self.slot(&rule_id);
        let mut held = slot.lock().await;
        // Again, because a run may have changed it while this waited.
        let stored = self.find(id).await?;
        if if_match.is_some_and(|seen| seen != stored.changed_seq) {
            return Err(CommandError::Changed);
        }
        let Deed {
            action,
            until_ms,
            assignee,
        } = deed.into();
        let status = match action {
            Action::Undo => {
                let steps = self.store.journal().steps(id).await?;
                Some(Transition::undoes(steps).ok_or(CommandError::NothingToUndo)?)
            }
            _ => None,
        };
        let mut evaluator = match &*held {
            Some(fold) => Some(fold.evaluator.clone()),
            None => self.remembered(&rule_id).await?,
        };
        // Held from here on: nobody decides about a later instant without knowing what is done now.
        let mut deciding = self.deciding().await;
        let command = Command {
            at_ms: deciding.recorded_at_ms,
            watermark_ms: evaluator
                .as_ref()
                .and_then(Evaluator::watermark_ms)
                .unwrap_or(stored.anomaly.end_ms),
            actor,
            anomaly_id: id,
            action,
            until_ms,
            assignee,
            status,
            level: (action == Action::Accept).then_some(AcceptedLevel {
                series_key: stored.anomaly.series_key,
                since_ms: stored.anomaly.start_ms,
            }),
        };
        let mut transitions = evaluator
            .as_mut()
            .map_or_else(Vec::new, |evaluator| evaluator.command(&command));
        if transitions.is_empty() {
            let status = stored.anomaly.status;
            match Transition::acted(&stored.anomaly, &command) {
                Some(acted) => transitions.push(acted),
                // It is so already.
                None if status.is_active() && action != Action::Undo => return Ok(stored),
                None => {
                    let message = format!("the anomaly is {} already", status.as_str());
                    return Err(CommandError::Conflict(message));
                }
            }
        }
        if let Some(rule) = self.store.rules().get(&rule_id).await? {
            let of_samples = stored.anomaly.kind.is_of_samples();
            let calendars = self.calendars_at(&rule.rule, command.at_ms).await?;
            let run = run_at(&rule.rule, &calendars, of_samples, command.at_ms);
            deciding.fold(run, &transitions);
        }
        let commit = CommandCommit {
            rule_id,
            pages: std::mem::take(&mut deciding.pages),
            memory: std::mem::take(&mut deciding.memory),
            recorded_at_ms: command.at_ms,
            command,
            transitions,
            pipeline_state: evaluator
                .as_ref()
                .map(|evaluator| (evaluator.version(), evaluator.pipeline_state())),
        };
        self.store.commit_command(commit).await?;
        self.decided(deciding);
        if let (Some(Fold { evaluator: own, .. }), Some(evaluator)) = (&mut *held, evaluator) {
            *own = evaluator;
        }
        self.find(id).await
    }

    async fn find(&self, id: AnomalyId) -> Result<StoredAnomaly, CommandError> {
        let stored = self.store.anomalies().get(id).await?;
        stored.ok_or(CommandError::NotFound)
    }

    /// The memory of a rule that is not being folded: its source may be away, and people still act.
    ///
    /// It has no detectors; only its memory of anomalies is used.
    async fn remembered(&self, id: &RuleId) -> StoreResult<Option<Evaluator>> {
        let (Some(stored), Some(state)) = (
            self.store.rules().get(id).await?,
            self.store.rules().state(id).await?,
        ) else {
            return Ok(None);
        };
        if state.version != stored.version {
            return Ok(None);
        }
        let nothing = Dataset::new(stored.rule.step.ms());
        Ok(Some(Evaluator::restore(
            Arc::new(stored.rule),
            stored.version,
            &nothing,
            state.watermark_ms,
            &state.pipeline_state,
            &Ticks::At(Vec::new()),
        )))
    }
}
