//! Stretches of time in which matching anomalies tell nobody.

use serde::{Deserialize, Serialize};

use super::Pager;
use super::blocked::Who;
use crate::glob;
use crate::rule::{RuleId, Severity};
use crate::time::TimeRange;

/// A stretch of time in which matching anomalies tell nobody: a mute as long as one version of it was in force.
///
/// It begins after it was saved and ends where the next version begins, so that whoever folds the stretches of a
/// mute, at whatever time, decides alike about the same nominal instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mute {
    /// Identity of the mute.
    pub id: String,
    /// Glob over rule ids.
    pub rule: String,
    /// Glob over series' text forms.
    pub series: String,
    /// A worse anomaly tells all the same.
    pub max_severity: Severity,
    /// Nominal instants at which it holds.
    pub range: TimeRange,
}

impl Mute {
    fn covers(&self, who: &Who<'_>, rule: &RuleId, at_ms: i64) -> bool {
        self.range.contains(at_ms)
            && who.severity <= self.max_severity
            && glob::matches(&self.rule, rule.as_str())
            && glob::matches(&self.series, who.series)
    }
}

impl Pager {
    /// The first mute that covers an anomaly of a rule.
    pub(super) fn mute_of(&self, who: &Who<'_>, rule: &RuleId, at_ms: i64) -> Option<&Mute> {
        self.mutes.iter().find(|mute| mute.covers(who, rule, at_ms))
    }
}
