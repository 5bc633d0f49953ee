//! The fold of all rules' transitions into pages: who is told, and who is not and why.
//!
//! One for the system; folds in the order of [`Transition::order`]. So far it knows duplicates, snoozes and mutes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::page::{Page, PageKind, PageVerdict, SuppressReason};
use super::transition::{Transition, TransitionKind};
use crate::anomaly::{Anomaly, AnomalyId};
use crate::glob;
use crate::rule::Severity;
use crate::time::TimeRange;

/// A stretch of time in which matching anomalies tell nobody: a mute as long as one version of it was in force.
///
/// It begins after it was saved and ends where the next version begins, so that whoever folds the stretches of a
/// mute, at whatever time, decides alike about the same nominal instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mute {
    /// Identity of the mute.
    pub id: String,
    /// Glob over rule ids.
    pub rule: String,
    /// Glob over series' text forms.
    pub series: String,
    /// A worse anomaly tells all the same.
    pub max_severity: Severity,
    /// Nominal instants at which it holds.
    pub range: TimeRange,
}

impl Mute {
    fn covers(&self, anomaly: &Anomaly, at_ms: i64) -> bool {
        self.range.contains(at_ms)
            && anomaly.severity <= self.max_severity
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

    /// Takes these for all the mutes there are, in this order.
    pub fn set_mutes(&mut self, mutes: Vec<Mute>) {
        self.mutes = mutes;
    }

    /// The first mute that covers an anomaly, as it is at a nominal instant.
    pub fn muted(&self, anomaly: &Anomaly, at_ms: i64) -> Option<&Mute> {
        self.mutes.iter().find(|mute| mute.covers(anomaly, at_ms))
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
            sums_up: None,
            verdict: self.verdict(anomaly, transition.at_ms, late),
        };
        self.remember(&page);
        Some(page)
    }

    /// One page for all that a tick found too late, so that somebody hears of it: under the worst, newest anomaly.
    ///
    /// `pages` is what was decided about `transitions`. What a mute covers by now is left out.
    pub fn catch_up(
        &mut self,
        transitions: &[Transition],
        pages: &[Page],
        at_ms: i64,
    ) -> Option<Page> {
        let is_muted = |id: AnomalyId| {
            let newest = transitions.iter().rfind(|one| one.anomaly.id == id);
            newest.is_some_and(|one| self.muted(&one.anomaly, at_ms).is_some())
        };
        let late = PageVerdict::Suppressed(SuppressReason::Late);
        let late: Vec<&Page> = pages
            .iter()
            .filter(|page| page.verdict == late && !is_muted(page.anomaly_id))
            .collect();
        let worst = late.iter().max_by_key(|page| page.severity)?;
        let ids: BTreeSet<AnomalyId> = late.iter().map(|page| page.anomaly_id).collect();
        let page = Page {
            anomaly_id: worst.anomaly_id,
            at_ms,
            kind: PageKind::CaughtUp,
            severity: worst.severity,
            sums_up: u32::try_from(ids.len()).ok(),
            verdict: PageVerdict::Sent,
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
        if let Some(until_ms) = anomaly
            .snoozed_until_ms
            .filter(|until_ms| at_ms < *until_ms)
        {
            return PageVerdict::Suppressed(SuppressReason::Snoozed { until_ms });
        }
        if let Some(mute) = self.muted(anomaly, at_ms) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::Actor;

    fn opened(series: &str, severity: &str, at_ms: i64) -> Transition {
        let anomaly = json!({
            "id": "01JH0000000000000000000000", "kind": "deviation", "rule_id": "cpu-high", "rule_name": "CPU",
            "rule_version": 1, "config_hash": "", "data_hash": "", "source": "s", "series": series,
            "series_key": "00000000000000000000000000000000", "unit": "", "labels": {}, "detector": "threshold",
            "threshold": 1.0, "status": "open", "severity": severity, "start_ms": at_ms, "end_ms": at_ms,
            "detected_at_ms": at_ms, "closed_at_ms": null, "close_reason": null, "peak": null, "reopened": 0,
        });
        Transition {
            at_ms,
            kind: TransitionKind::Opened,
            actor: Actor::system(),
            anomaly: serde_json::from_value(anomaly).expect("an anomaly"),
        }
    }

    fn mute(rule: &str, series: &str) -> Mute {
        Mute {
            id: "m".to_owned(),
            rule: rule.to_owned(),
            series: series.to_owned(),
            max_severity: Severity::Warning,
            range: TimeRange {
                from_ms: 100,
                to_ms: 200,
            },
        }
    }

    fn verdict(mute: &Mute, transition: &Transition) -> PageVerdict {
        let mut pager = Pager::new();
        pager.set_mutes(vec![mute.clone()]);
        let page = pager.step(transition, false);
        page.expect("an opening is worth a page").verdict
    }

    #[test]
    fn mute_when_it_covers_rule_series_severity_and_time_then_nobody_is_told() {
        let muted = PageVerdict::Suppressed(SuppressReason::Muted {
            mute_id: "m".to_owned(),
        });
        let here = opened("load{host=\"a\"}", "warning", 150);
        for (rule, series) in [("*", "*"), ("cpu-*", "*"), ("*", "load{*\"a\"}")] {
            assert_eq!(
                verdict(&mute(rule, series), &here),
                muted,
                "{rule} {series}"
            );
        }
        for (rule, series) in [("cpu", "*"), ("*", "load"), ("disk-*", "load*")] {
            let told = verdict(&mute(rule, series), &here);
            assert_eq!(told, PageVerdict::Sent, "{rule} {series}");
        }
        for (at_ms, severity, told) in [
            (99, "warning", true),
            (100, "info", false),
            (199, "warning", false),
            (200, "warning", true),
            (150, "critical", true),
        ] {
            let heard = verdict(&mute("*", "*"), &opened("load", severity, at_ms));
            let expected = if told { &PageVerdict::Sent } else { &muted };
            assert_eq!(&heard, expected, "{severity} at {at_ms}");
        }
    }

    #[test]
    fn anomaly_when_it_gets_worse_than_its_mute_or_comes_back_after_it_then_somebody_is_told() {
        let mut pager = Pager::new();
        pager.set_mutes(vec![mute("*", "*")]);
        let mut told = |kind, severity, at_ms| {
            let mut transition = opened("load", severity, at_ms);
            transition.kind = kind;
            let page = pager.step(&transition, false).expect("worth a page");
            page.verdict == PageVerdict::Sent
        };
        assert!(!told(TransitionKind::Opened, "warning", 150));
        assert!(told(TransitionKind::Escalated, "critical", 160));
        assert!(
            !told(TransitionKind::Reopened, "critical", 250),
            "told already"
        );
    }
}
