//! `GET /api/v1/calendars`

use axum::Json;
use hindcast_shared::api::{CalendarRecord, ListPage};

use super::told;
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::state::AppState;

/// Lists all calendars, by id.
#[utoipa::path(get, path = "/api/v1/calendars", tag = "calendars", operation_id = "list_calendars",
    responses((status = OK, body = ListPage<CalendarRecord>)))]
pub(crate) async fn list_calendars(
    app: AppState,
    _: Viewer,
) -> ApiResult<Json<ListPage<CalendarRecord>>> {
    let as_of_seq = app.store.head();
    let found = app.store.calendars().list().await?;
    let items = found.into_iter().map(told).collect();
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
