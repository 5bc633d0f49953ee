//! What the pipeline takes in from people, and what it says of anomalies.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::anomaly::{Anomaly, AnomalyId, CloseReason, Status};
use crate::rule::RuleId;
use crate::series::SeriesKey;

/// Who caused a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[serde(transparent)]
pub struct Actor(pub Cow<'static, str>);

impl Actor {
    /// The pipeline itself.
    pub fn system() -> Self {
        Self(Cow::Borrowed("system"))
    }
}

/// What a person can do to an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take it.
    Acknowledge,
    /// Close it; it stays closed until the values have recovered once.
    Resolve,
    /// Close it as nothing.
    FalseAlarm,
    /// Close it as known beforehand.
    Expected,
    /// Page nobody because of it for a while; without an end, page again.
    Snooze,
    /// Say who takes care of it; without a name, nobody.
    Assign,
    /// Take the last step back.
    Undo,
    /// Take the level since its beginning for the new normal; with an end, only for the time being.
    Accept,
    /// It is not normal: no end of a snooze or of an acceptance is waited for.
    KeepAlarming,
}

impl Action {
    /// The status that it leads to, where it leads to one.
    pub fn status(self) -> Option<Status> {
        match self {
            Self::Acknowledge => Some(Status::Acknowledged),
            Self::Resolve => Some(Status::Resolved),
            Self::FalseAlarm => Some(Status::FalseAlarm),
            Self::Expected | Self::Accept => Some(Status::Expected),
            Self::Snooze | Self::Assign | Self::Undo | Self::KeepAlarming => None,
        }
    }
}

/// A person's action, journaled before it is folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Command {
    /// When it took effect.
    pub at_ms: i64,
    /// Newest instant that the rule had evaluated when it was folded; a replay folds it right there.
    pub watermark_ms: i64,
    /// Who did it.
    pub actor: Actor,
    /// On which anomaly.
    pub anomaly_id: AnomalyId,
    /// What was done.
    pub action: Action,
    /// Of [`Action::Snooze`], and of an [`Action::Accept`] for the time being: until when.
    #[serde(default)]
    pub until_ms: Option<i64>,
    /// Of [`Action::Assign`]: who.
    #[serde(default)]
    pub assignee: Option<String>,
    /// Of [`Action::Undo`]: the status before the step that is taken back.
    #[serde(default)]
    pub status: Option<Status>,
    /// Of [`Action::Accept`]: which level.
    #[serde(default)]
    pub level: Option<AcceptedLevel>,
}

/// A level that somebody takes for the new normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedLevel {
    /// Of which series.
    pub series_key: SeriesKey,
    /// Since when it has been there.
    pub since_ms: i64,
}

impl Command {
    /// An action that needs no more words.
    pub fn new(
        at_ms: i64,
        watermark_ms: i64,
        actor: Actor,
        anomaly_id: AnomalyId,
        action: Action,
    ) -> Self {
        let (until_ms, assignee, status, level) = (None, None, None, None);
        Self {
            at_ms,
            watermark_ms,
            actor,
            anomaly_id,
            action,
            until_ms,
            assignee,
            status,
            level,
        }
    }
}

/// What happened to an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// It was confirmed.
    Opened,
    /// It grew longer or higher.
    Extended,
    /// It reached a higher severity.
    Escalated,
    /// It came back within the merge gap of its end.
    Reopened,
    /// It ended by itself; the anomaly says why.
    Closed,
    /// Somebody took it.
    Acknowledged,
    /// Somebody closed it; the anomaly's status says as what.
    Judged,
    /// Somebody said until when to page nobody.
    Snoozed,
    /// Somebody said who takes care of it.
    Assigned,
    /// Somebody took a step back; the anomaly's status is the one before.
    Undone,
}

/// One step in the life of an anomaly, with the anomaly as it is afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transition {
    /// Nominal time of the tick or command.
    pub at_ms: i64,
    /// What happened.
    pub kind: TransitionKind,
    /// Who caused it.
    pub actor: Actor,
    /// The anomaly afterwards.
    pub anomaly: Anomaly,
}

impl Transition {
    /// The order in which the pager folds: time, rule, series.
    pub fn order(&self) -> (i64, &RuleId, SeriesKey) {
        (self.at_ms, &self.anomaly.rule_id, self.anomaly.series_key)
    }

    /// The end of an anomaly that no evaluator remembers any more: its rule is gone, changed or was away too long.
    pub fn closed(mut anomaly: Anomaly, at_ms: i64, reason: CloseReason) -> Self {
        anomaly.status = Status::Resolved;
        anomaly.closed_at_ms = Some(at_ms);
        anomaly.close_reason = Some(reason);
        Self {
            at_ms,
            kind: TransitionKind::Closed,
            actor: Actor::system(),
            anomaly,
        }
    }

    /// A person's action on an anomaly that no evaluator remembers, because it is over or its rule is gone.
    ///
    /// One that is over can still be judged; nothing comes of an action that would change nothing.
    pub fn acted(anomaly: &Anomaly, command: &Command) -> Option<Self> {
        let active = anomaly.status.is_active();
        let mut after = anomaly.clone();
        let kind = match command.action {
            Action::FalseAlarm | Action::Expected | Action::Accept => TransitionKind::Judged,
            Action::Undo => TransitionKind::Undone,
            _ if !active => return None,
            Action::Resolve => TransitionKind::Judged,
            Action::Acknowledge | Action::Snooze | Action::Assign | Action::KeepAlarming => {
                command.mark(&mut after)?
            }
        };
        if kind == TransitionKind::Undone {
            after.status = match (active, command.status?) {
                (true, status) if !status.is_active() => return None,
                (false, status) if status.is_active() => {
                    // It has recovered since: it cannot go on, but nobody has closed it either.
                    after.close_reason = Some(CloseReason::Recovered);
                    Status::Resolved
                }
                (_, status) => status,
            };
        } else if let Some(status) = command.action.status() {
            after.status = status;
        }
        if active && kind == TransitionKind::Judged {
            after.closed_at_ms = Some(command.at_ms);
            after.close_reason = Some(CloseReason::Manual);
        }
        (after != *anomaly).then(|| Self::by(command, kind, after))
    }

    /// What somebody did.
    pub(super) fn by(command: &Command, kind: TransitionKind, anomaly: Anomaly) -> Self {
        Self {
            at_ms: command.at_ms,
            kind,
            actor: command.actor.clone(),
            anomaly,
        }
    }

    /// The status before the last step that somebody took, if it can be taken back.
    ///
    /// `steps` is what happened so far, each with the status after it. What the pipeline did itself cannot be
    /// taken back, and neither can what was done before it.
    pub fn undoes(steps: impl IntoIterator<Item = (TransitionKind, Status)>) -> Option<Status> {
        let (mut before, mut status) = (Vec::new(), Status::Open);
        for (kind, after) in steps {
            match kind {
                TransitionKind::Acknowledged | TransitionKind::Judged if after != status => {
                    before.push(status);
                }
                TransitionKind::Undone => {
                    before.pop();
                }
                TransitionKind::Opened | TransitionKind::Reopened | TransitionKind::Closed => {
                    before.clear();
                }
                _ => {}
            }
            status = after;
        }
        before.pop()
    }

    /// Why the anomaly is closed, if it is.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.anomaly.close_reason
    }
}
