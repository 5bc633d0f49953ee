//! The server of `crate::testing` with a rule and a source to push to, and small requests.

use axum::body::{Body, Bytes};
use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::pipeline::TransitionKind;
use hindcast_shared::rule::Rule;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::config::{PushSource, SourceConfig, SourceSpec};
use crate::store::Store;
use crate::store::testing::{anomaly, save_rule, tick, transition};
use crate::testing;

pub(crate) use crate::testing::NOW_MS;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// The body, if it is JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name);
        let text = value.and_then(|value| value.to_str().ok());
        text.unwrap_or_default().to_owned()
    }
}

/// A server without a socket: a rule `r`, a push source `inbox`, nobody needs a key.
pub(crate) struct TestApp {
    pub(crate) store: Store,
    server: testing::TestApp,
    rule: Rule,
}

impl TestApp {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::with(|_| ()).await
    }

    /// With a changed configuration.
    pub(crate) async fn with(
        change: impl FnOnce(&mut crate::config::Config),
    ) -> anyhow::Result<Self> {
        let inbox = SourceConfig {
            name: "inbox".into(),
            spec: SourceSpec::Push(PushSource {}),
        };
        let server = testing::TestApp::with(|config| {
            change(config);
            config.sources = vec![inbox];
            config.default_sources = false;
            config.rules = Vec::new();
        })
        .await?;
        let store = server.app.store.clone();
        let rule = save_rule(&store, "r", "inbox", "load").await?;
        Ok(Self {
            store,
            server,
            rule,
        })
    }

    /// The server itself.
    pub(crate) fn app(&self) -> &std::sync::Arc<crate::state::App> {
        &self.server.app
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by_ms: i64) {
        self.server.clock.advance(by_ms);
    }

    /// Begins the shutdown, so that streams come to an end.
    pub(crate) fn stop(&self) {
        self.server.app.lifecycle.stop();
    }

    /// Opens an anomaly of the rule `r`.
    pub(crate) async fn open(&self, series: &str, start_ms: i64) -> anyhow::Result<Anomaly> {
        let found = anomaly(self.rule.id.as_str(), series, start_ms, Status::Open);
        let mut commit = tick(&self.rule, 1, start_ms);
        commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
        self.store.commit_tick(commit).await?;
        Ok(found)
    }

    pub(crate) async fn get(&self, uri: &str) -> anyhow::Result<Answer> {
        self.get_with(uri, &[]).await
    }

    pub(crate) async fn get_with(
        &self,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        self.send(Method::GET, uri, headers, "").await
    }

    pub(crate) async fn post(
        &self,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<Answer> {
        self.send(Method::POST, uri, headers, body).await
    }

    pub(crate) async fn put(
        &self,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<Answer> {
        self.send(Method::PUT, uri, headers, body).await
    }

    pub(crate) async fn delete(
        &self,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        self.send(Method::DELETE, uri, headers, "").await
    }

    async fn send(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned()))?;
        let response = self.server.open(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        })
    }
}

/// A rule over `inbox` that fires above 90, as people write it.
pub(crate) fn draft(name: &str) -> String {
    json!({
        "name": name, "source": "inbox", "query": "load", "window": "1h", "fit_every": "1h",
        "detector": {"kind": "threshold"}, "decision": {"threshold": 90.0}, "for": 1,
        "recover": {"below": 1.0, "for": 1},
    })
    .to_string()
}
