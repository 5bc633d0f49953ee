//! `GET /api/v1/models`, `GET /api/v1/models/{name}`, `GET /api/v1/models/{name}/versions/{version}`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ListPage, ModelMetadata, ModelRecord};

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::state::AppState;

/// Lists the models with their versions, by name.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", operation_id = "list_models",
    responses((status = OK, body = ListPage<ModelRecord>)))]
pub(crate) async fn list_models(
    app: AppState,
    _: Viewer,
) -> ApiResult<Json<ListPage<ModelRecord>>> {
    let as_of_seq = app.store.head();
    Ok(Json(ListPage {
        items: app.models.list().await?,
        next_cursor: None,
        as_of_seq,
    }))
}

/// Finds a model with its versions, to be compared side by side.
#[utoipa::path(get, path = "/api/v1/models/{name}", tag = "models", operation_id = "find_model",
    params(("name" = String, Path, description = "Name of the model")),
    responses((status = OK, body = ModelRecord), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_model(
    app: AppState,
    _: Viewer,
    Path(name): Path<String>,
) -> ApiResult<Json<ModelRecord>> {
    Ok(Json(app.models.get(&name).await?))
}

/// Finds all that is known of a version: what it was trained on, how its inputs are made, when a window is odd.
#[utoipa::path(get, path = "/api/v1/models/{name}/versions/{version}", tag = "models",
    operation_id = "find_model_version",
    params(("name" = String, Path, description = "Name of the model"),
        ("version" = u32, Path, description = "Its number")),
    responses((status = OK, body = ModelMetadata), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_model_version(
    app: AppState,
    _: Viewer,
    Path((name, version)): Path<(String, u32)>,
) -> ApiResult<Json<ModelMetadata>> {
    Ok(Json(app.models.read(&name, version).await?.metadata))
}
