//! `GET /api/v1/markers`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ListPage, Marker, OccurrencesQuery};
use hindcast_shared::time::UtcOffsets;

use super::short_enough;
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Query;
use crate::routes::range::range;
use crate::state::AppState;

/// Most items of an answer; the newest of them.
const MAX_ITEMS: u32 = 200;

/// Lists deployments and whatever else was told to any calendar, newest first: what charts show beside a series.
#[utoipa::path(get, path = "/api/v1/markers", tag = "calendars", operation_id = "list_markers",
    params(OccurrencesQuery),
    responses((status = OK, body = ListPage<Marker>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_markers(
    app: AppState,
    _: Viewer,
    Query(query): Query<OccurrencesQuery>,
) -> ApiResult<Json<ListPage<Marker>>> {
    let (from, to) = (query.from.as_deref(), query.to.as_deref());
    let range = range(
        from.unwrap_or("now-7d"),
        to.unwrap_or("now"),
        app.clock.now_ms(),
        &UtcOffsets::utc(),
    )?;
    short_enough(range)?;
    let as_of_seq = app.store.head();
    let items = app.store.calendars().all_markers(range, MAX_ITEMS).await?;
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
