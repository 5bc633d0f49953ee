//! `POST /api/v1/anomalies/{id}/assign`

use axum::response::Response;
use hindcast_shared::api::{AnomalyDetail, AssignRequest, ErrorBody};
use hindcast_shared::error::FieldError;
use http::HeaderMap;

use super::act;
use crate::auth::Operator;
use crate::detection::Deed;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Path};
use crate::state::AppState;

/// Longest name, in characters.
const MAX_CHARS: usize = 200;

/// Says who takes care of an anomaly.
#[utoipa::path(post, path = "/api/v1/anomalies/{id}/assign", tag = "anomalies", operation_id = "assign_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly"), ("If-Match" = Option<String>, Header)),
    request_body = AssignRequest,
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = PRECONDITION_FAILED, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn assign_anomaly(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    extract::Json(request): extract::Json<AssignRequest>,
) -> ApiResult<Response> {
    let assignee = request.assignee.map(|name| name.trim().to_owned());
    let wrong = |name: &String| name.is_empty() || name.chars().count() > MAX_CHARS;
    if assignee.as_ref().is_some_and(wrong) {
        let message = format!("must have 1 to {MAX_CHARS} characters");
        let error = FieldError::new("assignee", message);
        return Err(ApiError::invalid_body("invalid_assignee", error));
    }
    act::command(&app, caller, &id, &headers, Deed::assign(assignee)).await
}
