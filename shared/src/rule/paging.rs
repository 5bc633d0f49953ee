//! When a rule's pages are held back: while it flaps, when it has told enough, and while what it depends on is open.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::glob;
use crate::time::{DAY_MS, MINUTE_MS, Millis};

/// Most changes that flapping is counted from, and most pages that a limit counts: both are remembered.
const MOST_COUNTED: u32 = 100;

/// Most anomalies that a rule can depend on, as matchers.
const MOST_DEPENDENCIES: usize = 16;

/// What holds a rule's pages back; nothing unless given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Paging {
    /// What comes and goes is one anomaly, and pages when it settles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flap: Option<Flap>,
    /// At most so many pages in so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// Nobody is paged while one of these is open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Dependency>,
}

/// When an anomaly that comes and goes is flapping, and when it has settled: `{ changes: 6, within: 1h, settle: 15m }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Flap {
    /// So many beginnings and ends.
    pub changes: u32,
    /// In so long.
    pub within: Millis,
    /// So long without one, and it has settled; what comes back earlier is the same anomaly.
    pub settle: Millis,
}

/// Most pages of a rule: `{ pages: 5, within: 1h }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// So many.
    pub pages: u32,
    /// In so long.
    pub within: Millis,
}

/// Anomalies of other rules that explain this rule's: `{ rule: host-down, equal: [host] }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// Glob over rule ids; the rule itself is never meant.
    pub rule: String,
    /// Glob over series' text forms; any series unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Labels that both series must have alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equal: Vec<String>,
    /// So long a page waits for the other to speak first; 1m.
    #[serde(default = "one_minute")]
    pub wait: Millis,
}

fn one_minute() -> Millis {
    Millis::new(MINUTE_MS)
}

impl Paging {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let counted = |field: &str, count: u32, least: u32| {
            let message = format!("must lie between {least} and {MOST_COUNTED}");
            let fine = (least..=MOST_COUNTED).contains(&count);
            fine.then_some(())
                .ok_or_else(|| FieldError::new(field, message))
        };
        let lasting = |field: &str, length: Millis, least_ms: i64| {
            let fine = (least_ms..=DAY_MS).contains(&length.ms());
            let message = if least_ms == 0 {
                "must not exceed 1d"
            } else {
                "must lie between 1s and 1d"
            };
            fine.then_some(())
                .ok_or_else(|| FieldError::new(field, message))
        };
        if let Some(flap) = &self.flap {
            counted("flap.changes", flap.changes, 2)?;
            lasting("flap.within", flap.within, 1_000)?;
            lasting("flap.settle", flap.settle, 1_000)?;
        }
        if let Some(limit) = &self.limit {
            counted("limit.pages", limit.pages, 1)?;
            lasting("limit.within", limit.within, 1_000)?;
        }
        if self.depends_on.len() > MOST_DEPENDENCIES {
            let message = format!("must not be more than {MOST_DEPENDENCIES}");
            return Err(FieldError::new("depends_on", message));
        }
        for (index, one) in self.depends_on.iter().enumerate() {
            let at = format!("depends_on[{index}]");
            if one.rule.is_empty() {
                return Err(FieldError::new(format!("{at}.rule"), "must not be empty"));
            }
            lasting(&format!("{at}.wait"), one.wait, 0)?;
        }
        Ok(())
    }

    /// How far back what is remembered can reach.
    pub(super) fn memory_ms(&self) -> i64 {
        let flap = self
            .flap
            .map_or(0, |flap| flap.within.max(flap.settle).ms());
        let limit = self.limit.map_or(0, |limit| limit.within.ms());
        flap.max(limit)
    }

    /// Whether the rule depends on another one, in any of its series.
    pub fn names(&self, rule: &super::RuleId) -> bool {
        let named = |one: &Dependency| glob::matches(&one.rule, rule.as_str());
        self.depends_on.iter().any(named)
    }

    /// How long the first page of an anomaly waits for others to speak.
    pub(crate) fn wait_ms(&self) -> i64 {
        let waits = self.depends_on.iter().map(|one| one.wait.ms());
        waits.max().unwrap_or(0)
    }
}

impl Dependency {
    /// Whether an anomaly of another rule explains one of a series.
    pub(crate) fn explains(&self, rule: &str, series: &str, own: &str) -> bool {
        glob::matches(&self.rule, rule)
            && self
                .series
                .as_ref()
                .is_none_or(|glob| glob::matches(glob, series))
            && self.equal.iter().all(|name| {
                let theirs = label(series, name);
                theirs.is_some() && theirs == label(own, name)
            })
    }
}

/// The value of a label in a series' text form, escaped as it stands there.
fn label<'a>(series: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = series.split_once('{')?.1;
    loop {
        let (key, after) = rest.split_once("=\"")?;
        let mut escaped = false;
        let end = after.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        if key == name {
            return Some(&after[..end]);
        }
        rest = after[end + 1..].strip_prefix(',')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_when_values_hold_quotes_and_commas_then_is_found_whole() {
        let series = r#"up{a="x,b=\"y\"",b="z\\",c=""}"#;
        assert_eq!(label(series, "a"), Some(r#"x,b=\"y\""#));
        assert_eq!(label(series, "b"), Some(r"z\\"));
        assert_eq!(label(series, "c"), Some(""));
        assert_eq!(label(series, "d"), None);
        assert_eq!(label("up", "a"), None);
    }

    #[test]
    fn dependency_when_labels_must_be_equal_then_only_those_series_explain() {
        let on = Dependency {
            rule: "host-*".to_owned(),
            series: None,
            equal: vec!["host".to_owned()],
            wait: one_minute(),
        };
        assert!(on.explains("host-down", "up{host=\"a\"}", "load{host=\"a\",job=\"x\"}"));
        assert!(!on.explains("host-down", "up{host=\"b\"}", "load{host=\"a\"}"));
        assert!(!on.explains("host-down", "up", "load"), "neither has it");
        assert!(!on.explains("disk", "up{host=\"a\"}", "load{host=\"a\"}"));
    }
}
