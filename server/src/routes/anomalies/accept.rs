//! `POST /api/v1/anomalies/{id}/{accept|keep-alarming}`

use axum::response::Response;
use hindcast_shared::api::{AcceptRequest, AnomalyDetail, ErrorBody};
use hindcast_shared::error::FieldError;
use hindcast_shared::pipeline::{Action, Actor};
use http::HeaderMap;

use super::{act, stored};
use crate::auth::Operator;
use crate::detection::Deed;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::routes::etag::if_match;
use crate::state::AppState;

/// Takes the level of an anomaly for the new normal since its beginning, or only until then.
///
/// Nothing is told of it any more before it has recovered. Without an end the detector learns only what came since it
/// began, from the next fit boundary on, in production and in replays; with an end it learns as ever, and alarms again
/// after it.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/accept", tag = "anomalies", operation_id = "accept_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    request_body = AcceptRequest,
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn accept_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<AcceptRequest>,
) -> ApiResult<Response> {
    let seen = if_match(&headers)?;
    let id = stored(&app, &id).await?.anomaly.id;
    let now_ms = app.clock.now_ms();
    if request.until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
        let error = FieldError::new("until_ms", "is over already");
        return Err(ApiError::invalid_body("invalid_acceptance", error));
    }
    let deed = Deed::accept(request.until_ms);
    let after = app.detection.command(id, deed, Actor(caller.name), seen);
    act::answer(&app, after.await?, &headers).await
}

/// Says that what goes on is not normal: a snooze ends, and pages are sent again. An acceptance is taken back by `undo`.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/keep-alarming", tag = "anomalies",
    operation_id = "keep_anomaly_alarming",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn keep_anomaly_alarming(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let seen = if_match(&headers)?;
    let id = stored(&app, &id).await?.anomaly.id;
    let actor = Actor(caller.name);
    let after = app.detection.command(id, Action::KeepAlarming, actor, seen);
    act::answer(&app, after.await?, &headers).await
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn anomaly_when_accepted_then_is_expected_and_can_be_taken_back() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = |deed: &str| format!("/api/v1/anomalies/{}/{deed}", found.id);
        let past = json!({"until_ms": NOW_MS}).to_string();
        let refused = app.post(&uri("accept"), &[], &past).await?;
        assert_eq!(
            refused.body["error"]["field"], "until_ms",
            "{}",
            refused.body
        );
        let kept = app.post(&uri("keep-alarming"), &[], "").await?;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
        let accepted = app.post(&uri("accept"), &[], "{}").await?;
        assert_eq!(accepted.body["status"], "expected", "{}", accepted.body);
        assert_eq!(accepted.body["close_reason"], "manual");
        let undone = app.post(&uri("undo"), &[], "").await?;
        assert_eq!(undone.status, StatusCode::OK, "{}", undone.body);
        Ok(())
    }
}
