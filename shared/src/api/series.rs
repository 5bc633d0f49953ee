//! Series on the wire: JSON columns, and the query for both JSON and binary ones (see [`super::columns`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::map::Map;
use crate::series::{Labels, Series, SeriesKey};
use crate::time::{TimeRange, UtcOffsets};

/// Query of `GET /api/v1/series`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct SeriesQuery {
    /// Name of the source.
    pub source: Option<String>,
    /// `PromQL` or selector.
    pub query: Option<String>,
    /// A rule in place of source, query and step: its stored points where it was live, the source elsewhere.
    pub rule: Option<String>,
    /// Beginning, in the grammar of times.
    pub from: String,
    /// End.
    pub to: String,
    /// Distance between samples; 60s unless given.
    pub step: Option<String>,
    /// Reduce to this many pixel columns (for drawing only); raw when left out.
    pub px: Option<u32>,
    /// Name of a time zone for `now/d` and for the table of offsets; UTC unless given.
    pub tz: Option<String>,
}

/// Answer as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesResponse {
    /// What was asked for, resolved.
    pub range: TimeRange,
    /// The series.
    pub series: Vec<SeriesColumns>,
    /// What is allowed but probably not meant, such as a raw counter.
    pub warnings: Vec<String>,
    /// Offsets of the zone over the range.
    pub offsets: UtcOffsets,
    /// What labels take out of a series, by its key: neither learned nor judged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, Vec<TimeRange>>))]
    pub excluded: Map<SeriesKey, Vec<TimeRange>>,
    /// Head of the journal when this was read.
    pub as_of_seq: i64,
}

/// One series as columns; `times_ms` is left out when the grid is regular.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesColumns {
    /// Identity.
    pub series_key: SeriesKey,
    /// Text form.
    pub series: String,
    /// Labels.
    pub labels: Labels,
    /// Unit.
    pub unit: String,
    /// Instant of the first value.
    pub start_ms: i64,
    /// Distance between values; between grid instants when reduced.
    pub step_ms: i64,
    /// Values; null in a gap.
    pub values: Vec<Option<f64>>,
    /// Instants, where the values were reduced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times_ms: Option<Vec<i64>>,
}

impl SeriesColumns {
    /// Raw columns of a series.
    pub fn raw(key: SeriesKey, series: &Series) -> Self {
        Self {
            series_key: key,
            series: series.labels.to_string(),
            labels: series.labels.clone(),
            unit: series.unit.clone(),
            start_ms: series.start_ms,
            step_ms: series.step_ms,
            values: series
                .values
                .iter()
                .map(|value| value.is_finite().then_some(*value))
                .collect(),
            times_ms: None,
        }
    }
}

/// Body of `POST /api/v1/samples`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// Name of a source of kind `push`; the only one unless given.
    #[serde(default)]
    pub source: Option<String>,
    /// The samples; at most 50,000.
    pub samples: Vec<PushSample>,
}

/// One pushed sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushSample {
    /// Name of the metric.
    pub name: String,
    /// Further labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// When; now unless given.
    #[serde(default)]
    pub at_ms: Option<i64>,
    /// The value; finite.
    pub value: f64,
}

/// Answer of `POST /api/v1/samples`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushResponse {
    /// Samples kept.
    pub accepted: u32,
    /// Samples for instants that had been evaluated before; kept beside, never evaluated.
    pub late: u32,
}
