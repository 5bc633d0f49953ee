//! `GET /api/v1/labels/{id}/versions`

use axum::Json;
use hindcast_shared::api::{ErrorBody, LabelVersion, ListPage};

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::state::AppState;

/// Lists what people wrote into a label, newest first; of one that was taken back too.
#[utoipa::path(get, path = "/api/v1/labels/{id}/versions", tag = "series", operation_id = "list_label_versions",
    params(("id" = String, Path, description = "Id of the label")),
    responses((status = OK, body = ListPage<LabelVersion>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_label_versions(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ListPage<LabelVersion>>> {
    let as_of_seq = app.store.head();
    let items = app.store.labels().versions(&id).await?;
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}
