//! Everything that is no route: the app's pages and files, and the refusals of the API.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::ACCEPT;
use http::{HeaderMap, Method, StatusCode};

use crate::error::ApiError;
use crate::state::AppState;

/// A path of the app, or nothing at all.
pub(crate) async fn serve_asset(app: AppState, request: Request) -> Response {
    let path = request.uri().path();
    let not_found = || {
        let message = format!("there is nothing at {path}");
        ApiError::not_found("not_found", message).into_response()
    };
    if path.starts_with("/api/") {
        return not_found();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refuse_method().await;
    }
    // Files are small and cached, or inside the binary: reading them here blocks nobody for long.
    if let Some(answer) = app.assets.answer(path, request.headers()) {
        return answer;
    }
    // Whoever followed a bad link is shown where to go on; programs are told in their own form.
    let accept = request.headers().get(ACCEPT);
    let is_browser = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let page = app.assets.answer("/", &HeaderMap::new());
    match page.filter(|_| is_browser) {
        Some(mut page) => {
            *page.status_mut() = StatusCode::NOT_FOUND;
            page
        }
        None => not_found(),
    }
}

/// A route that exists, asked in a way that it does not know.
pub(crate) async fn refuse_method() -> Response {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not answer to this method",
    )
    .into_response()
}
