//! How long an answer may take. An event stream is not an answer in this sense: only its head is timed.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::ApiError;
use crate::state::AppState;

/// A detection over many hours and rules, and a language model, take longer than any other request.
const LONG_PATHS: [&str; 2] = ["/api/v1/anomalies/detect-and-notify", "/api/v1/assist"];
const LONG_FACTOR: u32 = 10;

pub(super) async fn deadline(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let limit_ms = u64::try_from(app.config.http.request_timeout.ms()).unwrap_or(u64::MAX);
    let mut limit = Duration::from_millis(limit_ms);
    if LONG_PATHS.contains(&request.uri().path()) {
        limit *= LONG_FACTOR;
    }
    tokio::time::timeout(limit, next.run(request))
        .await
        .map_err(|_| ApiError::timeout(format!("there was no answer within {} s", limit.as_secs())))
}
