//! What the pager remembers of one rule, and as bytes: small, stored with every tick that changes it.

use serde::{Deserialize, Serialize};

use super::Pager;
use super::blocked::Who;
use crate::anomaly::{Anomaly, AnomalyId};
use crate::map::Map;
use crate::pipeline::page::{Page, PageKind, PageVerdict};
use crate::rule::{Flap, Limit, Rule, RuleId, Severity};

/// First byte of a stored lane; another one means that its memory is lost.
const STATE_VERSION: u8 = 1;

/// One rule's memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Lane {
    /// What is open and held back.
    pub(super) held: Map<AnomalyId, Held>,
    /// The newest beginnings and ends of anomalies that come and go.
    pub(super) flaps: Map<AnomalyId, Changes>,
    /// When the newest pages were sent, as far back as the rule's limit counts.
    pub(super) pages: Vec<i64>,
}

/// What is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) kind: PageKind,
    pub(super) severity: Severity,
    pub(super) series: String,
    pub(super) snoozed_until_ms: Option<i64>,
    /// Held back up to here, as is known.
    pub(super) checked_ms: i64,
    /// It waits until then for others to speak.
    pub(super) not_before_ms: i64,
    /// Whether nothing has been said of it yet.
    pub(super) silent: bool,
    /// Whether it is told although it was told at this severity before.
    pub(super) again: bool,
}

/// The newest beginnings and ends of one anomaly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Changes {
    at_ms: Vec<i64>,
    flapping: bool,
}

impl Held {
    pub(super) fn new(anomaly: &Anomaly, kind: PageKind, at_ms: i64, again: bool) -> Self {
        Self {
            kind,
            severity: anomaly.severity,
            series: anomaly.series.clone(),
            snoozed_until_ms: anomaly.snoozed_until_ms,
            checked_ms: at_ms,
            not_before_ms: at_ms,
            silent: false,
            again,
        }
    }

    pub(super) fn who(&self) -> Who<'_> {
        Who {
            severity: self.severity,
            series: &self.series,
            snoozed_until_ms: self.snoozed_until_ms,
        }
    }
}

impl Lane {
    /// Holds a page back; one that was to be told again still is.
    pub(super) fn hold(&mut self, id: AnomalyId, mut held: Held) {
        held.again |= self.held.get(&id).is_some_and(|before| before.again);
        self.held.insert(id, held);
    }

    /// Everything that is held back is known to be up to here.
    pub(super) fn checked(&mut self, at_ms: i64) {
        for held in self.held.values_mut() {
            held.checked_ms = held.checked_ms.max(at_ms);
        }
    }

    /// Takes in a beginning or an end; answers whether the anomaly is flapping.
    ///
    /// It begins with so many changes in so long, and ends when none has come for the time that it takes to settle:
    /// what flaps once a quarter of an hour does not settle every quarter of an hour.
    pub(super) fn changed(&mut self, id: AnomalyId, at_ms: i64, flap: Flap) -> bool {
        let newest = |changes: &Changes| changes.at_ms.last().copied().unwrap_or(at_ms);
        self.flaps
            .retain(|_, changes| at_ms - newest(changes) < flap.settle.max(flap.within).ms());
        let changes = self.flaps.get_or_default(id);
        if at_ms - newest(changes) >= flap.settle.ms() {
            changes.flapping = false;
        }
        changes.at_ms.push(at_ms);
        let count = flap.changes as usize;
        let over = changes.at_ms.len().saturating_sub(count);
        changes.at_ms.drain(..over);
        changes.flapping |=
            changes.at_ms.len() == count && at_ms - changes.at_ms[0] <= flap.within.ms();
        changes.flapping
    }

    /// When an anomaly that is flapping will have settled, if nothing comes.
    pub(super) fn settles_at(&self, id: AnomalyId, at_ms: i64, flap: Flap) -> Option<i64> {
        let changes = self.flaps.get(&id).filter(|changes| changes.flapping)?;
        let until_ms = changes.at_ms.last()? + flap.settle.ms();
        (at_ms < until_ms).then_some(until_ms)
    }

    /// What is sent is not held any more, and counts for the rule's limit.
    pub(super) fn told(&mut self, page: &Page, rule: &Rule) {
        if page.verdict != PageVerdict::Sent {
            return;
        }
        self.held.remove(&page.anomaly_id);
        if let Some(limit) = rule.paging.limit {
            self.sent(page.at_ms, limit);
        }
    }

    /// Remembers a page that was sent.
    fn sent(&mut self, at_ms: i64, limit: Limit) {
        self.pages.retain(|page| *page > at_ms - limit.within.ms());
        self.pages.push(at_ms);
    }

    /// Until when no more pages may be sent, if that is so.
    pub(super) fn full_until(&self, at_ms: i64, limit: Limit) -> Option<i64> {
        let recent = |page: &&i64| **page > at_ms - limit.within.ms() && **page <= at_ms;
        let newest = self.pages.iter().rev().filter(recent);
        let oldest_of_all = newest.take(limit.pages as usize);
        let mut counted = 0;
        let mut oldest_ms = at_ms;
        for page in oldest_of_all {
            counted += 1;
            oldest_ms = oldest_ms.min(*page);
        }
        (counted == limit.pages).then(|| oldest_ms + limit.within.ms())
    }
}

impl Pager {
    /// A lane's memory as bytes, for [`Pager::restore_lane`]; nothing if there is nothing to remember.
    pub fn lane_state(&self, rule: &RuleId, of_samples: bool) -> Option<Vec<u8>> {
        let lane = self.lanes.get(&(rule.clone(), of_samples))?;
        if *lane == Lane::default() {
            return None;
        }
        let mut bytes = vec![STATE_VERSION];
        bytes.extend(postcard::to_allocvec(lane).ok()?);
        Some(bytes)
    }

    /// Takes in what a lane remembered; answers whether the bytes could be read.
    pub fn restore_lane(&mut self, rule: &RuleId, of_samples: bool, bytes: &[u8]) -> bool {
        let Some((&STATE_VERSION, rest)) = bytes.split_first() else {
            return false;
        };
        let Ok(lane) = postcard::from_bytes(rest) else {
            return false;
        };
        self.lanes.insert((rule.clone(), of_samples), lane);
        true
    }
}
