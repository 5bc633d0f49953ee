//! `GET /api/v1/calendars/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{CalendarRecord, ErrorBody};

use super::told;
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Finds one calendar.
#[utoipa::path(get, path = "/api/v1/calendars/{id}", tag = "calendars", operation_id = "find_calendar",
    params(("id" = String, Path, description = "Id of the calendar")),
    responses((status = OK, body = CalendarRecord), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_calendar(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<impl IntoResponse> {
    let found = told(app.store.calendars().get(&id).await?);
    Ok((etag(i64::from(found.version)), Json(found)))
}
