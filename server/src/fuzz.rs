//! Doors for the fuzzing targets: each reads bytes as one of this crate's parsers does, and nobody else uses them.
//!
//! What is read is checked as far as it can be; a panic is the finding.

use hindcast_shared::api::PushRequest;
use hindcast_shared::series::Labels;
use hindcast_shared::time::{DAY_MS, TimeRange};
use http::StatusCode;

use crate::calendar::Calendar;
use crate::config::load_text;
use crate::extract::parse_json;
use crate::labels;
use crate::routes::samples::batches;
use crate::sources::prometheus::{answer, counters};
use crate::sources::{Selector, csv};

/// An instant of 2026, as the server's clock.
const NOW_MS: i64 = 1_780_000_000_000;

/// What a Prometheus answers: to a range query, to a listing, to a question for a type, and as a refusal.
pub fn prometheus_answer(body: &[u8]) {
    if let Ok(series) = answer::matrix(body) {
        let points = || series.iter().flat_map(|series| &series.points);
        assert!(
            points().all(|(_, value)| !value.is_infinite()),
            "an infinity is a gap"
        );
    }
    let _words = answer::words(body);
    let _kind = answer::metric_type(body, "up");
    for status in [
        StatusCode::OK,
        StatusCode::BAD_REQUEST,
        StatusCode::BAD_GATEWAY,
    ] {
        let _refused = answer::refusal(status, body);
    }
}

/// A table of samples, with and without a named column of times.
pub fn table(body: &[u8]) {
    for time_column in [None, Some("when")] {
        let Ok(series) = csv::parse(body, time_column) else {
            continue;
        };
        let samples = || series.iter().flat_map(|series| &series.samples);
        assert!(
            samples().all(|(_, value)| value.is_finite()),
            "a sample is finite"
        );
    }
}

/// A file of labels, as `hindcast backtest --labels` reads it.
pub fn label_file(body: &[u8]) {
    for entry in [None, Some("a.csv")] {
        let Ok(labels) = labels::read(body, entry) else {
            continue;
        };
        let mut intervals = labels.intervals.iter();
        assert!(
            intervals.all(|interval| interval.span.start < interval.span.end),
            "a stretch of time is never empty"
        );
        let _spans = labels.of("up", &(0..NOW_MS));
    }
}

/// The body of `POST /api/v1/samples`.
pub fn pushed(body: &[u8]) {
    let Ok(request) = parse_json::<PushRequest>(body) else {
        return;
    };
    if let Ok(batches) = batches(request.samples, NOW_MS) {
        let samples = || batches.iter().flat_map(|batch| &batch.samples);
        assert!(
            samples().all(|(_, value)| value.is_finite()),
            "a sample is finite"
        );
    }
}

/// A calendar file, and what it holds in a year.
pub fn calendar_file(text: &str) {
    let draft = serde_json::json!({"name": "any", "ics": text});
    let Ok(draft) = serde_json::from_value(draft) else {
        return;
    };
    if let Ok(calendar) = Calendar::read(&draft) {
        let range = TimeRange {
            from_ms: NOW_MS,
            to_ms: NOW_MS + 366 * DAY_MS,
        };
        let found = calendar.within(range);
        assert!(
            found.iter().all(|one| one.start_ms < one.end_ms),
            "a stretch of time is never empty"
        );
    }
}

/// A configuration file.
pub fn configuration(text: &str) {
    if let Err(errors) = load_text(text) {
        assert!(!errors.0.is_empty(), "a refusal says why");
    }
}

/// A selector, which must at least pick what it was made from, and a query in the language of Prometheus.
pub fn query(text: &str) {
    let _metrics = counters::raw_metrics(text);
    if let Ok(selector) = Selector::parse(text) {
        let _picked = selector.matches(&Labels::named("up", &[("instance", text)]));
    }
}

/// A label's value in a selector: however it is written, the selector picks the series that has it.
pub fn quoted(value: &str) {
    let labels = Labels::named("up", &[("instance", value)]);
    let selector = Selector::parse(&labels.to_string());
    assert!(
        selector.is_ok_and(|selector| selector.matches(&labels)),
        "the text form of a series picks that series"
    );
}
