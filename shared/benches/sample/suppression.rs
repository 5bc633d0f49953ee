//! Everything that holds pages back, at once: mutes, a calendar, flaps, a limit, and rules that are depended on.

use std::sync::Arc;

use hindcast_shared::calendar::{CalendarEffects, CalendarTable};
use hindcast_shared::pipeline::{Dataset, Evaluator, Mute, Pager, PagerRun};
use hindcast_shared::rule::{Rule, Severity, Ticks};
use hindcast_shared::time::TimeRange;
use serde_json::json;

use crate::sample::{START_MS, STEP_MS, several};

/// Samples of the one series.
pub(crate) const LEN: usize = 100_000;

/// Its end.
pub(crate) const END_MS: i64 = START_MS + LEN as i64 * STEP_MS;

/// A series and all that is told of it.
pub(crate) struct Work {
    pub(crate) rule: Rule,
    pub(crate) mutes: Vec<Mute>,
    pub(crate) data: Dataset,
}

impl Work {
    /// A series that is high at some samples, and low at all others.
    pub(crate) fn new(is_high: impl Fn(usize) -> bool) -> Self {
        let rule = Rule::from_json(json!({
            "name": "bench", "source": "s", "query": "q", "detector": {"kind": "threshold"},
            "decision": {"threshold": 90.0}, "for": 1, "recover": {"below": 0.9, "for": 1}, "merge_gap": "5m",
            "paging": {
                "flap": {"changes": 6, "within": "1h", "settle": "15m"}, "limit": {"pages": 5, "within": "1h"},
                "depends_on": [{"rule": "host-*", "series": "up*", "wait": "1m"}],
            },
        }))
        .expect("a valid rule");
        let stretch = |hour: i64| TimeRange {
            from_ms: START_MS + hour * 3_600_000,
            to_ms: START_MS + hour * 3_600_000 + 600_000,
        };
        let mutes = (0..20).map(|number| Mute {
            id: number.to_string(),
            rule: "be*".to_owned(),
            series: "m{*}".to_owned(),
            max_severity: Severity::Warning,
            range: stretch(7 * number),
        });
        let mut data = several(1, LEN);
        for series in data.series.values_mut() {
            for (index, value) in series.values.iter_mut().enumerate() {
                *value = if is_high(index) { 100.0 } else { 1.0 };
            }
        }
        data.calendars = vec![CalendarTable {
            id: "c".to_owned(),
            effects: CalendarEffects {
                skip_paging: true,
                ..CalendarEffects::default()
            },
            ranges: (0..1_000).map(|number| stretch(24 * number)).collect(),
        }];
        Self {
            rule,
            mutes: mutes.collect(),
            data,
        }
    }

    /// The two folds over all of it; answers how many pages came of it.
    pub(crate) fn fold(&self) -> usize {
        let mut evaluator = Evaluator::new(Arc::new(self.rule.clone()), 1).without_growth();
        let mut pager = Pager::new();
        pager.set_mutes(self.mutes.clone());
        let ticks = Ticks::Every(STEP_MS);
        let said = evaluator.advance(&self.data, END_MS - STEP_MS, &ticks, &mut ());
        let run = PagerRun {
            calendars: &self.data.calendars,
            ..PagerRun::of(&self.rule, END_MS)
        };
        pager.fold(run, &said).len()
    }
}
