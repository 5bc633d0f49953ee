//! A sink that answers as it is told, and a store with something to tell.

use std::collections::VecDeque;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use hindcast_shared::anomaly::Status;
use hindcast_shared::api::NoticeState;
use hindcast_shared::pipeline::{Page, PageKind, PageVerdict, TransitionKind};
use hindcast_shared::rule::{Rule, Severity};
use hindcast_shared::time::MINUTE_MS;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::clock::TestClock;
use crate::store::testing::{Fixture, anomaly, tick, transition};

pub(super) const NOW_MS: i64 = 1_767_614_400_000;

/// How the sink answers, once each; 200 when nothing is left.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reply {
    Status(u16),
    RetryAfter(u64),
    Json(&'static str),
    Says(u16, &'static str),
    Never,
}

/// What arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
}

impl Seen {
    pub(super) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) replies: VecDeque<Reply>,
    pub(super) always: Option<Reply>,
    pub(super) seen: Vec<Seen>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Told>>);

impl Sink {
    pub(super) async fn start(&self) -> anyhow::Result<SocketAddr> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(receive).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answer(&self, replies: &[Reply]) {
        self.told().replies.extend(replies);
    }

    /// Answers so whenever nothing else was said.
    pub(super) fn answer_always(&self, reply: Reply) {
        self.told().always = Some(reply);
    }

    /// What has arrived since the last time.
    pub(super) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.told().seen)
    }
}

async fn receive(
    State(sink): State<Sink>,
    method: http::Method,
    uri: http::Uri,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let reply = {
        let mut told = sink.told();
        told.seen.push(Seen {
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        });
        let always = told.always.unwrap_or(Reply::Status(200));
        told.replies.pop_front().unwrap_or(always)
    };
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status)
            .unwrap_or_default()
            .into_response(),
        Reply::Says(status, text) => {
            (StatusCode::from_u16(status).unwrap_or_default(), text).into_response()
        }
        Reply::Json(text) => ([("content-type", "application/json")], text).into_response(),
        Reply::RetryAfter(seconds) => {
            let header = [("retry-after", seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, header, "slow down").into_response()
        }
        Reply::Never => std::future::pending().await,
    }
}

pub(super) struct Bench {
    pub(super) fixture: Fixture,
    pub(super) clock: Arc<TestClock>,
    pub(super) sink: Sink,
    pub(super) config: Config,
    pub(super) rule: Rule,
}

impl Bench {
    /// A store with a rule, a sink, and routes to it as a file would have them; `{sink}` is its address.
    pub(super) async fn new(routes: Value) -> anyhow::Result<Self> {
        let (fixture, sink) = (Fixture::new().await?, Sink::default());
        let address = sink.start().await?;
        let routes = routes
            .to_string()
            .replace("{sink}", &format!("http://{address}"));
        let notify =
            json!({"allow": ["127.0.0.0/8"], "routes": serde_json::from_str::<Value>(&routes)?});
        let mut config = Config {
            notify: serde_json::from_value(notify)?,
            ..Config::default()
        };
        config.http.public_url = "https://hindcast.example/ml/".parse().ok();
        let rule = fixture.rule("r", MINUTE_MS).await?;
        Ok(Self {
            fixture,
            clock: TestClock::at(NOW_MS),
            sink,
            config,
            rule,
        })
    }

    pub(super) fn notify(&self) -> anyhow::Result<Notify> {
        Notify::open(&self.config, self.fixture.store.clone(), self.clock.clone())
    }

    /// A step in the life of an anomaly, with a page when the pager has something to say.
    pub(super) async fn happens(
        &self,
        kind: TransitionKind,
        found: &Anomaly,
        page: Option<(PageKind, PageVerdict)>,
    ) -> anyhow::Result<()> {
        let mut commit = tick(&self.rule, 1, found.detected_at_ms);
        commit.transitions = vec![transition(kind, found.clone())];
        commit.pages = page
            .map(|(kind, verdict)| Page {
                anomaly_id: found.id,
                at_ms: found.detected_at_ms,
                kind,
                severity: found.severity,
                sums_up: None,
                verdict,
            })
            .into_iter()
            .collect();
        self.fixture.store.commit_tick(commit).await?;
        Ok(())
    }

    pub(super) async fn opens(&self, series: &str, severity: Severity) -> anyhow::Result<Anomaly> {
        let mut found = anomaly("r", series, NOW_MS, Status::Open);
        found.severity = severity;
        let page = (PageKind::Opened, PageVerdict::Sent);
        self.happens(TransitionKind::Opened, &found, Some(page))
            .await?;
        Ok(found)
    }

    pub(super) async fn closes(&self, found: &Anomaly) -> anyhow::Result<()> {
        let mut over = found.clone();
        over.status = Status::Resolved;
        over.detected_at_ms += MINUTE_MS;
        self.happens(TransitionKind::Closed, &over, None).await
    }

    pub(super) async fn states(&self) -> anyhow::Result<Vec<(String, NoticeState, u32)>> {
        let list = self.fixture.store.outbox().list(None, None, 1_000).await?;
        Ok(list
            .into_iter()
            .rev()
            .map(|one| (one.route, one.state, one.attempts))
            .collect())
    }
}
