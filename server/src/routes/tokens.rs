//! `/api/v1/tokens`: the keys of the store. A key is shown once, when it is made.

use axum::Json;
use hindcast_shared::api::{CreatedToken, ErrorBody, ListPage, TokenRecord, TokenRequest};
use http::StatusCode;

use crate::auth::{self, Admin};
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::state::AppState;
use crate::store::ApiKey;

/// Lists the keys, revoked ones too, oldest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", operation_id = "list_tokens",
    responses((status = OK, body = ListPage<TokenRecord>)))]
pub(crate) async fn list_tokens(app: AppState, _: Admin) -> ApiResult<Json<ListPage<TokenRecord>>> {
    let as_of_seq = app.store.head();
    let keys = app.store.keys().list().await?;
    Ok(Json(ListPage {
        items: keys.into_iter().map(record).collect(),
        next_cursor: None,
        as_of_seq,
    }))
}

/// Makes a key and shows it, once.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", operation_id = "create_token",
    request_body = TokenRequest,
    responses((status = CREATED, body = CreatedToken), (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn create_token(
    app: AppState,
    Admin(caller): Admin,
    extract::Json(request): extract::Json<TokenRequest>,
) -> ApiResult<(StatusCode, Json<CreatedToken>)> {
    let now_ms = app.auth.now_ms();
    let (key, stored) = auth::create_key(
        &app.store,
        &request.name,
        request.role,
        &caller.name,
        now_ms,
    )
    .await?;
    app.auth.refresh().await?;
    let token = record(stored);
    Ok((StatusCode::CREATED, Json(CreatedToken { key, token })))
}

/// Revokes a key, and ends its sessions and streams.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", operation_id = "delete_token",
    params(("id" = String, Path, description = "Id of the key")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn delete_token(
    app: AppState,
    Admin(caller): Admin,
    extract::Path(id): extract::Path<String>,
) -> ApiResult<StatusCode> {
    let now_ms = app.auth.now_ms();
    if !app.store.keys().revoke(&id, &caller.name, now_ms).await? {
        let message = format!("there is no key `{id}` in force");
        return Err(ApiError::not_found("unknown_token", message));
    }
    app.auth.refresh().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn record(key: ApiKey) -> TokenRecord {
    TokenRecord {
        id: key.id,
        name: key.name,
        role: key.role,
        created_at_ms: key.created_at_ms,
        revoked_at_ms: key.revoked_at_ms,
        last_seen_ms: key.last_seen_ms,
    }
}
