//! What every request passes through, in one function, in order.

use axum::Router;

use crate::config::Limits;
use crate::state::AppState;

/// Who has asked how often.
#[derive(Debug)]
pub(crate) struct RateLimits {}

impl RateLimits {
    pub(crate) fn new(_limits: &Limits) -> Self {
        Self {}
    }
}

/// Lays the middleware around the routes.
pub(crate) fn apply(router: Router, _app: &AppState) -> Router {
    router
}
