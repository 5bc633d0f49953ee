//! `GET /api/v1/sources`

use axum::Json;
use hindcast_shared::api::{ListPage, SourceRecord};

use crate::auth::Viewer;
use crate::state::AppState;

/// Lists the sources and how they are, by name.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", operation_id = "list_sources",
    responses((status = OK, body = ListPage<SourceRecord>)))]
pub(crate) async fn list_sources(app: AppState, _: Viewer) -> Json<ListPage<SourceRecord>> {
    let as_of_seq = app.store.head();
    Json(ListPage {
        items: app.sources.records().await,
        next_cursor: None,
        as_of_seq,
    })
}
