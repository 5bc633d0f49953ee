//! `feedback:` links by which people say, without a login, whether an anomaly was right.

use hindcast_shared::error::FieldError;
use hindcast_shared::time::{DAY_MS, HOUR_MS, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Links by which people say, without a login, whether an anomaly was right; they need `http.public_url`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FeedbackConfig {
    /// Whether messages have such a link.
    pub(crate) links: bool,
    /// How long a link lives; 14d.
    pub(crate) expires: Millis,
}

impl Default for FeedbackConfig {
    fn default() -> Self {
        Self {
            links: true,
            expires: Millis::new(14 * DAY_MS),
        }
    }
}

impl FeedbackConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if (HOUR_MS..=400 * DAY_MS).contains(&self.expires.ms()) {
            return Ok(());
        }
        Err(FieldError::new("expires", "must lie between 1h and 400d"))
    }
}
