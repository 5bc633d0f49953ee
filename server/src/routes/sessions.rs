//! `/api/v1/sessions`: a browser's way to turn a key into a cookie, and back.

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, Me, SessionRequest};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::auth::{Caller, Embed, ended_cookie, session_cookie};
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::state::AppState;

/// Turns a key into a session cookie.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", operation_id = "create_session",
    request_body = SessionRequest,
    responses((status = CREATED, body = Me), (status = UNAUTHORIZED, body = ErrorBody)))]
pub(crate) async fn create_session(
    app: AppState,
    extract::Json(request): extract::Json<SessionRequest>,
) -> ApiResult<impl IntoResponse> {
    let (secret, caller) = app.auth.log_in(request.key.trim()).await?;
    let cookie = session_cookie(&app.config, &secret, app.auth.session_ttl_ms());
    tracing::info!(name = caller.name, "logged in");
    Ok((
        StatusCode::CREATED,
        set_cookie(cookie),
        Json(me(&app, caller)),
    ))
}

/// Says who is asking.
#[utoipa::path(get, path = "/api/v1/sessions/me", tag = "sessions", operation_id = "find_session",
    responses((status = OK, body = Me), (status = UNAUTHORIZED, body = ErrorBody)))]
pub(crate) async fn find_session(app: AppState, Embed(caller): Embed) -> Json<Me> {
    Json(me(&app, caller))
}

/// Ends the session and takes the cookie away; well also when there was none.
#[utoipa::path(delete, path = "/api/v1/sessions/me", tag = "sessions", operation_id = "delete_session",
    responses((status = NO_CONTENT)))]
pub(crate) async fn delete_session(
    app: AppState,
    caller: Result<Embed, ApiError>,
) -> ApiResult<impl IntoResponse> {
    if let Ok(Embed(caller)) = caller {
        app.auth.log_out(&caller).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        set_cookie(ended_cookie(&app.config)),
    ))
}

fn set_cookie(cookie: Option<HeaderValue>) -> HeaderMap {
    cookie
        .into_iter()
        .map(|cookie| (SET_COOKIE, cookie))
        .collect()
}

fn me(app: &AppState, caller: Caller) -> Me {
    let scope = caller.pass.map(|pass| pass.scope.clone());
    let scope = scope.unwrap_or_default();
    Me {
        pages: scope.pages,
        rules: scope.rules.iter().map(ToString::to_string).collect(),
        name: caller.name,
        role: caller.role,
        auth_required: app.auth.required(),
        build: app.assets.build().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_ms: app.clock.now_ms(),
        time_scale: app.clock.speed(),
    }
}
