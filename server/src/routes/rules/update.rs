//! `PUT /api/v1/rules/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, RuleRecord};
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::RuleDraft;
use http::HeaderMap;
use serde_json::Value;

use super::{checked_rule, record, rule_id};
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::routes::etag::{etag, seen_version};
use crate::state::AppState;
use crate::store::{Expected, PutRule};

/// Saves a rule as its next version.
#[utoipa::path(put, path = "/api/v1/rules/{id}", tag = "rules", operation_id = "update_rule",
    params(("id" = String, Path, description = "Id of the rule"), ("If-Match" = Option<String>, Header)),
    request_body = RuleDraft,
    responses((status = OK, body = RuleRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn update_rule(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(mut body): extract::Json<Value>,
) -> ApiResult<impl IntoResponse> {
    let id = rule_id(&id)?;
    let version = seen_version(&headers)?;
    if let Some(draft) = body.as_object_mut() {
        let named = draft.entry("id").or_insert_with(|| id.as_str().into());
        if named.as_str() != Some(id.as_str()) {
            let message = format!("must be `{id}`, as in the address, or be left out");
            return Err(FieldError::new("id", message).into());
        }
    }
    let put = PutRule {
        rule: checked_rule(&app, body).await?,
        expected: Expected::Present(version),
        actor: caller.name,
    };
    let saved = app.store.rules().put(put, app.clock.now_ms()).await?;
    let record = record(&app, &id).await?;
    Ok((etag(i64::from(saved.version)), Json(record)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::{TestApp, draft};
    use crate::store::testing::rule;

    #[tokio::test]
    async fn rule_when_saved_again_then_counts_up_and_old_versions_are_refused()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let mut body: Value = serde_json::from_str(&draft("cpu"))?;
        body["unit"] = json!("%");
        let text = body.to_string();
        let saved = app
            .put("/api/v1/rules/cpu", &[("if-match", "\"1\"")], &text)
            .await?;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
        assert_eq!(saved.header("etag"), "\"2\"");
        let stale = app
            .put("/api/v1/rules/cpu", &[("if-match", "\"1\"")], &text)
            .await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        body["id"] = json!("other");
        let renamed = app.put("/api/v1/rules/cpu", &[], &body.to_string()).await?;
        assert_eq!(renamed.body["error"]["field"], "id");
        let versions = app.get("/api/v1/rules/cpu/versions").await?;
        assert_eq!(versions.body["items"][0]["version"], 2);
        assert_eq!(versions.body["items"][1]["rule"]["name"], "cpu");
        Ok(())
    }

    #[tokio::test]
    async fn rule_when_provisioned_then_is_locked() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.store
            .rules()
            .provision(&[rule("fixed", 60_000)], 1)
            .await?;
        let put = app.put("/api/v1/rules/fixed", &[], &draft("fixed")).await?;
        assert_eq!(put.status, StatusCode::CONFLICT);
        assert_eq!(put.body["error"]["code"], "provisioned_rule");
        let gone = app.delete("/api/v1/rules/fixed", &[]).await?;
        assert_eq!(gone.body["error"]["code"], "provisioned_rule");
        Ok(())
    }

    #[tokio::test]
    async fn rule_when_unknown_then_404() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for id in ["nobody", "No%20Slug"] {
            let uri = format!("/api/v1/rules/{id}");
            for answer in [
                app.get(&uri).await?,
                app.delete(&uri, &[]).await?,
                app.get(&format!("{uri}/versions")).await?,
            ] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND);
                assert_eq!(answer.body["error"]["code"], "unknown_rule");
            }
        }
        let put = app
            .put("/api/v1/rules/nobody", &[], &draft("nobody"))
            .await?;
        assert_eq!(put.status, StatusCode::NOT_FOUND);
        Ok(())
    }
}
