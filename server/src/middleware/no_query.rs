//! Routes without a query refuse one: a filter that does nothing must not look as if it did.
//!
//! Routes with a query refuse keys that they do not know by themselves. Which routes have none is read out of the
//! description of the API, so a new route needs nothing. What machines call (`/metrics`, `/health`) is left alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use crate::error::ApiError;
use crate::state::AppState;

/// Where the rule holds.
const PREFIX: &str = "/api/";

/// The routes that have no query.
#[derive(Debug)]
pub(crate) struct NoQuery(BTreeSet<(&'static str, String)>);

impl NoQuery {
    /// Those of a description.
    pub(crate) fn of(description: &OpenApi) -> Self {
        let mut routes = BTreeSet::new();
        for (path, item) in &description.paths.paths {
            let operations = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in operations {
                if operation.as_ref().is_some_and(has_no_query) && path.starts_with(PREFIX) {
                    routes.insert((method, path.clone()));
                }
            }
        }
        Self(routes)
    }

    fn has(&self, method: &Method, path: &str) -> bool {
        self.0
            .iter()
            .any(|(known, template)| *known == method.as_str() && template == path)
    }
}

fn has_no_query(operation: &Operation) -> bool {
    // What is only referred to could be anything, and counts as a query.
    let is_other = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(it) if !matches!(it.parameter_in, ParameterIn::Query));
    operation.parameters.iter().flatten().all(is_other)
}

/// Refuses a query where there is none.
pub(crate) async fn refuse(
    State((routes, app)): State<(Arc<NoQuery>, AppState)>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let first = request
        .uri()
        .query()
        .and_then(|query| query.split(['=', '&']).find(|key| !key.is_empty()));
    let Some(key) = first else {
        return Ok(next.run(request).await);
    };
    let path = request.extensions().get::<MatchedPath>();
    let has_none = path.is_some_and(|path| routes.has(request.method(), path.as_str()));
    // Who may not come in is told that, and nothing about addresses.
    if has_none && app.auth.identify(request.headers()).await.is_ok() {
        let message = format!("unknown key `{key}`: this address takes no query");
        return Err(ApiError::invalid_query(key, message));
    }
    Ok(next.run(request).await)
}
