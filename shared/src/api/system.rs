//! Lists, health, and who is asking.

use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
    /// Head of the journal when the list was read: open a stream with `since` at it, and nothing falls between.
    pub as_of_seq: i64,
}

/// What a caller may do; each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look at one embedded panel.
    Embed,
    /// Look.
    Viewer,
    /// Act on anomalies and rules.
    Operator,
    /// Everything.
    Admin,
}

/// Answer of `GET /api/v1/sessions/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Name of the key, or `anonymous` when none is configured.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether keys are configured at all.
    pub auth_required: bool,
    /// Id of the build.
    pub build: String,
    /// Version of the product.
    pub version: String,
    /// The server's time.
    pub now_ms: i64,
    /// How many times as fast as the real time the server's clock runs; more than 1 in development only.
    #[serde(default = "real_time")]
    pub time_scale: u32,
    /// What a wall may show; empty for everybody else.
    #[serde(default)]
    pub pages: Vec<String>,
    /// The rules that a pass shows; empty for who may see all.
    #[serde(default)]
    pub rules: Vec<String>,
}

fn real_time() -> u32 {
    1
}

/// Body of `POST /api/v1/sessions`: turns a key into a cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// The key.
    pub key: String,
}

impl std::fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionRequest { key: *** }")
    }
}

/// Answer of `POST /api/v1/stream-tickets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamTicket {
    /// Give this as `ticket` to `/api/v1/stream`, any number of times while it lives.
    pub ticket: String,
    /// Until when.
    pub expires_at_ms: i64,
}

/// Answer of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`, or `degraded` when a check is not.
    pub status: String,
    /// Version of the product.
    pub version: String,
    /// Id of the build.
    pub build: String,
    /// Seconds since start.
    pub uptime_s: i64,
    /// How many times as fast as the real time the server's clock runs; more than 1 in development only.
    #[serde(default = "real_time")]
    pub time_scale: u32,
    /// Identity of the store.
    pub store_id: String,
    /// Head of the journal.
    pub head: i64,
    /// What was looked at.
    pub checks: Vec<HealthCheck>,
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthCheck {
    /// What was looked at: `store`, `source prom`, `rule checkout-latency`.
    pub name: String,
    /// Whether it is fine.
    pub ok: bool,
    /// What to know.
    pub detail: String,
}

/// An API key of the store, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRecord {
    /// Identity.
    pub id: String,
    /// What or whom it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When it was last used, to the minute.
    pub last_seen_ms: Option<i64>,
}

/// Body of `POST /api/v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What or whom it is for; 1 to 64 characters, not taken.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Answer of `POST /api/v1/tokens`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The key itself; it is not shown again.
    pub key: String,
    /// What is kept of it.
    pub token: TokenRecord,
}

impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
