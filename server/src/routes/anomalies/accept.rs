//! `POST /api/v1/anomalies/{id}/{accept|keep-alarming}`

use axum::response::Response;
use hindcast_shared::api::{AcceptRequest, AnomalyDetail, ErrorBody};
use hindcast_shared::pipeline::Action;
use http::HeaderMap;

use super::act;
use crate::auth::Operator;
use crate::detection::Deed;
use crate::error::ApiResult;
use crate::extract::{self, Path};
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
    let deed = Deed::accept(act::end(&app, request.until_ms, "invalid_acceptance")?);
    act::command(&app, caller, &id, &headers, deed).await
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
    act::command(&app, caller, &id, &headers, Action::KeepAlarming).await
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
