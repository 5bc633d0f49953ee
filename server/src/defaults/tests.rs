//! What the demo's rules find of the demo's incidents, and what they find besides.

use hindcast_shared::anomaly::AnomalyKind;
use hindcast_shared::api::WouldHaveFired;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::replay::{People, needs_from_ms, replay};
use hindcast_shared::rule::{Schedule, Ticks};
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::{DAY_MS, HOUR_MS, TimeRange};

use super::*;
use crate::sources::demo::incident::Incident;
use crate::sources::demo::{DemoSource, HISTORY_MS, METRICS, Metric};

fn fired(demo: DemoSource, metric: &Metric, rule: &Rule, range: TimeRange) -> Vec<WouldHaveFired> {
    let needed = TimeRange {
        from_ms: needs_from_ms(rule, range.from_ms),
        to_ms: range.to_ms,
    };
    let series = demo.series(metric, needed, rule.step);
    let key = SeriesKey::new(&rule.source, &series.labels);
    let mut data = Dataset::new(rule.step.ms());
    data.insert(key, series);
    let ticks = Ticks::Every(rule.step.ms());
    replay(rule, 1, &data, range, &ticks, People::default())
        .summary
        .fired
}

fn overlaps(fired: &WouldHaveFired, incident: &Incident) -> bool {
    fired.anomaly.start_ms < incident.end_ms && fired.anomaly.end_ms >= incident.start_ms
}

/// Four starting points, so that it is no luck of one fortnight; every incident found, nothing else.
#[test]
fn demo_rules_when_replayed_over_a_fortnight_then_find_the_incidents_and_nothing_else() {
    let rules = demo_rules();
    assert_eq!(rules.len(), METRICS.len());
    let mut report: Vec<String> = Vec::new();
    for (metric, rule) in METRICS.iter().zip(&rules) {
        assert_eq!(rule.query, metric.name, "one rule a metric, in one order");
        for (seed, day) in [(7, 20_777_i64), (7, 20_790), (8, 20_803), (9, 20_820)] {
            let demo = DemoSource::new(seed);
            let to_ms = day * DAY_MS + 7 * HOUR_MS;
            let range = TimeRange::new(to_ms - HISTORY_MS, to_ms).expect("a range");
            let fired = fired(demo, metric, rule, range);
            let incidents = demo.incidents(metric, range);
            for incident in &incidents {
                // One that has only just begun may not be confirmed yet.
                let young = incident.start_ms + HOUR_MS * 3 / 2 > to_ms;
                if !young && !fired.iter().any(|fired| overlaps(fired, incident)) {
                    report.push(format!("{} misses {incident:?}", rule.id));
                }
            }
            for one in &fired {
                if !incidents.iter().any(|incident| overlaps(one, incident)) {
                    let (kind, peak) = (one.anomaly.kind, one.anomaly.peak);
                    report.push(format!("{} has a false alarm: {kind:?} {peak:?}", rule.id));
                }
            }
            if fired.len() > incidents.len() + 1 {
                report.push(format!(
                    "{}: {} anomalies for {} incidents",
                    rule.id,
                    fired.len(),
                    incidents.len()
                ));
            }
        }
    }
    assert!(report.is_empty(), "{report:#?}");
}

#[test]
fn queue_when_it_falls_silent_then_the_silence_is_found() {
    let demo = DemoSource::new(7);
    let to_ms = 20_790 * DAY_MS;
    let range = TimeRange::new(to_ms - HISTORY_MS, to_ms).expect("a range");
    let found = fired(demo, &METRICS[3], &demo_rules()[3], range);
    let silences = found
        .iter()
        .filter(|one| one.anomaly.kind == AnomalyKind::NoData);
    assert!(silences.count() >= 2);
}

#[test]
fn host_rules_when_read_then_have_the_limits_that_are_documented() {
    let limits: Vec<_> = host_rules()
        .iter()
        .map(|rule| (rule.id.to_string(), rule.decision.threshold as i64))
        .collect();
    let expected = [("host-cpu", 90), ("host-memory", 85), ("host-disk", 90)];
    assert_eq!(limits, expected.map(|(id, limit)| (id.to_owned(), limit)));
    for rule in host_rules() {
        assert!(matches!(rule.schedule, Schedule::Every { .. }));
    }
}
