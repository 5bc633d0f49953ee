//! `GET /api/v1/rules/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, RuleRecord};

use super::{record, rule_id};
use crate::auth::Embed;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Finds one rule; the `ETag` is its version.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "rules", operation_id = "find_rule",
    params(("id" = String, Path, description = "Id of the rule")),
    responses((status = OK, body = RuleRecord), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_rule(
    app: AppState,
    _: Embed,
    Path(id): Path<String>,
) -> ApiResult<impl IntoResponse> {
    let record = record(&app, &rule_id(&id)?).await?;
    Ok((etag(i64::from(record.version)), Json(record)))
}
