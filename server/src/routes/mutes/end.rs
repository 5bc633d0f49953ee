//! `DELETE /api/v1/mutes/{id}`

use hindcast_shared::api::ErrorBody;
use http::{HeaderMap, StatusCode};

use super::change;
use crate::auth::Operator;
use crate::detection::MuteChange;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::seen_version;
use crate::state::AppState;

/// Ends a mute now; what it was stays, and can still be read.
#[utoipa::path(delete, path = "/api/v1/mutes/{id}", tag = "anomalies", operation_id = "end_mute",
    params(("id" = String, Path, description = "Id of the mute"), ("If-Match" = Option<String>, Header)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn end_mute(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let seen = seen_version(&headers)?;
    change(&app, caller, MuteChange::End { id, seen }).await?;
    Ok(StatusCode::NO_CONTENT)
}
