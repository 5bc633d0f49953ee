//! An anomaly in words, in English, Korean and Russian.
//!
//! Owns every sentence that people read about an anomaly outside the app's own labels; times of day stay out of it,
//! because a reader's time zone is not known here.

mod catalogue;

use std::str::FromStr;

use self::catalogue::{Catalogue, catalogue};
use crate::anomaly::{Anomaly, AnomalyKind, CloseReason, Peak, Side, Status};
use crate::detector::ScaleKind;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// A language that the catalogue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
    /// Russian.
    Ru,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::En, Self::Ko, Self::Ru];

    /// The tag on the wire and in `lang` attributes.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
            Self::Ru => "ru",
        }
    }

    /// The first language of an `Accept-Language` header that the catalogue has; English when it has none.
    ///
    /// Browsers send the list in order of preference, so the weights need not be read.
    pub fn of_header(header: &str) -> Self {
        header
            .split(',')
            .find_map(|part| part.split(';').next()?.trim().parse().ok())
            .unwrap_or_default()
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let primary = text.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| primary.eq_ignore_ascii_case(lang.tag()))
            .ok_or_else(|| format!("`{text}` is not a language; one of en, ko, ru"))
    }
}

/// One line: what, where, and how large.
pub fn title(anomaly: &Anomaly, lang: Lang) -> String {
    let words = catalogue(lang);
    let what = match (anomaly.kind, &anomaly.peak) {
        (AnomalyKind::Deviation, Some(peak)) => quantity(peak.value, &anomaly.unit, words),
        (AnomalyKind::Deviation, None) => String::new(),
        (AnomalyKind::NoData, _) => words.no_data.to_owned(),
        (AnomalyKind::SourceDown, _) => words.no_answer.to_owned(),
        (AnomalyKind::RuleFailing, _) => words.failing.to_owned(),
    };
    let title = fill(
        words.title,
        &[
            ("source", &anomaly.source.0),
            ("rule", &anomaly.rule_name),
            ("what", &what),
        ],
    );
    title.trim_end().to_owned()
}

/// The reason, in one to three sentences.
pub fn text(anomaly: &Anomaly, lang: Lang) -> String {
    let words = catalogue(lang);
    let mut sentences = match (anomaly.kind, &anomaly.peak) {
        (AnomalyKind::Deviation, Some(peak)) => deviation(anomaly, peak, words),
        _ => vec![silence(anomaly, words)],
    };
    sentences.extend(outcome(anomaly, words));
    sentences.join(" ")
}

/// What was seen, what was expected, and how far over the threshold that is.
fn deviation(anomaly: &Anomaly, peak: &Peak, words: &Catalogue) -> Vec<String> {
    let unit = anomaly.unit.as_str();
    let template = match (peak.side, peak.lower.zip(peak.upper), peak.expected) {
        (Side::High, Some(_), _) => words.above_band,
        (Side::Low, Some(_), _) => words.below_band,
        (Side::High, None, Some(_)) => words.above_expected,
        (Side::Low, None, Some(_)) => words.below_expected,
        (_, None, None) if anomaly.detector.about().scale != ScaleKind::Limit => words.unlike,
        (Side::High, None, None) => words.above_limit,
        (Side::Low, None, None) => words.below_limit,
    };
    let optional =
        |value: Option<f64>| value.map_or(String::new(), |value| quantity(value, unit, words));
    let seen = fill(
        template,
        &[
            ("series", &anomaly.series),
            ("value", &quantity(peak.value, unit, words)),
            ("expected", &optional(peak.expected)),
            ("lower", &optional(peak.lower)),
            ("upper", &optional(peak.upper)),
            ("threshold", &quantity(anomaly.threshold, unit, words)),
        ],
    );
    let template = anomaly
        .alarms_per_week
        .map_or(words.score, |_| words.budget);
    let score = fill(
        template,
        &[
            ("method", words.method(anomaly.detector)),
            ("score", &number(peak.score, words)),
            ("threshold", &number(anomaly.threshold, words)),
            (
                "alarms",
                &number(anomaly.alarms_per_week.unwrap_or(0.0), words),
            ),
        ],
    );
    vec![seen, score]
}

fn silence(anomaly: &Anomaly, words: &Catalogue) -> String {
    let lasted = duration(anomaly.end_ms - anomaly.start_ms, words);
    let template = match anomaly.kind {
        AnomalyKind::SourceDown => words.source_down,
        AnomalyKind::RuleFailing => words.rule_failing,
        AnomalyKind::Deviation | AnomalyKind::NoData => words.silence,
    };
    fill(
        template,
        &[
            ("series", &anomaly.series),
            ("source", &anomaly.source.0),
            ("rule", &anomaly.rule_name),
            ("lasted", &lasted),
        ],
    )
}

/// How it ended, if it has.
fn outcome(anomaly: &Anomaly, words: &Catalogue) -> Option<String> {
    let template = match (anomaly.status, anomaly.close_reason) {
        (Status::Open | Status::Acknowledged, _) => return None,
        (Status::FalseAlarm, _) => words.false_alarm,
        (Status::Expected, _) => words.known,
        (Status::Resolved, Some(CloseReason::Manual)) => words.closed,
        (Status::Resolved, Some(CloseReason::SeriesGone)) => words.series_gone,
        (Status::Resolved, Some(CloseReason::RuleGone)) => words.rule_gone,
        (Status::Resolved, Some(CloseReason::Recovered) | None) => words.recovered,
    };
    let lasted = duration(anomaly.end_ms - anomaly.start_ms, words);
    Some(fill(template, &[("lasted", &lasted)]))
}

/// Puts values into `{name}` places; what a value contains is never looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        let value = values.iter().find(|(key, _)| *key == name);
        text.push_str(value.map_or("", |(_, value)| value));
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// A value with its unit; `%` stands close, words stand apart.
fn quantity(value: f64, unit: &str, words: &Catalogue) -> String {
    let separator = if unit.is_empty() || unit == "%" {
        ""
    } else {
        " "
    };
    format!("{}{separator}{unit}", number(value, words))
}

/// A number with as many digits as people compare, and the decimal mark of the language.
fn number(value: f64, words: &Catalogue) -> String {
    let size = value.abs();
    let text = match size {
        _ if !value.is_finite() => return value.to_string(),
        0.0 => return "0".to_owned(),
        size if size < 0.001 => format!("{value:.2e}"),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 10_000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    let text = if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    text.replacen('.', words.decimal, 1)
}

/// A length of time with its two largest units.
fn duration(ms: i64, words: &Catalogue) -> String {
    let [day, hour, minute, second] = words.units;
    let units = [
        (DAY_MS, day),
        (HOUR_MS, hour),
        (MINUTE_MS, minute),
        (SECOND_MS, second),
    ];
    let mut rest = ms.max(0);
    let mut parts = Vec::with_capacity(2);
    for (unit_ms, name) in units {
        if rest >= unit_ms && parts.len() < 2 {
            parts.push(format!("{}{name}", rest / unit_ms));
            rest %= unit_ms;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() {
        parts.push(format!("0{second}"));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::anomaly::{AnomalyId, Origin};
    use crate::detector::DetectorKind;
    use crate::rule::Severity;
    use crate::series::{Labels, SeriesKey};

    fn anomaly() -> Anomaly {
        let rule_id = "checkout-latency".parse().expect("a slug");
        let source = "prom".into();
        let labels = Labels::named("latency", &[("service", "checkout")]);
        let series_key = SeriesKey::new(&source, &labels);
        Anomaly {
            id: AnomalyId::new(&rule_id, series_key, AnomalyKind::Deviation, 1_000),
            origin: Arc::new(Origin {
                kind: AnomalyKind::Deviation,
                rule_id,
                rule_name: "Checkout latency".to_owned(),
                rule_version: 1,
                config_hash: String::new(),
                data_hash: String::new(),
                source,
                series: labels.to_string(),
                series_key,
                unit: "ms".to_owned(),
                labels: BTreeMap::new(),
                detector: DetectorKind::Zscore,
                threshold: 3.0,
                alarms_per_week: None,
            }),
            status: Status::Open,
            severity: Severity::Warning,
            start_ms: 0,
            end_ms: 12 * MINUTE_MS,
            detected_at_ms: 0,
            closed_at_ms: None,
            close_reason: None,
            peak: Some(Peak {
                at_ms: 0,
                score: 1.84,
                value: 95.32,
                expected: Some(40.16),
                lower: Some(30.0),
                upper: Some(50.25),
                side: Side::High,
            }),
            reopened: 0,
            snoozed_until_ms: None,
            assignee: None,
        }
    }

    #[test]
    fn words_when_a_value_is_over_its_band_then_say_so() {
        let anomaly = anomaly();
        assert_eq!(
            title(&anomaly, Lang::En),
            "[Anomaly] prom — Checkout latency 95.3 ms"
        );
        assert_eq!(
            title(&anomaly, Lang::Ko),
            "[이상 탐지] prom — Checkout latency 95.3 ms"
        );
        assert_eq!(
            text(&anomaly, Lang::En),
            "latency{service=\"checkout\"} reached 95.3 ms, above the expected 30 ms to 50.2 ms. \
             The z-score was 1.84 times the threshold of 3."
        );
    }

    #[test]
    fn words_when_it_is_over_then_tell_how_it_ended() {
        let mut anomaly = anomaly();
        anomaly.status = Status::Resolved;
        anomaly.close_reason = Some(CloseReason::Recovered);
        let english = text(&anomaly, Lang::En);
        assert!(english.ends_with("It recovered after 12 min."), "{english}");
        anomaly.status = Status::FalseAlarm;
        let english = text(&anomaly, Lang::En);
        assert!(
            english.ends_with("It was judged a false alarm."),
            "{english}"
        );
    }

    #[test]
    fn words_when_nothing_came_then_speak_of_silence() {
        let mut anomaly = anomaly();
        anomaly.origin_mut().kind = AnomalyKind::NoData;
        anomaly.peak = None;
        assert_eq!(
            title(&anomaly, Lang::En),
            "[Anomaly] prom — Checkout latency no data"
        );
        assert_eq!(
            text(&anomaly, Lang::En),
            "No value came from latency{service=\"checkout\"} for 12 min."
        );
    }

    #[test]
    fn words_when_a_rule_or_its_source_fails_then_name_it() {
        let mut anomaly = anomaly();
        anomaly.peak = None;
        anomaly.origin_mut().kind = AnomalyKind::SourceDown;
        assert_eq!(
            title(&anomaly, Lang::En),
            "[Anomaly] prom — Checkout latency source does not answer"
        );
        assert_eq!(
            text(&anomaly, Lang::En),
            "The source prom has not answered for 12 min."
        );
        anomaly.origin_mut().kind = AnomalyKind::RuleFailing;
        assert_eq!(
            text(&anomaly, Lang::En),
            "The runs of Checkout latency have failed for 12 min."
        );
    }

    #[test]
    fn words_when_in_any_language_then_leave_no_place_empty() {
        for lang in Lang::ALL {
            for side in [Side::High, Side::Low] {
                for (expected, band) in [(Some(1.0), Some(2.0)), (Some(1.0), None), (None, None)] {
                    let mut anomaly = anomaly();
                    let peak = anomaly.peak.as_mut().expect("a peak");
                    (peak.side, peak.expected) = (side, expected);
                    (peak.lower, peak.upper) = (band, band);
                    let text = text(&anomaly, lang);
                    let value = if lang == Lang::Ru {
                        "95,3 ms"
                    } else {
                        "95.3 ms"
                    };
                    assert!(text.contains(value) && !text.contains("  "), "{text}");
                    assert!(!text.contains(['}', '{'].map(|c| c)) || text.contains("latency{"));
                }
            }
        }
    }

    #[rstest]
    #[case(0.0, "0")]
    #[case(95.25, "95.2")]
    #[case(1.0, "1")]
    #[case(0.05, "0.05")]
    #[case(-3.456, "-3.46")]
    #[case(123_456.7, "123457")]
    #[case(0.000_02, "2.00e-5")]
    fn number_when_printed_then_has_the_digits_people_compare(
        #[case] value: f64,
        #[case] text: &str,
    ) {
        assert_eq!(number(value, catalogue(Lang::En)), text);
        let russian = number(value, catalogue(Lang::Ru));
        assert_eq!(russian, text.replace('.', ","));
    }

    #[test]
    fn language_when_asked_for_then_is_the_first_known() {
        assert_eq!(Lang::of_header("de-DE, ko-KR;q=0.9, en;q=0.8"), Lang::Ko);
        assert_eq!(Lang::of_header("*"), Lang::En);
        assert_eq!("RU".parse(), Ok(Lang::Ru));
        assert!("de".parse::<Lang>().is_err());
    }

    proptest! {
        #[test]
        fn words_when_values_are_strange_then_never_panic(value: f64, score: f64, from: i32, to: i32, name in ".{0,20}") {
            let mut anomaly = anomaly();
            let peak = anomaly.peak.as_mut().expect("a peak");
            (peak.value, peak.score) = (value, score);
            (anomaly.start_ms, anomaly.end_ms) = (i64::from(from), i64::from(to));
            anomaly.origin_mut().series = name;
            for lang in Lang::ALL {
                prop_assert!(!title(&anomaly, lang).is_empty());
                prop_assert!(text(&anomaly, lang).contains(&anomaly.series));
            }
        }
    }
}
