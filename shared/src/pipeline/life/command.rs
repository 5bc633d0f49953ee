//! What people do to an anomaly that is going on, or that they closed and that has not recovered yet.

use super::{Held, Life, Ongoing};
use crate::anomaly::{Anomaly, AnomalyId, CloseReason, Status};
use crate::pipeline::transition::{Action, Command, Transition, TransitionKind};

impl Life {
    /// Folds a person's action; nothing if the anomaly is not going on.
    pub(in crate::pipeline) fn command(&mut self, command: &Command) -> Option<Transition> {
        match command.action {
            Action::Acknowledge | Action::Snooze | Action::Assign | Action::KeepAlarming => {
                let anomaly = self.ongoing(command.anomaly_id)?;
                let kind = command.mark(anomaly)?;
                Some(Transition::by(command, kind, anomaly.clone()))
            }
            Action::Resolve | Action::FalseAlarm | Action::Expected | Action::Accept => {
                self.close_by_hand(command)
            }
            Action::Undo => self.undo(command),
        }
    }

    fn ongoing(&mut self, id: AnomalyId) -> Option<&mut Anomaly> {
        let open = self.open.as_mut().map(|ongoing| &mut *ongoing.anomaly);
        open.into_iter()
            .chain(self.silence.as_mut())
            .find(|anomaly| anomaly.id == id)
    }

    fn close_by_hand(&mut self, command: &Command) -> Option<Transition> {
        let status = command.action.status()?;
        let anomaly = self.ongoing(command.anomaly_id)?;
        let before = anomaly.clone();
        anomaly.status = status;
        anomaly.closed_at_ms = Some(command.at_ms);
        anomaly.close_reason = Some(CloseReason::Manual);
        let closed = anomaly.clone();
        // Nothing like it opens before recovery; until then it can be taken back as it was.
        if self.silence.take_if(|one| one.id == closed.id).is_some() {
            self.hushed = Some(before);
        } else {
            let calm = 0;
            let until_ms = command
                .until_ms
                .filter(|_| command.action == Action::Accept);
            self.open = None;
            self.held = Some(Held {
                anomaly: before,
                calm,
                until_ms,
            });
        }
        Some(Transition::by(command, TransitionKind::Judged, closed))
    }

    /// Returns to an earlier status: of what is going on, or of what would be if nobody had closed it.
    fn undo(&mut self, command: &Command) -> Option<Transition> {
        let status = command.status.filter(|status| status.is_active())?;
        let id = command.anomaly_id;
        if let Some(held) = self.held.take_if(|held| held.anomaly.id == id) {
            self.open = Some(Ongoing {
                anomaly: Box::new(held.anomaly),
                calm: held.calm,
                told_ms: command.at_ms,
            });
        }
        if let Some(hushed) = self.hushed.take_if(|hushed| hushed.id == id) {
            self.silence = Some(hushed);
        }
        let anomaly = self.ongoing(id)?;
        anomaly.status = status;
        let kind = TransitionKind::Undone;
        Some(Transition::by(command, kind, anomaly.clone()))
    }
}

impl Command {
    /// Writes on an anomaly what the action says about it without ending it; nothing for other actions.
    pub(in crate::pipeline) fn mark(&self, anomaly: &mut Anomaly) -> Option<TransitionKind> {
        Some(match self.action {
            Action::Acknowledge => {
                anomaly.status = Status::Acknowledged;
                TransitionKind::Acknowledged
            }
            Action::KeepAlarming => {
                anomaly.snoozed_until_ms = None;
                TransitionKind::Snoozed
            }
            Action::Snooze => {
                anomaly.snoozed_until_ms = self.until_ms;
                TransitionKind::Snoozed
            }
            Action::Assign => {
                anomaly.assignee.clone_from(&self.assignee);
                TransitionKind::Assigned
            }
            _ => return None,
        })
    }
}
