//! `GET /api/v1/calendars`

use axum::Json;
use hindcast_shared::api::{CalendarRecord, ListPage};

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
    let items = app.store.calendars().list().await?;
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
