//! `embed:` who may frame the panels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::values::Origin;

/// Who may frame the panels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Embed {
    /// Origins of pages that may show `/embed/…` in a frame; none unless given.
    pub(crate) allowed_origins: Vec<Origin>,
}
