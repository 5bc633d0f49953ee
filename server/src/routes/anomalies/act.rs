//! `POST /api/v1/anomalies/{id}/{acknowledge|resolve|false-alarm|expected|undo}`
//!
//! An action goes through the rule's running evaluator where the anomaly is going on, so that production
//! and replay fold the same command; what is over already is judged in the store alone.

use axum::Json;
use axum::response::{IntoResponse, Response};
use hindcast_shared::api::{AnomalyDetail, ErrorBody};
use hindcast_shared::error::FieldError;
use hindcast_shared::pipeline::{Action, Actor};
use http::HeaderMap;

use super::{detail, stored};
use crate::auth::{Caller, Operator};
use crate::detection::Deed;
use crate::error::{ApiError, ApiResult};
use crate::extract::Path;
use crate::feedback;
use crate::routes::etag::{etag, if_match};
use crate::state::AppState;
use crate::store::StoredAnomaly;

/// Takes an anomaly: somebody is looking at it.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/acknowledge", tag = "anomalies",
    operation_id = "acknowledge_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn acknowledge_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    act(&app, &caller, &id, &headers, Action::Acknowledge).await
}

/// Closes an anomaly; it stays closed until the values have recovered once.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/resolve", tag = "anomalies",
    operation_id = "resolve_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn resolve_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    act(&app, &caller, &id, &headers, Action::Resolve).await
}

/// Judges an anomaly to have been nothing, also afterwards.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/false-alarm", tag = "anomalies",
    operation_id = "judge_anomaly_false_alarm",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn judge_anomaly_false_alarm(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    act(&app, &caller, &id, &headers, Action::FalseAlarm).await
}

/// Judges an anomaly to have been known beforehand, also afterwards.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/expected", tag = "anomalies",
    operation_id = "judge_anomaly_expected",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn judge_anomaly_expected(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    act(&app, &caller, &id, &headers, Action::Expected).await
}

/// Takes the last step back that somebody took: the anomaly returns to the status before, and goes on if it can.
///
/// What the pipeline did itself stays, and so does what was done before it. Both steps stay in the history.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/undo", tag = "anomalies", operation_id = "undo_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn undo_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    act(&app, &caller, &id, &headers, Action::Undo).await
}

async fn act(
    app: &AppState,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    action: Action,
) -> ApiResult<Response> {
    let seen = if_match(headers)?;
    let after = done(app, caller, id, action, seen).await?;
    answer(app, after, headers).await
}

/// Does what changes no status by itself, and answers with the anomaly as it is afterwards.
pub(super) async fn command(
    app: &AppState,
    caller: Caller,
    id: &str,
    headers: &HeaderMap,
    deed: impl Into<Deed>,
) -> ApiResult<Response> {
    let seen = if_match(headers)?;
    let id = stored(app, id).await?.anomaly.id;
    let after = app
        .detection
        .command(id, deed, Actor(caller.name.into()), seen)
        .await?;
    answer(app, after, headers).await
}

/// An end that is not over yet; `code` names what is refused otherwise.
pub(super) fn end(
    app: &AppState,
    until_ms: Option<i64>,
    code: &'static str,
) -> ApiResult<Option<i64>> {
    let now_ms = app.clock.now_ms();
    if until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
        let error = FieldError::new("until_ms", "is over already");
        return Err(ApiError::invalid_body(code, error));
    }
    Ok(until_ms)
}

/// Does it, unless it is done already: twice is as good as once.
pub(super) async fn done(
    app: &AppState,
    caller: &Caller,
    id: &str,
    action: Action,
    seen: Option<i64>,
) -> ApiResult<StoredAnomaly> {
    let before = stored(app, id).await?;
    let same = action.status() == Some(before.anomaly.status);
    if same && seen.is_none_or(|seen| seen == before.changed_seq) {
        return Ok(before);
    }
    let actor = Actor(caller.name.clone().into());
    let id = before.anomaly.id;
    let after = app.detection.command(id, action, actor, seen).await?;
    // Whatever it is now: what people said of it must not say something else.
    feedback::forget_undone(app, &after.anomaly, &caller.name).await?;
    Ok(after)
}

/// The anomaly as it is afterwards.
async fn answer(app: &AppState, after: StoredAnomaly, headers: &HeaderMap) -> ApiResult<Response> {
    let etag = etag(after.changed_seq);
    Ok((etag, Json(detail(app, after, headers).await?)).into_response())
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn anomaly_when_acknowledged_then_resolved_then_tells_both() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let taken = app.post(&format!("{uri}/acknowledge"), &[], "").await?;
        assert_eq!(taken.status, StatusCode::OK);
        assert_eq!(taken.body["status"], "acknowledged");
        let again = app.post(&format!("{uri}/acknowledge"), &[], "").await?;
        assert_eq!(
            again.header("etag"),
            taken.header("etag"),
            "nothing changed"
        );
        let closed = app.post(&format!("{uri}/resolve"), &[], "").await?;
        assert_eq!(closed.body["status"], "resolved");
        assert_eq!(closed.body["close_reason"], "manual");
        assert_eq!(closed.body["closed_at_ms"], NOW_MS);
        let kinds: Vec<_> = closed.body["history"]
            .as_array()
            .expect("a history")
            .iter()
            .map(|entry| (entry["kind"].as_str(), entry["actor"].as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                (Some("opened"), Some("system")),
                (Some("acknowledged"), Some("anonymous")),
                (Some("judged"), Some("anonymous")),
            ]
        );
        let late = app.post(&format!("{uri}/acknowledge"), &[], "").await?;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert_eq!(late.body["error"]["code"], "not_active");
        let nothing = app.post(&format!("{uri}/false-alarm"), &[], "").await?;
        assert_eq!(nothing.body["status"], "false_alarm");
        assert_eq!(nothing.body["closed_at_ms"], NOW_MS);
        Ok(())
    }

    #[tokio::test]
    async fn step_when_taken_back_then_the_status_before_returns_and_both_stay_in_the_history()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let undo = format!("{uri}/undo");
        let nothing = app.post(&undo, &[], "").await?;
        assert_eq!(nothing.status, StatusCode::CONFLICT);
        assert_eq!(nothing.body["error"]["code"], "nothing_to_undo");
        app.post(&format!("{uri}/acknowledge"), &[], "").await?;
        let seen = app.get(&uri).await?.header("etag");
        let headers = [("if-match", seen.as_str())];
        let undone = app.post(&undo, &headers, "").await?;
        assert_eq!(undone.status, StatusCode::OK, "{}", undone.body);
        assert_eq!(undone.body["status"], "open");
        let stale = app.post(&undo, &headers, "").await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let kinds: Vec<_> = undone.body["history"]
            .as_array()
            .expect("a history")
            .iter()
            .filter_map(|entry| entry["kind"].as_str())
            .collect();
        assert_eq!(kinds, ["opened", "acknowledged", "undone"]);
        app.store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn action_when_the_caller_saw_an_older_state_then_changes_nothing() -> anyhow::Result<()>
    {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let seen = app.get(&uri).await?.header("etag");
        let headers = [("if-match", seen.as_str())];
        let first = app
            .post(&format!("{uri}/acknowledge"), &headers, "")
            .await?;
        assert_eq!(first.status, StatusCode::OK);
        let second = app.post(&format!("{uri}/resolve"), &headers, "").await?;
        assert_eq!(second.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(app.get(&uri).await?.body["status"], "acknowledged");
        Ok(())
    }
}
