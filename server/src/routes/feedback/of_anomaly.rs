//! `/api/v1/anomalies/{id}/feedback`

use axum::Json;
use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::{AnomalyFeedback, ErrorBody, FeedbackRequest};
use http::{HeaderMap, StatusCode};

use crate::auth::{Operator, Viewer};
use crate::detection::CommandError;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::feedback::{self, By};
use crate::routes::etag::if_match;
use crate::state::{App, AppState};

/// Tells what people said of an anomaly: what is in force, and everything else.
#[utoipa::path(get, path = "/api/v1/anomalies/{id}/feedback", tag = "anomalies", operation_id = "find_feedback",
    params(("id" = String, Path, description = "Id of the anomaly")),
    responses((status = OK, body = AnomalyFeedback), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_feedback(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<AnomalyFeedback>> {
    told(&app, anomaly_id(&app, &id).await?).await.map(Json)
}

/// Says whether an anomaly was right. It becomes a label of the series; a false alarm and what was expected close the
/// anomaly, also afterwards. Another answer takes the place of the one before.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/feedback", tag = "anomalies", operation_id = "give_feedback",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    request_body = FeedbackRequest,
    responses((status = OK, body = AnomalyFeedback), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn give_feedback(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<FeedbackRequest>,
) -> ApiResult<Json<AnomalyFeedback>> {
    let seen = if_match(&headers)?;
    let id = anomaly_id(&app, &id).await?;
    let stored = app.store.anomalies().get(id).await?;
    if stored.is_some_and(|stored| seen.is_some_and(|seen| seen != stored.changed_seq)) {
        return Err(CommandError::Changed.into());
    }
    let (own, name) = (app.clone(), caller.name);
    // In a task of its own: a caller that goes away must not separate the label from what becomes of the anomaly.
    let work = tokio::spawn(async move {
        let by = By::Person(&name);
        feedback::give(&own, id, request.answer, by).await
    });
    work.await.map_err(anyhow::Error::from)??;
    told(&app, id).await.map(Json)
}

/// Takes back what is in force: the label goes, and the anomaly returns to what it was.
#[utoipa::path(delete, path = "/api/v1/anomalies/{id}/feedback", tag = "anomalies",
    operation_id = "take_feedback_back", params(("id" = String, Path, description = "Id of the anomaly")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody), (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn take_feedback_back(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let id = anomaly_id(&app, &id).await?;
    let own = app.clone();
    let work = tokio::spawn(async move {
        let by = By::Person(&caller.name);
        feedback::take_back(&own, id, by).await
    });
    if work.await.map_err(anyhow::Error::from)?? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::conflict(
        "no_feedback",
        "nobody has said anything of this anomaly that could be taken back",
    ))
}

async fn anomaly_id(app: &App, id: &str) -> ApiResult<AnomalyId> {
    let unknown = |message: String| ApiError::not_found("unknown_anomaly", message).about("id");
    let known: AnomalyId = id.parse().map_err(unknown)?;
    match app.store.anomalies().get(known).await? {
        Some(_) => Ok(known),
        None => Err(unknown(format!("there is no anomaly `{id}`"))),
    }
}

async fn told(app: &App, id: AnomalyId) -> ApiResult<AnomalyFeedback> {
    let all = app.store.feedback().of(id).await?;
    let items: Vec<_> = all.into_iter().map(|one| one.record).collect();
    let current = items.iter().find(|one| one.taken_back_at_ms.is_none());
    Ok(AnomalyFeedback {
        current: current.cloned(),
        items,
    })
}
