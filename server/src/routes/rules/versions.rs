//! `GET /api/v1/rules/{id}/versions`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ListPage, RuleVersion};

use super::{rule_id, unknown_rule};
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::state::AppState;

/// Lists the versions of a rule, newest first; of a deleted one too.
#[utoipa::path(get, path = "/api/v1/rules/{id}/versions", tag = "rules", operation_id = "list_rule_versions",
    params(("id" = String, Path, description = "Id of the rule")),
    responses((status = OK, body = ListPage<RuleVersion>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_rule_versions(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ListPage<RuleVersion>>> {
    let as_of_seq = app.store.head();
    let items = app.store.rules().versions(&rule_id(&id)?).await?;
    if items.is_empty() {
        return Err(unknown_rule(&id));
    }
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
