//! A version as a file, out and in: `…/versions/{version}/export`, `POST /api/v1/models/import`.

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, ModelRecord};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::auth::{Admin, Viewer};
use crate::error::ApiResult;
use crate::extract::{Path, RawBody};
use crate::models::registry::{exported, imported};
use crate::state::AppState;
use crate::store::Standing;

/// Gives a version as one file: its metadata as a line of JSON, and its weights after it.
#[utoipa::path(get, path = "/api/v1/models/{name}/versions/{version}/export", tag = "models",
    operation_id = "export_model",
    params(("name" = String, Path, description = "Name of the model"),
        ("version" = u32, Path, description = "Its number")),
    responses((status = OK, content_type = "application/octet-stream", body = Vec<u8>),
        (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn export_model(
    app: AppState,
    _: Viewer,
    Path((name, version)): Path<(String, u32)>,
) -> ApiResult<impl IntoResponse> {
    let bytes = exported(&app.models.read(&name, version).await?)?;
    // A model's name is a slug, so it can stand in a header.
    let file = format!("attachment; filename=\"{name}-{version}.hindcast-model\"");
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, bytes))
}

/// Takes a file that was exported in as the next version of its model; it does not score until it is promoted.
#[utoipa::path(post, path = "/api/v1/models/import", tag = "models", operation_id = "import_model",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = CREATED, body = ModelRecord), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn import_model(
    app: AppState,
    Admin(caller): Admin,
    RawBody(bytes): RawBody,
) -> ApiResult<(StatusCode, Json<ModelRecord>)> {
    let artifact = imported(&bytes)?;
    let name = artifact.metadata.spec.name.clone();
    let now_ms = app.clock.now_ms();
    app.models
        .add(artifact, &Standing::Candidate, &caller.name, now_ms)
        .await?;
    Ok((StatusCode::CREATED, Json(app.models.get(&name).await?)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use crate::routes::testing::TestApp;

    #[tokio::test]
    async fn model_when_unknown_or_not_one_then_is_refused() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        assert_eq!(app.get("/api/v1/models").await?.body["items"], json!([]));
        let promotion = json!({ "version": 1 }).to_string();
        let window = json!({ "at_ms": 0 }).to_string();
        for unknown in [
            app.get("/api/v1/models/nobody").await?,
            app.get("/api/v1/models/nobody/versions/1").await?,
            app.get("/api/v1/models/nobody/versions/1/export").await?,
            app.post("/api/v1/models/nobody/promote", &[], &promotion)
                .await?,
            app.post("/api/v1/models/nobody/revert", &[], "").await?,
            app.post("/api/v1/models/nobody/explain", &[], &window)
                .await?,
            app.delete("/api/v1/models/nobody", &[]).await?,
            app.delete("/api/v1/models/nobody/versions/1", &[]).await?,
        ] {
            assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.body);
            assert_eq!(unknown.body["error"]["code"], "unknown_model");
        }
        let foreign = app.post("/api/v1/models/import", &[], "{}\n").await?;
        assert_eq!(
            foreign.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            foreign.body
        );
        assert_eq!(foreign.body["error"]["code"], "broken_model");
        Ok(())
    }
}
