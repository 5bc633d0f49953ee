//! `/api/v1/capabilities`: links that show one panel. A link's secret is shown once, when it is made.

use axum::Json;
use hindcast_shared::api::{
    CapabilityRecord, CapabilityRequest, CreatedCapability, ErrorBody, ListPage,
};
use hindcast_shared::error::FieldError;
use hindcast_shared::time::DAY_MS;
use http::StatusCode;

use crate::auth::{Operator, PANEL_PREFIX, hash_of, random_token};
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::routes::rules::{rule_id, unknown_rule};
use crate::state::AppState;
use crate::store::{Pass, PassKind, PassScope};

/// How long a link lasts unless its maker says otherwise.
const DEFAULT_TTL_MS: i64 = 90 * DAY_MS;

/// Longest time that a link lasts: nobody remembers older ones.
const MAX_TTL_MS: i64 = 400 * DAY_MS;

/// Lists the links to panels, ended and revoked ones too, oldest first.
#[utoipa::path(get, path = "/api/v1/capabilities", tag = "tokens", operation_id = "list_capabilities",
    responses((status = OK, body = ListPage<CapabilityRecord>)))]
pub(crate) async fn list_capabilities(
    app: AppState,
    _: Operator,
) -> ApiResult<Json<ListPage<CapabilityRecord>>> {
    let as_of_seq = app.store.head();
    let passes = app.store.passes().list(PassKind::Panel).await?;
    Ok(Json(ListPage {
        items: passes.into_iter().map(record).collect(),
        next_cursor: None,
        as_of_seq,
    }))
}

/// Makes a link that shows one panel and nothing else, and shows its secret, once.
#[utoipa::path(post, path = "/api/v1/capabilities", tag = "tokens", operation_id = "create_capability",
    request_body = CapabilityRequest,
    responses((status = CREATED, body = CreatedCapability), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_capability(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(request): extract::Json<CapabilityRequest>,
) -> ApiResult<(StatusCode, Json<CreatedCapability>)> {
    let now_ms = app.auth.now_ms();
    let name = checked_name(&request.name)?;
    let rule = rule_id(&request.rule)?;
    if app.store.rules().get(&rule).await?.is_none() {
        return Err(unknown_rule(rule.as_str()));
    }
    let expires_at_ms = request.expires_at_ms.unwrap_or(now_ms + DEFAULT_TTL_MS);
    checked_end(expires_at_ms, now_ms)?;
    if expires_at_ms > now_ms + MAX_TTL_MS {
        let error = FieldError::new("expires_at_ms", "must lie within the next 400 days");
        return Err(ApiError::invalid_body("invalid_token", error));
    }
    let token = format!("{PANEL_PREFIX}{}", random_token()?);
    let hash = hash_of(&token);
    let pass = Pass {
        id: format!("panel-{}", &hash[..16]),
        kind: PassKind::Panel,
        name,
        hash,
        scope: PassScope {
            rules: vec![rule.clone()],
            series: request.series.filter(|series| !series.is_empty()),
            pages: Vec::new(),
        },
        created_at_ms: now_ms,
        created_by: caller.name,
        expires_at_ms: Some(expires_at_ms),
        revoked_at_ms: None,
        last_seen_ms: None,
    };
    let query = panel_query(&pass.scope);
    let pass = app.store.passes().give(pass, None).await?;
    Ok((
        StatusCode::CREATED,
        Json(CreatedCapability {
            svg: format!("embed/t/{token}/panel.svg"),
            html: format!("embed/t/{token}/panel.html"),
            page: format!("embed/panel?{query}#token={token}"),
            token,
            capability: record(pass),
        }),
    ))
}

/// The query with which the live panel asks for what the pass shows.
fn panel_query(scope: &PassScope) -> String {
    let rules = scope.rules.iter().map(|rule| ("rule", rule.as_str()));
    let series = scope
        .series
        .iter()
        .map(|series| ("series", series.as_str()));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(rules.chain(series))
        .finish()
}

/// Revokes a link to a panel, and ends its streams.
#[utoipa::path(delete, path = "/api/v1/capabilities/{id}", tag = "tokens", operation_id = "delete_capability",
    params(("id" = String, Path, description = "Id of the link")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn delete_capability(
    app: AppState,
    Operator(caller): Operator,
    extract::Path(id): extract::Path<String>,
) -> ApiResult<StatusCode> {
    revoke(&app, PassKind::Panel, &id, &caller.name).await
}

/// Revokes a pass; its streams end with it.
pub(super) async fn revoke(
    app: &AppState,
    kind: PassKind,
    id: &str,
    actor: &str,
) -> ApiResult<StatusCode> {
    let passes = app.store.passes();
    if !passes.revoke(kind, id, actor, app.auth.now_ms()).await? {
        let message = format!("there is no {} `{id}` in force", kind.as_str());
        return Err(ApiError::not_found("unknown_token", message));
    }
    app.auth.refresh().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A name for people, without what breaks lists and logs.
pub(super) fn checked_name(name: &str) -> ApiResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        let error = FieldError::new("name", "must have 1 to 64 characters");
        return Err(ApiError::invalid_body("invalid_token", error));
    }
    Ok(name.to_owned())
}

/// An end that is still to come.
pub(super) fn checked_end(expires_at_ms: i64, now_ms: i64) -> ApiResult<()> {
    if expires_at_ms <= now_ms {
        let error = FieldError::new("expires_at_ms", "must lie in the future");
        return Err(ApiError::invalid_body("invalid_token", error));
    }
    Ok(())
}

fn record(pass: Pass) -> CapabilityRecord {
    let rule = pass.scope.rules.first().map(ToString::to_string);
    CapabilityRecord {
        id: pass.id,
        name: pass.name,
        rule: rule.unwrap_or_default(),
        series: pass.scope.series,
        created_at_ms: pass.created_at_ms,
        created_by: pass.created_by,
        expires_at_ms: pass.expires_at_ms,
        revoked_at_ms: pass.revoked_at_ms,
        last_seen_ms: pass.last_seen_ms,
    }
}
