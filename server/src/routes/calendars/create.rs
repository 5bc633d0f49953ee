//! `POST /api/v1/calendars`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{CalendarDraft, CalendarRecord, ErrorBody};
use http::StatusCode;

use super::{change, checked_calendar, refused, told};
use crate::auth::Operator;
use crate::detection::{CalendarChanged, CalendarDeed};
use crate::error::ApiResult;
use crate::extract;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Makes a calendar of events, of an `.ics` file or of a country's holidays; rules name it in `calendars`.
#[utoipa::path(post, path = "/api/v1/calendars", tag = "calendars", operation_id = "create_calendar",
    request_body = CalendarDraft,
    responses((status = CREATED, body = CalendarRecord), (status = CONFLICT, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_calendar(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(draft): extract::Json<CalendarDraft>,
) -> ApiResult<impl IntoResponse> {
    let id = checked_calendar(&draft).map_err(refused)?;
    let deed = CalendarDeed::Create { id, draft };
    let CalendarChanged { record, .. } = change(&app, caller, deed).await?;
    let etag = etag(
        record
            .as_ref()
            .map_or(0, |record| i64::from(record.version)),
    );
    Ok((StatusCode::CREATED, etag, Json(record.map(told))))
}

#[cfg(test)]
mod tests;
