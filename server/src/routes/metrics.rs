//! `GET /metrics`, for Prometheus.

use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// What is measured, as OpenMetrics text.
#[utoipa::path(get, path = "/metrics", tag = "operating", operation_id = "list_metrics",
    responses((status = OK, body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn list_metrics(app: AppState, _: Viewer) -> ApiResult<impl IntoResponse> {
    let text = app.metrics.text().map_err(ApiError::internal)?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, media_type)], text))
}
