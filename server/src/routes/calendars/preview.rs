//! `POST /api/v1/calendars/preview`

use axum::Json;
use hindcast_shared::api::{ErrorBody, PreviewRequest, PreviewResponse};
use hindcast_shared::error::FieldError;
use hindcast_shared::time::UtcOffsets;

use super::{checked_calendar, refused, short_enough};
use crate::auth::Viewer;
use crate::calendar;
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::routes::range::range;
use crate::routes::rules::unknown_rule;
use crate::state::AppState;

/// Most rules that one request replays.
const MAX_RULES: usize = 20;

/// Says when a calendar would hold, and what it would have changed for rules over a range of the past, as if it had
/// always been there.
#[utoipa::path(post, path = "/api/v1/calendars/preview", tag = "calendars", operation_id = "preview_calendar",
    request_body = PreviewRequest,
    responses((status = OK, body = PreviewResponse), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn preview_calendar(
    app: AppState,
    _: Viewer,
    extract::Json(request): extract::Json<PreviewRequest>,
) -> ApiResult<Json<PreviewResponse>> {
    let id =
        checked_calendar(&request.calendar).map_err(|error| refused(error.under("calendar")))?;
    let now_ms = app.clock.now_ms();
    let range = range(&request.from, &request.to, now_ms, &UtcOffsets::utc())?;
    short_enough(range)?;
    if request.rules.len() > MAX_RULES {
        let error = FieldError::new("rules", format!("must not be more than {MAX_RULES}"));
        return Err(ApiError::invalid_body("invalid_calendar", error));
    }
    let mut rules = Vec::with_capacity(request.rules.len());
    for name in &request.rules {
        let rule = name.parse().map_err(|_| unknown_rule(name))?;
        let stored = app.store.rules().get(&rule).await?;
        rules.push(stored.ok_or_else(|| unknown_rule(name))?);
    }
    Ok(Json(
        calendar::preview(&app, (&id, &request.calendar), range, rules).await?,
    ))
}
