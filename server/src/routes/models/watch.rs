//! How well versions do: `…/compare`, `…/checks`.

use axum::Json;
use hindcast_shared::api::{
    CompareModelsRequest, ErrorBody, ListPage, ModelCheck, ModelComparison, ModelRecord,
    ModelVersion,
};
use hindcast_shared::time::TimeRange;

use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::models::judge::Judge;
use crate::state::AppState;
use crate::store::StoreError;

/// Looks of an answer: two months of four a day.
const LISTED: u32 = 250;

/// Holds two versions against each other over the history of both, as a new version is before it may score.
#[utoipa::path(post, path = "/api/v1/models/{name}/compare", tag = "models", operation_id = "compare_models",
    params(("name" = String, Path, description = "Name of the model")),
    request_body = CompareModelsRequest,
    responses((status = OK, body = ModelComparison), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn compare_models(
    app: AppState,
    _: Viewer,
    Path(name): Path<String>,
    extract::Json(request): extract::Json<CompareModelsRequest>,
) -> ApiResult<Json<ModelComparison>> {
    let record = app.models.get(&name).await?;
    let champion = version(&record, request.champion)?;
    let challenger = version(&record, request.challenger)?;
    let now_ms = app.clock.now_ms();
    let history = champion.spec.history.max(challenger.spec.history);
    let range = TimeRange {
        from_ms: now_ms - history.ms(),
        to_ms: now_ms,
    };
    let judge = Judge::new(app.store.clone(), app.sources.clone());
    let defends = app.models.open(&name, champion.version).await?;
    let attacks = app.models.open(&name, challenger.version).await?;
    let trial = judge.trial(defends.into(), attacks.into(), range).await?;
    Ok(Json(ModelComparison {
        champion,
        challenger,
        trial,
    }))
}

fn version(record: &ModelRecord, number: u32) -> Result<ModelVersion, StoreError> {
    let found = record.versions.iter().find(|one| one.version == number);
    found.cloned().ok_or_else(|| StoreError::NotFound {
        what: "model",
        id: format!("{}/{number}", record.name),
    })
}

/// Lists how well the versions that scored did on labelled history, the newest look first.
#[utoipa::path(get, path = "/api/v1/models/{name}/checks", tag = "models", operation_id = "list_model_checks",
    params(("name" = String, Path, description = "Name of the model")),
    responses((status = OK, body = ListPage<ModelCheck>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_model_checks(
    app: AppState,
    _: Viewer,
    Path(name): Path<String>,
) -> ApiResult<Json<ListPage<ModelCheck>>> {
    let as_of_seq = app.store.head();
    app.models.get(&name).await?;
    Ok(Json(ListPage {
        items: app.store.model_checks().list(&name, LISTED).await?,
        next_cursor: None,
        as_of_seq,
    }))
}
