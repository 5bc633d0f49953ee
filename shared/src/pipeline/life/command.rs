//! What people do to an anomaly that is going on.

use super::Life;
use crate::anomaly::{Anomaly, CloseReason, Status};
use crate::pipeline::transition::{Action, Command, Transition, TransitionKind};

impl Life {
    /// Folds a person's action; nothing if the anomaly is not going on.
    pub(in crate::pipeline) fn command(&mut self, command: &Command) -> Option<Transition> {
        let silence = self
            .silence
            .as_ref()
            .is_some_and(|silence| silence.id == command.anomaly_id);
        let deviation = self
            .open
            .as_ref()
            .is_some_and(|ongoing| ongoing.anomaly.id == command.anomaly_id);
        if !silence && !deviation {
            return None;
        }
        if command.action == Action::Acknowledge {
            let anomaly = if silence {
                self.silence.as_mut()
            } else {
                self.open.as_mut().map(|open| &mut open.anomaly)
            }?;
            anomaly.status = Status::Acknowledged;
            return Some(by(command, TransitionKind::Acknowledged, anomaly.clone()));
        }
        let mut anomaly = if silence {
            self.silence.take()
        } else {
            self.open.take().map(|open| open.anomaly)
        }?;
        anomaly.status = command.action.status();
        anomaly.closed_at_ms = Some(command.at_ms);
        anomaly.close_reason = Some(CloseReason::Manual);
        if deviation {
            self.held = Some(0);
        }
        Some(by(command, TransitionKind::Judged, anomaly))
    }
}

fn by(command: &Command, kind: TransitionKind, anomaly: Anomaly) -> Transition {
    Transition {
        at_ms: command.at_ms,
        kind,
        actor: command.actor.clone(),
        anomaly,
    }
}
