//! What an explanation consists of: what was expected, what adds up to the judgement, and what would have
//! kept it quiet. It knows nothing of rules; `pipeline::explain` asks on their behalf.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Reading;

/// In what a part is measured, and so what all parts of an explanation add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartUnit {
    /// The unit of the series: the parts add up to the value, or to the level that was found.
    Value,
    /// The detector's own distance: the parts add up to the raw distance.
    Raw,
}

/// One additive part of an explanation. All parts of one explanation have the same unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is: one of the words of [`label`], or a name that stands for itself, such as a series.
    pub name: Cow<'static, str>,
    /// How much it adds.
    pub value: f64,
    /// In what.
    pub unit: PartUnit,
    /// Where it comes from, in a few words: `Mondays at 14:00, seen 4 times`. May be empty.
    pub detail: String,
}

impl Part {
    /// A part in the unit of the series.
    pub(crate) fn of_value(name: &'static str, value: f64) -> Self {
        Self::new(name, value, PartUnit::Value)
    }

    /// A part of the raw distance.
    pub(crate) fn of_raw(name: &'static str, value: f64) -> Self {
        Self::new(name, value, PartUnit::Raw)
    }

    /// A part of any name.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: PartUnit) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            detail: String::new(),
        }
    }

    /// The same, with where it comes from.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Why a sample was judged as it was, and what would have kept the score at 1.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The judgement.
    pub reading: Reading,
    /// What adds up to it; never empty.
    pub parts: Vec<Part>,
    /// Quiet with a threshold of at least this, on the raw scale.
    pub quiet_from_threshold: f64,
    /// Quiet if the value had stayed at or over this; NaN if there is no such edge.
    pub quiet_from: f64,
    /// Quiet if the value had stayed at or under this; NaN if there is no such edge.
    pub quiet_to: f64,
}

impl Explanation {
    /// From what a model says; one that says nothing of parts is taken at its expected value or its edge.
    pub(super) fn new(reading: Reading, value: f64, parts: Vec<Part>) -> Self {
        let parts = if parts.is_empty() {
            plain(&reading, value)
        } else {
            parts
        };
        Self {
            parts,
            quiet_from_threshold: reading.raw,
            quiet_from: reading.lower,
            quiet_to: reading.upper,
            reading,
        }
    }
}

/// The parts of a judgement that has none of its own.
fn plain(reading: &Reading, value: f64) -> Vec<Part> {
    let from = |name, base: f64| {
        vec![
            Part::of_value(name, base),
            Part::of_value("rest", value - base),
        ]
    };
    if reading.expected.is_finite() {
        return from("expected", reading.expected);
    }
    let edges = [reading.upper, reading.lower];
    match edges.into_iter().find(|edge| edge.is_finite()) {
        Some(edge) => from("limit", edge),
        None => vec![Part::of_raw("distance", reading.raw)],
    }
}

/// Every label that is neither the name of a series nor a number of samples, such as `3 earlier`: what a front end
/// in another language has words for.
pub const PART_LABELS: [&str; 25] = [
    "all others",
    "any ordinary moment",
    "change",
    "day of the week",
    "distance from the past",
    "distance from the recent level",
    "earlier",
    "expected",
    "height of the window",
    "hour of the day",
    "left over",
    "level",
    "level before",
    "level of 16 samples",
    "level of 64 samples",
    "level of 256 samples",
    "pattern of 16 samples",
    "pattern of 64 samples",
    "pattern of 256 samples",
    "season",
    "shape of the window",
    "the limit",
    "trend",
    "value",
    "what is over",
];

/// The word for people; a name that is not in the list stands for itself.
pub fn label(name: &str) -> &str {
    match name {
        "rest" => "left over",
        "limit" => "the limit",
        "hour" => "hour of the day",
        "day" => "day of the week",
        "distance" => "distance from the past",
        "level_before" => "level before",
        "ordinary" => "any ordinary moment",
        "others" => "all others",
        "amplitude" => "height of the window",
        "shape" => "shape of the window",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Side;
    use crate::detector::testing::rule_of;
    use crate::detector::{Band, Detector, DetectorKind, Entry, History, PointState, Sample};
    use crate::time::{MINUTE_MS, UtcOffsets};
    use serde_json::json;

    fn reading(expected: f64, upper: f64) -> Reading {
        Reading {
            state: PointState::Scored,
            raw: 4.0,
            rank: 4.0,
            score: 2.0,
            expected,
            lower: f64::NAN,
            upper,
            side: Side::High,
            band: Band::NONE,
            entry: Entry::Plain,
        }
    }

    #[test]
    fn parts_when_the_model_names_none_then_are_the_expectation_or_the_edge_and_the_rest() {
        let told = |reading: &Reading| -> Vec<(String, f64)> {
            let parts = Explanation::new(*reading, 12.0, Vec::new()).parts;
            let pair = |part: Part| (part.name.into_owned(), part.value);
            parts.into_iter().map(pair).collect()
        };
        let pairs = |pairs: &[(&str, f64)]| -> Vec<(String, f64)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect()
        };
        let none = f64::NAN;
        assert_eq!(
            told(&reading(10.0, 11.0)),
            pairs(&[("expected", 10.0), ("rest", 2.0)])
        );
        assert_eq!(
            told(&reading(none, 11.0)),
            pairs(&[("limit", 11.0), ("rest", 1.0)])
        );
        assert_eq!(told(&reading(none, none)), pairs(&[("distance", 4.0)]));
    }

    #[test]
    fn parts_when_any_detector_explains_then_have_one_unit_and_add_up() {
        let offsets = UtcOffsets::utc();
        let step_ms = 30 * MINUTE_MS;
        let values: Vec<f64> = (0..3_360_i64)
            .map(|index| {
                let phase = (index % 48 - 24).abs() as f64;
                40.0 + phase + (index * 7_919).rem_euclid(101) as f64 / 50.0
            })
            .collect();
        let end_ms = values.len() as i64 * step_ms;
        for kind in DetectorKind::ALL {
            if kind.is_group() {
                continue;
            }
            let threshold = kind.default_threshold().unwrap_or(50.0);
            let rule = rule_of(
                json!({"kind": kind.as_str()}),
                json!({"step": "30m", "decision": {"threshold": threshold}}),
            );
            let mut detector = Detector::new(&rule);
            detector.fit(&History {
                values: &values,
                end_ms,
                step_ms,
                offsets: &offsets,
                seed: 7,
            });
            let sample = Sample::new(95.0, end_ms, &offsets);
            let told = detector.explain(sample);
            let told = told.unwrap_or_else(|| panic!("{} is not taught", kind.as_str()));
            assert!(!told.parts.is_empty(), "{}", kind.as_str());
            let unit = told.parts[0].unit;
            assert!(
                told.parts.iter().all(|part| part.unit == unit),
                "{}: {:?}",
                kind.as_str(),
                told.parts
            );
            for part in &told.parts {
                let label = label(&part.name);
                assert!(
                    PART_LABELS.contains(&label) || label.ends_with(" earlier"),
                    "{label:?} of {} is not in the list",
                    kind.as_str()
                );
            }
            let total: f64 = told.parts.iter().map(|part| part.value).sum();
            let is_level = told.parts.iter().any(|part| part.name == "level_before");
            let wanted = match unit {
                PartUnit::Raw => told.reading.raw,
                PartUnit::Value if is_level => continue,
                PartUnit::Value => sample.value,
            };
            assert!(
                (total - wanted).abs() <= 1e-3 * wanted.abs().max(1.0),
                "{}: {total} {wanted} {:?}",
                kind.as_str(),
                told.parts
            );
        }
    }
}
