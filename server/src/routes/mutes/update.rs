//! `PUT /api/v1/mutes/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, MuteDraft, MuteRecord};
use http::HeaderMap;

use super::{change, checked_mute};
use crate::auth::Operator;
use crate::detection::MuteChange;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::routes::etag::{etag, seen_version};
use crate::state::AppState;

/// Writes the next version of a mute that is not over; without `start_ms` it began when it did.
#[utoipa::path(put, path = "/api/v1/mutes/{id}", tag = "anomalies", operation_id = "update_mute",
    params(("id" = String, Path, description = "Id of the mute"), ("If-Match" = Option<String>, Header)),
    request_body = MuteDraft,
    responses((status = OK, body = MuteRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn update_mute(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(mut draft): extract::Json<MuteDraft>,
) -> ApiResult<impl IntoResponse> {
    let seen = seen_version(&headers)?;
    let stored = app.store.mutes().get(&id).await?;
    draft.start_ms.get_or_insert(stored.start_ms);
    let draft = checked_mute(draft, app.clock.now_ms())?;
    let mute = change(&app, caller, MuteChange::Update { id, draft, seen }).await?;
    Ok((etag(i64::from(mute.version)), Json(mute)))
}
