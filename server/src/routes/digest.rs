//! `GET /api/v1/digest`

use axum::Json;
use hindcast_shared::api::{Digest, DigestQuery, ErrorBody};

use crate::auth::Viewer;
use crate::digest::{Week, make};
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::state::AppState;

/// Says what a week was like: the noisiest rules, the pages that nobody acted on, the rules that never fired.
#[utoipa::path(get, path = "/api/v1/digest", tag = "rules", operation_id = "find_digest", params(DigestQuery),
    responses((status = OK, body = Digest), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn find_digest(
    app: AppState,
    _: Viewer,
    Query(query): Query<DigestQuery>,
) -> ApiResult<Json<Digest>> {
    let (now_ms, tz) = (app.clock.now_ms(), &app.config.digest.tz);
    let week = match &query.week {
        Some(text) => Week::read(text, tz),
        None => Week::before(now_ms, tz).ok_or_else(|| "there is no week before now".to_owned()),
    };
    let week = week.map_err(|message| ApiError::invalid_query("week", message))?;
    Ok(Json(make(&app.store, week, now_ms).await?))
}
