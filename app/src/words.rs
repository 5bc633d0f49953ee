//! Words and numbers for people: ages, severities, states, the sentence on top of the overview.

mod paging;

use hindcast_shared::anomaly::{Anomaly, AnomalyKind, CloseReason, Side, Status};
use hindcast_shared::api::{LabelKind, RuleRecord, SourceRecord, SourceState};
use hindcast_shared::chart::{decimal, marked, minute_text, power_of_ten, second_text, with_point};
use hindcast_shared::detector::ScaleKind;
use hindcast_shared::rule::{Schedule, Severity};
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UtcOffsets};

use crate::i18n::{key, plural, said, t, tf};
pub use paging::{page_kind, suppressed};

/// The glyph of a severity: told apart without colour.
pub fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "▲",
        Severity::Warning => "◆",
        Severity::Info => "●",
    }
}

/// The word of a severity.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => t("Critical"),
        Severity::Warning => t("Warning"),
        Severity::Info => t("Notice"),
    }
}

/// Glyph and word of what a label says.
pub fn label_kind(kind: LabelKind) -> (&'static str, &'static str) {
    match kind {
        LabelKind::Incident => ("!", t("Incident")),
        LabelKind::Normal => ("✓", t("Normal")),
        LabelKind::Exclude => ("∅", t("Not learned")),
    }
}

/// The word of a status.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Open => t("Open"),
        Status::Acknowledged => t("Acknowledged"),
        Status::Resolved => t("Resolved"),
        Status::FalseAlarm => t("False alarm"),
        Status::Expected => t("Expected"),
    }
}

/// A length of time in its largest unit or two: `45 s`, `12 min`, `3 h 20 min`, `4 d`.
pub fn length(ms: i64) -> String {
    let ms = ms.max(0);
    match ms {
        ms if ms < MINUTE_MS => units(&[(ms / SECOND_MS, key("{n} s"))]),
        ms if ms < HOUR_MS => units(&[(ms / MINUTE_MS, key("{n} min"))]),
        ms if ms < DAY_MS => units(&[
            (ms / HOUR_MS, key("{n} h")),
            (ms % HOUR_MS / MINUTE_MS, key("{n} min")),
        ]),
        ms => units(&[
            (ms / DAY_MS, key("{n} d")),
            (ms % DAY_MS / HOUR_MS, key("{n} h")),
        ]),
    }
}

/// Numbers with their units; what comes after the first is left out where it is zero.
fn units(parts: &[(i64, &'static str)]) -> String {
    let mut text = String::new();
    for (index, (number, unit)) in parts.iter().enumerate() {
        if index == 0 || *number > 0 {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&tf(unit, &[("n", &number.to_string())]));
        }
    }
    text
}

/// `5 min ago`.
pub fn ago(then_ms: i64, now_ms: i64) -> String {
    let past = now_ms - then_ms;
    if past < 5 * SECOND_MS {
        t("just now").to_owned()
    } else {
        tf("{time} ago", &[("time", &length(past))])
    }
}

/// When something began: the time today, with the day otherwise.
pub fn since(then_ms: i64, now_ms: i64, zone: &UtcOffsets) -> String {
    if now_ms - then_ms < 20 * HOUR_MS {
        let text = second_text(then_ms, zone);
        text[..5].to_owned()
    } else {
        minute_text(then_ms, zone)
    }
}

/// A number with three digits that count, and its unit.
pub fn quantity(value: f64, unit: &str) -> String {
    let number = if value == 0.0 {
        "0".to_owned()
    } else {
        let step = power_of_ten(value.abs()) / 100.0;
        let written = with_point(value, step);
        let digits = written.trim_end_matches(['k', 'M', 'G']);
        let suffix = &written[digits.len()..];
        marked(if digits.contains('.') && !digits.contains('e') {
            format!(
                "{}{suffix}",
                digits.trim_end_matches('0').trim_end_matches('.')
            )
        } else {
            written
        })
    };
    match unit {
        "" => number,
        "%" => format!("{number}%"),
        unit => format!("{number} {unit}"),
    }
}

/// A count with thin groups: `10 080`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A rate a week: whole from ten on.
pub fn rate(per_week: f64) -> String {
    tf("{n} a week", &[("n", &rate_number(per_week))])
}

/// The number of a rate alone, where a heading says of what.
pub fn rate_number(per_week: f64) -> String {
    let is_whole = per_week >= 10.0 || per_week == 0.0;
    decimal(per_week, usize::from(!is_whole))
}

/// The labels alone: `instance="a"`; nothing of a series without any.
pub fn series_labels(series: &str) -> &str {
    let (_, labels) = series.split_once('{').unwrap_or_default();
    labels.strip_suffix('}').unwrap_or(labels)
}

/// The name that people look for: the metric, or the whole text form.
pub fn short_series(series: &str) -> &str {
    series
        .split('{')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(series)
}

/// What is wrong, shortly: `3.2× expected`, `under the limit`, `no data`.
pub fn deviation(anomaly: &Anomaly) -> String {
    let Some(peak) = anomaly
        .peak
        .filter(|_| anomaly.kind == AnomalyKind::Deviation)
    else {
        let what = match anomaly.kind {
            AnomalyKind::Deviation | AnomalyKind::NoData => t("no data"),
            AnomalyKind::SourceDown => t("source does not answer"),
            AnomalyKind::RuleFailing => t("rule fails"),
        };
        return what.to_owned();
    };
    let value = quantity(peak.value, &anomaly.unit);
    match peak.expected {
        Some(expected) if expected.abs() > 1e-12 && peak.value / expected >= 1.5 => {
            let times = decimal(peak.value / expected, 1);
            tf(
                "{value}, {n}× expected",
                &[("value", &value), ("n", &times)],
            )
        }
        Some(expected) => {
            let text = if peak.side == Side::High {
                key("{value}, above the expected {expected}")
            } else {
                key("{value}, below the expected {expected}")
            };
            let expected = quantity(expected, &anomaly.unit);
            tf(text, &[("value", &value), ("expected", &expected)])
        }
        None if anomaly.detector.about().scale != ScaleKind::Limit => {
            tf("{value}, unlike its past", &[("value", &value)])
        }
        None => {
            let text = if peak.side == Side::High {
                key("{value}, over {limit}")
            } else {
                key("{value}, under {limit}")
            };
            let limit = quantity(anomaly.threshold, &anomaly.unit);
            tf(text, &[("value", &value), ("limit", &limit)])
        }
    }
}

/// Why an anomaly was closed.
pub fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => t("the values calmed down"),
        CloseReason::Manual => t("closed by hand"),
        CloseReason::SeriesGone => t("the series is gone"),
        CloseReason::RuleGone => t("the rule was changed or switched off"),
    }
}

/// Who did it; the system itself by a word of the reader's language.
pub fn actor(name: &str) -> String {
    match name {
        "system" => t("Hindcast").to_owned(),
        "configuration" => t("the configuration").to_owned(),
        name => name.to_owned(),
    }
}

/// How often a rule runs.
pub fn schedule(schedule: Option<&Schedule>, step_ms: i64) -> String {
    match schedule {
        None => tf("every {time}", &[("time", &length(step_ms))]),
        Some(Schedule::Every { every, .. }) => tf("every {time}", &[("time", &length(every.ms()))]),
        Some(Schedule::Cron { cron, tz, .. }) => format!("{cron} ({tz})"),
    }
}

/// How things are, from the worst downwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is known yet.
    Unknown,
    /// Something is open.
    Wrong(Severity),
    /// A source is down or the detector is late: silence means nothing.
    Blind,
    /// Nothing watches anything.
    Idle,
    /// Nothing is wrong.
    Fine,
}

/// The sentence on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// How things are.
    pub condition: Condition,
    /// The main sentence.
    pub text: String,
    /// What else to know: what hides behind silence.
    pub also: Vec<String>,
}

/// How much later than its schedule a rule may be before it is called late.
fn late_after_ms(rule: &RuleRecord) -> i64 {
    let every = match &rule.rule.schedule {
        Some(Schedule::Every { every, .. }) => every.ms(),
        Some(Schedule::Cron { .. }) => DAY_MS,
        None => rule.rule.step.ms(),
    };
    (5 * every).max(2 * MINUTE_MS)
}

/// Whether a rule was checked later than its schedule allows.
pub fn is_late(rule: &RuleRecord, now_ms: i64) -> bool {
    let last = rule.last_run.as_ref();
    last.is_some_and(|run| now_ms - run.at_ms > late_after_ms(rule))
}

/// The newest check of any rule.
pub fn last_check(rules: &[RuleRecord]) -> Option<i64> {
    rules
        .iter()
        .filter_map(|rule| rule.last_run.as_ref())
        .map(|run| run.at_ms)
        .max()
}

/// Composes the sentence from everything that is known.
pub fn sentence(
    active: &[Anomaly],
    rules: &[RuleRecord],
    sources: &[SourceRecord],
    now_ms: i64,
    zone: &UtcOffsets,
) -> Sentence {
    let mut also = Vec::new();
    for source in sources {
        if let SourceState::Down { since_ms, why } = &source.state {
            also.push(tf(
                "Source {source} is down since {time}: {why}.",
                &[
                    ("source", &source.name),
                    ("time", &since(*since_ms, now_ms, zone)),
                    ("why", &said(why)),
                ],
            ));
        }
    }
    let enabled: Vec<_> = rules.iter().filter(|rule| rule.rule.enabled).collect();
    for rule in &enabled {
        match &rule.last_run {
            Some(run) if is_late(rule, now_ms) => {
                also.push(tf(
                    "{rule} is late: last checked {time}.",
                    &[("rule", &rule.rule.name), ("time", &ago(run.at_ms, now_ms))],
                ));
            }
            Some(run) => also.extend(run.error.as_ref().map(|error| {
                let why = said(error);
                let values = [("rule", rule.rule.name.as_str()), ("why", &why)];
                tf("{rule} could not be checked: {why}", &values)
            })),
            None => {}
        }
    }
    let (condition, text) = if let Some(worst) = active.first() {
        (
            Condition::Wrong(worst.severity),
            wrong(active, worst, now_ms, zone),
        )
    } else if enabled.is_empty() {
        (
            Condition::Idle,
            t("No rule watches anything yet.").to_owned(),
        )
    } else if !also.is_empty() {
        (
            Condition::Blind,
            t("Nothing is open, but not everything is being watched.").to_owned(),
        )
    } else {
        let checked = last_check(rules).map_or_else(
            || t("First check is due.").to_owned(),
            |at_ms| tf("Last check {time}.", &[("time", &second_text(at_ms, zone))]),
        );
        (
            Condition::Fine,
            format!("{} {checked}", t("Nothing is wrong.")),
        )
    };
    Sentence {
        condition,
        text,
        also,
    }
}

fn wrong(active: &[Anomaly], worst: &Anomaly, now_ms: i64, zone: &UtcOffsets) -> String {
    let counts: Vec<String> = [Severity::Critical, Severity::Warning, Severity::Info]
        .into_iter()
        .filter_map(|severity| {
            let count = active
                .iter()
                .filter(|anomaly| anomaly.severity == severity)
                .count();
            (count > 0).then(|| severity_count(severity, count as u64))
        })
        .collect();
    let text = match worst.kind {
        AnomalyKind::Deviation => key("{counts}: {rule} is {what} since {time}."),
        // What these say has a verb of its own.
        AnomalyKind::NoData | AnomalyKind::SourceDown | AnomalyKind::RuleFailing => {
            key("{counts}: {rule}, {what} since {time}.")
        }
    };
    tf(
        text,
        &[
            ("counts", &counts.join(", ")),
            ("rule", &worst.rule_name),
            ("what", &deviation(worst)),
            ("time", &since(worst.start_ms, now_ms, zone)),
        ],
    )
}

/// `2 critical`.
fn severity_count(severity: Severity, count: u64) -> String {
    match severity {
        Severity::Critical => plural(count, "{n} critical", "{n} critical"),
        Severity::Warning => plural(count, "{n} warning", "{n} warnings"),
        Severity::Info => plural(count, "{n} notice", "{n} notices"),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn length_when_long_then_takes_the_two_largest_units() {
        assert_eq!(length(45_000), "45 s");
        assert_eq!(length(12 * MINUTE_MS), "12 min");
        assert_eq!(length(3 * HOUR_MS + 20 * MINUTE_MS), "3 h 20 min");
        assert_eq!(length(4 * DAY_MS), "4 d");
        assert_eq!(length(-5), "0 s");
    }

    #[test]
    fn quantity_when_written_then_has_three_digits_and_no_dust() {
        assert_eq!(quantity(99.0, "%"), "99%");
        assert_eq!(quantity(510.12, "ms"), "510 ms");
        assert_eq!(quantity(0.012_345, ""), "0.0123");
        assert_eq!(quantity(12_500.0, ""), "12.5k");
        assert_eq!(quantity(0.0, "s"), "0 s");
    }

    #[test]
    fn count_when_over_a_thousand_then_is_grouped() {
        assert_eq!(count(999), "999");
        assert_eq!(count(10_080), "10\u{202f}080");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn sentence_when_nothing_is_open_then_says_what_silence_is_worth() {
        let zone = UtcOffsets::utc();
        assert_eq!(sentence(&[], &[], &[], 0, &zone).condition, Condition::Idle);
    }

    #[test]
    fn series_when_it_has_labels_then_its_name_is_short() {
        assert_eq!(short_series("cpu{host=\"a\"}"), "cpu");
        assert_eq!(short_series("{host=\"a\"}"), "{host=\"a\"}");
    }
}
