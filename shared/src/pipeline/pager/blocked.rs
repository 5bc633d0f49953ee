//! What holds a page back at an instant, and until when.

use super::lane::Lane;
use super::{Pager, PagerRun};
use crate::anomaly::{Anomaly, AnomalyId};
use crate::calendar::CalendarTable;
use crate::pipeline::page::SuppressReason;
use crate::rule::Severity;

/// What counts of an anomaly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) severity: Severity,
    pub(super) series: &'a str,
    pub(super) snoozed_until_ms: Option<i64>,
}

impl<'a> Who<'a> {
    pub(super) fn of(anomaly: &'a Anomaly) -> Self {
        Self {
            severity: anomaly.severity,
            series: &anomaly.series,
            snoozed_until_ms: anomaly.snoozed_until_ms,
        }
    }
}

/// A stretch of time in which no mute holds, whoever it is about, and no calendar of the rule. Most transitions
/// of a fold lie in the one of the transition before, and need not look through mutes and calendars again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lull {
    from_ms: i64,
    to_ms: i64,
}

impl Lull {
    fn contains(self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }
}

/// Those of the calendars that hold pages back.
fn quiet(calendars: &[CalendarTable]) -> impl Iterator<Item = &CalendarTable> {
    calendars.iter().filter(|one| one.effects.skip_paging)
}

impl Pager {
    /// The first reason to hold a page back, with the instant from which on it does not hold any more.
    pub(super) fn blocked(
        &self,
        run: PagerRun<'_>,
        lane: &Lane,
        id: AnomalyId,
        who: &Who<'_>,
        at_ms: i64,
    ) -> Option<(SuppressReason, i64)> {
        let rule = run.rule;
        if let Some(until_ms) = who.snoozed_until_ms.filter(|until_ms| at_ms < *until_ms) {
            return Some((SuppressReason::Snoozed { until_ms }, until_ms));
        }
        if !self.lull.get().contains(at_ms) {
            if let Some(mute) = self.mute_of(who, &rule.id, at_ms) {
                let mute_id = mute.id.clone();
                return Some((SuppressReason::Muted { mute_id }, mute.range.to_ms));
            }
            for table in quiet(run.calendars) {
                if let Some(range) = table.range_at(at_ms) {
                    let calendar = table.id.clone();
                    return Some((SuppressReason::Calendar { calendar }, range.to_ms));
                }
            }
            self.lull.set(self.lull_at(run, at_ms));
        }
        if !rule.paging.depends_on.is_empty() {
            let explains = |one: &&super::Standing| {
                one.range.contains(at_ms)
                    && one.rule_id != rule.id
                    && rule.paging.depends_on.iter().any(|dependency| {
                        dependency.explains(one.rule_id.as_str(), &one.series, who.series)
                    })
            };
            if let Some(one) = self.standing.iter().find(explains) {
                let reason = SuppressReason::DependsOn {
                    depends_on: one.anomaly_id,
                };
                return Some((reason, one.range.to_ms));
            }
        }
        let untold = self.told.get(&id).is_none_or(|told| *told < who.severity);
        if let (Some(flap), false) = (rule.paging.flap, untold)
            && let Some(until_ms) = lane.settles_at(id, at_ms, flap)
        {
            return Some((SuppressReason::Flapping, until_ms));
        }
        let until_ms = lane.full_until(at_ms, rule.paging.limit?)?;
        Some((SuppressReason::RateLimited, until_ms))
    }

    /// The lull around an instant; none where a mute holds, which may be about somebody else.
    fn lull_at(&self, run: PagerRun<'_>, at_ms: i64) -> Lull {
        let mutes = self.mutes.iter().map(|mute| mute.range);
        let calendars = quiet(run.calendars).flat_map(|table| table.ranges_about(at_ms));
        let mut lull = Lull {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        };
        for range in mutes.chain(calendars) {
            if range.contains(at_ms) {
                return Lull::default();
            }
            if range.to_ms <= at_ms {
                lull.from_ms = lull.from_ms.max(range.to_ms);
            } else {
                lull.to_ms = lull.to_ms.min(range.from_ms);
            }
        }
        lull
    }
}
