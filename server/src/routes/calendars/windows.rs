//! `GET /api/v1/calendar-windows`

use axum::Json;
use hindcast_shared::api::{CalendarWindowsQuery, ErrorBody, ListPage};
use hindcast_shared::calendar::CalendarTable;
use hindcast_shared::time::UtcOffsets;

use super::short_enough;
use crate::auth::Viewer;
use crate::calendar;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::routes::range::range;
use crate::state::AppState;

/// Most calendars of one request: as many as a rule may name.
const MAX_CALENDARS: usize = 16;

/// Tells when calendars hold as they are now, as if they had always been so: what the Lab replays a draft with.
///
/// In the order in which they are named; one that does not hold within the range is left out.
#[utoipa::path(get, path = "/api/v1/calendar-windows", tag = "calendars", operation_id = "list_calendar_windows",
    params(CalendarWindowsQuery),
    responses((status = OK, body = ListPage<CalendarTable>), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_calendar_windows(
    app: AppState,
    _: Viewer,
    Query(query): Query<CalendarWindowsQuery>,
) -> ApiResult<Json<ListPage<CalendarTable>>> {
    let range = range(
        &query.from,
        &query.to,
        app.clock.now_ms(),
        &UtcOffsets::utc(),
    )?;
    short_enough(range)?;
    let ids: Vec<&str> = query.calendars.split(',').map(str::trim).collect();
    if ids.len() > MAX_CALENDARS {
        let message = format!("must not be more than {MAX_CALENDARS}");
        return Err(ApiError::invalid_query("calendars", message));
    }
    let as_of_seq = app.store.head();
    let mut items = Vec::new();
    for id in ids {
        let found = app.store.calendars().get(id).await?;
        let markers = app.store.calendars().markers(id, range).await?;
        let table = calendar::as_if_always(&found, markers, range);
        items.extend(table.map_err(|error| ApiError::invalid_body("invalid_calendar", error))?);
    }
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
