//! `lab:` what the Lab begins with when its address says nothing, and the queries that it offers.

use hindcast_shared::api::LabQuery;
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::{Rule, RuleDraft};
use hindcast_shared::time::{Edge, Millis, UtcOffsets, parse_instant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Most queries that are offered.
const MOST_QUERIES: usize = 200;

/// What the Lab begins with when its address says nothing, and the queries that it offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LabConfig {
    /// Name of the source; with it, the Lab opens a new rule and not the first saved one.
    pub(crate) source: Option<String>,
    /// What is asked of it.
    pub(crate) query: Option<String>,
    /// Where the range begins; `now-7d`.
    pub(crate) range: Option<String>,
    /// Distance between samples; 60s.
    #[schema(value_type = Option<String>)]
    pub(crate) step: Option<Millis>,
    /// As in a rule: `{ kind: zscore, window_samples: 240 }`.
    #[schema(value_type = Option<Object>)]
    pub(crate) detector: Option<Value>,
    /// Queries that everybody finds in the Lab.
    pub(crate) queries: Vec<LabQuery>,
}

impl LabConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.source.is_none() {
            let others = [
                ("query", self.query.is_some()),
                ("step", self.step.is_some()),
                ("detector", self.detector.is_some()),
            ];
            if let Some((field, _)) = others.iter().find(|(_, given)| *given) {
                return Err(FieldError::new(*field, "needs a source beside it"));
            }
        }
        if let Some(range) = &self.range {
            parse_instant(range, 0, Edge::From, &UtcOffsets::utc())
                .map_err(|message| FieldError::new("range", message))?;
        }
        if let Some(mut draft) = self.draft_value() {
            // A rule needs a query, and the Lab can begin without one.
            if self.query.is_none() {
                draft["query"] = json!("up");
            }
            Rule::from_json(draft)?;
        }
        if self.queries.len() > MOST_QUERIES {
            let message = format!("must be at most {MOST_QUERIES}");
            return Err(FieldError::new("queries", message));
        }
        for (index, query) in self.queries.iter().enumerate() {
            if query.name.trim().is_empty() || query.query.trim().is_empty() {
                let message = "needs a name and a query";
                return Err(FieldError::new(format!("queries[{index}]"), message));
            }
        }
        Ok(())
    }

    /// The names of sources that stand in it, with their keys.
    pub(super) fn sources(&self) -> Vec<(String, &str)> {
        let first = self
            .source
            .as_deref()
            .map(|source| ("source".to_owned(), source));
        let others = self.queries.iter().enumerate();
        let others =
            others.map(|(index, one)| (format!("queries[{index}].source"), one.source.as_str()));
        first.into_iter().chain(others).collect()
    }

    fn draft_value(&self) -> Option<Value> {
        let source = self.source.as_ref()?;
        let mut draft = json!({
            "name": "New rule",
            "source": source,
            "query": self.query.clone().unwrap_or_default(),
            "detector": self.detector.clone().unwrap_or_else(|| json!({ "kind": "auto" })),
            "for": 3,
        });
        if let Some(step) = self.step {
            draft["step"] = json!(step.to_string());
        }
        Some(draft)
    }

    /// The rule to begin with.
    pub(crate) fn draft(&self) -> Option<RuleDraft> {
        serde_json::from_value(self.draft_value()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(value: Value) -> FieldError {
        let config: LabConfig = serde_json::from_value(value).expect("a section");
        config.check().expect_err("something is wrong")
    }

    #[test]
    fn lab_when_wrong_then_names_the_key() {
        assert_eq!(refused(json!({ "query": "x" })).field, "query");
        assert_eq!(refused(json!({ "range": "soon" })).field, "range");
        let wrong = json!({ "source": "demo", "query": "x", "detector": { "kind": "zscore", "window_samples": 0 } });
        assert_eq!(refused(wrong).field, "detector.window_samples");
        let nameless = json!({ "queries": [{ "name": " ", "source": "demo", "query": "x" }] });
        assert_eq!(refused(nameless).field, "queries[0]");
    }

    #[test]
    fn lab_when_it_names_a_source_then_begins_with_a_draft() {
        let config: LabConfig = serde_json::from_value(json!({
            "source": "demo", "query": "checkout", "step": "15s", "range": "now-2d", "detector": { "kind": "mad" }
        }))
        .expect("a section");
        config.check().expect("all is well");
        let draft = config.draft().expect("a draft");
        assert_eq!(
            (draft.source.as_str(), draft.step),
            ("demo", Millis::from_secs(15))
        );
        assert!(LabConfig::default().draft().is_none());
    }
}
