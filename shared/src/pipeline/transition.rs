//! What the pipeline takes in from people, and what it says.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::anomaly::{Anomaly, AnomalyId, CloseReason, Status};
use crate::rule::{RuleId, Severity};
use crate::series::SeriesKey;

/// Who caused a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Actor(pub String);

impl Actor {
    /// The pipeline itself.
    pub fn system() -> Self {
        Self("system".to_owned())
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
}

impl Action {
    /// The status that it leads to, where it leads to one.
    pub fn status(self) -> Option<Status> {
        match self {
            Self::Acknowledge => Some(Status::Acknowledged),
            Self::Resolve => Some(Status::Resolved),
            Self::FalseAlarm => Some(Status::FalseAlarm),
            Self::Expected => Some(Status::Expected),
            Self::Snooze | Self::Assign | Self::Undo => None,
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
    /// Of [`Action::Snooze`]: until when.
    #[serde(default)]
    pub until_ms: Option<i64>,
    /// Of [`Action::Assign`]: who.
    #[serde(default)]
    pub assignee: Option<String>,
    /// Of [`Action::Undo`]: the status before the step that is taken back.
    #[serde(default)]
    pub status: Option<Status>,
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
        let (until_ms, assignee, status) = (None, None, None);
        Self {
            at_ms,
            watermark_ms,
            actor,
            anomaly_id,
            action,
            until_ms,
            assignee,
            status,
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
    pub fn acted(anomaly: Anomaly, command: &Command) -> Option<Self> {
        let active = anomaly.status.is_active();
        let mut after = anomaly.clone();
        let kind = match command.action {
            Action::FalseAlarm | Action::Expected => TransitionKind::Judged,
            Action::Undo => TransitionKind::Undone,
            _ if !active => return None,
            Action::Resolve => TransitionKind::Judged,
            Action::Acknowledge | Action::Snooze | Action::Assign => command.mark(&mut after)?,
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
        (after != anomaly).then(|| Self::by(command, kind, after))
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

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A new anomaly.
    Opened,
    /// A higher severity.
    Escalated,
    /// An old one that came back.
    Reopened,
    /// What was found too late to wake anybody, all of one tick together.
    CaughtUp,
}

/// Why a page was not sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SuppressReason {
    /// This anomaly was paged at this severity already.
    Duplicate,
    /// A mute covers it.
    Muted {
        /// Which one.
        mute_id: String,
    },
    /// Somebody snoozed it.
    Snoozed {
        /// Until when.
        until_ms: i64,
    },
    /// Found too late to wake anybody.
    Late,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum PageVerdict {
    /// Somebody is told.
    Sent,
    /// Nobody is told, for this reason.
    Suppressed(SuppressReason),
}

/// The pager's decision on one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// The anomaly it is about.
    pub anomaly_id: AnomalyId,
    /// Nominal time.
    pub at_ms: i64,
    /// What it is about.
    pub kind: PageKind,
    /// The severity it has.
    pub severity: Severity,
    /// How many anomalies it sums up, where it is about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums_up: Option<u32>,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: PageVerdict,
}

// Read by hand: serde reads a tagged enum inside of another type by keeping everything until it has seen the tag,
// and the browser downloads the code for that.

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonTag {
    Duplicate,
    Muted,
    Snoozed,
    Late,
}

impl ReasonTag {
    fn with<E: serde::de::Error>(
        self,
        mute_id: Option<String>,
        until_ms: Option<i64>,
    ) -> Result<SuppressReason, E> {
        Ok(match self {
            Self::Duplicate => SuppressReason::Duplicate,
            Self::Late => SuppressReason::Late,
            Self::Muted => SuppressReason::Muted {
                mute_id: mute_id.ok_or_else(|| E::missing_field("mute_id"))?,
            },
            Self::Snoozed => SuppressReason::Snoozed {
                until_ms: until_ms.ok_or_else(|| E::missing_field("until_ms"))?,
            },
        })
    }
}

impl<'de> Deserialize<'de> for SuppressReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Flat {
            reason: ReasonTag,
            mute_id: Option<String>,
            until_ms: Option<i64>,
        }
        let flat = Flat::deserialize(deserializer)?;
        flat.reason.with(flat.mute_id, flat.until_ms)
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum VerdictTag {
            Sent,
            Suppressed,
        }
        #[derive(Deserialize)]
        struct Flat {
            anomaly_id: AnomalyId,
            at_ms: i64,
            kind: PageKind,
            severity: Severity,
            sums_up: Option<u32>,
            verdict: VerdictTag,
            reason: Option<ReasonTag>,
            mute_id: Option<String>,
            until_ms: Option<i64>,
        }
        let flat = Flat::deserialize(deserializer)?;
        let verdict = match flat.verdict {
            VerdictTag::Sent => PageVerdict::Sent,
            VerdictTag::Suppressed => {
                let tag = flat
                    .reason
                    .ok_or_else(|| D::Error::missing_field("reason"))?;
                PageVerdict::Suppressed(tag.with(flat.mute_id, flat.until_ms)?)
            }
        };
        Ok(Self {
            anomaly_id: flat.anomaly_id,
            at_ms: flat.at_ms,
            kind: flat.kind,
            severity: flat.severity,
            sums_up: flat.sums_up,
            verdict,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_when_written_then_reads_back() {
        let muted = SuppressReason::Muted {
            mute_id: "m1".to_owned(),
        };
        let verdicts = [
            PageVerdict::Sent,
            PageVerdict::Suppressed(SuppressReason::Duplicate),
            PageVerdict::Suppressed(SuppressReason::Late),
            PageVerdict::Suppressed(muted.clone()),
            PageVerdict::Suppressed(SuppressReason::Snoozed { until_ms: 7 }),
        ];
        for verdict in verdicts {
            let page = Page {
                anomaly_id: "01JH0000000000000000000000".parse().expect("an id"),
                at_ms: 1,
                kind: PageKind::Escalated,
                severity: Severity::Warning,
                sums_up: Some(3),
                verdict,
            };
            let text = serde_json::to_string(&page).expect("a page");
            assert_eq!(serde_json::from_str::<Page>(&text).expect("a page"), page);
        }
        let text = serde_json::to_string(&muted).expect("a reason");
        assert_eq!(
            serde_json::from_str::<SuppressReason>(&text).expect("a reason"),
            muted
        );
        let nameless = serde_json::from_str::<SuppressReason>(r#"{"reason":"muted"}"#);
        assert!(nameless.is_err(), "a mute has a name");
    }
}
