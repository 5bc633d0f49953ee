//! Which anomaly lies in which lane of the timeline, and which one is meant by a place or a key.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hindcast_shared::anomaly::{Anomaly, AnomalyId};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::TimeRange;

/// Most lanes; what is left shares the last one.
const MOST_LANES: usize = 24;

/// One anomaly on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) id: AnomalyId,
    pub(super) lane: usize,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) severity: Severity,
    pub(super) active: bool,
}

/// All of them, in the order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lanes {
    /// Names of the lanes; empty for the one of all others.
    pub(super) names: Vec<String>,
    pub(super) bars: Vec<Bar>,
}

impl Lanes {
    /// A lane a rule: worst first, then those with most anomalies.
    pub(super) fn of<'a>(
        anomalies: impl Iterator<Item = &'a Anomaly> + Clone,
        range: TimeRange,
        now_ms: i64,
    ) -> Self {
        let within = anomalies.filter(|anomaly| {
            let to_ms = if anomaly.status.is_active() {
                now_ms
            } else {
                anomaly.end_ms
            };
            anomaly.start_ms < range.to_ms && to_ms >= range.from_ms
        });
        let mut rules: BTreeMap<&str, (Severity, u32, &str)> = BTreeMap::new();
        for anomaly in within.clone() {
            let name = anomaly.rule_name.as_str();
            let new = (anomaly.severity, 0, name);
            let rule = rules.entry(anomaly.rule_id.as_str()).or_insert(new);
            rule.0 = rule.0.max(anomaly.severity);
            rule.1 += 1;
        }
        let mut order: Vec<(&str, (Severity, u32, &str))> = rules.into_iter().collect();
        order.sort_by_key(|(_, (severity, count, name))| (Reverse((*severity, *count)), *name));
        let shared = order.len() > MOST_LANES;
        let own = if shared { MOST_LANES - 1 } else { order.len() };
        let lane_of: BTreeMap<&str, usize> = order
            .iter()
            .enumerate()
            .map(|(at, (id, _))| (*id, at.min(own)))
            .collect();
        let mut names: Vec<String> = order
            .iter()
            .take(own)
            .map(|(_, (.., name))| (*name).to_owned())
            .collect();
        if shared {
            names.push(String::new());
        }
        let mut bars: Vec<Bar> = within
            .map(|anomaly| Bar {
                id: anomaly.id,
                lane: lane_of
                    .get(anomaly.rule_id.as_str())
                    .copied()
                    .unwrap_or_default(),
                from_ms: anomaly.start_ms,
                to_ms: if anomaly.status.is_active() {
                    now_ms.max(anomaly.end_ms)
                } else {
                    anomaly.end_ms
                },
                severity: anomaly.severity,
                active: anomaly.status.is_active(),
            })
            .collect();
        bars.sort_by_key(|bar| (bar.from_ms, bar.id));
        Self { names, bars }
    }

    /// The worst bar of a lane that lies at an instant, or no further away than `near_ms`.
    pub(super) fn at(&self, lane: usize, at_ms: i64, near_ms: i64) -> Option<usize> {
        let distance = |bar: &Bar| (bar.from_ms - at_ms).max(at_ms - bar.to_ms).max(0);
        let mut found: Option<usize> = None;
        for (index, bar) in self.bars.iter().enumerate() {
            if bar.lane != lane || distance(bar) > near_ms {
                continue;
            }
            let better = found.is_none_or(|old| {
                let old = &self.bars[old];
                (distance(bar), Reverse(bar.severity)) < (distance(old), Reverse(old.severity))
            });
            if better {
                found = Some(index);
            }
        }
        found
    }

    /// The bar in the next lane up or down that is nearest in time.
    pub(super) fn beside(&self, index: usize, down: bool) -> Option<usize> {
        let bar = self.bars.get(index)?;
        let lane = if down {
            bar.lane + 1
        } else {
            bar.lane.checked_sub(1)?
        };
        let others = self.bars.iter().enumerate();
        others
            .filter(|(_, other)| other.lane == lane)
            .min_by_key(|(_, other)| (other.from_ms - bar.from_ms).abs())
            .map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn bar(lane: usize, from_ms: i64, to_ms: i64, severity: Severity) -> Bar {
        Bar {
            // Digits are letters of an id too.
            id: format!("{from_ms:026}").parse().expect("an id"),
            lane,
            from_ms,
            to_ms,
            severity,
            active: false,
        }
    }

    #[test]
    fn bar_when_a_place_is_near_then_the_nearest_and_worst_is_meant() {
        let lanes = Lanes {
            names: vec!["a".to_owned(), "b".to_owned()],
            bars: vec![
                bar(0, 10, 20, Severity::Warning),
                bar(0, 15, 30, Severity::Critical),
                bar(1, 40, 50, Severity::Info),
            ],
        };
        assert_eq!(lanes.at(0, 17, 0), Some(1));
        assert_eq!(lanes.at(0, 12, 0), Some(0));
        assert_eq!(lanes.at(0, 60, 5), None);
        assert_eq!(lanes.at(1, 37, 5), Some(2));
        assert_eq!(lanes.beside(0, true), Some(2));
        assert_eq!(lanes.beside(2, false), Some(1));
        assert_eq!(lanes.beside(2, true), None);
    }
}
