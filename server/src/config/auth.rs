//! `auth:` who may come in.

use std::path::PathBuf;

use hindcast_shared::error::FieldError;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::values::Origin;

/// Who may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthConfig {
    /// File with one key a line: `name:role:created:key`, where the last part may be `sha256=…`.
    #[schema(value_type = Option<String>)]
    pub(crate) keys_file: Option<PathBuf>,
    /// Other origins whose pages may read the API.
    pub(crate) cors_origins: Vec<Origin>,
    /// Names under which it may be asked for while no key is configured, beside those of loopback.
    pub(crate) allowed_hosts: Vec<String>,
    /// How long a login lasts.
    pub(crate) session_ttl: Millis,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            keys_file: None,
            cors_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            session_ttl: Millis::from_secs(7 * 86_400),
        }
    }
}

impl AuthConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.session_ttl < Millis::from_secs(60) {
            return Err(FieldError::new("session_ttl", "must be at least 1m"));
        }
        Ok(())
    }
}
