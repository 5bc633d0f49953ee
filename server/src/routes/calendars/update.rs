//! `PUT /api/v1/calendars/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{CalendarDraft, CalendarRecord, ErrorBody};
use http::HeaderMap;

use super::{change, checked_calendar, refused, told};
use crate::auth::Operator;
use crate::detection::{CalendarChanged, CalendarDeed};
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::routes::etag::{etag, seen_version};
use crate::state::AppState;

/// Writes the next version of a calendar; it holds from now on, and what it said before stays for replays.
#[utoipa::path(put, path = "/api/v1/calendars/{id}", tag = "calendars", operation_id = "update_calendar",
    params(("id" = String, Path, description = "Id of the calendar"), ("If-Match" = Option<String>, Header)),
    request_body = CalendarDraft,
    responses((status = OK, body = CalendarRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn update_calendar(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(mut draft): extract::Json<CalendarDraft>,
) -> ApiResult<impl IntoResponse> {
    let seen = seen_version(&headers)?;
    draft.id = Some(id.clone());
    checked_calendar(&draft).map_err(refused)?;
    let deed = CalendarDeed::Update { id, draft, seen };
    let CalendarChanged { record, .. } = change(&app, caller, deed).await?;
    let etag = etag(
        record
            .as_ref()
            .map_or(0, |record| i64::from(record.version)),
    );
    Ok((etag, Json(record.map(told))))
}
