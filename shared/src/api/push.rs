//! Browsers that are told of anomalies, on the wire.

use serde::{Deserialize, Serialize};

/// The browsers that are told, and what one needs to become one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushDevices {
    /// The server's public key, for the push service: an uncompressed point of P-256 in base64url.
    pub key: String,
    /// Names of the routes that tell browsers; without one nobody is told.
    pub routes: Vec<String>,
    /// The browsers, oldest first.
    pub items: Vec<PushDevice>,
}

/// A browser that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushDevice {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who has asked for it.
    pub owner: String,
    /// Since when.
    pub created_at_ms: i64,
    /// When a message last reached its push service.
    pub last_sent_ms: Option<i64>,
    /// Why the last one did not, if it did not.
    pub error: Option<String>,
}

/// A browser as it asks to be told: what its push service has given it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushDraft {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Its public key, in base64url.
    pub p256dh: String,
    /// The secret that it shares, 16 bytes in base64url.
    pub auth: String,
    /// What people call it; at most 80 characters are kept.
    #[serde(default)]
    pub name: String,
}

/// Answer of `POST /api/v1/push-devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushTaken {
    /// Id of the browser.
    pub id: String,
}
