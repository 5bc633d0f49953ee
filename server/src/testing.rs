//! A whole server in a test: the real router over a real store in a temporary folder, with a clock that stands still.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hindcast_shared::api::Role;
use hindcast_shared::time::Clock;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::assets::Assets;
use crate::auth::{Auth, create_key};
use crate::clock::TestClock;
use crate::config::Config;
use crate::detection::{Detection, Instruments};
use crate::embed::Panels;
use crate::feedback::Feedback;
use crate::lifecycle::Lifecycle;
use crate::metrics::Metrics;
use crate::middleware::RateLimits;
use crate::models::jobs::Jobs;
use crate::models::registry::Registry;
use crate::notify::Notify;
use crate::reload;
use crate::router::router;
use crate::sources::{SampleStore, configured};
use crate::state::{App, AppState};
use crate::store::Store;
use crate::stream::Hub;
use crate::study::Turns;

/// When every test begins: 2026-01-05, a Monday, at noon.
pub(crate) const NOW_MS: i64 = 1_767_614_400_000;

/// The server, and what a test does with it.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
    router: Router,
    key: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// `(status, code, field)` of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, Option<String>) {
        let error = &self.json()["error"];
        let word = |key: &str| error[key].as_str().map(str::to_owned);
        (
            self.status.as_u16(),
            word("code").unwrap_or_default(),
            word("field"),
        )
    }
}

impl TestApp {
    /// With the defaults: no keys, sources `host` and `demo`.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::with(|_| ()).await
    }

    /// With a changed configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut config = crate::config::load(&crate::config::Inputs::default())?;
        config.store.path = folder.path().join("hindcast.db");
        change(&mut config);
        let clock = TestClock::at(NOW_MS);
        let as_clock: Arc<dyn Clock> = clock.clone();
        let store = Store::open(&config.store.options(true), NOW_MS).await?;
        let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
        let models = Registry::of(&config, store.clone());
        let made = configured(&config.sources, &samples, &models, as_clock.clone())?;
        let auth = Auth::open(&config.auth, store.clone(), as_clock.clone()).await?;
        let (hub, sources) = (Hub::new(store.clone()), Arc::new(made.sources));
        let mut metrics = Metrics::default();
        metrics.add_models(models.meters());
        let detection = Detection::open(
            store.clone(),
            sources.clone(),
            as_clock.clone(),
            Some(hub.clone()),
            Instruments::of(&metrics),
        );
        let app = Arc::new(App {
            started_at_ms: NOW_MS,
            jobs: Arc::new(Jobs::new(
                store.clone(),
                models.clone(),
                sources.clone(),
                as_clock.clone(),
                hub.clone(),
                config.models.means(),
            )),
            models,
            hub,
            sources,
            detection: Arc::new(detection.await?),
            assets: Assets::open(&config),
            auth: Arc::new(auth),
            notify: Arc::new(Notify::open(&config, store.clone(), as_clock.clone())?),
            studies: Turns::default(),
            panels: Panels::default(),
            feedback: Feedback::new(as_clock.clone()),
            rate_limits: RateLimits::new(&config.limits),
            metrics,
            lifecycle: Lifecycle::default(),
            config: Arc::new(config),
            clock: as_clock,
            store,
        });
        reload::provision(&app.store, &app.config, app.started_at_ms).await?;
        Ok(Self {
            router: router(&AppState::new(app.clone())),
            app,
            clock,
            _folder: folder,
            key: None,
        })
    }

    /// Makes a key in the store and knows it from now on; from then on one is needed.
    pub(crate) async fn make_key(&self, name: &str, role: Role) -> anyhow::Result<String> {
        let made = create_key(&self.app.store, name, role, "test", NOW_MS).await;
        let (key, _) = made.map_err(|error| anyhow::anyhow!("{error}"))?;
        self.app.auth.refresh().await?;
        Ok(key)
    }

    /// Sends this key with every request from now on.
    pub(crate) fn use_key(&mut self, key: impl Into<String>) {
        self.key = Some(key.into());
    }

    /// Sends a request as it is, with the key.
    pub(crate) async fn send(&self, request: Request<Body>) -> anyhow::Result<Answer> {
        Self::read(self.open(request).await?).await
    }

    /// Sends a request as it is, without the key.
    pub(crate) async fn send_as_nobody(&self, request: Request<Body>) -> anyhow::Result<Answer> {
        Self::read(self.open_as_nobody(request).await?).await
    }

    async fn read(response: Response) -> anyhow::Result<Answer> {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 64 << 20).await?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// Sends a request and leaves the answer's body to the caller, such as a stream.
    pub(crate) async fn open(&self, mut request: Request<Body>) -> anyhow::Result<Response> {
        if let Some(key) = &self.key {
            request.headers_mut().insert("x-api-key", key.parse()?);
        }
        self.open_as_nobody(request).await
    }

    /// The same without the key.
    pub(crate) async fn open_as_nobody(
        &self,
        mut request: Request<Body>,
    ) -> anyhow::Result<Response> {
        let headers = request.headers_mut();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, "127.0.0.1".parse()?);
        }
        self.router
            .clone()
            .oneshot(request)
            .await
            .context("the router cannot fail")
    }

    pub(crate) async fn get(&self, uri: &str) -> anyhow::Result<Answer> {
        self.send(Request::get(uri).body(Body::empty())?).await
    }

    pub(crate) async fn post(&self, uri: &str, body: &Value) -> anyhow::Result<Answer> {
        self.call(&Method::POST, uri, body).await
    }

    pub(crate) async fn call(
        &self,
        method: &Method,
        uri: &str,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(CONTENT_TYPE, "application/json")
            .body(body)?;
        self.send(request).await
    }
}
