//! From the journal into the outbox: which entries are told, and to whom.

use std::time::Duration;

use hindcast_shared::anomaly::{Anomaly, AnomalyId};
use hindcast_shared::api::{MachineWords, NoticeEvent};
use hindcast_shared::message::{self, Lang};
use hindcast_shared::pipeline::{Page, PageKind, PageVerdict, TransitionKind};
use tokio_util::sync::CancellationToken;

use super::choose::{chosen, lane};
use super::{Notice, Notify};
use crate::config::{Channel, RouteConfig};
use crate::journal::{Entry, EntryKind};
use crate::store::{Escalation, Hold, NewNotice, Step, StoreResult};

/// Entries of the journal that are read at a time.
const BATCH: u32 = 200;

/// How long to wait after the store has failed.
const RETRY: Duration = Duration::from_secs(1);

/// Longest sleep at a stretch.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Notify {
    /// Follows the journal until the token is cancelled.
    pub(super) async fn keep_filling(&self, stop: &CancellationToken) {
        let mut head = self.store.watch_head();
        loop {
            head.borrow_and_update();
            let pause = match self.take_in().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "notifications could not be written down; they will be");
                    RETRY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                changed = head.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Everything that has happened, and then everything that has not: what nobody has taken. Answers how long
    /// nothing will be due.
    async fn take_in(&self) -> StoreResult<Duration> {
        self.fill().await?;
        self.escalate().await?;
        let next_ms = self.store.outbox().next_escalation_ms().await?;
        let pause = next_ms.map_or(LONGEST_SLEEP, |next_ms| {
            Duration::from_millis(u64::try_from(next_ms - self.now_ms()).unwrap_or(0))
        });
        // What cannot be done now must not turn into a loop.
        Ok(pause.clamp(Duration::from_millis(50), LONGEST_SLEEP))
    }

    /// Writes down everything that the journal has become since the last time.
    pub(super) async fn fill(&self) -> StoreResult<()> {
        let mut cursor = self.store.outbox().cursor().await?;
        loop {
            let entries = self.store.journal().after(cursor, BATCH).await?;
            let Some(last) = entries.last().map(|entry| entry.seq) else {
                return Ok(());
            };
            let mut steps = Vec::new();
            for entry in &entries {
                steps.extend(self.steps(entry, &steps).await?);
            }
            let outbox = self.store.outbox();
            outbox.fill(&steps, last, self.now_ms()).await?;
            cursor = last;
            if !steps.is_empty() {
                self.wake();
            }
        }
    }

    /// What one entry becomes. `before` is what this batch has become so far.
    async fn steps(&self, entry: &Entry, before: &[Step]) -> StoreResult<Vec<Step>> {
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
        let routes: Vec<&RouteConfig> = if follows {
            let names = self.heard(id, before).await?;
            let configs = self.configs();
            configs
                .filter(|route| names.contains(&route.name))
                .collect()
        } else {
            chosen(self.configs(), &anomaly, at_ms)
        };
        // The first message never waits for a machine's words; later ones have them if they are there.
        let machine = if event == NoticeEvent::Opened {
            None
        } else {
            self.machine_words(&anomaly).await?
        };
        let mut steps = Vec::new();
        if follows {
            steps.push(Step::Settle(id));
        }
        for route in routes {
            let wanted = event != NoticeEvent::Resolved || route.resolved;
            if wanted && route.channel.hears(event) {
                let key = format!("{}:{}:{}", self.store.store_id(), entry.seq, route.name);
                let step = self.tell(route, event, at_ms, sums_up, &anomaly, key);
                steps.push(with_machine_words(step, machine.as_ref()));
            }
            if let (false, Some(next)) = (follows, &route.escalate) {
                steps.push(Step::Escalate(Escalation {
                    anomaly_id: id,
                    route: next.to.clone(),
                    seq: entry.seq,
                    due_at_ms: self.now_ms() + next.after.ms(),
                }));
            }
        }
        Ok(steps)
    }

    /// The step that tells a route.
    pub(super) fn tell(
        &self,
        route: &RouteConfig,
        event: NoticeEvent,
        at_ms: i64,
        sums_up: Option<u32>,
        anomaly: &Anomaly,
        key: String,
    ) -> Step {
        let notice = self.notice(route, event, at_ms, sums_up, anomaly.clone());
        let silence = match route.channel {
            // It knows its own silences.
            Channel::Alertmanager => None,
            _ if event == NoticeEvent::Resolved => None,
            _ => self.silences().reason(anomaly, self.now_ms()),
        };
        let hold = match (silence, &route.group) {
            (Some(why), _) => Hold::Silenced(why),
            (None, Some(group)) => Hold::Gather {
                wait_ms: group.wait.ms(),
                interval_ms: group.interval.ms(),
            },
            (None, None) => Hold::No,
        };
        Step::Tell(NewNotice {
            route: route.name.clone(),
            lane: lane(route, anomaly),
            anomaly_id: anomaly.id,
            key,
            event,
            body: serde_json::to_string(&notice).unwrap_or_default(),
            hold,
        })
    }

    fn notice(
        &self,
        route: &RouteConfig,
        event: NoticeEvent,
        at_ms: i64,
        sums_up: Option<u32>,
        anomaly: Anomaly,
    ) -> Notice {
        let lang = route.lang();
        let mut text = message::text(&anomaly, lang);
        if event == NoticeEvent::Unanswered {
            text = format!("{} {text}", super::words::words(&route.lang).unanswered);
        }
        Notice {
            event,
            at_ms,
            lang: lang.tag().to_owned(),
            title: message::title(&anomaly, lang),
            text,
            url: self.link(&format!("anomalies/{}", anomaly.id)),
            feedback_url: None,
            sums_up,
            anomaly,
        }
    }

    /// What a machine has written of an anomaly, in whatever language.
    async fn machine_words(&self, anomaly: &Anomaly) -> StoreResult<Option<MachineWords>> {
        self.store.machine_words(anomaly.id, Lang::En).await
    }

    /// Names of the routes that have heard of an anomaly.
    async fn heard(&self, id: AnomalyId, before: &[Step]) -> StoreResult<Vec<String>> {
        let mut names = self.store.outbox().told(id).await?;
        names.extend(before.iter().filter_map(|step| match step {
            Step::Tell(notice) if notice.anomaly_id == id => match notice.hold {
                Hold::Silenced(_) => None,
                _ => Some(notice.route.clone()),
            },
            _ => None,
        }));
        Ok(names)
    }

    /// Tells the next route of what nobody has taken.
    pub(super) async fn escalate(&self) -> StoreResult<()> {
        let outbox = self.store.outbox();
        let now_ms = self.now_ms();
        for escalation in outbox.escalations_due(now_ms).await? {
            let stored = self.store.anomalies().get(escalation.anomaly_id).await?;
            let open = stored
                .map(|stored| stored.anomaly)
                .filter(|anomaly| anomaly.status == hindcast_shared::anomaly::Status::Open);
            let route = self.configs().find(|route| route.name == escalation.route);
            let (mut steps, mut again_ms) = (Vec::new(), None);
            if let (Some(anomaly), Some(route)) = (open, route) {
                again_ms = anomaly
                    .snoozed_until_ms
                    .filter(|until_ms| *until_ms > now_ms);
                if again_ms.is_none() {
                    let event = NoticeEvent::Unanswered;
                    let key = format!(
                        "{}:{}:{}:unanswered",
                        self.store.store_id(),
                        escalation.seq,
                        route.name
                    );
                    if route.channel.hears(event) {
                        let machine = self.machine_words(&anomaly).await?;
                        let step = self.tell(route, event, now_ms, None, &anomaly, key);
                        steps.push(with_machine_words(step, machine.as_ref()));
                    }
                    if let Some(next) = &route.escalate {
                        steps.push(Step::Escalate(Escalation {
                            route: next.to.clone(),
                            due_at_ms: now_ms + next.after.ms(),
                            ..escalation.clone()
                        }));
                    }
                }
            }
            outbox
                .escalate(&escalation, &steps, again_ms, now_ms)
                .await?;
            self.wake();
        }
        Ok(())
    }

    /// Where people read more.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        let base = self.public_url.as_ref()?;
        Some(super::channel::under(base, &format!("/{path}")).into())
    }
}

/// A notice in the language of a machine's words gets them, and says whose they are.
fn with_machine_words(step: Step, machine: Option<&MachineWords>) -> Step {
    let (Step::Tell(mut told), Some(machine)) = (step.clone(), machine) else {
        return step;
    };
    let Ok(mut notice) = serde_json::from_str::<Notice>(&told.body) else {
        return step;
    };
    if notice.lang != machine.lang {
        return step;
    }
    let by = super::words::words(&notice.lang)
        .machine
        .replace("{model}", &machine.model);
    notice.text = format!("{}\n{by} {}", notice.text, machine.text());
    told.body = serde_json::to_string(&notice).unwrap_or(told.body);
    Step::Tell(told)
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
