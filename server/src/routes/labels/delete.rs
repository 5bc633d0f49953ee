//! `DELETE /api/v1/labels/{id}`

use hindcast_shared::api::ErrorBody;
use http::{HeaderMap, StatusCode};

use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::seen_version;
use crate::state::AppState;

/// Takes a label back; its versions stay.
#[utoipa::path(delete, path = "/api/v1/labels/{id}", tag = "series", operation_id = "delete_label",
    params(("id" = String, Path, description = "Id of the label"), ("If-Match" = Option<String>, Header)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
        (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn delete_label(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let version = seen_version(&headers)?;
    let now_ms = app.clock.now_ms();
    app.store
        .labels()
        .delete(&id, version, &caller.name, now_ms)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
