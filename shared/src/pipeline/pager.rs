//! The fold of all rules' transitions into pages: who is told, and who is not and why.
//!
//! One for the system; folds in the order of [`Transition::order`]. So far it knows duplicates and mutes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::transition::{Page, PageKind, PageVerdict, SuppressReason, Transition, TransitionKind};
use crate::anomaly::{Anomaly, AnomalyId};
use crate::glob;
use crate::rule::Severity;
use crate::time::TimeRange;

/// A range of time in which matching anomalies tell nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mute {
    /// Identity.
    pub id: String,
    /// Glob over rule ids.
    pub rule: String,
    /// Glob over series' text forms.
    pub series: String,
    /// When it holds.
    pub range: TimeRange,
    /// Who made it.
    pub author: String,
    /// Why.
    pub comment: String,
}

impl Mute {
    fn covers(&self, anomaly: &Anomaly, at_ms: i64) -> bool {
        self.range.contains(at_ms)
            && glob::matches(&self.rule, anomaly.rule_id.as_str())
            && glob::matches(&self.series, &anomaly.series)
    }
}

/// Decides about pages.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// Highest severity that was sent for an anomaly that may still change.
    sent: BTreeMap<AnomalyId, Severity>,
    mutes: Vec<Mute>,
}

impl Pager {
    /// A pager that has sent nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a page that was decided on before, after a restart or at the beginning of a replay.
    pub fn remember(&mut self, page: &Page) {
        if page.verdict == PageVerdict::Sent {
            let sent = self.sent.entry(page.anomaly_id).or_insert(page.severity);
            *sent = page.severity.max(*sent);
        }
    }

    /// Adds a mute, or replaces the one with its id.
    pub fn mute(&mut self, mute: Mute) {
        self.mutes.retain(|other| other.id != mute.id);
        self.mutes.push(mute);
    }

    /// Folds one transition; `late` says that it was found too late to wake anybody.
    pub fn step(&mut self, transition: &Transition, late: bool) -> Option<Page> {
        let kind = match transition.kind {
            TransitionKind::Opened => PageKind::Opened,
            TransitionKind::Escalated => PageKind::Escalated,
            TransitionKind::Reopened => PageKind::Reopened,
            _ => return None,
        };
        let anomaly = &transition.anomaly;
        let page = Page {
            anomaly_id: anomaly.id,
            at_ms: transition.at_ms,
            kind,
            severity: anomaly.severity,
            verdict: self.verdict(anomaly, transition.at_ms, late),
        };
        self.remember(&page);
        Some(page)
    }

    fn verdict(&self, anomaly: &Anomaly, at_ms: i64, late: bool) -> PageVerdict {
        if self
            .sent
            .get(&anomaly.id)
            .is_some_and(|sent| *sent >= anomaly.severity)
        {
            return PageVerdict::Suppressed(SuppressReason::Duplicate);
        }
        if let Some(mute) = self.mutes.iter().find(|mute| mute.covers(anomaly, at_ms)) {
            return PageVerdict::Suppressed(SuppressReason::Muted {
                mute_id: mute.id.clone(),
            });
        }
        if late {
            return PageVerdict::Suppressed(SuppressReason::Late);
        }
        PageVerdict::Sent
    }

    /// Forgets anomalies that ended before `before_ms` and cannot come back.
    pub fn forget_before(&mut self, before_ms: i64) {
        self.sent
            .retain(|id, _| i64::try_from(id.0.timestamp_ms()).unwrap_or(i64::MAX) >= before_ms);
    }
}
