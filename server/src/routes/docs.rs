//! `/docs`: the description of the API as a page, from inside the binary.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use utoipa_swagger_ui::Config;

use crate::error::ApiError;
use crate::state::AppState;

/// `/docs` itself: the page's addresses are relative to a folder.
pub(crate) async fn redirect(app: AppState) -> Redirect {
    Redirect::permanent(&format!("{}/docs/", app.config.http.base_path.prefix()))
}

/// `/docs/` and what the page loads.
pub(crate) async fn serve(path: Option<Path<String>>) -> Result<Response, ApiError> {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let config = Arc::new(Config::from("../api/v1/openapi.json"));
    let file = utoipa_swagger_ui::serve(&path, config)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("{error}")))?
        .ok_or_else(|| ApiError::not_found("not_found", "there is nothing at this address"))?;
    let mut response = (
        [
            (CONTENT_TYPE, file.content_type),
            (CACHE_CONTROL, "no-cache".to_owned()),
        ],
        file.bytes.into_owned(),
    )
        .into_response();
    if file.gzpipped {
        let gzip = http::HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
    }
    Ok(response)
}
