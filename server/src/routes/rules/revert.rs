//! `POST /api/v1/rules/{id}/revert`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, RevertRequest, RuleRecord};
use http::HeaderMap;

use super::{checked_rule, record, rule_id, unknown_rule};
use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::routes::etag::{etag, seen_version};
use crate::state::AppState;
use crate::store::{Expected, PutRule};

/// Saves an older version of a rule as its next one; brings a deleted rule back.
#[utoipa::path(post, path = "/api/v1/rules/{id}/revert", tag = "rules", operation_id = "revert_rule",
    params(("id" = String, Path, description = "Id of the rule"), ("If-Match" = Option<String>, Header)),
    request_body = RevertRequest,
    responses((status = OK, body = RuleRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn revert_rule(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<RevertRequest>,
) -> ApiResult<impl IntoResponse> {
    let id = rule_id(&id)?;
    let seen = seen_version(&headers)?;
    let versions = app.store.rules().versions(&id).await?;
    if versions.is_empty() {
        return Err(unknown_rule(id.as_str()));
    }
    let wanted = versions
        .into_iter()
        .find(|version| version.version == request.version);
    let mut wanted = wanted.ok_or_else(|| {
        let message = format!("rule `{id}` has no version {}", request.version);
        ApiError::not_found("unknown_version", message).about("version")
    })?;
    wanted.rule.id = Some(id.to_string());
    let body = serde_json::to_value(wanted.rule).map_err(anyhow::Error::from)?;
    let is_there = app.store.rules().get(&id).await?.is_some();
    let put = PutRule {
        // Sources and zones may have gone since then.
        rule: checked_rule(&app, body).await?,
        expected: if is_there {
            Expected::Present(seen)
        } else {
            Expected::Absent
        },
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

    #[tokio::test]
    async fn rule_when_reverted_then_the_old_version_is_the_next_one() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let mut other: Value = serde_json::from_str(&draft("cpu"))?;
        other["decision"]["threshold"] = json!(95);
        app.put("/api/v1/rules/cpu", &[], &other.to_string())
            .await?;
        let body = json!({"version": 1}).to_string();
        let uri = "/api/v1/rules/cpu/revert";
        let late = app.post(uri, &[("if-match", "\"1\"")], &body).await?;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        let back = app.post(uri, &[("if-match", "\"2\"")], &body).await?;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert_eq!(back.body["version"], 3);
        assert_eq!(back.body["rule"]["decision"]["threshold"], 90.0);
        app.delete("/api/v1/rules/cpu", &[]).await?;
        let body = json!({"version": 2}).to_string();
        let back = app.post(uri, &[], &body).await?;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert_eq!(back.body["rule"]["decision"]["threshold"], 95.0);
        let nothing = json!({"version": 99}).to_string();
        let nothing = app.post(uri, &[], &nothing).await?;
        assert_eq!(nothing.body["error"]["code"], "unknown_version");
        let nobody = app.post("/api/v1/rules/nobody/revert", &[], &body).await?;
        assert_eq!(nobody.body["error"]["code"], "unknown_rule");
        Ok(())
    }
}
