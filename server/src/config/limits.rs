//! `limits:` how much one client may ask for.

use hindcast_shared::error::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much one client may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Lists a minute.
    pub(crate) list_per_minute: u32,
    /// `detect-and-notify` a minute.
    pub(crate) detect_per_minute: u32,
    /// Logins a minute.
    pub(crate) login_per_minute: u32,
    /// Openings and answers of links for feedback a minute.
    pub(crate) feedback_per_minute: u32,
    /// Largest body in MiB.
    pub(crate) body_mib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list_per_minute: 100,
            detect_per_minute: 10,
            login_per_minute: 20,
            feedback_per_minute: 60,
            body_mib: 8,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let least = [
            ("list_per_minute", self.list_per_minute),
            ("detect_per_minute", self.detect_per_minute),
            ("login_per_minute", self.login_per_minute),
            ("feedback_per_minute", self.feedback_per_minute),
            ("body_mib", self.body_mib),
        ];
        match least.iter().find(|(_, limit)| *limit == 0) {
            Some((field, _)) => Err(FieldError::new(*field, "must be at least 1")),
            None if self.body_mib > 1_024 => {
                Err(FieldError::new("body_mib", "must not exceed 1024"))
            }
            None => Ok(()),
        }
    }
}
