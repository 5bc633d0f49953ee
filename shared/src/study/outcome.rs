//! What a replay comes to: pages, and how many of the labelled incidents were found.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::scene::Scene;
use crate::anomaly::Anomaly;
use crate::api::{ReplaySummary, WouldHaveFired};
use crate::evaluate::event::{Events, alarms, judged_events, seen, within};
use crate::evaluate::{joined, merged};
use crate::map::Map;
use crate::replay::{Rehearsal, Rehearsed};
use crate::series::SeriesKey;

/// Labelled incidents of each series, in milliseconds, half-open, in order and apart.
pub type Incidents = Map<SeriesKey, Vec<Range<i64>>>;

/// What would have come of a rule over a range: counted as `hindcast backtest --labels` counts, over all series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// Pages that would have been sent.
    pub pages: u64,
    /// Pages a week.
    pub pages_per_week: f64,
    /// Anomalies.
    pub anomalies: u64,
    /// Labelled incidents in what was judged.
    pub incidents: u64,
    /// Incidents that an anomaly overlaps.
    pub found: u64,
    /// Incidents that must be found: all of them, unless some were named.
    pub required: u64,
    /// Those of them that an anomaly overlaps.
    pub required_found: u64,
    /// Anomalies that overlap no incident.
    pub false_alarms: u64,
    /// Of these, how many lie where somebody labelled the series as normal.
    #[serde(default)]
    pub labelled_false_alarms: u64,
    /// Share of the anomalies that overlap an incident; none without an anomaly.
    pub precision: Option<f64>,
    /// Share of the incidents that were found; none without an incident.
    pub recall: Option<f64>,
    /// From the beginning of a found incident to its detection, in milliseconds, the median; none if none was found.
    pub median_delay_ms: Option<i64>,
    /// The longest of these.
    pub longest_delay_ms: Option<i64>,
    /// The share of the time without incidents that anomalies cover, 0 to 1.
    pub false_share: f64,
}

/// An anomaly that never ends finds every incident and tells nobody anything: a rule under which more of the calm
/// time than this is alarmed is none that anybody could want.
const MOST_FALSE_SHARE: f64 = 0.05;

impl Outcome {
    /// Of the newest replay of a rehearsal.
    pub(super) fn of(rehearsal: &Rehearsal, done: &Rehearsed, scene: Scene<'_>) -> Self {
        let summary = &done.summary;
        let (mut events, mut named) = (Events::default(), Events::default());
        let of = |incidents: &Incidents, key| incidents.get(&key).cloned().unwrap_or_default();
        let (mut alarmed_ms, mut calm_ms) = (0, 0);
        for key in rehearsal.series(done) {
            let Some(judged) = rehearsal.judged(done, key) else {
                continue;
            };
            let own = summary.fired.iter().map(|fired| &fired.anomaly);
            let own: Vec<&Anomaly> = own.filter(|one| one.series_key == key).collect();
            let truth = of(scene.incidents, key);
            let states = judged.states();
            let from_ms = summary.range.from_ms;
            if let Some(seen) = seen(states.0, states.1, states.2, from_ms) {
                let alarms = alarms(own.iter().copied(), &seen, states.1).into_iter();
                let spans = merged(alarms.map(|alarm| alarm.span).collect());
                let truth = joined(truth.iter().map(|span| within(span.clone(), &seen)));
                alarmed_ms += length_ms(&spans) - shared_ms(&spans, &truth);
                calm_ms += seen.end - seen.start - length_ms(&truth);
            }
            if let Some(required) = scene.required {
                let own = own.iter().copied();
                named += judged_events(of(required, key), own, states, from_ms);
            }
            events += judged_events(truth, own, states, from_ms);
        }
        let rates = events.rates();
        let required = scene.required.map_or(&events, |_| &named);
        Self {
            pages: summary.pages_sent,
            pages_per_week: summary.pages_per_week,
            anomalies: summary.fired.len() as u64,
            incidents: events.events,
            found: events.found,
            required: required.events,
            required_found: required.found,
            false_alarms: events.false_alarms,
            labelled_false_alarms: labelled_false_alarms(summary, scene),
            precision: rates.precision,
            recall: rates.recall,
            median_delay_ms: events.median_delay_ms(),
            longest_delay_ms: events.delays_ms.iter().copied().max(),
            false_share: alarmed_ms as f64 / calm_ms.max(1) as f64,
        }
    }

    /// Whether it stays silent for nearly all of the calm time.
    pub fn tells_apart(&self) -> bool {
        self.false_share <= MOST_FALSE_SHARE
    }

    /// Whether every incident was found that must be; so it is where there is none.
    pub fn finds_all(&self) -> bool {
        self.required_found == self.required
    }
}

fn labelled_false_alarms(summary: &ReplaySummary, scene: Scene<'_>) -> u64 {
    let is_false = |fired: &&WouldHaveFired| scene.said(&fired.anomaly) == Said::FalseAlarm;
    match scene.normal {
        Some(_) => summary.fired.iter().filter(is_false).count() as u64,
        None => 0,
    }
}

/// What labels say of an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// It overlaps an incident.
    Incident,
    /// It overlaps what is normal, and no incident.
    FalseAlarm,
    /// Nothing.
    Nothing,
}

impl Scene<'_> {
    /// What the labels say of an anomaly.
    pub fn said(&self, anomaly: &Anomaly) -> Said {
        let own = anomaly.start_ms..anomaly.end_ms + self.data.step_ms;
        let overlaps = |labels: &Incidents| {
            let spans = labels.get(&anomaly.series_key);
            spans.is_some_and(|spans| {
                spans
                    .iter()
                    .any(|span| !within(span.clone(), &own).is_empty())
            })
        };
        if overlaps(self.incidents) {
            Said::Incident
        } else if self.normal.is_some_and(overlaps) {
            Said::FalseAlarm
        } else {
            Said::Nothing
        }
    }
}

fn length_ms(spans: &[Range<i64>]) -> i64 {
    spans.iter().map(|span| span.end - span.start).sum()
}

/// How long both last at once; each is in order and apart.
fn shared_ms(these: &[Range<i64>], others: &[Range<i64>]) -> i64 {
    let both = |one: &Range<i64>| {
        let parts = others.iter().map(|other| within(one.clone(), other));
        parts
            .map(|part| (part.end - part.start).max(0))
            .sum::<i64>()
    };
    these.iter().map(both).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_when_stretches_overlap_then_is_counted_once() {
        let (these, others) = ([0..10, 20..30], [5..22, 28..29, 40..50]);
        assert_eq!((length_ms(&these), shared_ms(&these, &others)), (20, 8));
    }
}
