//! `POST /api/v1/anomalies/{id}/snooze`

use axum::response::Response;
use hindcast_shared::api::{AnomalyDetail, ErrorBody, SnoozeRequest};
use http::HeaderMap;

use super::act;
use crate::auth::Operator;
use crate::detection::Deed;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::state::AppState;

/// Pages nobody because of an anomaly until then, however bad it gets; each page that is held back says so.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/snooze", tag = "anomalies", operation_id = "snooze_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    request_body = SnoozeRequest,
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn snooze_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<SnoozeRequest>,
) -> ApiResult<Response> {
    let deed = Deed::snooze(act::end(&app, request.until_ms, "invalid_snooze")?);
    act::command(&app, caller, &id, &headers, deed).await
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn anomaly_when_snoozed_and_assigned_then_says_until_when_and_to_whom()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let (snooze, assign) = (format!("{uri}/snooze"), format!("{uri}/assign"));
        let until = json!({"until_ms": NOW_MS + 60_000}).to_string();
        let snoozed = app.post(&snooze, &[], &until).await?;
        assert_eq!(snoozed.status, StatusCode::OK, "{}", snoozed.body);
        assert_eq!(snoozed.body["snoozed_until_ms"], NOW_MS + 60_000);
        assert_eq!(
            snoozed.body["history"][1]["text"],
            "until 2026-01-05T12:01:00Z"
        );
        let given = app.post(&assign, &[], r#"{"assignee": " bob "}"#).await?;
        assert_eq!(given.body["assignee"], "bob");
        assert_eq!(given.body["history"][2]["text"], "bob");
        let (seen, stale) = (given.header("etag"), snoozed.header("etag"));
        let stale = app
            .post(&snooze, &[("if-match", stale.as_str())], &until)
            .await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let headers = [("if-match", seen.as_str())];
        let awake = app.post(&snooze, &headers, r#"{"until_ms": null}"#).await?;
        assert!(awake.body["snoozed_until_ms"].is_null(), "{}", awake.body);
        for (uri, body, field) in [
            (&snooze, json!({"until_ms": NOW_MS}), "until_ms"),
            (&snooze, json!({"until_ms": "soon"}), "until_ms"),
            (&assign, json!({"assignee": " "}), "assignee"),
            (&assign, json!({"name": "bob"}), "name"),
        ] {
            let refused = app.post(uri, &[], &body.to_string()).await?;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(refused.body["error"]["field"], field);
        }
        app.post(&format!("{uri}/resolve"), &[], "").await?;
        let over = app.post(&snooze, &[], &until).await?;
        assert_eq!(over.status, StatusCode::CONFLICT);
        Ok(())
    }
}
