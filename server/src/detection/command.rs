//! People's actions: journaled, then folded by the rule's own evaluator.

use std::sync::Arc;

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::pipeline::{Action, Actor, Command, Dataset, Evaluator, Transition};
use hindcast_shared::rule::{RuleId, Ticks};

use super::{CommandError, Detection, Fold};
use crate::store::{CommandCommit, StoreResult, StoredAnomaly};

impl Detection {
    /// Does something to an anomaly; answers it as it is afterwards.
    ///
    /// `if_match` is the position of its last change that the caller has seen.
    pub(crate) async fn command(
        &self,
        id: AnomalyId,
        action: Action,
        actor: Actor,
        if_match: Option<i64>,
    ) -> Result<StoredAnomaly, CommandError> {
        let rule_id = self.find(id).await?.anomaly.rule_id;
        let slot = self.slot(&rule_id);
        let mut held = slot.lock().await;
        // Again, because a run may have changed it while this waited.
        let stored = self.find(id).await?;
        if if_match.is_some_and(|seen| seen != stored.changed_seq) {
            return Err(CommandError::Changed);
        }
        let mut evaluator = match &*held {
            Some(fold) => Some(fold.evaluator.clone()),
            None => self.remembered(&rule_id).await?,
        };
        let command = Command {
            at_ms: self.clock.now_ms(),
            watermark_ms: evaluator
                .as_ref()
                .and_then(Evaluator::watermark_ms)
                .unwrap_or(stored.anomaly.end_ms),
            actor,
            anomaly_id: id,
            action,
        };
        let mut transitions = evaluator
            .as_mut()
            .map_or_else(Vec::new, |evaluator| evaluator.command(&command));
        if transitions.is_empty() {
            let status = stored.anomaly.status;
            let acted = Transition::acted(stored.anomaly, &command).ok_or_else(|| {
                CommandError::Conflict(format!("the anomaly is {} already", status.as_str()))
            })?;
            transitions.push(acted);
        }
        let commit = CommandCommit {
            rule_id,
            recorded_at_ms: command.at_ms,
            command,
            transitions,
            pipeline_state: evaluator
                .as_ref()
                .map(|evaluator| (evaluator.version(), evaluator.pipeline_state())),
        };
        self.store.commit_command(commit).await?;
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
