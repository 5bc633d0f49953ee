//! What would have fired, held against the incidents that people labelled: event by event, as
//! `hindcast backtest --labels` counts it.

use std::ops::Range;

use hindcast_shared::api::{LabelDraft, LabelKind};
use hindcast_shared::evaluate::event::{Events, judged_events};
use hindcast_shared::replay::Judged;
use hindcast_shared::series::{Series, SeriesKey};

use super::protocol::Grade;
use super::sheet::Sheet;

/// The grade of a replay over the series that the rule watches; none where nobody labelled an incident.
pub(super) fn grade(watched: &[(SeriesKey, &Series)], sheet: Sheet<'_>) -> Option<Grade> {
    let labels = sheet.job.labels.as_deref()?;
    let is_incident = |label: &LabelDraft| label.kind == LabelKind::Incident;
    if !labels.iter().any(is_incident) {
        return None;
    }
    let mut events = Events::default();
    for (key, series) in watched {
        let judged = sheet.rehearsal.judged(sheet.done, *key);
        if let Some(states) = judged.as_ref().map(Judged::states) {
            let name = series.labels.to_string();
            let about = labels
                .iter()
                .filter(|label| is_incident(label) && label.speaks_of(*key, &name));
            let fired = sheet.done.summary.fired.iter();
            let own = fired
                .map(|fired| &fired.anomaly)
                .filter(|anomaly| anomaly.series_key == *key);
            events += judged_events(about.map(span), own, states, sheet.job.range.from_ms);
        }
    }
    (events.events > 0).then(|| told(&events))
}

fn span(label: &LabelDraft) -> Range<i64> {
    label.start_ms..label.end_ms
}

fn told(events: &Events) -> Grade {
    let rates = events.rates();
    Grade {
        events: events.events as u32,
        found: events.found as u32,
        alarms: events.alarms as u32,
        false_alarms: events.false_alarms as u32,
        precision: rates.precision,
        recall: rates.recall,
        f1: rates.f1,
        median_delay_ms: events.median_delay_ms(),
        longest_delay_ms: events.delays_ms.iter().copied().max(),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use hindcast_shared::detector::PointState;

    use super::*;

    fn incident(start_ms: i64, end_ms: i64) -> LabelDraft {
        LabelDraft {
            source: "push".to_owned(),
            series_key: Some(SeriesKey([1; 16])),
            pattern: None,
            start_ms,
            end_ms,
            kind: LabelKind::Incident,
        }
    }

    #[test]
    fn grade_when_incidents_overlap_or_lie_where_nothing_was_judged_then_counts_what_can_be_found()
    {
        let states = [PointState::Scored; 10];
        // Two that overlap are one; the last one lies behind the newest sample.
        let labels = [incident(110, 130), incident(120, 150), incident(900, 950)];
        let events = judged_events(labels.iter().map(span), [].iter(), (100, 10, &states), 0);
        let grade = told(&events);
        assert_eq!((grade.events, grade.found), (1, 0));
        assert_eq!((grade.precision, grade.recall), (None, Some(0.0)));
        assert_eq!(grade.median_delay_ms, None);
    }
}
