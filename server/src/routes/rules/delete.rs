//! `DELETE /api/v1/rules/{id}`

use hindcast_shared::api::ErrorBody;
use http::{HeaderMap, StatusCode};

use super::rule_id;
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::seen_version;
use crate::state::AppState;

/// Deletes a rule; what it found stays until retention takes it.
#[utoipa::path(delete, path = "/api/v1/rules/{id}", tag = "rules", operation_id = "delete_rule",
    params(("id" = String, Path, description = "Id of the rule"), ("If-Match" = Option<String>, Header)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn delete_rule(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let id = rule_id(&id)?;
    let version = seen_version(&headers)?;
    let now_ms = app.clock.now_ms();
    app.store
        .rules()
        .delete(&id, version, &caller.name, now_ms)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{TestApp, draft};

    #[tokio::test]
    async fn rule_when_deleted_then_is_gone_but_its_versions_are_not() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let stale = app
            .delete("/api/v1/rules/cpu", &[("if-match", "\"9\"")])
            .await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let gone = app.delete("/api/v1/rules/cpu", &[]).await?;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        let found = app.get("/api/v1/rules/cpu").await?;
        assert_eq!(found.status, StatusCode::NOT_FOUND);
        let versions = app.get("/api/v1/rules/cpu/versions").await?;
        assert_eq!(versions.body["items"][0]["deleted"], true);
        Ok(())
    }
}
