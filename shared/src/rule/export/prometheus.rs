//! The Prometheus alert that comes nearest to a rule, with a comment on everything that it cannot say.

use std::fmt::Write as _;

use super::yaml;
use crate::detector::DetectorKind;
use crate::rule::{Direction, RuleDraft, Severity};
use serde_json::{Map, Value, json};

/// How a detector is said in `PromQL`.
struct Said {
    /// Distance from what is expected, in units of the spread; `None` for a fixed limit.
    centre_and_spread: Option<(String, String)>,
    /// How near that is.
    caveat: Option<&'static str>,
}

fn said(kind: DetectorKind, query: &str, window: &str) -> Said {
    let over = |function: &str| format!("{function}(({query}){window})");
    let quantile = |q: &str| format!("quantile_over_time({q}, ({query}){window})");
    let mean = || Some((over("avg_over_time"), over("stddev_over_time")));
    match kind {
        DetectorKind::Threshold => Said {
            centre_and_spread: None,
            caveat: None,
        },
        DetectorKind::Zscore => Said {
            centre_and_spread: mean(),
            caveat: None,
        },
        DetectorKind::Mad | DetectorKind::Hampel => Said {
            // The distance between the quartiles of a normal variable is 1.349 of its standard deviations.
            centre_and_spread: Some((
                quantile("0.5"),
                format!("(({} - {}) / 1.349)", quantile("0.75"), quantile("0.25")),
            )),
            caveat: Some(
                "the spread is taken from the quartiles, not from the absolute deviations",
            ),
        },
        DetectorKind::Iqr => Said {
            centre_and_spread: Some((
                quantile("0.5"),
                format!("({} - {})", quantile("0.75"), quantile("0.25")),
            )),
            caveat: Some("distances are counted from the median, not from the nearer quartile"),
        },
        _ => Said {
            centre_and_spread: mean(),
            caveat: Some(
                "this detector has no form in PromQL: mean and standard deviation of the window stand in for it, without seasons, trends or change points",
            ),
        },
    }
}

/// A plain number: Prometheus takes `4`, `0.5` and `1e+06` alike.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn window_of(draft: &RuleDraft) -> String {
    let samples = draft.detector.get("window_samples").and_then(Value::as_i64);
    let step_ms = draft.step.ms().max(1);
    let length_ms = samples.map_or(draft.window.ms(), |samples| samples.saturating_mul(step_ms));
    format!(
        "[{}s:{}s]",
        (length_ms / 1_000).max(1),
        (step_ms / 1_000).max(1)
    )
}

/// How long it must last, and what about that is lost.
fn lasting(draft: &RuleDraft, lost: &mut Vec<String>) -> String {
    let step_ms = draft.step.ms().max(1);
    let as_count = |value: &Value| value.as_i64().filter(|count| *count > 0);
    let samples = match &draft.confirm {
        Value::Object(pair) => {
            let count = pair.get("count").and_then(as_count).unwrap_or(1);
            let of = pair.get("of").and_then(as_count).unwrap_or(count);
            if of > count {
                lost.push(format!(
                    "{count} of the last {of} samples is taken as {count} in a row"
                ));
            }
            count
        }
        Value::String(text) => return text.clone(),
        value => as_count(value).unwrap_or(1),
    };
    // The first sample begins it: three samples a minute apart are two minutes.
    format!("{}s", (samples - 1).max(0) * step_ms / 1_000)
}

fn expression(
    draft: &RuleDraft,
    kind: DetectorKind,
    factor: f64,
    lost: &mut Vec<String>,
) -> String {
    let query = draft.query.trim();
    let decision = &draft.decision;
    let threshold = decision
        .threshold
        .or(kind.default_threshold())
        .unwrap_or(0.0);
    let told = said(kind, query, &window_of(draft));
    let Some((centre, spread)) = told.centre_and_spread else {
        let (sign, limit) = match decision.direction {
            Some(Direction::Below) => ("<", threshold / factor),
            _ => (">", threshold * factor),
        };
        return format!("({query}) {sign} {}", number(limit));
    };
    lost.extend(told.caveat.map(str::to_owned));
    let distance = match decision.direction {
        Some(Direction::Above) => format!("(({query}) - {centre})"),
        Some(Direction::Below) => format!("({centre} - ({query}))"),
        Some(Direction::Both) | None => format!("abs(({query}) - {centre})"),
    };
    let mut text = format!(
        "{distance} / ({spread} > 0) > {}",
        number(threshold * factor)
    );
    let least = &decision.min_deviation;
    if least.abs > 0.0 {
        write!(
            text,
            " and abs(({query}) - {centre}) >= {}",
            number(least.abs)
        )
        .ok();
    }
    if least.rel > 0.0 {
        write!(
            text,
            " and abs(({query}) - {centre}) >= {} * abs({centre})",
            number(least.rel)
        )
        .ok();
    }
    let range = &decision.range;
    let bounds = [(range.above, ">"), (range.below, "<")];
    let bounds: Vec<String> = bounds
        .iter()
        .filter_map(|(bound, sign)| Some(format!("({query}) {sign} {}", number((*bound)?))))
        .collect();
    if !bounds.is_empty() {
        write!(text, " and ({})", bounds.join(" or ")).ok();
    }
    text
}

fn alert_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let mut camel = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        let (first, rest) = word.split_at(1);
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    if camel.starts_with(|c: char| c.is_ascii_alphabetic()) {
        camel
    } else {
        format!("Hindcast{camel}")
    }
}

/// A file of alerting rules for one rule: an alert for each severity, and above them what they cannot say.
pub fn alerting_rule(draft: &RuleDraft) -> String {
    let word = draft.detector.get("kind").and_then(Value::as_str);
    let kind = word
        .and_then(DetectorKind::named)
        .unwrap_or(DetectorKind::Zscore);
    let mut lost = Vec::new();
    let severities = [
        (draft.severity.info, Severity::Info),
        (draft.severity.warning, Severity::Warning),
        (draft.severity.critical, Severity::Critical),
    ];
    let lasts = lasting(draft, &mut lost);
    let mut alerts = Vec::new();
    for (from, severity) in severities {
        let Some(from) = from else { continue };
        let mut mine = Vec::new();
        let expression = expression(draft, kind, from.max(1.0), &mut mine);
        for line in mine {
            if !lost.contains(&line) {
                lost.push(line);
            }
        }
        let mut labels = Map::new();
        for (key, value) in &draft.labels {
            labels.insert(key.clone(), json!(value));
        }
        labels.insert("severity".to_owned(), json!(severity.as_str()));
        let summary = format!("{} is unusual", draft.name);
        alerts.push(json!({
            "alert": alert_name(&draft.name), "expr": expression, "for": lasts,
            "labels": labels, "annotations": {"summary": summary},
        }));
    }
    lost.push(
        "a fit boundary: the window slides with every evaluation, and takes in what was anomalous"
            .to_owned(),
    );
    lost.push(format!(
        "recovery under {} for {} samples, merging of anomalies nearer than {}, and one page for each of them",
        number(draft.recover.below), draft.recover.samples, draft.merge_gap
    ));
    if draft.decision.alarms_per_week.is_some() {
        lost.push("a budget of alarms: the detector's usual threshold stands in for it".to_owned());
    }
    if draft.source_pattern.is_some() {
        lost.push("the pattern over series: the query must select them itself".to_owned());
    }
    if !matches!(&draft.no_data, Value::String(off) if off == "off") {
        lost.push("silence: add an alert on absent() for it".to_owned());
    }
    let mut text = format!(
        "# An approximation of the Hindcast rule “{}” ({}).\n# It cannot say:\n",
        one_line(&draft.name),
        kind.about().title
    );
    for line in &lost {
        text.push_str("#  - ");
        text.push_str(&one_line(line));
        text.push('\n');
    }
    text.push_str(&yaml(
        &json!({ "groups": [{ "name": "hindcast", "rules": alerts }] }),
    ));
    text
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(value: Value) -> RuleDraft {
        serde_json::from_value(value).expect("a draft")
    }

    #[test]
    fn limit_when_written_for_prometheus_then_is_a_comparison_for_each_severity() {
        let rule = draft(json!({
            "name": "disk full", "source": "prom", "query": "disk_used_percent", "step": "1m",
            "detector": {"kind": "threshold"}, "decision": {"threshold": 90.0}, "for": 3,
            "severity": {"warning": 1.0}, "labels": {"team": "storage"}, "no_data": "off"
        }));
        let text = alerting_rule(&rule);
        assert!(text.contains("alert: DiskFull\n"), "{text}");
        assert!(
            text.contains("expr: \"(disk_used_percent) > 90\"\n"),
            "{text}"
        );
        assert!(text.contains("for: \"120s\"\n"), "{text}");
        assert!(
            text.contains("severity: warning\n") && text.contains("team: storage\n"),
            "{text}"
        );
        assert_eq!(text.matches("alert:").count(), 1);
        assert!(!text.contains("absent()"), "{text}");
    }

    #[test]
    fn forest_when_written_for_prometheus_then_says_that_it_is_another_thing() {
        let rule = draft(json!({
            "name": "x\n# y", "source": "prom", "query": "a", "detector": {"kind": "isolation_forest"},
            "decision": {"direction": "above", "min_deviation": {"abs": 5.0}},
            "for": {"count": 3, "of": 5}
        }));
        let text = alerting_rule(&rule);
        assert!(text.contains("has no form in PromQL"), "{text}");
        assert!(
            text.contains("3 of the last 5 samples is taken as 3 in a row"),
            "{text}"
        );
        assert!(
            text.contains("((a) - avg_over_time((a)[604800s:60s])) / (stddev_over_time"),
            "{text}"
        );
        assert!(text.contains(">= 5"), "{text}");
        assert_eq!(text.matches("alert:").count(), 2);
        assert!(
            text.lines()
                .next()
                .is_some_and(|line| line.starts_with("# ") && line.contains("x # y"))
        );
    }
}
