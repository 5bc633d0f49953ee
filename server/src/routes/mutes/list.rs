//! `GET /api/v1/mutes`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ListMutesQuery, ListPage, MuteRecord};
use hindcast_shared::time::{Edge, TimeRange, UtcOffsets, parse_instant};

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::state::AppState;

/// Most items of an answer.
const MAX_ITEMS: u32 = 1_000;

/// Lists mutes, newest first: those that hold or are to come, or those that overlap a range.
#[utoipa::path(get, path = "/api/v1/mutes", tag = "anomalies", operation_id = "list_mutes",
    params(ListMutesQuery),
    responses((status = OK, body = ListPage<MuteRecord>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_mutes(
    app: AppState,
    _: Viewer,
    Query(query): Query<ListMutesQuery>,
) -> ApiResult<Json<ListPage<MuteRecord>>> {
    let range = range(&query, app.clock.now_ms())?;
    let as_of_seq = app.store.head();
    let items = app.store.mutes().list(range, MAX_ITEMS + 1).await?;
    if items.len() > MAX_ITEMS as usize {
        let message = format!("the range holds more than {MAX_ITEMS} mutes; shorten it");
        return Err(ApiError::invalid_query("from", message));
    }
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}

fn range(query: &ListMutesQuery, now_ms: i64) -> ApiResult<TimeRange> {
    let instant = |field: &'static str, text: &Option<String>, edge, otherwise| match text {
        None => Ok(otherwise),
        Some(text) => parse_instant(text, now_ms, edge, &UtcOffsets::utc())
            .map_err(|message| ApiError::invalid_query(field, message)),
    };
    let from_ms = instant("from", &query.from, Edge::From, now_ms)?;
    let to_ms = instant("to", &query.to, Edge::To, i64::MAX)?;
    TimeRange::new(from_ms, to_ms)
        .ok_or_else(|| ApiError::invalid_query("from", "must be earlier than `to`"))
}
