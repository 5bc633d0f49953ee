//! What the Lab asks for beside rules, sources and samples.

use hindcast_shared::api::{FormatRequest, FormatResponse, LabStart};

use super::{ApiError, get, post, read};
use crate::json;

/// What the Lab begins with when its address says nothing, and the queries that it offers.
pub async fn find_lab() -> Result<LabStart, ApiError> {
    read(&get("lab", &[]).await?)
}

/// Lays a query out over lines, or says where it cannot be read.
pub async fn format_query(asked: &FormatRequest) -> Result<FormatResponse, ApiError> {
    read(&post("queries/format", Some(json::write(asked))).await?)
}
