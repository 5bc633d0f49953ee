//! `GET /api/v1/rules/{id}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use hindcast_shared::api::{ErrorBody, RuleRecord};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};

use super::{record, rule_id};
use crate::auth::Embed;
use crate::config::rule_yaml;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::etag;
use crate::state::AppState;

/// How a rule is asked for as a file has it.
const YAML: &str = "application/yaml";

/// Finds one rule; the `ETag` is its version.
///
/// With `Accept: application/yaml` it is the rule as a file has it.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "rules", operation_id = "find_rule",
    params(("id" = String, Path, description = "Id of the rule")),
    responses((status = OK, content((RuleRecord = "application/json"), (String = "application/yaml"))), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_rule(
    app: AppState,
    _: Embed,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let record = record(&app, &rule_id(&id)?).await?;
    let etag = etag(i64::from(record.version));
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains(YAML)) {
        let text = rule_yaml(&record.rule).map_err(anyhow::Error::from)?;
        return Ok((etag, [(CONTENT_TYPE, YAML), (VARY, "accept")], text).into_response());
    }
    Ok((etag, [(VARY, "accept")], Json(record)).into_response())
}
