//! Answers `304` where a list is what the client has already: panels ask every few seconds, and mostly nothing changed.
//!
//! Only whole JSON answers without a tag of their own: a stream has no end, and a version says more than a hash.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, Method, StatusCode};

use crate::auth::hash_of_bytes;

/// What is longer is not worth the hash.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

pub(super) async fn answer(request: Request, next: Next) -> Response {
    let seen = request.headers().get(IF_NONE_MATCH).cloned();
    let asks = request.method() == Method::GET && request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let length = response.body().size_hint().exact();
    let headers = response.headers();
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    let whole = length.is_some_and(|length| length <= MOST_BYTES);
    if !asks
        || !is_json
        || !whole
        || response.status() != StatusCode::OK
        || headers.contains_key(ETAG)
    {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES as usize).await else {
        // A body of known length is there already, and is read.
        head.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(head, Body::empty());
    };
    let tag = format!("W/\"{}\"", &hash_of_bytes(&bytes)[..16]);
    // Kept by this browser alone, and asked for again each time.
    head.headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    let is_same = seen
        .and_then(|seen| Some(seen.to_str().ok()?.split(',').any(|one| one.trim() == tag)))
        .unwrap_or_default();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.headers.insert(ETAG, tag);
    }
    if is_same {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(CONTENT_LENGTH);
        head.headers.remove(CONTENT_TYPE);
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(bytes))
}
