//! What Grafana reads: annotations as flat rows, and the protocol of its simple JSON data sources.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Query of `GET /grafana/annotations.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct GrafanaQuery {
    /// Overlapping this instant or later; `now-24h` unless given.
    pub from: Option<String>,
    /// Overlapping this instant or earlier; `now` unless given.
    pub to: Option<String>,
    /// Only anomalies with all of these, by comma or by repetition: `critical`, `rule:checkout`, `team:payments`.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// An anomaly as an annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaAnnotation {
    /// Identity of the anomaly.
    pub id: String,
    /// When it began, in milliseconds.
    pub time: i64,
    /// When it ended, in milliseconds; now while it goes on.
    #[serde(rename = "timeEnd")]
    pub time_end: i64,
    /// Title in words.
    pub title: String,
    /// Reason in words.
    pub text: String,
    /// `hindcast`, severity, status, `rule:…` and labels.
    pub tags: Vec<String>,
}

/// A range as Grafana sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaRange {
    /// Beginning, in RFC 3339.
    pub from: String,
    /// End, in RFC 3339.
    pub to: String,
}

/// Body of `POST /grafana/annotations`; what else Grafana sends is passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaAnnotationRequest {
    /// What is shown.
    pub range: GrafanaRange,
    /// What the author of the dashboard wrote; its `query` holds tags by comma.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub annotation: Value,
}

/// Body of `POST /grafana/query`; what else Grafana sends is passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaSeriesRequest {
    /// What is shown.
    pub range: GrafanaRange,
    /// What is asked for.
    pub targets: Vec<GrafanaTarget>,
    /// How many points fit.
    #[serde(default, rename = "maxDataPoints")]
    pub max_data_points: Option<u32>,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaTarget {
    /// Id of a rule.
    #[serde(default)]
    pub target: String,
}

/// A series as Grafana reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrafanaSeries {
    /// Text form of the series.
    pub target: String,
    /// Value (null in a gap) and time in milliseconds.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<f64>>))]
    pub datapoints: Vec<(Option<f64>, i64)>,
}
