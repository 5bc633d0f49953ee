//! Where the steps of a waterfall lie: pure arithmetic on an explanation's parts.

use hindcast_shared::api::{Explanation, ExplanationPart};
use hindcast_shared::detector::PartUnit;

use super::words::{distance, signed};
use crate::i18n::{self, key, plural, t, tf};
use crate::words::quantity;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where it begins.
    Base,
    /// What is known to add something.
    Part,
    /// What nothing explains.
    Rest,
    /// What all add up to.
    Total,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Part => "part",
            Self::Rest => "rest",
            Self::Total => "total",
        }
    }
}

/// One step; places are shares of the width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) number: String,
    pub(super) left: f64,
    pub(super) width: f64,
}

/// All steps, and what lies behind them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Steps {
    pub(super) caption: &'static str,
    pub(super) rows: Vec<Row>,
    /// The expected band: from where, how wide.
    pub(super) band: Option<(f64, f64)>,
    /// The threshold.
    pub(super) edge: Option<f64>,
}

/// A part from which the others go on.
const BASES: [&str; 4] = ["level", "expected", "limit", "level_before"];
/// More parts of a distance are told together.
const MOST_PARTS: usize = 7;
/// Room on both sides of the axis, as a share of what is on it.
const ROOM: f64 = 0.04;

/// The axis.
pub(super) struct Axis {
    from: f64,
    width: f64,
}

impl Axis {
    /// Over all of these numbers; with zero, if it is not far away.
    pub(super) fn over(numbers: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let finite = numbers.filter(|number| number.is_finite());
        let mut low = finite.clone().fold(f64::INFINITY, f64::min);
        let mut high = finite.fold(f64::NEG_INFINITY, f64::max);
        let span = high - low;
        if !span.is_finite() {
            return None;
        }
        if low > 0.0 && low <= 2.0 * span {
            low = 0.0;
        } else if high < 0.0 && -high <= 2.0 * span {
            high = 0.0;
        }
        let room = ((high - low) * ROOM).max(high.abs().max(1e-9) * 1e-6);
        let from = if low == 0.0 { 0.0 } else { low - room };
        Some(Self {
            from,
            width: high + room - from,
        })
    }

    pub(super) fn at(&self, number: f64) -> f64 {
        ((number - self.from) / self.width).clamp(0.0, 1.0)
    }

    /// From one number to another, whichever is larger.
    pub(super) fn between(&self, one: f64, other: f64) -> (f64, f64) {
        let (one, other) = (self.at(one), self.at(other));
        (one.min(other), (one - other).abs())
    }
}

impl Steps {
    /// Of an explanation that has parts.
    pub(super) fn of(told: &Explanation) -> Option<Self> {
        match told.parts.first()?.unit {
            PartUnit::Value => Self::of_value(told),
            PartUnit::Raw => Self::of_raw(told),
        }
    }

    fn of_value(told: &Explanation) -> Option<Self> {
        let unit = &told.unit;
        let mut total = 0.0;
        let mut ends = Vec::new();
        for part in &told.parts {
            let from = total;
            total += part.value;
            ends.push((from, total));
        }
        let is_value = told.value.is_some_and(|value| {
            (value - total).abs() <= 1e-6 * value.abs().max(total.abs()).max(1e-9)
        });
        let is_base = |index: usize| index == 0 && BASES.contains(&told.parts[0].name.as_str());
        let shown = ends.iter().enumerate().flat_map(|(index, (from, to))| {
            // Where the base begins does not matter: it is a level and no distance.
            let from = if is_base(index) { *to } else { *from };
            [from, *to]
        });
        let edges = [told.lower, told.upper];
        let axis = Axis::over(shown.chain(edges.into_iter().flatten()))?;
        let mut rows: Vec<Row> = told
            .parts
            .iter()
            .zip(&ends)
            .enumerate()
            .map(|(index, (part, (from, to)))| {
                let (kind, (left, width)) = if is_base(index) {
                    let end = axis.at(*to);
                    (Kind::Base, (0.0, end))
                } else if part.name == "rest" || part.name == "change" {
                    (Kind::Rest, axis.between(*from, *to))
                } else {
                    (Kind::Part, axis.between(*from, *to))
                };
                Row {
                    kind,
                    label: named(part),
                    number: if kind == Kind::Base {
                        quantity(part.value, unit)
                    } else {
                        signed(part.value, unit)
                    },
                    left,
                    width,
                }
            })
            .collect();
        rows.push(Row {
            kind: Kind::Total,
            label: t(if is_value {
                key("the value")
            } else {
                key("level now")
            })
            .to_owned(),
            number: quantity(total, unit),
            left: 0.0,
            width: axis.at(total),
        });
        let band = match edges {
            [None, None] => None,
            [lower, upper] => {
                let from = lower.map_or(0.0, |lower| axis.at(lower));
                let to = upper.map_or(1.0, |upper| axis.at(upper));
                Some((from, (to - from).max(0.0)))
            }
        };
        Some(Self {
            caption: if band.is_some() {
                t("What adds up; the shade is what was expected")
            } else {
                t("What adds up")
            },
            rows,
            band,
            edge: None,
        })
    }

    fn of_raw(told: &Explanation) -> Option<Self> {
        let raw = told.raw.filter(|raw| *raw > 0.0)?;
        let unit = told.detector.about().threshold.unit;
        let parts = self::told(&told.parts);
        let axis = Axis::over([0.0, raw, told.threshold].into_iter())?;
        let mut from = 0.0;
        let mut rows: Vec<Row> = parts
            .into_iter()
            .map(|(label, value)| {
                let (left, width) = axis.between(from, from + value);
                from += value;
                Row {
                    kind: Kind::Part,
                    label,
                    number: format!("{:.0}%", value / raw * 100.0),
                    left,
                    width,
                }
            })
            .collect();
        rows.push(Row {
            kind: Kind::Total,
            label: t("distance").to_owned(),
            number: distance(raw, unit),
            left: 0.0,
            width: axis.at(raw),
        });
        Some(Self {
            caption: t("What adds up to the distance; the line is the threshold"),
            rows,
            band: None,
            edge: Some(axis.at(told.threshold)),
        })
    }
}

/// What a part is, in the reader's words.
pub(super) fn label(label: &str) -> String {
    match label.strip_suffix(" earlier") {
        Some(n) => tf("{n} earlier", &[("n", n)]),
        None => i18n::told(label),
    }
}

/// What a part is, and where it comes from.
fn named(part: &ExplanationPart) -> String {
    let label = label(&part.label);
    // A change is the one part that says more than its name: since when.
    match part.detail.strip_prefix("since ") {
        Some(time) => format!("{label} ({})", tf("since {time}", &[("time", time)])),
        None if part.detail.is_empty() => label,
        None => format!("{label} ({})", part.detail),
    }
}

/// The parts of a distance, loudest first.
pub(super) fn loudest(parts: &[ExplanationPart]) -> Vec<&ExplanationPart> {
    let mut sorted: Vec<&ExplanationPart> = Vec::with_capacity(parts.len());
    for part in parts {
        let before = sorted.iter().rposition(|other| other.value >= part.value);
        sorted.insert(before.map_or(0, |at| at + 1), part);
    }
    sorted
}

/// The same for people, the last ones together.
fn told(parts: &[ExplanationPart]) -> Vec<(String, f64)> {
    let sorted = loudest(parts);
    let (first, rest) = sorted.split_at(MOST_PARTS.min(sorted.len()));
    let mut told: Vec<(String, f64)> = first.iter().map(|part| (named(part), part.value)).collect();
    if !rest.is_empty() {
        let sum = rest.iter().fold(0.0, |sum, part| sum + part.value);
        let others = plural(rest.len() as u64, "{n} other", "{n} others");
        told.push((others, sum));
    }
    told
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::words::tests::told;
    use super::*;

    fn part(name: &str, value: f64, unit: PartUnit) -> ExplanationPart {
        ExplanationPart {
            name: name.to_owned(),
            label: name.to_owned(),
            value,
            unit,
            detail: String::new(),
        }
    }

    #[test]
    fn steps_when_parts_add_up_then_each_begins_where_the_one_before_ended() {
        let mut told = told();
        told.parts = ["level", "season", "rest"]
            .into_iter()
            .zip([100.0, -20.0, 40.0])
            .map(|(name, value)| part(name, value, PartUnit::Value))
            .collect();
        (told.value, told.lower, told.upper) = (Some(120.0), Some(70.0), Some(90.0));
        let steps = Steps::of(&told).expect("parts");
        let kinds: Vec<Kind> = steps.rows.iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [Kind::Base, Kind::Part, Kind::Rest, Kind::Total]);
        let [level, season, rest, total] = &steps.rows[..] else {
            panic!("{steps:?}");
        };
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(near(season.left + season.width, level.width));
        assert!(near(rest.left, season.left));
        assert!(near(rest.left + rest.width, total.width));
        assert!(steps.rows.iter().all(|row| row.left + row.width <= 1.0));
        assert_eq!(total.label, "the value");
        assert_eq!(season.number, "\u{2212}20 ms");
        let (left, width) = steps.band.expect("a band");
        assert!(left < season.left && left + width > season.left);
    }

    #[test]
    fn steps_when_a_distance_has_many_parts_then_the_smallest_are_one() {
        let mut told = told();
        told.parts = (1..=10)
            .map(|index| part(&format!("p{index}"), f64::from(index) / 55.0, PartUnit::Raw))
            .collect();
        (told.raw, told.threshold) = (Some(1.0), 0.5);
        let steps = Steps::of(&told).expect("parts");
        assert_eq!(steps.rows.len(), MOST_PARTS + 2);
        assert_eq!(steps.rows[0].label, "p10");
        assert_eq!(steps.rows[MOST_PARTS].label, "3 others");
        let edge = steps.edge.expect("a threshold");
        assert!(edge > 0.4 && edge < 0.5, "{edge}");
    }

    #[test]
    fn steps_when_values_are_extreme_then_stay_inside() {
        for (level, rest) in [(1e150, -1e150), (0.0, 0.0), (1e9, 1e-3), (-5.0, 2.0)] {
            let mut told = told();
            told.parts = vec![
                part("level", level, PartUnit::Value),
                part("rest", rest, PartUnit::Value),
            ];
            told.value = Some(level + rest);
            let Some(steps) = Steps::of(&told) else {
                continue;
            };
            for row in &steps.rows {
                assert!(
                    row.left >= 0.0 && row.left + row.width <= 1.0 + 1e-9,
                    "{row:?}"
                );
            }
        }
    }
}
