//! `/api/v1/notifications` and `/api/v1/notification-routes`: who was told what, and trying whether it arrives.

use axum::Json;
use hindcast_shared::api::{
    ErrorBody, ListNotificationsQuery, ListPage, NoticeState, NotificationRecord,
    NotificationRoute, NotificationTest,
};
use http::StatusCode;

use crate::auth::{Operator, Viewer};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query};
use crate::state::AppState;

/// Items when the query does not say, and at most.
const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1_000;

/// Lists notifications, newest first: what waits, what arrived, and what was given up.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", operation_id = "list_notifications",
    params(ListNotificationsQuery),
    responses((status = OK, body = ListPage<NotificationRecord>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_notifications(
    app: AppState,
    _: Viewer,
    Query(query): Query<ListNotificationsQuery>,
) -> ApiResult<Json<ListPage<NotificationRecord>>> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        let message = format!("must lie between 1 and {MAX_LIMIT}");
        return Err(ApiError::invalid_query("limit", message));
    }
    let state = query.state.as_deref().map(str::parse::<NoticeState>);
    let state = state
        .transpose()
        .map_err(|message| ApiError::invalid_query("state", message))?;
    let as_of_seq = app.store.head();
    let outbox = app.store.outbox();
    Ok(Json(ListPage {
        items: outbox.list(state, query.anomaly.as_deref(), limit).await?,
        next_cursor: None,
        as_of_seq,
    }))
}

/// Sends a notification again that was given up.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/resend", tag = "notifications", operation_id = "resend_notification",
    params(("id" = String, Path, description = "Id of the notification")),
    responses((status = ACCEPTED), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn resend_notification(
    app: AppState,
    _: Operator,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let unknown = || {
        let message = format!("there is no notification `{id}` that was given up");
        ApiError::not_found("unknown_notification", message)
    };
    let number: i64 = id.parse().map_err(|_| unknown())?;
    if !app.store.outbox().resend(number, app.auth.now_ms()).await? {
        return Err(unknown());
    }
    app.notify.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Lists the configured ways to tell somebody, and how they are.
#[utoipa::path(get, path = "/api/v1/notification-routes", tag = "notifications", operation_id = "list_notification_routes",
    responses((status = OK, body = ListPage<NotificationRoute>)))]
pub(crate) async fn list_notification_routes(
    app: AppState,
    _: Viewer,
) -> ApiResult<Json<ListPage<NotificationRoute>>> {
    let as_of_seq = app.store.head();
    Ok(Json(ListPage {
        items: app.notify.states().await?,
        next_cursor: None,
        as_of_seq,
    }))
}

/// Tells a route something at once, and says whether it arrived.
#[utoipa::path(post, path = "/api/v1/notification-routes/{id}/test", tag = "notifications", operation_id = "test_notification_route",
    params(("id" = String, Path, description = "Name of the route")),
    responses((status = OK, body = NotificationTest), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn test_notification_route(
    app: AppState,
    _: Operator,
    Path(id): Path<String>,
) -> ApiResult<Json<NotificationTest>> {
    let told = app.notify.test(&id).await;
    told.map(Json).ok_or_else(|| {
        let message = format!("there is no route `{id}` in notify.routes");
        ApiError::not_found("unknown_route", message)
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::TestApp;

    #[tokio::test]
    async fn notifications_when_there_are_none_then_lists_are_empty_and_wrong_words_refused()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for uri in [
            "/api/v1/notifications?state=dead",
            "/api/v1/notification-routes",
        ] {
            let answer = app.get(uri).await?;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(answer.body["items"], serde_json::json!([]));
        }
        for (query, field) in [("state=lost", "state"), ("limit=0", "limit")] {
            let answer = app.get(&format!("/api/v1/notifications?{query}")).await?;
            assert_eq!(answer.body["error"]["field"], field, "{}", answer.body);
        }
        for uri in [
            "/api/v1/notifications/7/resend",
            "/api/v1/notification-routes/x/test",
        ] {
            let answer = app.post(uri, &[], "").await?;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{uri}");
        }
        Ok(())
    }
}
