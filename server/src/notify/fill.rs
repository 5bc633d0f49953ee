//! From the journal into the outbox: which entries are told, and to whom.

use std::time::Duration;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::NoticeEvent;
use hindcast_shared::glob;
use hindcast_shared::message::{self, Lang};
use hindcast_shared::pipeline::{Page, PageKind, PageVerdict, TransitionKind};
use tokio_util::sync::CancellationToken;

use super::{Notice, Notify};
use crate::config::RouteConfig;
use crate::journal::{Entry, EntryKind};
use crate::store::{NewNotice, StoreResult};

/// Entries of the journal that are read at a time.
const BATCH: u32 = 200;

/// How long to wait after the store has failed.
const RETRY: Duration = Duration::from_secs(1);

impl Notify {
    /// Follows the journal until the token is cancelled.
    pub(super) async fn keep_filling(&self, stop: &CancellationToken) {
        let mut head = self.store.watch_head();
        loop {
            head.borrow_and_update();
            let filled = self.fill().await;
            let failed = filled.is_err();
            if let Err(error) = filled {
                tracing::error!(%error, "notifications could not be written down; they will be");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = head.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(RETRY), if failed => {}
            }
        }
    }

    /// Writes down everything that the journal has become since the last time.
    pub(super) async fn fill(&self) -> StoreResult<()> {
        let mut cursor = self.store.outbox().cursor().await?;
        loop {
            let entries = self.store.journal().after(cursor, BATCH).await?;
            let Some(last) = entries.last().map(|entry| entry.seq) else {
                return Ok(());
            };
            let mut notices = Vec::new();
            for entry in &entries {
                notices.extend(self.notices(entry, &notices).await?);
            }
            self.store
                .outbox()
                .fill(&notices, last, self.now_ms())
                .await?;
            cursor = last;
            if !notices.is_empty() {
                self.wake();
            }
        }
    }

    /// What one entry becomes, for every route that hears of it. `before` is what this batch has become so far.
    async fn notices(&self, entry: &Entry, before: &[NewNotice]) -> StoreResult<Vec<NewNotice>> {
        let Some(id) = entry.draft.anomaly_id else {
            return Ok(Vec::new());
        };
        let Some((event, sums_up)) = told(entry) else {
            return Ok(Vec::new());
        };
        // As it stood then, where the entry says; pages come right after what they are about.
        let anomaly = match entry.transition() {
            Some(transition) => transition.anomaly,
            None => match self.store.anomalies().get(id).await? {
                Some(stored) => stored.anomaly,
                None => return Ok(Vec::new()),
            },
        };
        let at_ms = entry.draft.at_ms;
        let follows = matches!(event, NoticeEvent::Acknowledged | NoticeEvent::Resolved);
        let names: Vec<String> = if follows {
            let mut names = self.store.outbox().told(id).await?;
            let here = before.iter().filter(|notice| notice.anomaly_id == id);
            names.extend(here.map(|notice| notice.route.clone()));
            names
        } else {
            let routes = self.routes.iter().map(|route| &route.config);
            chosen(routes, &anomaly, at_ms)
                .map(|route| route.name.clone())
                .collect()
        };
        let notice = Notice {
            event,
            at_ms,
            title: message::title(&anomaly, Lang::En),
            text: message::text(&anomaly, Lang::En),
            url: self.link(&anomaly),
            sums_up,
            anomaly,
        };
        let body = serde_json::to_string(&notice).unwrap_or_default();
        let hearing = self
            .routes
            .iter()
            .map(|route| &route.config)
            .filter(|route| {
                let wanted = event != NoticeEvent::Resolved || route.resolved;
                names.contains(&route.name) && route.channel.hears(event) && wanted
            });
        Ok(hearing
            .map(|route| NewNotice {
                route: route.name.clone(),
                anomaly_id: id,
                key: format!("{}:{}:{}", self.store.store_id(), entry.seq, route.name),
                event,
                body: body.clone(),
            })
            .collect())
    }

    /// Where people read more.
    fn link(&self, anomaly: &Anomaly) -> Option<String> {
        let base = self.public_url.as_ref()?;
        let path = format!(
            "{}/anomalies/{}",
            base.path().trim_end_matches('/'),
            anomaly.id
        );
        let mut url = base.clone();
        url.set_path(&path);
        Some(url.into())
    }
}

/// Whether an entry is told to anybody, as what.
fn told(entry: &Entry) -> Option<(NoticeEvent, Option<u32>)> {
    match entry.draft.kind {
        EntryKind::Page => {
            let page: Page = serde_json::from_str(&entry.draft.payload).ok()?;
            if page.verdict != PageVerdict::Sent {
                return None;
            }
            let event = match page.kind {
                PageKind::Opened => NoticeEvent::Opened,
                PageKind::Escalated => NoticeEvent::Escalated,
                PageKind::Reopened => NoticeEvent::Reopened,
                PageKind::CaughtUp => NoticeEvent::CaughtUp,
                PageKind::StillOpen => NoticeEvent::StillOpen,
                PageKind::Settled => NoticeEvent::Settled,
            };
            Some((event, page.sums_up))
        }
        EntryKind::Transition(TransitionKind::Closed | TransitionKind::Judged) => {
            Some((NoticeEvent::Resolved, None))
        }
        EntryKind::Transition(TransitionKind::Acknowledged) => {
            Some((NoticeEvent::Acknowledged, None))
        }
        _ => None,
    }
}

/// The routes that hear of an anomaly: the first that fits, and those after it as long as they say `continue`.
fn chosen<'a>(
    routes: impl Iterator<Item = &'a RouteConfig>,
    anomaly: &Anomaly,
    at_ms: i64,
) -> impl Iterator<Item = &'a RouteConfig> {
    let mut ended = false;
    let mut found = Vec::new();
    for route in routes {
        if !ended && fits(route, anomaly, at_ms) {
            found.push(route);
            ended = !route.goes_on;
        }
    }
    found.into_iter()
}

fn fits(route: &RouteConfig, anomaly: &Anomaly, at_ms: i64) -> bool {
    let labelled = route.labels.iter().all(|(name, pattern)| {
        let value = anomaly.labels.get(name);
        value.is_some_and(|value| glob::matches(pattern, value))
    });
    labelled
        && anomaly.severity >= route.severity
        && glob::matches(&route.rule, anomaly.rule_id.as_str())
        && route
            .hours
            .as_ref()
            .is_none_or(|hours| hours.contain(at_ms))
}
