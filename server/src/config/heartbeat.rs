//! `heartbeat:` whom to tell, again and again, that the server lives.

use hindcast_shared::error::FieldError;
use hindcast_shared::time::{MINUTE_MS, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::values::Secret;

/// An address that is called as long as the server works: whoever listens there raises the alarm when it falls silent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Heartbeat {
    /// Address that is asked by GET, such as `https://hc-ping.com/…`; it is a secret, because whoever knows it can feign
    /// that all is well. Nobody is called unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<Secret>,
    /// How often; 1m.
    pub(crate) every: Millis,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            url: None,
            every: Millis::new(MINUTE_MS),
        }
    }
}

impl Heartbeat {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if let Some(url) = &self.url {
            let read = reqwest::Url::parse(url.reveal());
            let fine = read.is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !fine {
                // The address itself must not be told.
                let message = "must be an address that begins with http:// or https://";
                return Err(FieldError::new("url", message));
            }
        }
        if !(5_000..=60 * MINUTE_MS).contains(&self.every.ms()) {
            return Err(FieldError::new("every", "must lie between 5s and 1h"));
        }
        Ok(())
    }
}
