//! `mcp:` whether assistants may ask, by the Model Context Protocol.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether assistants may ask, by the Model Context Protocol at `/mcp`; they only read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct McpConfig {
    /// Whether they are answered.
    pub(crate) enabled: bool,
}

impl Default for McpConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}
