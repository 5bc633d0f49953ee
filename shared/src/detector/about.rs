//! What people read about a detector, and the table its form, its checks and its sliders are made from.

use serde::Serialize;

/// One detector, described.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// The word in a rule.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// One sentence: what it finds.
    pub help: &'static str,
    /// How a raw distance becomes a score.
    pub scale: ScaleKind,
    /// The slider of the threshold: a range that fits most uses; a number box may leave it. A default of NaN
    /// means that every rule must name one.
    pub threshold: ParamSpec,
    /// Whether a value exactly at the threshold is anomalous unless the rule says otherwise.
    pub inclusive: bool,
    /// Every other parameter.
    pub params: &'static [ParamSpec],
}

/// How raw distances are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleKind {
    /// Zero is calm and the threshold is positive: `raw / threshold`.
    Ratio,
    /// The raw distance is the value itself and the threshold a limit for it.
    Limit,
    /// As a ratio, but the raw distance has no unit that people know: a budget of alarms is the usual way to
    /// ask, and the threshold holds only until there is enough history.
    Calibrated,
}

/// How a parameter is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// A real number.
    Number,
    /// A whole number; the slider is logarithmic when the range spans more than two decades.
    Integer,
    /// One of a list of words.
    Choice(&'static [&'static str]),
}

/// One parameter of a detector: what a slider needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamSpec {
    /// Key in the rule.
    pub name: &'static str,
    /// Label for people.
    pub label: &'static str,
    /// One sentence of help.
    pub help: &'static str,
    /// Unit beside the number.
    pub unit: &'static str,
    /// How it is entered.
    pub kind: ParamKind,
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
    /// Distance between two positions of the slider.
    pub step: f64,
    /// Value when the rule names none; for a choice the index of the word.
    pub default: f64,
}

impl ParamSpec {
    /// A real number.
    pub const fn number(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        unit: &'static str,
        (min, max, step, default): (f64, f64, f64, f64),
    ) -> Self {
        Self {
            name,
            label,
            help,
            unit,
            kind: ParamKind::Number,
            min,
            max,
            step,
            default,
        }
    }

    /// A whole number; its slider goes one by one.
    pub const fn integer(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        unit: &'static str,
        (min, max, default): (u32, u32, u32),
    ) -> Self {
        Self {
            name,
            label,
            help,
            unit,
            kind: ParamKind::Integer,
            min: min as f64,
            max: max as f64,
            step: 1.0,
            default: default as f64,
        }
    }

    /// One of a list of words; the first is the default.
    pub const fn choice(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            label,
            help,
            unit: "",
            kind: ParamKind::Choice(words),
            min: 0.0,
            max: words.len() as f64 - 1.0,
            step: 1.0,
            default: 0.0,
        }
    }

    /// The threshold's own slider, in a unit.
    pub const fn threshold(
        unit: &'static str,
        (min, max, step, default): (f64, f64, f64, f64),
    ) -> Self {
        Self::number(
            "threshold",
            "Threshold",
            "Where the score is 1.0; anything over it is anomalous.",
            unit,
            (min, max, step, default),
        )
    }

    /// The same parameter with another default.
    #[must_use]
    pub const fn defaulting(self, default: f64) -> Self {
        Self { default, ..self }
    }
}
