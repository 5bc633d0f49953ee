//! Which detector a rule uses, with parameters that are known to be in range.
//!
//! [`DetectorKind::params`] is the one table of parameters: validation, help and the Lab's sliders come from it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{FieldError, from_json, unknown_key_message};

/// The light detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DetectorKind {
    /// A fixed limit.
    Threshold,
    /// Distance from the rolling mean in standard deviations.
    Zscore,
    /// Distance outside the quartiles in interquartile ranges.
    Iqr,
    /// Distance from the rolling median in median absolute deviations.
    Mad,
    /// A strictly monotone run with a large total change.
    Trend,
}

impl DetectorKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Threshold,
        Self::Zscore,
        Self::Mad,
        Self::Iqr,
        Self::Trend,
    ];

    /// The word in a rule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Zscore => "zscore",
            Self::Iqr => "iqr",
            Self::Mad => "mad",
            Self::Trend => "trend",
        }
    }

    /// The threshold that a rule gets when it names none; a fixed limit has no sensible default.
    pub fn default_threshold(self) -> Option<f64> {
        match self {
            Self::Threshold => None,
            // Pearson's three sigma, as everywhere.
            Self::Zscore => Some(3.0),
            // Tukey's fences (Exploratory Data Analysis, 1977).
            Self::Iqr => Some(1.5),
            // Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993.
            Self::Mad => Some(3.5),
            // Percent of change over the run.
            Self::Trend => Some(20.0),
        }
    }

    /// Whether a value exactly at the threshold is anomalous unless the rule says otherwise.
    pub fn default_inclusive(self) -> bool {
        self == Self::Trend
    }

    /// The parameters, for forms and sliders.
    pub fn params(self) -> &'static [ParamSpec] {
        match self {
            Self::Threshold => &[],
            Self::Zscore | Self::Mad => &[WINDOW, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
            Self::Iqr => &[
                WINDOW,
                MIN_SAMPLES,
                MIN_SPREAD_ABS,
                MIN_SPREAD_REL,
                QUARTILES,
            ],
            Self::Trend => &[TREND_WINDOW],
        }
    }

    /// The slider of the threshold: a range that fits most uses; a number box may leave it.
    pub fn threshold_param(self) -> ParamSpec {
        let (min, max, step, unit) = match self {
            Self::Threshold => (0.0, 100.0, 0.1, ""),
            Self::Zscore | Self::Mad => (0.5, 12.0, 0.05, "σ"),
            Self::Iqr => (0.5, 10.0, 0.05, "IQR"),
            Self::Trend => (1.0, 200.0, 1.0, "%"),
        };
        ParamSpec {
            name: "threshold",
            label: "Threshold",
            help: "Where the score is 1.0; anything over it is anomalous.",
            unit,
            kind: ParamKind::Number,
            min,
            max,
            step,
            default: self.default_threshold().unwrap_or(90.0),
        }
    }
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

const WINDOW: ParamSpec = ParamSpec {
    name: "window_samples",
    label: "Window",
    help: "How many past samples the baseline is made of.",
    unit: "samples",
    kind: ParamKind::Integer,
    min: 5.0,
    max: 100_000.0,
    step: 1.0,
    default: 240.0,
};
const MIN_SAMPLES: ParamSpec = ParamSpec {
    name: "min_samples",
    label: "Minimum history",
    help: "With fewer samples than this the detector is still learning.",
    unit: "samples",
    kind: ParamKind::Integer,
    min: 2.0,
    max: 100_000.0,
    step: 1.0,
    default: 10.0,
};
const MIN_SPREAD_ABS: ParamSpec = ParamSpec {
    name: "min_spread_abs",
    label: "Smallest spread",
    help: "The spread never counts as smaller than this, in the unit of the series; 0 keeps a constant series silent.",
    unit: "",
    kind: ParamKind::Number,
    min: 0.0,
    max: 1e12,
    step: 0.001,
    default: 1e-9,
};
const MIN_SPREAD_REL: ParamSpec = ParamSpec {
    name: "min_spread_rel",
    label: "Smallest relative spread",
    help: "The spread never counts as smaller than this share of the expected value.",
    unit: "",
    kind: ParamKind::Number,
    min: 0.0,
    max: 1.0,
    step: 0.001,
    default: 0.01,
};
const QUARTILES: ParamSpec = ParamSpec {
    name: "quartiles",
    label: "Quartiles",
    help: "Interpolated between samples, or the sample at a quarter of the sorted window.",
    unit: "",
    kind: ParamKind::Choice(&["interpolated", "index"]),
    min: 0.0,
    max: 1.0,
    step: 1.0,
    default: 0.0,
};
const TREND_WINDOW: ParamSpec = ParamSpec {
    name: "window_samples",
    label: "Run",
    help: "How many samples in a row, the newest included, must rise or fall.",
    unit: "samples",
    kind: ParamKind::Integer,
    min: 3.0,
    max: 1_000.0,
    step: 1.0,
    default: 5.0,
};

/// How quartiles are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Quartiles {
    /// Linear interpolation between order statistics (Hyndman and Fan's type 7).
    #[default]
    Interpolated,
    /// The samples at `n / 4` and `3 n / 4` of the sorted window.
    Index,
}

/// Parameters of a detector over a rolling window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RollingParams {
    /// Samples in the baseline.
    pub window_samples: u32,
    /// Samples before it scores.
    pub min_samples: u32,
    /// Least spread, absolute.
    pub min_spread_abs: f64,
    /// Least spread, relative to the expected value.
    pub min_spread_rel: f64,
}

impl Default for RollingParams {
    fn default() -> Self {
        Self {
            window_samples: WINDOW.default as u32,
            min_samples: MIN_SAMPLES.default as u32,
            min_spread_abs: MIN_SPREAD_ABS.default,
            min_spread_rel: MIN_SPREAD_REL.default,
        }
    }
}

/// Parameters of the trend detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TrendParams {
    /// Length of the run in samples, the newest included.
    pub window_samples: u32,
}

impl Default for TrendParams {
    fn default() -> Self {
        Self {
            window_samples: TREND_WINDOW.default as u32,
        }
    }
}

/// A detector with its parameters; the threshold is not among them, it lives in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DetectorSpec {
    /// See [`DetectorKind::Threshold`].
    Threshold,
    /// See [`DetectorKind::Zscore`].
    Zscore(RollingParams),
    /// See [`DetectorKind::Mad`].
    Mad(RollingParams),
    /// See [`DetectorKind::Iqr`].
    Iqr {
        /// Window and spread.
        #[serde(flatten)]
        rolling: RollingParams,
        /// How quartiles are taken.
        quartiles: Quartiles,
    },
    /// See [`DetectorKind::Trend`].
    Trend(TrendParams),
}

impl DetectorSpec {
    /// Which detector it is.
    pub fn kind(&self) -> DetectorKind {
        match self {
            Self::Threshold => DetectorKind::Threshold,
            Self::Zscore(_) => DetectorKind::Zscore,
            Self::Mad(_) => DetectorKind::Mad,
            Self::Iqr { .. } => DetectorKind::Iqr,
            Self::Trend(_) => DetectorKind::Trend,
        }
    }

    /// Samples of history that the detector looks at; none for a fixed limit.
    pub fn lookback_samples(&self) -> usize {
        match self {
            Self::Threshold => 0,
            Self::Zscore(rolling) | Self::Mad(rolling) | Self::Iqr { rolling, .. } => {
                rolling.window_samples as usize
            }
            Self::Trend(trend) => trend.window_samples as usize,
        }
    }

    /// Reads `{ kind: zscore, window_samples: 240 }`.
    pub(super) fn from_json(value: Value) -> Result<Self, FieldError> {
        let Value::Object(mut map) = value else {
            return Err(FieldError::new(
                "",
                "expected a detector such as { kind: zscore, window_samples: 240 }",
            ));
        };
        let kind = map
            .remove("kind")
            .ok_or_else(|| FieldError::new("kind", format!("missing; one of {}", kinds())))?;
        let kind: DetectorKind = serde_json::from_value(kind)
            .map_err(|_| FieldError::new("kind", format!("not a detector; one of {}", kinds())))?;
        check_params(kind, &map)?;
        let quartiles = map.remove("quartiles");
        let rest = Value::Object(map);
        let spec = match kind {
            DetectorKind::Threshold => Self::Threshold,
            DetectorKind::Zscore => Self::Zscore(from_json(rest)?),
            DetectorKind::Mad => Self::Mad(from_json(rest)?),
            DetectorKind::Iqr => {
                let quartiles = quartiles
                    .map(from_json)
                    .transpose()
                    .map_err(|error| error.under("quartiles"))?;
                Self::Iqr {
                    rolling: from_json(rest)?,
                    quartiles: quartiles.unwrap_or_default(),
                }
            }
            DetectorKind::Trend => Self::Trend(from_json(rest)?),
        };
        spec.check_together()
    }

    fn check_together(self) -> Result<Self, FieldError> {
        match self {
            Self::Zscore(rolling) | Self::Mad(rolling) | Self::Iqr { rolling, .. }
                if rolling.min_samples > rolling.window_samples =>
            {
                let message = format!(
                    "must not exceed window_samples ({})",
                    rolling.window_samples
                );
                Err(FieldError::new("min_samples", message))
            }
            _ => Ok(self),
        }
    }
}

fn kinds() -> String {
    DetectorKind::ALL.map(DetectorKind::as_str).join(", ")
}

/// Refuses unknown parameters and numbers out of the table's range.
fn check_params(kind: DetectorKind, map: &Map<String, Value>) -> Result<(), FieldError> {
    let known: Vec<&str> = kind.params().iter().map(|param| param.name).collect();
    for (name, value) in map {
        let Some(param) = kind.params().iter().find(|param| param.name == name) else {
            let message = if known.is_empty() {
                format!(
                    "`{}` has no parameter `{name}`; its limit is decision.threshold",
                    kind.as_str()
                )
            } else {
                unknown_key_message(name, &known)
            };
            return Err(FieldError::new(name, message));
        };
        let Some(number) = value.as_f64() else {
            continue;
        };
        if !(param.min..=param.max).contains(&number) {
            return Err(FieldError::new(
                name,
                format!("must lie between {} and {}", param.min, param.max),
            ));
        }
    }
    Ok(())
}
