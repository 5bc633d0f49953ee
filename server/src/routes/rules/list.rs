//! `GET /api/v1/rules`

use axum::Json;
use hindcast_shared::api::{ListPage, RuleRecord};

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::state::AppState;

/// Lists all rules by id, with how their last run went.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", operation_id = "list_rules",
    responses((status = OK, body = ListPage<RuleRecord>)))]
pub(crate) async fn list_rules(app: AppState, _: Viewer) -> ApiResult<Json<ListPage<RuleRecord>>> {
    let as_of_seq = app.store.head();
    let items = app.store.rules().records(None, app.clock.now_ms()).await?;
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
