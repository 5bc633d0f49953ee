//! `/api/v1/push-devices`: the browsers that are told.

use axum::Json;
use hindcast_shared::api::{ErrorBody, PushDevices, PushDraft, PushTaken};
use http::StatusCode;

use crate::auth::{Operator, Viewer};
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::state::AppState;

/// Lists the browsers that are told, with the key that a browser needs to become one of them.
#[utoipa::path(get, path = "/api/v1/push-devices", tag = "notifications", operation_id = "list_push_devices",
    responses((status = OK, body = PushDevices)))]
pub(crate) async fn list_push_devices(app: AppState, _: Viewer) -> ApiResult<Json<PushDevices>> {
    Ok(Json(app.notify.browsers().await?))
}

/// Takes a browser in; one that is known by its address keeps its id.
#[utoipa::path(post, path = "/api/v1/push-devices", tag = "notifications", operation_id = "create_push_device",
    request_body = PushDraft,
    responses((status = CREATED, body = PushTaken), (status = BAD_REQUEST, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn create_push_device(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(draft): extract::Json<PushDraft>,
) -> ApiResult<(StatusCode, Json<PushTaken>)> {
    let id = app.notify.take_browser(&draft, &caller.name).await?;
    Ok((StatusCode::CREATED, Json(PushTaken { id })))
}

/// Lets a browser go.
#[utoipa::path(delete, path = "/api/v1/push-devices/{id}", tag = "notifications", operation_id = "delete_push_device",
    params(("id" = String, Path, description = "Id of the browser")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn delete_push_device(
    app: AppState,
    _: Operator,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    if app.store.push_devices().delete(&id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = format!("there is no browser `{id}`");
    Err(ApiError::not_found("unknown_device", message))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use crate::base64::base64url;
    use crate::routes::testing::TestApp;

    #[tokio::test]
    async fn browser_when_its_address_or_key_is_no_good_then_is_refused_by_the_field()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let list = app.get("/api/v1/push-devices").await?;
        assert_eq!(list.body["items"], json!([]));
        // A server's own public key is a point like any browser's.
        let point = list.body["key"].as_str().unwrap_or_default().to_owned();
        let fine = json!({"endpoint": "https://push.example/send/1", "p256dh": point, "auth": base64url(&[7; 16]), "name": "desk"});
        for (field, value) in [
            ("endpoint", json!("http://push.example/send")),
            ("endpoint", json!("https://127.0.0.1/send")),
            ("endpoint", json!("https://169.254.169.254/latest")),
            ("endpoint", json!("file:///etc/passwd")),
            ("p256dh", json!("AAAA")),
            ("auth", json!("AAAA")),
        ] {
            let mut wrong = fine.clone();
            wrong[field] = value;
            let answer = app
                .post("/api/v1/push-devices", &[], &wrong.to_string())
                .await?;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
            assert_eq!(answer.body["error"]["field"], field, "{}", answer.body);
        }
        let made = app
            .post("/api/v1/push-devices", &[], &fine.to_string())
            .await?;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let again = app
            .post("/api/v1/push-devices", &[], &fine.to_string())
            .await?;
        assert_eq!(again.body["id"], made.body["id"], "one browser is one");
        let list = app.get("/api/v1/push-devices").await?;
        assert_eq!(list.body["items"][0]["name"], "desk");
        assert!(
            !list.body.to_string().contains("push.example"),
            "an address is a secret"
        );
        Ok(())
    }
}
