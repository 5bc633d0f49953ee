//! `GET /ready`: whether requests should be sent here.

use hindcast_shared::api::ErrorBody;

use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Answers `ready` while the store answers and no shutdown has begun.
#[utoipa::path(get, path = "/ready", tag = "operating", operation_id = "find_readiness",
    responses((status = OK, body = String), (status = SERVICE_UNAVAILABLE, body = ErrorBody)))]
pub(crate) async fn find_readiness(app: AppState) -> ApiResult<&'static str> {
    if app.lifecycle.soft().is_cancelled() {
        return Err(ApiError::unavailable("the server is shutting down"));
    }
    app.store.ping().await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        ApiError::unavailable("the store does not answer")
    })?;
    Ok("ready")
}
