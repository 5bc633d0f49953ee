//! Passes on the wire: links that show one panel, and walls that nobody logs in to.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/v1/capabilities`: a link that shows one panel and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CapabilityRequest {
    /// Where it is used, for people; 1 to 64 characters.
    pub name: String,
    /// The rule whose panel it shows.
    pub rule: String,
    /// Text form of the only series that it shows; all of the rule unless given.
    #[serde(default)]
    pub series: Option<String>,
    /// When it ends; in 90 days unless given, at most in 400.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
}

/// A link that shows one panel, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CapabilityRecord {
    /// Identity.
    pub id: String,
    /// Where it is used.
    pub name: String,
    /// The rule whose panel it shows.
    pub rule: String,
    /// The only series that it shows.
    pub series: Option<String>,
    /// When it was made.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it ends.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When it was last used, to the minute.
    pub last_seen_ms: Option<i64>,
}

/// Answer of `POST /api/v1/capabilities`. Addresses are relative to where the product is served.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedCapability {
    /// The secret; it is not shown again.
    pub token: String,
    /// The panel as a picture, without a script.
    pub svg: String,
    /// The panel as a page, without a script.
    pub html: String,
    /// The live panel; the secret stands in the fragment, which no server sees.
    pub page: String,
    /// What is kept of it.
    pub capability: CapabilityRecord,
}

impl std::fmt::Debug for CreatedCapability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedCapability")
            .field("capability", &self.capability)
            .finish_non_exhaustive()
    }
}

/// Body of `POST /api/v1/kiosks`: lets a wall in, or makes a token for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KioskRequest {
    /// The code that the wall shows; without one a token is made and answered.
    #[serde(default)]
    pub code: Option<String>,
    /// Where the wall hangs; 1 to 64 characters.
    pub name: String,
    /// What it may show: `overview`, `rule:checkout-latency`; `overview` unless given.
    ///
    /// A wall with nothing but `rule:` pages reads those rules and nothing else.
    #[serde(default)]
    pub pages: Vec<String>,
    /// When it ends; never unless given.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
}

/// A wall, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KioskRecord {
    /// Identity.
    pub id: String,
    /// Where it hangs.
    pub name: String,
    /// What it may show.
    pub pages: Vec<String>,
    /// When it was let in.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it ends; none for never.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When it was last seen, to the minute.
    pub last_seen_ms: Option<i64>,
}

/// Answer of `POST /api/v1/kiosks`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedKiosk {
    /// The secret, for `/kiosk#token=…`; it is not shown again. None for a wall that showed a code: it has its own.
    pub token: Option<String>,
    /// What is kept of it.
    pub kiosk: KioskRecord,
}

impl std::fmt::Debug for CreatedKiosk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedKiosk")
            .field("kiosk", &self.kiosk)
            .finish_non_exhaustive()
    }
}

/// Answer of `POST /api/v1/pairings`: what a wall shows, and what it keeps.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pairing {
    /// What the wall shows, such as `K7PQ-4XDM`.
    pub code: String,
    /// What the wall keeps: worth nothing until somebody has let it in, and the wall's token from then on.
    pub token: String,
    /// When the code ends.
    pub expires_at_ms: i64,
    /// How long to wait between two looks at `GET /api/v1/pairings/me`.
    pub poll_ms: i64,
}

impl std::fmt::Debug for Pairing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pairing")
            .field("expires_at_ms", &self.expires_at_ms)
            .finish_non_exhaustive()
    }
}

/// Whether somebody has let a wall in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PairingStatus {
    /// Not yet.
    Waiting,
    /// Yes: the token is in force.
    Paired,
    /// The code has ended, or the wall was put out again: begin anew.
    Over,
}

/// Answer of `GET /api/v1/pairings/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingState {
    /// Whether somebody has let the wall in.
    pub status: PairingStatus,
    /// Where the wall hangs, once it is in.
    pub name: Option<String>,
    /// What it may show, once it is in.
    pub pages: Vec<String>,
}
