//! `POST /api/v1/feedback-links/revoke`

use http::StatusCode;

use crate::auth::Admin;
use crate::error::ApiResult;
use crate::feedback;
use crate::state::AppState;

/// Makes every link for feedback void that was given out; messages that are sent from now on have new ones.
#[utoipa::path(post, path = "/api/v1/feedback-links/revoke", tag = "anomalies",
    operation_id = "revoke_feedback_links", responses((status = NO_CONTENT)))]
pub(crate) async fn revoke_feedback_links(
    app: AppState,
    Admin(caller): Admin,
) -> ApiResult<StatusCode> {
    feedback::revoke_links(&app, &caller.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
