//! `POST /api/v1/models/{name}/explain`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ExplainModelRequest, ModelExplanation};
use hindcast_shared::time::TimeRange;

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::models::explain::explain;
use crate::models::gather::gather;
use crate::state::AppState;

/// Windows of the past with which an estimate compares.
const PAST_WINDOWS: i64 = 64;

/// Takes the score of the live version for one window apart, by columns and by samples.
#[utoipa::path(post, path = "/api/v1/models/{name}/explain", tag = "models", operation_id = "explain_model",
    params(("name" = String, Path, description = "Name of the model")),
    request_body = ExplainModelRequest,
    responses((status = OK, body = ModelExplanation), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn explain_model(
    app: AppState,
    _: Viewer,
    Path(name): Path<String>,
    extract::Json(request): extract::Json<ExplainModelRequest>,
) -> ApiResult<Json<ModelExplanation>> {
    let ready = app.models.live(&name).await?;
    let spec = &ready.metadata.spec;
    let window_ms = i64::from(spec.window_samples) * spec.step.ms();
    let range = TimeRange {
        from_ms: request
            .at_ms
            .saturating_sub(window_ms.saturating_mul(PAST_WINDOWS)),
        to_ms: request.at_ms.saturating_add(spec.step.ms()),
    };
    let material = gather(None, &app.sources, spec, range).await?;
    let work = move || explain(&ready, &material, request.series.as_deref(), request.at_ms);
    let told = tokio::task::spawn_blocking(work).await;
    Ok(Json(told.map_err(anyhow::Error::from)??))
}
