//! Telling people: from the journal into the outbox, and from there to whoever is configured.
//!
//! A page that the pager sends and the end of its anomaly become notifications in one transaction with the position
//! of the journal up to which was read, so that a crash at any moment loses none ([`fill`]). Each route sends its
//! own, in order for each anomaly, again and again until they have arrived ([`dispatch`]). Decides nothing about
//! an anomaly, and never makes detection wait.

mod annotate;
mod ask;
mod bundle;
mod channel;
mod choose;
mod digest;
mod dispatch;
mod fill;
mod guard;
mod keep_alive;
mod mail;
mod picture;
#[cfg(test)]
mod policy_tests;
mod push;
#[cfg(test)]
mod push_tests;
mod send;
mod signature;
mod silence;
mod slack;
pub(crate) mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use self::mail::mailbox;
pub(crate) use self::signature::hmac;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{NoticeEvent, NotificationRoute, NotificationTest};
use hindcast_shared::time::Clock;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::bundle::Bundle;
use self::guard::Rules;
use self::picture::Painter;
use self::send::Outcome;
use self::silence::Silences;
use crate::config::{Config, FeedbackConfig, RouteConfig};
use crate::store::{Store, StoreResult};

/// What is told, as it is kept in the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// What it is about.
    pub(crate) event: NoticeEvent,
    /// When that was.
    pub(crate) at_ms: i64,
    /// Language of the words.
    pub(crate) lang: String,
    /// One line.
    pub(crate) title: String,
    /// The reason, in sentences.
    pub(crate) text: String,
    /// Where to read more.
    pub(crate) url: Option<String>,
    /// Where to say whether it was right, without logging in.
    pub(crate) feedback_url: Option<String>,
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
    rules: Arc<Rules>,
}

impl Route {
    /// The host that is told, for people; browsers have none in common.
    fn host(&self) -> &str {
        let host = self.url.host_str().unwrap_or_default();
        if self.config.channel == crate::config::Channel::Push {
            ""
        } else {
            host
        }
    }
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
    feedback: FeedbackConfig,
    rests: Mutex<BTreeMap<String, Rest>>,
    silences: Mutex<Silences>,
    painter: Painter,
    rules: Arc<Rules>,
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
        let rules = Arc::new(Rules {
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
                rules: rules.clone(),
            })
        });
        let routes = routes.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            routes,
            public_url: config.http.public_url.clone(),
            feedback: config.feedback.clone(),
            store,
            clock: ClockBox(clock),
            rests: Mutex::default(),
            silences: Mutex::default(),
            painter: Painter::new(),
            rules,
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
        let routes = self.routes.iter();
        tokio::join!(
            self.keep_filling(&stop),
            join_all(routes.clone().map(|route| self.dispatch(route, &stop))),
            join_all(routes.map(|route| self.keep_alive(route, &stop))),
        );
    }

    /// The routes, and how they are.
    pub(crate) async fn states(&self) -> StoreResult<Vec<NotificationRoute>> {
        let now_ms = self.now_ms();
        let mut states = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            let counts = self.store.outbox().counts(&route.config.name).await?;
            let rest = self.rests().get(&route.config.name).copied();
            states.push(NotificationRoute {
                name: route.config.name.clone(),
                channel: route.config.channel.as_str().to_owned(),
                host: route.host().to_owned(),
                resting_until_ms: rest
                    .map(|rest| rest.until_ms)
                    .filter(|until_ms| *until_ms > now_ms),
                failures: rest.map_or(0, |rest| rest.failures),
                waiting: counts.waiting,
                dead: counts.dead,
                last_sent_ms: counts.last_sent_ms,
            });
        }
        Ok(states)
    }

    /// Tells a route something at once, to see whether it arrives; none when there is no such route.
    pub(crate) async fn test(&self, name: &str) -> Option<NotificationTest> {
        let route = self.routes.iter().find(|route| route.config.name == name)?;
        let now_ms = self.now_ms();
        let notice = channel::test_notice(now_ms, route.config.lang(), self.public_url.as_ref())?;
        let key = format!("{name}:test:{now_ms}");
        let bundle = Bundle::of(notice.clone());
        let outcome = self.tell_route(route, &bundle, &key).await;
        if matches!(outcome, Outcome::Arrived(_)) {
            // What opens something at the other end must not stay open.
            let over = Notice {
                event: NoticeEvent::Resolved,
                ..notice
            };
            if route.config.channel.keeps_state() {
                let key = format!("{key}:over");
                self.tell_route(route, &Bundle::of(over), &key).await;
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

    fn configs(&self) -> impl Iterator<Item = &RouteConfig> {
        self.routes.iter().map(|route| &route.config)
    }

    fn silences(&self) -> MutexGuard<'_, Silences> {
        self.silences.lock().unwrap_or_else(PoisonError::into_inner)
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
