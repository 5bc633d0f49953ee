//! `DELETE /api/v1/calendars/{id}`

use hindcast_shared::api::ErrorBody;
use http::{HeaderMap, StatusCode};

use super::change;
use crate::auth::Operator;
use crate::detection::CalendarDeed;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::seen_version;
use crate::state::AppState;

/// Takes a calendar back; replays still know when it held.
#[utoipa::path(delete, path = "/api/v1/calendars/{id}", tag = "calendars", operation_id = "delete_calendar",
    params(("id" = String, Path, description = "Id of the calendar"), ("If-Match" = Option<String>, Header)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn delete_calendar(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let seen = seen_version(&headers)?;
    change(&app, caller, CalendarDeed::Delete { id, seen }).await?;
    Ok(StatusCode::NO_CONTENT)
}
