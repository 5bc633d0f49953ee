//! What this server is, what it allows, and which detectors it has.

use serde::{Deserialize, Serialize};

use crate::detector::ParamSpec;

/// Answer of `GET /api/v1/buildinfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildInfo {
    /// Version of the product.
    pub version: String,
    /// Id of the build; a page of another build asks to be loaded again.
    pub build: String,
    /// Version of the API: the first part of its paths.
    pub api: String,
    /// When the server started.
    pub started_at_ms: i64,
}

/// Answer of `GET /api/v1/limits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitsRecord {
    /// Lists that one client may ask for in a minute.
    pub list_per_minute: u32,
    /// Runs of `detect-and-notify` in a minute.
    pub detect_per_minute: u32,
    /// Logins in a minute.
    pub login_per_minute: u32,
    /// Openings and answers of links for feedback in a minute.
    pub feedback_per_minute: u32,
    /// Largest body in MiB.
    pub body_mib: u32,
    /// Most series that one query may return.
    pub series_per_query: u32,
    /// Most samples of one series that one query may ask for.
    pub samples_per_series: u64,
}

/// A detector: what a form for it needs to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DetectorRecord {
    /// The word in a rule.
    pub kind: String,
    /// The name for people.
    pub title: String,
    /// What it finds.
    pub help: String,
    /// What it is one of.
    pub family: String,
    /// The slider of its threshold.
    pub threshold: ParamSpec,
    /// The threshold where a rule names none; none where every rule must name one.
    pub default_threshold: Option<f64>,
    /// Whether it judges all series of a query together.
    pub is_group: bool,
    /// Its own parameters.
    pub params: Vec<ParamSpec>,
}
