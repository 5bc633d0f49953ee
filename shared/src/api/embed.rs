//! What stands in the way of an embedded panel.

use serde::{Deserialize, Serialize};

/// Whether something stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmbedCheckState {
    /// No.
    Fine,
    /// It may.
    Warning,
    /// Yes.
    Blocked,
    /// It cannot be seen from here.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedCheck {
    /// `frame`, `scheme`, `cookies`, `token`, `base path`, `clock`.
    pub name: String,
    /// Whether it stands in the way.
    pub state: EmbedCheckState,
    /// What was seen, and what to do about it.
    pub detail: String,
}

/// Answer of `GET /embed/check.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmbedReport {
    /// The server's time.
    pub now_ms: i64,
    /// What was looked at.
    pub checks: Vec<EmbedCheck>,
}
