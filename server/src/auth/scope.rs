//! What a pass opens: the requests of what it shows, and no other.
//!
//! A list of what is open and not of what is closed: a new route is closed to passes until it is named here.

use axum::extract::MatchedPath;
use http::Method;
use http::request::Parts;

use super::Caller;
use crate::error::ApiError;
use crate::store::{PassKind, PassScope};

/// Refuses what the caller's pass does not show; nobody else is asked anything.
pub(super) fn check(caller: &Caller, parts: &Parts) -> Result<(), ApiError> {
    let Some(pass) = &caller.pass else {
        return Ok(());
    };
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    let reads = parts.method == Method::GET;
    let open = match (parts.method.as_str(), route) {
        ("POST", "/api/v1/stream-tickets") | ("GET", "/api/v1/sessions/me") => true,
        // A wall that shows everything reads everything that its role may read.
        _ if pass.kind == PassKind::Kiosk && pass.scope.rules.is_empty() => reads,
        ("GET", "/api/v1/rules/{id}") => {
            let id = parts.uri.path().rsplit('/').next();
            id.is_some_and(|id| shows(&pass.scope, id))
        }
        // This route shows a pass no other series than its own by itself.
        ("GET", "/api/v1/series") => names_rules(&pass.scope, parts),
        // These look at the pass themselves, and say in a picture what it does not show.
        ("GET", "/embed/panel.svg" | "/embed/panel.html") => true,
        ("GET", "/api/v1/anomalies" | "/api/v1/stream") => {
            names_rules(&pass.scope, parts) && names_series(&pass.scope, parts)
        }
        _ => false,
    };
    if open {
        return Ok(());
    }
    Err(ApiError::forbidden(format!(
        "the token `{}` does not show this",
        caller.name
    )))
}

fn shows(scope: &PassScope, rule: &str) -> bool {
    scope.rules.iter().any(|id| id.as_str() == rule)
}

fn values<'a>(parts: &'a Parts, wanted: &'static str) -> impl Iterator<Item = String> + use<'a> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    url::form_urlencoded::parse(query)
        .filter(move |(key, _)| key == wanted)
        .map(|(_, value)| value.into_owned())
}

/// Whether the query names rules, and only rules that are shown.
fn names_rules(scope: &PassScope, parts: &Parts) -> bool {
    let mut named = values(parts, "rule").peekable();
    named.peek().is_some() && named.all(|rule| shows(scope, &rule))
}

/// Whether the query keeps to the only series that is shown, where there is one.
fn names_series(scope: &PassScope, parts: &Parts) -> bool {
    let Some(only) = &scope.series else {
        return true;
    };
    let mut named = values(parts, "series").peekable();
    named.peek().is_some() && named.all(|series| series == *only)
}
