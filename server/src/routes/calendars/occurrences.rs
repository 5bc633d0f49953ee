//! `GET /api/v1/calendars/{id}/occurrences`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ListPage, Occurrence, OccurrencesQuery};
use hindcast_shared::time::UtcOffsets;

use super::short_enough;
use crate::auth::Viewer;
use crate::calendar::Calendar;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query};
use crate::routes::range::range;
use crate::state::AppState;

/// Most items of an answer.
const MAX_ITEMS: usize = 10_000;

/// Lists when a calendar holds, as it is now and whole, with what was told to it.
#[utoipa::path(get, path = "/api/v1/calendars/{id}/occurrences", tag = "calendars", operation_id = "list_occurrences",
    params(("id" = String, Path, description = "Id of the calendar"), OccurrencesQuery),
    responses((status = OK, body = ListPage<Occurrence>), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_occurrences(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
    Query(query): Query<OccurrencesQuery>,
) -> ApiResult<Json<ListPage<Occurrence>>> {
    let (from, to) = (query.from.as_deref(), query.to.as_deref());
    let now_ms = app.clock.now_ms();
    let range = range(
        from.unwrap_or("now"),
        to.unwrap_or("now+90d"),
        now_ms,
        &UtcOffsets::utc(),
    )?;
    short_enough(range)?;
    let as_of_seq = app.store.head();
    let calendars = app.store.calendars();
    let found = calendars.get(&id).await?;
    let refuse = |error| ApiError::invalid_body("invalid_calendar", error);
    let mut items = Calendar::read(&found.calendar)
        .map_err(refuse)?
        .within(range);
    items.extend(calendars.markers(&id, range).await?);
    items.sort();
    if items.len() > MAX_ITEMS {
        let message = format!("the range holds more than {MAX_ITEMS} occurrences; shorten it");
        return Err(ApiError::invalid_query("from", message));
    }
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
