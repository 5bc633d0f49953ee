//! Words and numbers for people: ages, severities, states, the sentence on top of the overview.

use hindcast_shared::anomaly::{Anomaly, AnomalyKind, CloseReason, Side, Status};
use hindcast_shared::api::{LabelKind, RuleRecord, SourceRecord, SourceState};
use hindcast_shared::chart::{format_value, minute_text, second_text};
use hindcast_shared::detector::ScaleKind;
use hindcast_shared::pipeline::{PageKind, SuppressReason};
use hindcast_shared::rule::{Schedule, Severity};
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UtcOffsets};

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
        Severity::Critical => "Critical",
        Severity::Warning => "Warning",
        Severity::Info => "Notice",
    }
}

/// Glyph and word of what a label says.
pub fn label_kind(kind: LabelKind) -> (&'static str, &'static str) {
    match kind {
        LabelKind::Incident => ("!", "Incident"),
        LabelKind::Normal => ("✓", "Normal"),
        LabelKind::Exclude => ("∅", "Not learned"),
    }
}

/// The word of a status.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Open => "Open",
        Status::Acknowledged => "Acknowledged",
        Status::Resolved => "Resolved",
        Status::FalseAlarm => "False alarm",
        Status::Expected => "Expected",
    }
}

/// A length of time in its largest unit or two: `45 s`, `12 min`, `3 h 20 min`, `4 d`.
pub fn length(ms: i64) -> String {
    let ms = ms.max(0);
    match ms {
        ms if ms < MINUTE_MS => format!("{} s", ms / SECOND_MS),
        ms if ms < HOUR_MS => format!("{} min", ms / MINUTE_MS),
        ms if ms < DAY_MS => match ms % HOUR_MS / MINUTE_MS {
            0 => format!("{} h", ms / HOUR_MS),
            minutes => format!("{} h {minutes} min", ms / HOUR_MS),
        },
        ms => match ms % DAY_MS / HOUR_MS {
            0 => format!("{} d", ms / DAY_MS),
            hours => format!("{} d {hours} h", ms / DAY_MS),
        },
    }
}

/// `5 min ago`.
pub fn ago(then_ms: i64, now_ms: i64) -> String {
    let past = now_ms - then_ms;
    if past < 5 * SECOND_MS {
        "just now".to_owned()
    } else {
        format!("{} ago", length(past))
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
        let step = 10_f64.powf(value.abs().log10().floor() - 2.0);
        let written = format_value(value, step);
        let digits = written.trim_end_matches(['k', 'M', 'G']);
        let suffix = &written[digits.len()..];
        if digits.contains('.') && !digits.contains('e') {
            format!(
                "{}{suffix}",
                digits.trim_end_matches('0').trim_end_matches('.')
            )
        } else {
            written
        }
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
    if per_week >= 10.0 || per_week == 0.0 {
        format!("{per_week:.0} a week")
    } else {
        format!("{per_week:.1} a week")
    }
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
            AnomalyKind::Deviation | AnomalyKind::NoData => "no data",
            AnomalyKind::SourceDown => "source does not answer",
            AnomalyKind::RuleFailing => "rule fails",
        };
        return what.to_owned();
    };
    let value = quantity(peak.value, &anomaly.unit);
    match peak.expected {
        Some(expected) if expected.abs() > 1e-12 && peak.value / expected >= 1.5 => {
            format!("{value}, {:.1}× expected", peak.value / expected)
        }
        Some(expected) => {
            let way = if peak.side == Side::High {
                "above"
            } else {
                "below"
            };
            format!(
                "{value}, {way} the expected {}",
                quantity(expected, &anomaly.unit)
            )
        }
        None if anomaly.detector.about().scale != ScaleKind::Limit => {
            format!("{value}, unlike its past")
        }
        None => {
            let way = if peak.side == Side::High {
                "over"
            } else {
                "under"
            };
            format!(
                "{value}, {way} {}",
                quantity(anomaly.threshold, &anomaly.unit)
            )
        }
    }
}

/// Why an anomaly was closed.
pub fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => "the values calmed down",
        CloseReason::Manual => "closed by hand",
        CloseReason::SeriesGone => "the series is gone",
        CloseReason::RuleGone => "the rule was changed or switched off",
    }
}

/// What a page was about.
pub fn page_kind(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Opened => "New",
        PageKind::Escalated => "Escalated",
        PageKind::Reopened => "Came back",
        PageKind::CaughtUp => "Summary of what was found late",
    }
}

/// Why a page was held back.
pub fn suppressed(reason: &SuppressReason) -> String {
    match reason {
        SuppressReason::Duplicate => "paged already at this severity".to_owned(),
        SuppressReason::Muted { mute_id } => format!("muted by {mute_id}"),
        SuppressReason::Snoozed { .. } => "snoozed".to_owned(),
        SuppressReason::Late => "found too late to wake anybody".to_owned(),
    }
}

/// How often a rule runs.
pub fn schedule(schedule: Option<&Schedule>, step: &str) -> String {
    match schedule {
        None => format!("every {step}"),
        Some(Schedule::Every { every, .. }) => format!("every {every}"),
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
            also.push(format!(
                "Source {} is down since {}: {why}.",
                source.name,
                since(*since_ms, now_ms, zone)
            ));
        }
    }
    let enabled: Vec<_> = rules.iter().filter(|rule| rule.rule.enabled).collect();
    for rule in &enabled {
        match &rule.last_run {
            Some(run) if now_ms - run.at_ms > late_after_ms(rule) => {
                also.push(format!(
                    "{} is late: last checked {}.",
                    rule.rule.name,
                    ago(run.at_ms, now_ms)
                ));
            }
            Some(run) => also.extend(
                run.error
                    .as_ref()
                    .map(|error| format!("{} could not be checked: {error}", rule.rule.name)),
            ),
            None => {}
        }
    }
    let (condition, text) = if let Some(worst) = active.first() {
        (
            Condition::Wrong(worst.severity),
            wrong(active, worst, now_ms, zone),
        )
    } else if enabled.is_empty() {
        (Condition::Idle, "No rule watches anything yet.".to_owned())
    } else if !also.is_empty() {
        (
            Condition::Blind,
            "Nothing is open, but not everything is being watched.".to_owned(),
        )
    } else {
        let checked = last_check(rules).map_or_else(
            || "First check is due.".to_owned(),
            |at_ms| format!("Last check {}.", second_text(at_ms, zone)),
        );
        (Condition::Fine, format!("Nothing is wrong. {checked}"))
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
            let word = severity_word(severity).to_ascii_lowercase();
            (count > 0).then(|| format!("{count} {word}"))
        })
        .collect();
    let verb = match worst.kind {
        AnomalyKind::Deviation => " is",
        // What these say has a verb of its own.
        AnomalyKind::NoData | AnomalyKind::SourceDown | AnomalyKind::RuleFailing => ",",
    };
    format!(
        "{}: {}{verb} {} since {}.",
        counts.join(", "),
        worst.rule_name,
        deviation(worst),
        since(worst.start_ms, now_ms, zone)
    )
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
