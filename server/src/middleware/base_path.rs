//! The path under which a proxy shows the product, taken off before routing.
//!
//! A proxy may pass the prefix on or take it off itself; both work, so health checks can ask at the root.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::Uri;

use crate::state::AppState;

pub(super) async fn strip(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let prefix = app.config.http.base_path.prefix();
    if prefix.is_empty() {
        return next.run(request).await;
    }
    if request.uri().path() == prefix {
        // Without the slash the page's relative addresses would miss the prefix.
        return Redirect::permanent(app.config.http.base_path.as_str()).into_response();
    }
    if let Some(uri) = stripped(request.uri(), prefix) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn stripped(uri: &Uri, prefix: &str) -> Option<Uri> {
    let path_and_query = uri.path_and_query()?.as_str();
    let rest = path_and_query.strip_prefix(prefix)?;
    if !rest.starts_with('/') {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_when_it_has_the_prefix_as_a_whole_segment_then_loses_it() {
        let strip =
            |uri: &'static str| stripped(&Uri::from_static(uri), "/ml").map(|uri| uri.to_string());
        assert_eq!(
            strip("/ml/api/v1/rules?a=b"),
            Some("/api/v1/rules?a=b".to_owned())
        );
        assert_eq!(strip("/ml/"), Some("/".to_owned()));
        assert_eq!(strip("/mlx/"), None);
        assert_eq!(strip("/api"), None);
    }
}
