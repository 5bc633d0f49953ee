//! Bodies that say themselves that they are too large are refused before they are read.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_LENGTH;

use crate::error::ApiError;

pub(super) async fn refuse_large(
    State(limit): State<usize>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        let mib = limit / (1024 * 1024);
        return Err(ApiError::too_large(format!(
            "the body is larger than {mib} MiB (limits.body_mib)"
        )));
    }
    Ok(next.run(request).await)
}
