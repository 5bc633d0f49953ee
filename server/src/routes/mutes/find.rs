//! `GET /api/v1/mutes/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, MuteRecord};

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Finds one mute, also one that is over.
#[utoipa::path(get, path = "/api/v1/mutes/{id}", tag = "anomalies", operation_id = "find_mute",
    params(("id" = String, Path, description = "Id of the mute")),
    responses((status = OK, body = MuteRecord), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_mute(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<impl IntoResponse> {
    let mute = app.store.mutes().get(&id).await?;
    Ok((etag(i64::from(mute.version)), Json(mute)))
}
