//! Which version scores, and which go: `…/promote`, `…/revert`, `DELETE`.

use axum::Json;
use hindcast_shared::api::{ErrorBody, ModelRecord, PromoteRequest};
use http::StatusCode;

use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::state::AppState;

/// Makes a version the one that scores, if its weights can be used.
#[utoipa::path(post, path = "/api/v1/models/{name}/promote", tag = "models", operation_id = "promote_model",
    params(("name" = String, Path, description = "Name of the model")),
    request_body = PromoteRequest,
    responses((status = OK, body = ModelRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn promote_model(
    app: AppState,
    Operator(caller): Operator,
    Path(name): Path<String>,
    extract::Json(request): extract::Json<PromoteRequest>,
) -> ApiResult<Json<ModelRecord>> {
    let now_ms = app.clock.now_ms();
    let record = app
        .models
        .promote(&name, request.version, &caller.name, now_ms);
    Ok(Json(record.await?))
}

/// Goes back to the version that scored before.
#[utoipa::path(post, path = "/api/v1/models/{name}/revert", tag = "models", operation_id = "revert_model",
    params(("name" = String, Path, description = "Name of the model")),
    responses((status = OK, body = ModelRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn revert_model(
    app: AppState,
    Operator(caller): Operator,
    Path(name): Path<String>,
) -> ApiResult<Json<ModelRecord>> {
    let now_ms = app.clock.now_ms();
    Ok(Json(app.models.revert(&name, &caller.name, now_ms).await?))
}

/// Deletes a model with all its versions.
#[utoipa::path(delete, path = "/api/v1/models/{name}", tag = "models", operation_id = "delete_model",
    params(("name" = String, Path, description = "Name of the model")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn delete_model(
    app: AppState,
    Operator(caller): Operator,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    let now_ms = app.clock.now_ms();
    app.models.delete(&name, None, &caller.name, now_ms).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a version that does not score.
#[utoipa::path(delete, path = "/api/v1/models/{name}/versions/{version}", tag = "models",
    operation_id = "delete_model_version",
    params(("name" = String, Path, description = "Name of the model"),
        ("version" = u32, Path, description = "Its number")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody), (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn delete_model_version(
    app: AppState,
    Operator(caller): Operator,
    Path((name, version)): Path<(String, u32)>,
) -> ApiResult<StatusCode> {
    let now_ms = app.clock.now_ms();
    let gone = app
        .models
        .delete(&name, Some(version), &caller.name, now_ms);
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}
