//! Queries, written so that people can read them.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/v1/queries/format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FormatRequest {
    /// Name of the source that is asked; it says which language the query is in.
    pub source: String,
    /// The query; at most 16 KiB.
    pub query: String,
}

/// Answer of `POST /api/v1/queries/format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormatResponse {
    /// The same query over as many lines as it needs; none where it cannot be read.
    pub query: Option<String>,
    /// Why it cannot be read.
    pub problem: Option<QueryProblem>,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryProblem {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}
