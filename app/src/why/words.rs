//! The sentences of an explanation.

use hindcast_shared::anomaly::Side;
use hindcast_shared::api::Explanation;
use hindcast_shared::chart::{decimal, minute_text, power_of_ten};
use hindcast_shared::detector::{DetectorKind, PartUnit, PointState, ScaleKind};
use hindcast_shared::time::UtcOffsets;

use super::steps::{label, loudest};
use crate::i18n::{key, t, tf};
use crate::words::{length, quantity};

/// Who speaks: the default detector has two forms, and rules run the live one.
pub fn speaker(kind: DetectorKind) -> &'static str {
    match kind {
        DetectorKind::Auto => t("auto (live)"),
        kind => t(kind.about().title),
    }
}

/// How long a detector still learns.
pub fn learning(learned_at_ms: Option<i64>, now_ms: i64, zone: &UtcOffsets) -> String {
    match learned_at_ms {
        Some(at_ms) if at_ms > now_ms => tf(
            "Learning: the history is too short to judge by. Scores begin on {time}, in {length}, if samples keep coming.",
            &[
                ("time", &minute_text(at_ms, zone)),
                ("length", &length(at_ms - now_ms)),
            ],
        ),
        Some(_) => t("Learning: scores begin with the next samples.").to_owned(),
        None => t("Learning: the history is too short to judge by, and how long it takes cannot be told yet.")
            .to_owned(),
    }
}

/// What was expected and what came.
pub(super) fn lead(told: &Explanation, zone: &UtcOffsets) -> String {
    let (Some(value), PointState::Scored) = (told.value, told.state) else {
        return match told.state {
            PointState::Learning => learning(told.learned_at_ms, told.at_ms, zone),
            PointState::Excluded => t("This sample was excluded from judging.").to_owned(),
            PointState::Gap | PointState::Scored => t("There is no value here.").to_owned(),
        };
    };
    let unit = &told.unit;
    let number = |value: f64| quantity(value, unit);
    if let Some(expected) = told.expected {
        let band = match (told.lower, told.upper) {
            (Some(lower), Some(upper)) => tf(
                " ({from} to {to})",
                &[("from", &number(lower)), ("to", &number(upper))],
            ),
            _ => String::new(),
        };
        let text = if value < expected {
            key("{value} where {expected} was expected{band}: {off} below.")
        } else {
            key("{value} where {expected} was expected{band}: {off} above.")
        };
        return tf(
            text,
            &[
                ("value", &number(value)),
                ("expected", &number(expected)),
                ("band", &band),
                ("off", &number((value - expected).abs())),
            ],
        );
    }
    if told.detector.about().scale == ScaleKind::Limit {
        let text = match (told.anomalous, told.side) {
            (false, _) => key("{value} where the limit is {limit}: within it."),
            (true, Side::High) => key("{value} where the limit is {limit}: {off} above it."),
            (true, Side::Low) => key("{value} where the limit is {limit}: {off} below it."),
        };
        return tf(
            text,
            &[
                ("value", &number(value)),
                ("limit", &number(told.threshold)),
                ("off", &number((value - told.threshold).abs())),
            ],
        );
    }
    let raw_unit = told.detector.about().threshold.unit;
    tf(
        "{value}, at a distance of {distance} from what is usual; the threshold is {threshold}.",
        &[
            ("value", &number(value)),
            ("distance", &distance(told.raw.unwrap_or(0.0), raw_unit)),
            ("threshold", &distance(told.threshold, raw_unit)),
        ],
    )
}

/// What spoke, where the parts are parts of a distance.
pub(super) fn spoke(told: &Explanation) -> Option<String> {
    let raw = told.raw.filter(|raw| *raw > 0.0)?;
    if told.parts.len() < 2 || told.parts[0].unit != PartUnit::Raw {
        return None;
    }
    let loudest: Vec<String> = loudest(&told.parts)
        .into_iter()
        .take(3)
        .filter(|part| part.value > 0.0)
        .map(|part| format!("{} ({:.0}%)", label(&part.label), part.value / raw * 100.0))
        .collect();
    match &loudest[..] {
        [] => None,
        [one] => Some(tf("What spoke: {part}.", &[("part", one)])),
        [first, rest @ ..] => {
            let rest = rest.join(t(" and "));
            Some(tf(
                "What spoke: {part}, then {others}.",
                &[("part", first), ("others", &rest)],
            ))
        }
    }
}

/// What would have kept the rule quiet.
pub(super) fn quiet(told: &Explanation) -> Option<String> {
    let quiet = told.quiet?;
    let limit = told.detector.about().scale == ScaleKind::Limit;
    let mut ways = Vec::new();
    if let Some(threshold) = quiet.threshold {
        let down = limit && told.side == Side::Low;
        let text = match (limit, down) {
            (true, true) => key("the limit were {n} or less"),
            (true, false) => key("the limit were {n} or more"),
            (false, _) => key("the threshold were {n} or more"),
        };
        let number = if limit {
            quantity(rounded(threshold, !down), &told.unit)
        } else {
            distance(
                rounded(threshold, true),
                told.detector.about().threshold.unit,
            )
        };
        ways.push(tf(text, &[("n", &number)]));
    }
    if let Some(alarms) = quiet.alarms_per_week {
        ways.push(if alarms >= 0.01 {
            let number = quantity(rounded(alarms, false), "");
            tf(
                "the budget were {n} alarms a week or fewer",
                &[("n", &number)],
            )
        } else {
            t("the budget were less than one alarm in two years").to_owned()
        });
    }
    if let Some(value) = quiet.value {
        let (text, up) = match told.value {
            Some(real) if value > real => (key("the value had stayed at or over {n}"), true),
            _ => (key("the value had stayed at or under {n}"), false),
        };
        let number = quantity(rounded(value, up), &told.unit);
        ways.push(tf(text, &[("n", &number)]));
    }
    if ways.is_empty() {
        return None;
    }
    let mut text = tf("Quiet if {ways}.", &[("ways", &ways.join(t(", or if ")))]);
    if quiet.value.is_none() {
        text.push_str(t(
            " No value at this one moment would have been quiet: those before it were odd as well.",
        ));
    }
    Some(text)
}

/// Who judged, and how.
pub(super) fn judge(told: &Explanation) -> String {
    let who = speaker(told.detector);
    match told.score {
        None => tf("Judged by {who}.", &[("who", who)]),
        Some(score) => {
            let text = if told.anomalous {
                key("Judged by {who}: score {n}, where 1 is the threshold.")
            } else {
                key("Quiet, judged by {who}: score {n}, where 1 is the threshold.")
            };
            tf(text, &[("who", who), ("n", &decimal(score, 2))])
        }
    }
}

/// A raw distance in its own unit.
pub(super) fn distance(raw: f64, unit: &'static str) -> String {
    quantity(raw, t(unit))
}

/// A difference with its sign.
pub(super) fn signed(value: f64, unit: &str) -> String {
    let sign = if value < 0.0 { '\u{2212}' } else { '+' };
    format!("{sign}{}", quantity(value.abs(), unit))
}

/// Three digits that keep a statement true: rounded away from what it says.
fn rounded(value: f64, up: bool) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let step = power_of_ten(value.abs()) / 100.0;
    let steps = value / step;
    // What is on a step already stays there, whatever the last bit says.
    let nearest = steps.round();
    if (steps - nearest).abs() < 1e-9 {
        return nearest * step;
    }
    step * if up { steps.ceil() } else { steps.floor() }
}

#[cfg(test)]
pub(super) mod tests {
    use hindcast_shared::api::{ExplanationPart, Quiet};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// An anomaly by z-score.
    pub(in crate::why) fn told() -> Explanation {
        Explanation {
            at_ms: 0,
            value: Some(120.0),
            unit: "ms".to_owned(),
            detector: DetectorKind::Zscore,
            state: PointState::Scored,
            learned_at_ms: None,
            expected: Some(41.2),
            lower: Some(38.0),
            upper: Some(52.0),
            raw: Some(5.554),
            threshold: 3.0,
            alarms_per_week: None,
            score: Some(1.851),
            side: Side::High,
            anomalous: true,
            parts: Vec::new(),
            quiet: Some(Quiet {
                value: Some(81.37),
                threshold: Some(5.554),
                alarms_per_week: None,
            }),
        }
    }

    #[test]
    fn sentences_when_something_was_expected_then_say_it_and_what_would_be_quiet() {
        let zone = UtcOffsets::utc();
        assert_eq!(
            lead(&told(), &zone),
            "120 ms where 41.2 ms was expected (38 ms to 52 ms): 78.8 ms above."
        );
        let unit = DetectorKind::Zscore.about().threshold.unit;
        // Rounded so that the sentence stays true.
        assert_eq!(
            quiet(&told()).expect("an anomaly"),
            format!(
                "Quiet if the threshold were {} or more, or if the value had stayed at or under 81.3 ms.",
                distance(5.56, unit)
            )
        );
    }

    #[test]
    fn sentences_when_a_budget_was_asked_for_then_speak_of_the_budget() {
        let mut told = told();
        told.quiet = Some(Quiet {
            value: None,
            threshold: None,
            alarms_per_week: Some(0.257),
        });
        let text = quiet(&told).expect("an anomaly");
        assert!(text.starts_with("Quiet if the budget were 0.257 alarms a week or fewer."));
        assert!(text.contains("No value"), "{text}");
    }

    #[test]
    fn sentences_when_the_detector_is_learning_then_say_how_long() {
        let mut told = told();
        told.state = PointState::Learning;
        told.learned_at_ms = Some(3 * 3_600_000);
        let text = lead(&told, &UtcOffsets::utc());
        assert!(
            text.starts_with("Learning") && text.contains("in 3 h"),
            "{text}"
        );
    }

    #[test]
    fn parts_when_they_are_of_a_distance_then_the_loudest_are_named() {
        let mut told = told();
        told.raw = Some(2.0);
        told.parts = [("a", 0.2), ("b", 1.2), ("c", 0.6), ("d", 0.0)]
            .into_iter()
            .map(|(label, value)| ExplanationPart {
                name: label.to_owned(),
                label: label.to_owned(),
                value,
                unit: PartUnit::Raw,
                detail: String::new(),
            })
            .collect();
        assert_eq!(
            spoke(&told).as_deref(),
            Some("What spoke: b (60%), then c (30%) and a (10%).")
        );
    }

    #[test]
    fn numbers_when_rounded_then_on_the_asked_side() {
        assert!((rounded(3.391, true) - 3.4).abs() < 1e-12);
        assert!((rounded(3.391, false) - 3.39).abs() < 1e-12);
        assert!((rounded(3.4, true) - 3.4).abs() < 1e-12);
        assert!((rounded(-81.37, true) + 81.3).abs() < 1e-9);
        assert!(rounded(0.0, true).abs() < 1e-12);
        assert_eq!(speaker(DetectorKind::Auto), "auto (live)");
    }
}
