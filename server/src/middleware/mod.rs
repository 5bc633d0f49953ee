//! What every request passes through: [`apply`] is the one place that says in which order.

mod base_path;
mod body;
mod client;
mod deadline;
mod headers;
pub(crate) mod no_query;
mod rate;
mod trace;
mod unchanged;

pub(crate) use self::no_query::NoQuery;
pub(crate) use self::rate::RateLimits;

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH};
use http::{HeaderName, HeaderValue, Method};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::auth::guard;
use crate::config::Config;
use crate::error::ApiError;
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Lays the middleware around the routes. A request passes from the bottom of this list to the top.
pub(crate) fn apply(router: Router, app: &AppState) -> Router {
    let body_limit = app.config.limits.body_mib as usize * 1024 * 1024;
    let inner = router
        // Nearest to the handlers: how much they read, and how long they may take.
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(from_fn_with_state(body_limit, body::refuse_large))
        .layer(from_fn_with_state(app.clone(), deadline::deadline))
        // Nothing is sent twice to whoever says what it has.
        .layer(from_fn(unchanged::answer))
        // Leaves event streams and what is compressed already as they are.
        .layer(CompressionLayer::new())
        // Who may come in at all.
        .layer(from_fn_with_state(app.clone(), rate::limit))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .layer(cors(&app.config))
        // From here on out everything that is answered passes, refusals too.
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), headers::security))
        .layer(from_fn_with_state(app.clone(), trace::trace))
        .layer(from_fn_with_state(app.clone(), client::identify))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(from_fn(drop_foreign_request_id));
    // Before routing, which is why there are two routers.
    Router::new()
        .fallback_service(inner)
        .layer(from_fn_with_state(app.clone(), base_path::strip))
}

/// A request id that is not one of ours ends up in logs: it must be short and plain.
async fn drop_foreign_request_id(mut request: Request, next: axum::middleware::Next) -> Response {
    let plain = |value: &HeaderValue| {
        value.len() <= 64
            && value
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    };
    if !request.headers().get(REQUEST_ID).is_some_and(plain) {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

fn cors(config: &Config) -> CorsLayer {
    let origins: Vec<HeaderValue> = config
        .auth
        .cors_origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok())
        .collect();
    // No credentials: another origin sends a key of its own and never the cookie of this one.
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CACHE_CONTROL,
            CONTENT_TYPE,
            IF_MATCH,
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([ETAG, REQUEST_ID])
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the payload over"
)]
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    ApiError::internal(anyhow::anyhow!("a handler panicked: {message}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::Config;
    use crate::testing::TestApp;

    async fn ask(test: &TestApp, handler: axum::routing::MethodRouter) -> Response {
        let router = Router::new().route("/x", handler);
        let request = Request::get("/x")
            .header("host", "localhost")
            .header(ACCEPT_ENCODING, "gzip")
            .body(Body::empty());
        apply(router, &AppState::new(test.app.clone()))
            .oneshot(request.expect("a valid request"))
            .await
            .expect("a router does not fail")
    }

    #[tokio::test]
    async fn handler_when_it_panics_then_a_refusal_is_answered() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let broken = get(async || -> &'static str { panic!("on purpose") });
        let response = ask(&test, broken).await;
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("content-security-policy"));
        let body = axum::body::to_bytes(response.into_body(), 1_000).await?;
        assert!(!String::from_utf8_lossy(&body).contains("on purpose"));
        Ok(())
    }

    #[tokio::test]
    async fn handler_when_it_takes_too_long_then_is_given_up() -> anyhow::Result<()> {
        let test = TestApp::with(|config: &mut Config| {
            config.http.request_timeout = hindcast_shared::time::Millis::new(20);
        })
        .await?;
        let response = ask(&test, get(std::future::pending::<&'static str>)).await;
        assert_eq!(response.status(), 504);
        Ok(())
    }

    #[tokio::test]
    async fn answer_when_large_then_is_compressed_and_a_stream_is_not() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let long = ask(&test, get(async || "x".repeat(1_000))).await;
        assert_eq!(long.headers()[CONTENT_ENCODING], "gzip");
        let events = get(async || ([(CONTENT_TYPE, "text/event-stream")], "x".repeat(1_000)));
        let events = ask(&test, events).await;
        assert!(!events.headers().contains_key(CONTENT_ENCODING));
        Ok(())
    }
}
