//! Telling people: from the journal into the outbox, and from there to whoever is configured.
//!
//! A page that the pager sends and the end of its anomaly become notifications in one transaction with the position
//! of the journal up to which was read, so that a crash at any moment loses none ([`fill`]). Each route sends its
//! own, in order for each anomaly, again and again until they have arrived ([`dispatch`]). Decides nothing about
//! an anomaly, and never makes detection wait.

mod channel;
mod dispatch;
mod fill;
mod guard;
mod send;
mod signature;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{NoticeEvent, NotificationRoute, NotificationTest};
use hindcast_shared::time::Clock;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::send::Outcome;
use crate::config::{Config, RouteConfig};
use crate::store::{Store, StoreResult};

/// What is told, as it is kept in the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// What it is about.
    pub(crate) event: NoticeEvent,
    /// When that was.
    pub(crate) at_ms: i64,
    /// One line.
    pub(crate) title: String,
    /// The reason, in sentences.
    pub(crate) text: String,
    /// Where to read more.
    pub(crate) url: Option<String>,
    /// How many anomalies it sums up.
    pub(crate) sums_up: Option<u32>,
    /// The anomaly.
    pub(crate) anomaly: Anomaly,
}

/// A way to tell somebody, ready to be used.
#[derive(Debug)]
pub(crate) struct Route {
    config: RouteConfig,
    url: Url,
    client: reqwest::Client,
}

/// Failures in a row, and until when nothing is tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rest {
    failures: u32,
    until_ms: i64,
}

/// Everything that tells people.
#[derive(Debug)]
pub(crate) struct Notify {
    store: Store,
    clock: ClockBox,
    routes: Vec<Route>,
    public_url: Option<Url>,
    rests: Mutex<BTreeMap<String, Rest>>,
    /// Counts up whenever something was written into the outbox.
    filled: watch::Sender<u64>,
}

/// A clock that can be printed.
struct ClockBox(Arc<dyn Clock>);

impl std::fmt::Debug for ClockBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a clock")
    }
}

impl Notify {
    /// Makes the routes of a configuration ready.
    pub(crate) fn open(
        config: &Config,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let rules = Arc::new(guard::Rules {
            allow: config.notify.allow.clone(),
            deny: config.notify.deny.clone(),
        });
        let routes = config.notify.routes.iter().map(|route| {
            Ok(Route {
                url: route
                    .address()
                    .map_err(|error| anyhow::anyhow!("{error}"))?,
                client: send::client(route, &rules)?,
                config: route.clone(),
            })
        });
        Ok(Self {
            routes: routes.collect::<anyhow::Result<_>>()?,
            public_url: config.http.public_url.clone(),
            store,
            clock: ClockBox(clock),
            rests: Mutex::default(),
            filled: watch::Sender::new(0),
        })
    }

    /// Takes the outbox' place in the journal before anything more is written there: what is written then is told.
    pub(crate) async fn begin(&self) -> StoreResult<()> {
        if self.routes.is_empty() {
            // Nobody reads the journal for this any more; it may be pruned.
            return self.store.outbox().forget_cursor().await;
        }
        self.store.outbox().cursor().await.map(|_| ())
    }

    /// Tells people until the token is cancelled.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        if self.routes.is_empty() {
            return stop.cancelled().await;
        }
        let routes = self.routes.iter().map(|route| self.dispatch(route, &stop));
        tokio::join!(self.keep_filling(&stop), futures::future::join_all(routes));
    }

    /// The routes, and how they are.
    pub(crate) async fn states(&self) -> StoreResult<Vec<NotificationRoute>> {
        let now_ms = self.now_ms();
        let mut states = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            let (waiting, dead) = self.store.outbox().counts(&route.config.name).await?;
            let rest = self.rests().get(&route.config.name).copied();
            states.push(NotificationRoute {
                name: route.config.name.clone(),
                channel: route.config.channel.as_str().to_owned(),
                host: route.url.host_str().unwrap_or_default().to_owned(),
                resting: rest.is_some_and(|rest| rest.until_ms > now_ms),
                waiting,
                dead,
            });
        }
        Ok(states)
    }

    /// Tells a route something at once, to see whether it arrives; none when there is no such route.
    pub(crate) async fn test(&self, name: &str) -> Option<NotificationTest> {
        let route = self.routes.iter().find(|route| route.config.name == name)?;
        let now_ms = self.now_ms();
        let notice = channel::test_notice(now_ms, self.public_url.as_ref())?;
        let key = format!("{name}:test:{now_ms}");
        let outcome = route.send(&notice, &key, now_ms).await;
        if matches!(outcome, Outcome::Arrived(_)) {
            // What opens something at the other end must not stay open.
            let over = Notice {
                event: NoticeEvent::Resolved,
                ..notice
            };
            if route.config.channel.keeps_state() {
                route.send(&over, &format!("{key}:over"), now_ms).await;
            }
        }
        Some(match outcome {
            Outcome::Arrived(detail) => NotificationTest {
                arrived: true,
                detail,
            },
            Outcome::Again { why, .. } | Outcome::Refused(why) => NotificationTest {
                arrived: false,
                detail: why,
            },
        })
    }

    /// Names of the routes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.config.name.as_str())
    }

    /// Wakes the routes: something in the outbox has changed.
    pub(crate) fn wake(&self) {
        self.filled.send_modify(|count| *count += 1);
    }

    fn now_ms(&self) -> i64 {
        self.clock.0.now_ms()
    }

    fn rests(&self) -> MutexGuard<'_, BTreeMap<String, Rest>> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
