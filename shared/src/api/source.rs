//! Sources and how they are.

use serde::{Deserialize, Serialize};

/// Where series come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A server that speaks the Prometheus query API.
    Prometheus,
    /// This machine.
    Host,
    /// Made-up services with labelled incidents.
    Demo,
    /// A file or an upload.
    Csv,
    /// Samples that others send.
    Push,
}

/// Whether a source answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SourceState {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Up {
        /// Since when.
        since_ms: i64,
    },
    /// It does not.
    Down {
        /// Since when.
        since_ms: i64,
        /// Why, in its own words where it has any.
        why: String,
    },
}

/// A configured source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceRecord {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SourceKind,
    /// How it is.
    #[serde(flatten)]
    pub state: SourceState,
    /// When it last answered.
    pub last_ok_ms: Option<i64>,
    /// Selectors or queries that it suggests, for pickers.
    pub suggestions: Vec<String>,
}
