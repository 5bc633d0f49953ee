//! `/api/v1/kiosks` and `/api/v1/pairings`: walls that nobody logs in to.
//!
//! A wall asks for a code and shows it; somebody who may lets it in by that code; the secret that the wall has kept
//! all the while is in force from then on. No secret is ever typed.

use axum::Json;
use hindcast_shared::api::{
    CreatedKiosk, ErrorBody, KioskRecord, KioskRequest, ListPage, Pairing, PairingState,
    PairingStatus,
};
use hindcast_shared::time::{MINUTE_MS, SECOND_MS};
use http::{HeaderMap, StatusCode};

use super::capabilities::{checked_end, checked_name, revoke};
use crate::auth::{
    Operator, PassRequest, WALL_PREFIX, hash_of, header_key, let_in, new_code, random_token,
};
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::state::AppState;
use crate::store::{Pass, PassKind, WaitingWall};

/// How long a wall waits under one code.
const CODE_TTL_MS: i64 = 10 * MINUTE_MS;

/// How long a wall waits between two looks.
const POLL_MS: i64 = 2 * SECOND_MS;

/// Gives a wall a code to show, and the secret that is in force once somebody has let it in.
#[utoipa::path(post, path = "/api/v1/pairings", tag = "tokens", operation_id = "create_pairing",
    responses((status = CREATED, body = Pairing)), security(()))]
pub(crate) async fn create_pairing(app: AppState) -> ApiResult<(StatusCode, Json<Pairing>)> {
    let now_ms = app.auth.now_ms();
    let token = format!("{WALL_PREFIX}{}", random_token()?);
    let wall = WaitingWall {
        code: new_code()?,
        hash: hash_of(&token),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + CODE_TTL_MS,
    };
    app.store.passes().wait(&wall).await?;
    Ok((
        StatusCode::CREATED,
        Json(Pairing {
            code: wall.code,
            token,
            expires_at_ms: wall.expires_at_ms,
            poll_ms: POLL_MS,
        }),
    ))
}

/// Says whether somebody has let the wall in; it sends its secret as `Authorization: Bearer`.
#[utoipa::path(get, path = "/api/v1/pairings/me", tag = "tokens", operation_id = "find_pairing",
    responses((status = OK, body = PairingState), (status = UNAUTHORIZED, body = ErrorBody)))]
pub(crate) async fn find_pairing(
    app: AppState,
    headers: HeaderMap,
) -> ApiResult<Json<PairingState>> {
    let secret = header_key(&headers)?;
    let secret =
        secret.ok_or_else(|| ApiError::unauthorized("send the wall's token as a bearer"))?;
    let hash = hash_of(secret);
    let now_ms = app.auth.now_ms();
    let passes = app.store.passes();
    let pass = passes.by_hash(&hash).await?;
    let state = |status, pass: Option<Pass>| {
        let (name, pages) = pass.map(|pass| (pass.name, pass.scope.pages)).unzip();
        Json(PairingState {
            status,
            name,
            pages: pages.unwrap_or_default(),
        })
    };
    Ok(match pass.filter(|pass| pass.in_force(now_ms)) {
        Some(pass) => state(PairingStatus::Paired, Some(pass)),
        None if passes.waits(&hash, now_ms).await? => state(PairingStatus::Waiting, None),
        None => state(PairingStatus::Over, None),
    })
}

/// Lists the walls, those that were put out too, oldest first.
#[utoipa::path(get, path = "/api/v1/kiosks", tag = "tokens", operation_id = "list_kiosks",
    responses((status = OK, body = ListPage<KioskRecord>)))]
pub(crate) async fn list_kiosks(
    app: AppState,
    _: Operator,
) -> ApiResult<Json<ListPage<KioskRecord>>> {
    let as_of_seq = app.store.head();
    let passes = app.store.passes().list(PassKind::Kiosk).await?;
    Ok(Json(ListPage {
        items: passes.into_iter().map(record).collect(),
        next_cursor: None,
        as_of_seq,
    }))
}

/// Lets a wall in by the code that it shows, or makes a token for one.
#[utoipa::path(post, path = "/api/v1/kiosks", tag = "tokens", operation_id = "create_kiosk",
    request_body = KioskRequest,
    responses((status = CREATED, body = CreatedKiosk), (status = NOT_FOUND, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_kiosk(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(request): extract::Json<KioskRequest>,
) -> ApiResult<(StatusCode, Json<CreatedKiosk>)> {
    let now_ms = app.auth.now_ms();
    if let Some(end_ms) = request.expires_at_ms {
        checked_end(end_ms, now_ms)?;
    }
    let wanted = PassRequest {
        code: request.code.as_deref(),
        name: checked_name(&request.name)?,
        pages: request.pages,
        expires_at_ms: request.expires_at_ms,
    };
    let (token, pass) = let_in(&app.store, wanted, &caller.name, now_ms).await?;
    Ok((
        StatusCode::CREATED,
        Json(CreatedKiosk {
            token,
            kiosk: record(pass),
        }),
    ))
}

/// Puts a wall out, and ends its streams.
#[utoipa::path(delete, path = "/api/v1/kiosks/{id}", tag = "tokens", operation_id = "delete_kiosk",
    params(("id" = String, Path, description = "Id of the wall")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn delete_kiosk(
    app: AppState,
    Operator(caller): Operator,
    extract::Path(id): extract::Path<String>,
) -> ApiResult<StatusCode> {
    revoke(&app, PassKind::Kiosk, &id, &caller.name).await
}

fn record(pass: Pass) -> KioskRecord {
    KioskRecord {
        id: pass.id,
        name: pass.name,
        pages: pass.scope.pages,
        created_at_ms: pass.created_at_ms,
        created_by: pass.created_by,
        expires_at_ms: pass.expires_at_ms,
        revoked_at_ms: pass.revoked_at_ms,
        last_seen_ms: pass.last_seen_ms,
    }
}
