//! `POST /api/v1/calendars/{id}/markers`

use axum::Json;
use hindcast_shared::api::{ErrorBody, MarkerDraft, Occurrence};
use http::StatusCode;

use super::change;
use crate::auth::Operator;
use crate::detection::{CalendarChanged, CalendarDeed};
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::state::AppState;

/// Tells of a deployment, or of anything else that just happens: one more event of a calendar, from now on.
#[utoipa::path(post, path = "/api/v1/calendars/{id}/markers", tag = "calendars", operation_id = "mark_calendar",
    params(("id" = String, Path, description = "Id of the calendar")), request_body = MarkerDraft,
    responses((status = CREATED, body = Occurrence), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn mark_calendar(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    extract::Json(marker): extract::Json<MarkerDraft>,
) -> ApiResult<(StatusCode, Json<Option<Occurrence>>)> {
    let refuse = |error| ApiError::invalid_body("invalid_marker", error);
    marker.check().map_err(refuse)?;
    let deed = CalendarDeed::Mark { id, marker };
    let CalendarChanged { marker, .. } = change(&app, caller, deed).await?;
    Ok((StatusCode::CREATED, Json(marker)))
}
