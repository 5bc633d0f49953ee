//! What goes over the stream: an event as the bytes of its SSE frame, with what clients filter by.

use bytes::Bytes;
use hindcast_shared::api::{AnomalyEvent, Event, EventTopic, SampleEvent, TrainingEvent};
use hindcast_shared::message::{self, Lang};
use hindcast_shared::pipeline::{Transition, TransitionKind};
use hindcast_shared::rule::RuleId;
use hindcast_shared::series::SeriesKey;

use crate::journal::Entry;

/// One broadcast event.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Position in the journal; none for what is not journaled.
    pub(super) seq: Option<i64>,
    /// What clients choose by.
    pub(super) topic: EventTopic,
    /// The rule it is about, if any.
    pub(super) rule_id: Option<RuleId>,
    /// The series it is about.
    pub(super) series: Vec<SeriesKey>,
    /// Text form of the series of an anomaly.
    pub(super) series_text: Option<String>,
    /// The frame, shared by all clients.
    pub(super) frame: Bytes,
}

/// What one client wants to hear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Groups of events; all when empty.
    pub topics: Vec<EventTopic>,
    /// Rules; all when empty, but samples go only to rules that are named.
    pub rules: Vec<RuleId>,
    /// Rules of which the samples are wanted, whatever else is.
    pub samples: Vec<RuleId>,
    /// A series, by its text form or its key.
    pub series: Option<String>,
}

impl Filter {
    /// Whether the client wants this item.
    pub(super) fn admits(&self, item: &Item) -> bool {
        let is_named = self.topics.contains(&item.topic);
        let Some(rule_id) = &item.rule_id else {
            return is_named;
        };
        let topic = self.topics.is_empty() || is_named;
        let is_sample = item.topic == EventTopic::Sample;
        let named = self.rules.contains(rule_id) || (is_sample && self.samples.contains(rule_id));
        let rule = named || (self.rules.is_empty() && !is_sample);
        topic && rule && self.series.as_ref().is_none_or(|series| item.is_of(series))
    }
}

impl Item {
    /// The event of a journal entry, if it has one.
    pub(super) fn of_entry(entry: &Entry) -> Option<Self> {
        let transition = entry.transition()?;
        let rule_id = transition.anomaly.rule_id.clone();
        let series = vec![transition.anomaly.series_key];
        let series_text = Some(transition.anomaly.series.clone());
        let event = event_of(transition);
        Some(Self {
            seq: Some(entry.seq),
            topic: EventTopic::Anomaly,
            rule_id: Some(rule_id),
            series,
            series_text,
            frame: frame(Some(entry.seq), &event),
        })
    }

    /// The event of newly evaluated samples.
    pub(super) fn of_samples(event: SampleEvent) -> Self {
        let rule_id = event.rule_id.clone();
        let series = event.points.iter().map(|point| point.series_key).collect();
        Self {
            seq: None,
            topic: EventTopic::Sample,
            rule_id: Some(rule_id),
            series,
            series_text: None,
            frame: frame(None, &Event::Sample(event)),
        }
    }

    /// The event of a training that goes on; it is about no rule, and only those hear of it who name the topic.
    pub(super) fn of_training(event: TrainingEvent) -> Self {
        Self {
            seq: None,
            topic: EventTopic::Training,
            rule_id: None,
            series: Vec::new(),
            series_text: None,
            frame: frame(None, &Event::Training(event)),
        }
    }

    fn is_of(&self, series: &str) -> bool {
        match series.parse::<SeriesKey>() {
            Ok(key) => self.series.contains(&key),
            // Samples carry no text forms; the rule has chosen them already.
            Err(_) => self.series_text.as_ref().is_none_or(|text| text == series),
        }
    }
}

fn event_of(transition: Transition) -> Event {
    let anomaly = transition.anomaly;
    let event = AnomalyEvent {
        severity: anomaly.severity,
        title: message::title(&anomaly, Lang::En),
        text: message::text(&anomaly, Lang::En),
        anomaly,
    };
    match transition.kind {
        TransitionKind::Opened => Event::AnomalyDetected(event),
        TransitionKind::Extended
        | TransitionKind::Escalated
        | TransitionKind::Reopened
        | TransitionKind::Acknowledged
        | TransitionKind::Snoozed
        | TransitionKind::Assigned => Event::AnomalyUpdated(event),
        TransitionKind::Undone if event.anomaly.status.is_active() => Event::AnomalyUpdated(event),
        TransitionKind::Closed | TransitionKind::Judged | TransitionKind::Undone => {
            Event::AnomalyResolved(event)
        }
    }
}

/// The bytes of an event: JSON has no raw line breaks, so one `data:` line is enough.
pub(super) fn frame(seq: Option<i64>, event: &Event) -> Bytes {
    let data = serde_json::to_string(event).unwrap_or_default();
    let id = seq.map_or(String::new(), |seq| format!("id: {seq}\n"));
    format!("{id}event: {}\ndata: {data}\n\n", event.name()).into()
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::api::{JobState, SamplePoint};

    use super::*;
    use crate::store::testing::{anomaly, transition};

    fn sample(rule: &str) -> Item {
        Item::of_samples(SampleEvent {
            rule_id: rule.parse().expect("a slug"),
            points: vec![SamplePoint {
                series_key: SeriesKey([7; 16]),
                at_ms: 1,
                value: Some(1.0),
                score: 0.0,
                expected: None,
                lower: None,
                upper: None,
            }],
        })
    }

    #[test]
    fn samples_when_no_rule_is_named_then_go_to_nobody() {
        let item = sample("r");
        let mut filter = Filter::default();
        assert!(!filter.admits(&item));
        filter.rules = vec!["other".parse().expect("a slug")];
        assert!(!filter.admits(&item));
        filter.rules.extend(item.rule_id.clone());
        assert!(filter.admits(&item));
        filter.series = Some(SeriesKey([8; 16]).to_string());
        assert!(!filter.admits(&item));
        filter.series = Some(SeriesKey([7; 16]).to_string());
        assert!(filter.admits(&item));
        filter.topics = vec![EventTopic::Anomaly];
        assert!(!filter.admits(&item));
    }

    #[test]
    fn samples_when_asked_for_besides_then_anomalies_of_other_rules_still_come() {
        let item = sample("r");
        let filter = Filter {
            samples: item.rule_id.iter().cloned().collect(),
            ..Filter::default()
        };
        assert!(filter.admits(&item));
        assert!(!filter.admits(&sample("other")));
        let mut anomaly = sample("other");
        anomaly.topic = EventTopic::Anomaly;
        assert!(filter.admits(&anomaly));
    }

    #[test]
    fn training_when_its_topic_is_not_named_then_goes_to_nobody() {
        let item = Item::of_training(TrainingEvent {
            job_id: 1,
            model: "load".to_owned(),
            state: JobState::Running,
            done: 0.5,
            eta_seconds: Some(3.0),
            loss: None,
        });
        assert!(item.frame.starts_with(b"event: training\ndata: {"));
        let mut filter = Filter::default();
        assert!(!filter.admits(&item));
        filter.topics = vec![EventTopic::Training];
        filter.rules = vec!["other".parse().expect("a slug")];
        assert!(filter.admits(&item));
    }

    #[test]
    fn event_when_a_transition_is_told_then_has_the_name_of_its_kind() {
        let names = [
            (TransitionKind::Opened, "anomaly.detected"),
            (TransitionKind::Extended, "anomaly.updated"),
            (TransitionKind::Escalated, "anomaly.updated"),
            (TransitionKind::Reopened, "anomaly.updated"),
            (TransitionKind::Acknowledged, "anomaly.updated"),
            (TransitionKind::Closed, "anomaly.resolved"),
            (TransitionKind::Judged, "anomaly.resolved"),
            (TransitionKind::Snoozed, "anomaly.updated"),
            (TransitionKind::Assigned, "anomaly.updated"),
            (TransitionKind::Undone, "anomaly.updated"),
        ];
        for (kind, name) in names {
            let event = event_of(transition(kind, anomaly("r", "s", 1, Status::Open)));
            assert_eq!(event.name(), name);
        }
    }

    #[test]
    fn frame_when_text_has_line_breaks_then_stays_one_line_of_data() {
        let mut found = anomaly("r", "s", 1, Status::Open);
        found.origin_mut().rule_name = "a\nb\r\nc".to_owned();
        let bytes = frame(
            Some(5),
            &event_of(transition(TransitionKind::Opened, found)),
        );
        let text = std::str::from_utf8(&bytes).expect("text");
        assert!(text.starts_with("id: 5\nevent: anomaly.detected\ndata: {"));
        assert_eq!(text.matches('\n').count(), 4, "{text}");
        assert!(!text.contains('\r'));
    }
}
