//! `GET /api/v1/openapi.json`

use axum::routing::{MethodRouter, get};
use http::header::CONTENT_TYPE;

/// Serves a description that was written once.
pub(crate) fn serve<S: Clone + Send + Sync + 'static>(
    description: &utoipa::openapi::OpenApi,
) -> MethodRouter<S> {
    let text = description.to_json().unwrap_or_default();
    get(async move || ([(CONTENT_TYPE, "application/json")], text.clone()))
}
