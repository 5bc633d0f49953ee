//! Labels on the wire: what is known about a range of a series.

use serde::{Deserialize, Serialize};

use crate::series::SeriesKey;

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
