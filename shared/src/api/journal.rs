//! The audit trail on the wire.

use serde::{Deserialize, Serialize};

/// Query of `GET /api/v1/journal`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct JournalQuery {
    /// Of this instant or later; `now-24h` unless given, and everything of an anomaly that is named.
    pub from: Option<String>,
    /// Before this instant; up to the newest unless given.
    pub to: Option<String>,
    /// Only of this anomaly.
    pub anomaly: Option<String>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only what this name has caused.
    pub actor: Option<String>,
    /// Only of these kinds; may be given several times.
    #[serde(default)]
    pub kind: Vec<String>,
    /// `oldest` (the default) or `newest` first.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub order: Option<JournalOrder>,
    /// Most items; 100 unless given, at most 1,000. JSON lines have no limit unless one is given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// In which order entries are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JournalOrder {
    /// As they were written.
    Oldest,
    /// The last one first.
    Newest,
}

/// Answer of `GET /api/v1/journal/chain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalChain {
    /// Whether each entry is as it was written, and none is missing.
    pub holds: bool,
    /// Position up to which entries were pruned by age; 0 when none was.
    pub anchor_seq: i64,
    /// Entries that were checked, where the chain holds.
    pub entries: i64,
    /// The first entry that does not fit, where it does not.
    pub broken_seq: Option<i64>,
}

/// One entry of the journal, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// Position in the journal; no holes.
    pub seq: i64,
    /// Nominal time of what happened.
    pub at_ms: i64,
    /// Real time at which it was written down.
    pub recorded_at_ms: i64,
    /// What happened: `opened`, `judged`, `command`, `page`, `rule_saved`, `mute_saved`, …
    pub kind: String,
    /// The rule it is about.
    pub rule_id: Option<String>,
    /// The anomaly it is about.
    pub anomaly_id: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// What the kind says: a transition, a command, a rule, …
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: serde_json::Value,
    /// Hash of the entry before, hexadecimal.
    pub prev_hash: String,
    /// Hash of this entry, over all that it says and the hash before.
    pub hash: String,
}
