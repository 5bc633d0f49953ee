//! Sources and how they are.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Where series come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A server that speaks the Prometheus query API.
    Prometheus,
    /// This machine.
    Host,
    /// Made-up services with labelled incidents.
    Demo,
    /// A file or an upload.
    Csv,
    /// Samples that others send.
    Push,
    /// The scores of full models.
    Model,
}

/// Whether a source answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SourceState {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Up {
        /// Since when.
        since_ms: i64,
    },
    /// It does not.
    Down {
        /// Since when.
        since_ms: i64,
        /// Why, in its own words where it has any.
        why: String,
    },
}

/// A configured source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceRecord {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SourceKind,
    /// How it is.
    #[serde(flatten)]
    pub state: SourceState,
    /// When it last answered.
    pub last_ok_ms: Option<i64>,
    /// Selectors or queries that it suggests, for pickers.
    pub suggestions: Vec<String>,
}

// Read by hand, because the browser reads it: see `Page`.
impl<'de> Deserialize<'de> for SourceRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum StateTag {
            Unknown,
            Up,
            Down,
        }
        #[derive(Deserialize)]
        struct Flat {
            name: String,
            kind: SourceKind,
            state: StateTag,
            since_ms: Option<i64>,
            why: Option<String>,
            last_ok_ms: Option<i64>,
            suggestions: Vec<String>,
        }
        let flat = Flat::deserialize(deserializer)?;
        let since_ms = || {
            flat.since_ms
                .ok_or_else(|| D::Error::missing_field("since_ms"))
        };
        let state = match flat.state {
            StateTag::Unknown => SourceState::Unknown,
            StateTag::Up => SourceState::Up {
                since_ms: since_ms()?,
            },
            StateTag::Down => SourceState::Down {
                since_ms: since_ms()?,
                why: flat.why.ok_or_else(|| D::Error::missing_field("why"))?,
            },
        };
        Ok(Self {
            name: flat.name,
            kind: flat.kind,
            state,
            last_ok_ms: flat.last_ok_ms,
            suggestions: flat.suggestions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_when_written_then_reads_back() {
        let states = [
            SourceState::Unknown,
            SourceState::Up { since_ms: 1 },
            SourceState::Down {
                since_ms: 2,
                why: "refused".to_owned(),
            },
        ];
        for state in states {
            let source = SourceRecord {
                name: "demo".to_owned(),
                kind: SourceKind::Demo,
                state,
                last_ok_ms: None,
                suggestions: vec!["checkout".to_owned()],
            };
            let text = serde_json::to_string(&source).expect("a record");
            assert_eq!(
                serde_json::from_str::<SourceRecord>(&text).expect("a record"),
                source
            );
        }
        let down = r#"{"name":"n","kind":"demo","state":"down","since_ms":1,"last_ok_ms":null,"suggestions":[]}"#;
        let error = serde_json::from_str::<SourceRecord>(down).expect_err("nobody says why");
        assert!(error.to_string().contains("`why`"), "{error}");
    }
}
