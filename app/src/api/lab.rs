//! What the Lab asks for beside rules, sources and samples.

use hindcast_shared::api::{AssistAnswer, AssistRequest, FormatRequest, FormatResponse, LabStart};
use web_sys::AbortSignal;

use super::speak::{speak, speak_until};
use super::{ApiError, address, get, post, read};
use crate::json;

/// What the Lab begins with when its address says nothing, and the queries that it offers.
pub async fn find_lab() -> Result<LabStart, ApiError> {
    read(&get("lab", &[]).await?)
}

/// Lays a query out over lines, or says where it cannot be read.
pub async fn format_query(asked: &FormatRequest) -> Result<FormatResponse, ApiError> {
    read(&post("queries/format", Some(json::write(asked))).await?)
}

/// Proposals for a draft, each replayed; the server stops when it is broken off.
pub async fn assist(asked: &AssistRequest, stop: &AbortSignal) -> Result<AssistAnswer, ApiError> {
    let body = Some(json::write(asked));
    read(&speak_until("POST", &address("assist", &[]), body, stop).await?)
}

/// Keeps a table of samples at a source that takes them.
pub async fn upload(source: &str, csv: String) -> Result<(), ApiError> {
    let path = address("uploads", &[("source", source)]);
    speak("POST", &path, &[], Some(csv)).await.map(|_| ())
}
