//! Labels on the wire: what is known about a range of a series.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::glob;
use crate::series::SeriesKey;

/// Longest pattern: text forms of series are rarely longer.
const MAX_PATTERN_BYTES: usize = 1_000;

/// What a label says about its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Something was wrong.
    Incident,
    /// Nothing was wrong.
    Normal,
    /// To be left out of every baseline.
    Exclude,
}

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabelOrigin {
    /// Somebody drew it.
    User,
    /// Somebody judged an anomaly.
    Feedback,
    /// It came with the data.
    Import,
}

/// A label; it belongs to a series, never to a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelRecord {
    /// Identity.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// The series; none when a pattern names several.
    pub series_key: Option<SeriesKey>,
    /// Glob over the series' text form, in place of one series.
    pub pattern: Option<String>,
    /// First instant.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
    /// What it says.
    pub kind: LabelKind,
    /// Where it comes from.
    pub origin: LabelOrigin,
    /// Who made it.
    pub author: String,
    /// Counts up with every change.
    pub version: u32,
}

impl LabelRecord {
    /// Whether it is about the series with this key and text form.
    pub fn speaks_of(&self, key: SeriesKey, series: &str) -> bool {
        speaks_of((self.series_key, self.pattern.as_deref()), key, series)
    }
}

fn speaks_of(about: (Option<SeriesKey>, Option<&str>), key: SeriesKey, series: &str) -> bool {
    about.0 == Some(key)
        || about
            .1
            .is_some_and(|pattern| glob::matches(pattern, series))
}

impl From<&LabelRecord> for LabelDraft {
    /// What somebody would have to draw to get it.
    fn from(record: &LabelRecord) -> Self {
        Self {
            source: record.source.clone(),
            series_key: record.series_key,
            pattern: record.pattern.clone(),
            start_ms: record.start_ms,
            end_ms: record.end_ms,
            kind: record.kind,
        }
    }
}

/// A label as somebody draws it: one series, or all of a source that a pattern names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelDraft {
    /// Name of the source.
    pub source: String,
    /// The series, unless a pattern names several.
    #[serde(default)]
    pub series_key: Option<SeriesKey>,
    /// Glob over the series' text form, in place of one series.
    #[serde(default)]
    pub pattern: Option<String>,
    /// First instant.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
    /// What it says.
    pub kind: LabelKind,
}

impl LabelDraft {
    /// Whether it is about the series with this key and text form.
    pub fn speaks_of(&self, key: SeriesKey, series: &str) -> bool {
        speaks_of((self.series_key, self.pattern.as_deref()), key, series)
    }

    /// Whether it names what it is about, and a range that has an inside.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is wrong.
    pub fn check(&self) -> Result<(), FieldError> {
        match (&self.series_key, &self.pattern) {
            (Some(_), Some(_)) => Err(FieldError::new(
                "pattern",
                "is for several series; give either `series_key` or `pattern`",
            )),
            (None, None) => Err(FieldError::new(
                "series_key",
                "is missing; name one series by it, or several by `pattern`",
            )),
            (_, Some(pattern)) if pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES => {
                let message = format!("must have 1 to {MAX_PATTERN_BYTES} bytes");
                Err(FieldError::new("pattern", message))
            }
            _ if self.end_ms <= self.start_ms => Err(FieldError::new(
                "end_ms",
                "must be after `start_ms`: it is the first instant that is not labelled any more",
            )),
            _ => Ok(()),
        }
    }
}

/// One version of a label, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelVersion {
    /// Its number.
    pub version: u32,
    /// What it said.
    pub label: LabelDraft,
    /// When it was written.
    pub at_ms: i64,
    /// Who wrote it.
    pub actor: String,
    /// Whether the label was taken back with it.
    pub deleted: bool,
}

/// Query of `GET /api/v1/labels`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ListLabelsQuery {
    /// Overlapping this instant or later.
    pub from: String,
    /// Overlapping this instant or earlier.
    pub to: String,
    /// Name of the source.
    pub source: Option<String>,
    /// Key of the series.
    pub series_key: Option<String>,
}
