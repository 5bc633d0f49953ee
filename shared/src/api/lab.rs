//! What the Lab begins with.

use serde::{Deserialize, Serialize};

use crate::rule::RuleDraft;

/// A query that everybody finds in the Lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LabQuery {
    /// What it is called.
    pub name: String,
    /// Name of the source.
    pub source: String,
    /// What is asked of it.
    pub query: String,
}

/// Answer of `GET /api/v1/lab`: the section `lab` of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabStart {
    /// The rule that it opens when its address names none; none where nothing is configured.
    pub draft: Option<RuleDraft>,
    /// Where the range begins then, in the grammar of times; none where nothing is configured.
    pub range: Option<String>,
    /// Queries that it offers.
    pub queries: Vec<LabQuery>,
}
