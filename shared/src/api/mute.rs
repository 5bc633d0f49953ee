//! Mutes on the wire: ranges of time in which matching anomalies page nobody.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::rule::Severity;

/// Longest pattern: text forms of series are rarely longer.
const MAX_PATTERN_BYTES: usize = 1_000;

/// Longest comment, in characters.
const MAX_COMMENT_CHARS: usize = 4_000;

/// A mute as somebody makes it: of rules, of series, or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MuteDraft {
    /// Glob over rule ids; any rule unless given.
    #[serde(default)]
    pub rule: Option<String>,
    /// Glob over series' text forms; any series unless given.
    #[serde(default)]
    pub series: Option<String>,
    /// A worse anomaly pages all the same; `critical`, which is all, unless given.
    #[serde(default)]
    pub max_severity: Option<Severity>,
    /// First instant; now unless given. A mute never holds before it is saved.
    #[serde(default)]
    pub start_ms: Option<i64>,
    /// First instant after it.
    pub end_ms: i64,
    /// Why; 1 to 4,000 characters.
    pub comment: String,
}

impl MuteDraft {
    /// Whether it says what it mutes, why, and until when.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is wrong.
    pub fn check(&self, now_ms: i64) -> Result<(), FieldError> {
        if self.rule.is_none() && self.series.is_none() {
            let message =
                "is missing; name rules here or series by `series`, and everything by `*`";
            return Err(FieldError::new("rule", message));
        }
        for (field, pattern) in [("rule", &self.rule), ("series", &self.series)] {
            let refused =
                |pattern: &String| pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES;
            if pattern.as_ref().is_some_and(refused) {
                let message = format!("must have 1 to {MAX_PATTERN_BYTES} bytes");
                return Err(FieldError::new(field, message));
            }
        }
        if self.end_ms <= self.start_ms.unwrap_or(now_ms) {
            let message =
                "must be after `start_ms`: it is the first instant that is not muted any more";
            return Err(FieldError::new("end_ms", message));
        }
        if self.end_ms <= now_ms {
            return Err(FieldError::new("end_ms", "is over already"));
        }
        let characters = self.comment.trim().chars().count();
        if characters == 0 || characters > MAX_COMMENT_CHARS {
            let message = format!("must have 1 to {MAX_COMMENT_CHARS} characters");
            return Err(FieldError::new("comment", message));
        }
        Ok(())
    }
}

/// A mute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MuteRecord {
    /// Identity.
    pub id: String,
    /// Glob over rule ids.
    pub rule: String,
    /// Glob over series' text forms.
    pub series: String,
    /// A worse anomaly pages all the same.
    pub max_severity: Severity,
    /// First instant.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
    /// When somebody ended it before its time.
    pub ended_at_ms: Option<i64>,
    /// Why.
    pub comment: String,
    /// Who wrote this version.
    pub author: String,
    /// Counts up with every change; also the `ETag`.
    pub version: u32,
    /// When this version was written; it holds from then on.
    pub updated_at_ms: i64,
}

/// Query of `GET /api/v1/mutes`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ListMutesQuery {
    /// Overlapping this instant or later; `now` unless given, which leaves out those that are over.
    pub from: Option<String>,
    /// Overlapping this instant or earlier; without it also those that are yet to come.
    pub to: Option<String>,
}
