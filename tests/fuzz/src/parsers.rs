//! The parsers of `shared`.

use std::str::FromStr;
use std::sync::Arc;

use hindcast_shared::anomaly::{AnomalyId, Status};
use hindcast_shared::api::{Event, LabelRecord, PushRequest, columns};
use hindcast_shared::detector::Detector;
use hindcast_shared::message::Lang;
use hindcast_shared::pipeline::{Dataset, Evaluator};
use hindcast_shared::rule::{Rule, RuleId, Ticks};
use hindcast_shared::series::{Labels, SeriesKey};
use hindcast_shared::time::{Edge, Millis, UtcOffsets, parse_instant};
use serde_json::Value;

use crate::split;

/// An instant of 2026, as the clock.
const NOW_MS: i64 = 1_780_000_000_000;

/// Arbitrary bytes for the parser that the first one names.
///
/// # Panics
/// When something that was read is not what was written: a finding.
pub fn parsers(bytes: &[u8]) {
    let Some((which, body)) = split(bytes) else {
        return;
    };
    let text = String::from_utf8_lossy(body);
    match which {
        b'r' => rule(body),
        b'i' => instant(&text),
        b'c' => wire_columns(body),
        b'd' => _ = Detector::load(body),
        b'e' => memory(body),
        b'm' => same_again::<Millis>(&text),
        b'k' => same_again::<SeriesKey>(&text),
        b'a' => same_again::<AnomalyId>(&text),
        b'n' => slug(&text),
        b'l' => labels(body),
        b'j' => wire(body),
        b's' => words(&text),
        _ => {}
    }
}

/// A rule that is valid can be written, read again as the same, and asked for what a fold asks it.
fn rule(body: &[u8]) {
    let Some(rule) = json(body).and_then(|value| Rule::from_json(value).ok()) else {
        return;
    };
    let written = serde_json::to_value(&rule).expect("a rule can be written");
    let again = Rule::from_json(written).expect("a written rule is valid");
    assert_eq!(again.config_hash(), rule.config_hash());
    assert!(rule.needs_from_ms(NOW_MS) <= rule.fold_from_ms(NOW_MS));
    assert!(rule.fold_from_ms(NOW_MS) <= NOW_MS);
    let _watched = rule.watches("up{instance=\"a\"}");
}

/// An instant lies where every later sum stays inside 64 bits, at either edge and in any zone.
fn instant(text: &str) {
    let changing = UtcOffsets::new(vec![(0, 3_600_000), (1_760_000_000_000, -12_600_000)]);
    for zone in [UtcOffsets::utc(), changing] {
        for edge in [Edge::From, Edge::To] {
            if let Ok(ms) = parse_instant(text, NOW_MS, edge, &zone) {
                assert!(ms.checked_mul(10_000).is_some(), "{text} is {ms}");
            }
        }
    }
}

/// What is read can be written, and read again.
fn wire_columns(body: &[u8]) {
    let Ok((head, series)) = columns::decode(body) else {
        return;
    };
    let count = series.len();
    let written = columns::encode(head, series.iter().map(|(key, series)| (*key, series)));
    let (_, again) = columns::decode(&written).expect("its own bytes");
    assert_eq!(again.len(), count);
}

/// The memory of anomalies out of the store: whatever it says, the fold goes on.
fn memory(body: &[u8]) {
    let value = serde_json::json!({
        "name": "r", "source": "s", "query": "q", "step": "1s", "window": "1m", "fit_every": "1m",
        "detector": { "kind": "zscore", "window_samples": 30 }, "decision": { "threshold": 3.0 }
    });
    let rule = Arc::new(Rule::from_json(value).expect("a rule"));
    let data = Dataset::new(rule.step.ms());
    let ticks = Ticks::Every(1_000);
    let mut evaluator = Evaluator::restore(rule.clone(), 1, &data, NOW_MS, body, &ticks);
    let _transitions = evaluator.advance(&data, NOW_MS + 5_000, &ticks, &mut ());
    let state = evaluator.pipeline_state();
    let again = Evaluator::restore(rule, 1, &data, NOW_MS + 5_000, &state, &ticks);
    assert_eq!(again.pipeline_state(), state, "what is remembered is kept");
}

/// A text that can be read is written in one way, which reads as the same.
fn same_again<T: FromStr + ToString + PartialEq + std::fmt::Debug>(text: &str) {
    let Ok(value) = text.parse::<T>() else {
        return;
    };
    let again = value.to_string().parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&value), "{text:?}");
}

/// A slug is a rule's id and its own slug.
fn slug(text: &str) {
    same_again::<RuleId>(text);
    if let Ok(id) = RuleId::slug(text) {
        assert_eq!(RuleId::slug(id.as_str()), Ok(id.clone()), "{text:?}");
    }
}

/// Two different sets of labels have two different texts and keys.
fn labels(body: &[u8]) {
    let pair: Option<(Labels, Labels)> = serde_json::from_slice(body).ok();
    let Some((one, other)) = pair else {
        return;
    };
    let source = "source".into();
    let same = SeriesKey::new(&source, &one) == SeriesKey::new(&source, &other);
    assert_eq!(same, one == other);
}

/// What the server and the browser send each other.
fn wire(body: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event>(body) {
        let _name = event.name();
        let written = serde_json::to_vec(&event).expect("an event can be written");
        let _again: Event = serde_json::from_slice(&written).expect("its own text");
    }
    let _pushed: Result<PushRequest, _> = serde_json::from_slice(body);
    let _label: Result<LabelRecord, _> = serde_json::from_slice(body);
}

fn words(text: &str) {
    let _lang = Lang::of_header(text);
    let _lang: Result<Lang, _> = text.parse();
    let _status: Result<Status, _> = text.parse();
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}
