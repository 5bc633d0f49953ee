//! What handlers and loops share: one [`App`], every field said.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, State};
use hindcast_shared::time::Clock;

use crate::assets::Assets;
use crate::auth::Auth;
use crate::config::Config;
use crate::detection::Detection;
use crate::embed::Panels;
use crate::feedback::Feedback;
use crate::lifecycle::Lifecycle;
use crate::metrics::Metrics;
use crate::middleware::RateLimits;
use crate::models::jobs::Jobs;
use crate::models::registry::Registry;
use crate::notify::Notify;
use crate::sources::Sources;
use crate::store::Store;
use crate::stream::Hub;
use crate::study::Turns;

/// The running server.
pub(crate) struct App {
    /// The configuration as it was at start; rules and log level may have been reloaded since.
    pub(crate) config: Arc<Config>,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// When the process started.
    pub(crate) started_at_ms: i64,
    /// Rules, anomalies, points, journal.
    pub(crate) store: Store,
    /// The event stream.
    pub(crate) hub: Arc<Hub>,
    /// Where series come from.
    pub(crate) sources: Arc<Sources>,
    /// Runs of rules, and people's actions on what they found.
    pub(crate) detection: Arc<Detection>,
    /// Full models.
    pub(crate) models: Registry,
    /// Trainings of full models.
    pub(crate) jobs: Arc<Jobs>,
    /// The built front end.
    pub(crate) assets: Assets,
    /// Who is told.
    pub(crate) notify: Arc<Notify>,
    /// What people said of anomalies, and what that suggests.
    pub(crate) feedback: Feedback,
    /// Keys, sessions and tickets.
    pub(crate) auth: Arc<Auth>,
    /// Who may have a thread compute next.
    pub(crate) studies: Turns,
    /// Panels without a script.
    pub(crate) panels: Panels,
    /// Who has asked how often.
    pub(crate) rate_limits: RateLimits,
    /// What `/metrics` tells.
    pub(crate) metrics: Metrics,
    /// Tokens and tasks; every loop and stream takes one.
    pub(crate) lifecycle: Lifecycle,
}

/// The [`App`] as an argument of a handler.
#[derive(Clone, FromRequestParts)]
#[from_request(via(State))]
pub(crate) struct AppState(Arc<App>);

impl AppState {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self(app)
    }
}

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl FromRef<AppState> for Arc<App> {
    fn from_ref(state: &AppState) -> Self {
        state.0.clone()
    }
}
