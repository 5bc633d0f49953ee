//! `PUT /api/v1/labels/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, LabelDraft, LabelRecord};
use http::HeaderMap;

use super::checked_label;
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::routes::etag::{etag, seen_version};
use crate::state::AppState;

/// Writes the next version of a label.
#[utoipa::path(put, path = "/api/v1/labels/{id}", tag = "series", operation_id = "update_label",
    params(("id" = String, Path, description = "Id of the label"), ("If-Match" = Option<String>, Header)),
    request_body = LabelDraft,
    responses((status = OK, body = LabelRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = PRECONDITION_FAILED, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn update_label(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(draft): extract::Json<LabelDraft>,
) -> ApiResult<impl IntoResponse> {
    let version = seen_version(&headers)?;
    let draft = checked_label(&app, draft)?;
    let now_ms = app.clock.now_ms();
    let labels = app.store.labels();
    let label = labels
        .update(&id, draft, version, &caller.name, now_ms)
        .await?;
    Ok((etag(i64::from(label.version)), Json(label)))
}
