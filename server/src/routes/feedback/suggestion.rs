//! `POST /api/v1/rules/{id}/suggestion`, and what applies it.

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, RuleRecord, Suggestion, SuggestionRequest};
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::{Edge, UtcOffsets, parse_instant};
use http::HeaderMap;

use crate::auth::{Operator, Viewer};
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::feedback::suggest::work_out;
use crate::routes::etag::{etag, seen_version};
use crate::routes::rules::{checked_rule, record, rule_id, unknown_rule};
use crate::state::AppState;
use crate::store::{Expected, PutRule};

/// Looks for the least change of a rule that drops what is labelled as false alarms and keeps every incident that it
/// finds. The answer is the change with its evidence: a replay over all labels. Going away stops it.
#[utoipa::path(post, path = "/api/v1/rules/{id}/suggestion", tag = "rules", operation_id = "suggest_rule",
    params(("id" = String, Path, description = "Id of the rule")), request_body = Option<SuggestionRequest>,
    responses((status = OK, body = Suggestion), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
        (status = BAD_GATEWAY, body = ErrorBody)))]
pub(crate) async fn suggest_rule(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
    request: Option<extract::Json<SuggestionRequest>>,
) -> ApiResult<Json<Suggestion>> {
    let id = rule_id(&id)?;
    let stored = app.store.rules().get(&id).await?;
    let stored = stored.ok_or_else(|| unknown_rule(id.as_str()))?;
    let from = request.and_then(|extract::Json(request)| request.from);
    let from_ms = from
        .map(|text| parse_instant(&text, app.clock.now_ms(), Edge::From, &UtcOffsets::utc()))
        .transpose()
        .map_err(|message| {
            let error = hindcast_shared::error::FieldError::new("from", message);
            ApiError::invalid_body("invalid_suggestion", error)
        })?;
    work_out(&app, stored, from_ms).await.map(Json)
}

/// Saves a suggestion as the rule's next version: exactly what was replayed, and only while the rule and the labels
/// are what they were then.
#[utoipa::path(post, path = "/api/v1/rules/{id}/suggestion/{suggestion}/apply", tag = "rules",
    operation_id = "apply_suggestion",
    params(("id" = String, Path, description = "Id of the rule"),
        ("suggestion" = String, Path, description = "Id of the suggestion"), ("If-Match" = Option<String>, Header)),
    responses((status = OK, body = RuleRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody)))]
pub(crate) async fn apply_suggestion(
    app: AppState,
    Operator(caller): Operator,
    Path((id, suggestion)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let id = rule_id(&id)?;
    let suggestions = &app.feedback.suggestions;
    let kept = suggestions.find(&id, &suggestion).ok_or_else(|| {
        let message = "this suggestion is not there any more; ask for another one";
        ApiError::not_found("unknown_suggestion", message).about("suggestion")
    })?;
    if seen_version(&headers)?.is_some_and(|seen| seen != kept.version) {
        let message = "the suggestion is about another version of the rule";
        return Err(ApiError::precondition_failed(message));
    }
    if !kept.still_holds(&app.store).await? {
        suggestions.forget(&suggestion);
        let message = "labels have changed since this was worked out; ask for another one";
        return Err(ApiError::conflict("labels_changed", message));
    }
    let body = serde_json::to_value(RuleDraft::from(kept.rule)).map_err(anyhow::Error::from)?;
    let put = PutRule {
        // Sources and calendars may have gone since then.
        rule: checked_rule(&app, body).await?,
        expected: Expected::Present(Some(kept.version)),
        actor: caller.name,
    };
    let saved = app.store.rules().put(put, app.clock.now_ms()).await?;
    suggestions.forget(&suggestion);
    let record = record(&app, &id).await?;
    Ok((etag(i64::from(saved.version)), Json(record)))
}
