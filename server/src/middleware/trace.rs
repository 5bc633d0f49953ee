//! One span and one line a request, and its metric. Queries, bodies, keys and addresses stay out of the log.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::REQUEST_ID;
use crate::metrics::RouteLabels;
use crate::state::AppState;

pub(super) async fn trace(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let id = request.headers().get(REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let span = tracing::info_span!("request", %method, %path, id);
    async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let duration_ms = started.elapsed().as_millis() as u64;
        if status >= 500 {
            tracing::warn!(status, duration_ms, "answered {status}");
        } else {
            tracing::debug!(status, duration_ms, "answered {status}");
        }
        let labels = RouteLabels {
            method,
            route,
            status,
        };
        app.metrics.http_requests.get_or_create(&labels).inc();
        response
    }
    .instrument(span)
    .await
}
