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
    let path = without_token(request.uri().path());
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

/// The path as it may be written down: the secret of a link stands in it.
fn without_token(path: &str) -> String {
    if path.starts_with("/feedback/") {
        return "/feedback/***".to_owned();
    }
    match path.strip_prefix("/embed/t/") {
        Some(rest) => {
            let file = rest.split_once('/').map_or("", |(_, file)| file);
            format!("/embed/t/***/{file}")
        }
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_when_it_holds_a_token_then_is_written_without() {
        let told = without_token("/embed/t/hcp_secret/panel.svg");
        assert_eq!(told, "/embed/t/***/panel.svg");
        assert_eq!(without_token("/embed/t/hcp_secret"), "/embed/t/***/");
        assert_eq!(without_token("/feedback/01J.secret"), "/feedback/***");
        assert_eq!(without_token("/api/v1/rules"), "/api/v1/rules");
    }
}
