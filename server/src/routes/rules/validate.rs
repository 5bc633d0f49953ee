//! `POST /api/v1/rules/validate`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ValidateResponse};
use hindcast_shared::rule::RuleDraft;
use serde_json::Value;

use super::checked_rule;
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract;
use crate::state::AppState;

/// Says whether a rule could be saved, and what about it is probably not meant; changes nothing.
#[utoipa::path(post, path = "/api/v1/rules/validate", tag = "rules", operation_id = "validate_rule",
    request_body = RuleDraft,
    responses((status = OK, body = ValidateResponse), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn validate_rule(
    app: AppState,
    _: Viewer,
    extract::Json(body): extract::Json<Value>,
) -> ApiResult<Json<ValidateResponse>> {
    let response = match checked_rule(&app, body).await {
        Ok(rule) => ValidateResponse {
            valid: true,
            errors: Vec::new(),
            warnings: app.sources.warnings(&rule.source, &rule.query).await,
        },
        Err(error) => ValidateResponse {
            valid: false,
            errors: vec![error.into()],
            warnings: Vec::new(),
        },
    };
    Ok(Json(response))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{TestApp, draft};

    #[tokio::test]
    async fn rule_when_validated_then_nothing_is_saved() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let fine = app
            .post("/api/v1/rules/validate", &[], &draft("cpu"))
            .await?;
        assert_eq!(fine.status, StatusCode::OK);
        assert_eq!(fine.body["valid"], true, "{}", fine.body);
        let wrong = app.post("/api/v1/rules/validate", &[], "{}").await?;
        assert_eq!(wrong.status, StatusCode::OK);
        assert_eq!(wrong.body["valid"], false);
        let broken = app.post("/api/v1/rules/validate", &[], "{").await?;
        assert_eq!(broken.status, StatusCode::BAD_REQUEST);
        assert_eq!(app.store.rules().list().await?.len(), 1);
        Ok(())
    }
}
