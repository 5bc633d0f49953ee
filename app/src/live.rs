//! What the whole page knows by itself and keeps up to date: the time, the connection, the anomalies that are open.

mod hears;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::SampleEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::asking::{ASK_EVERY_MS, asking, wall_rules};
use crate::browser;
use crate::http;
use crate::load::Load;
use crate::sorted::insert_by_key;
use crate::stream::{Heard, Stream};
use crate::token;
use crate::url_state;

pub use self::hears::Hears;
use self::hears::rank;

/// Distance of the stream's heartbeats.
const HEARTBEAT_MS: i64 = 15_000;
/// What a sign of life may be late.
const SLACK_MS: i64 = 5_000;
/// How often the stream is told that this page is still there.
const ALIVE_EVERY_MS: i64 = 15_000;

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Not yet there.
    Connecting,
    /// Heard of lately.
    Live,
    /// Not heard of for two intervals, or being built anew.
    Doubtful,
    /// Not heard of for so long that what is shown may be wrong.
    Stale,
}

type SampleListener = Rc<dyn Fn(&SampleEvent)>;

struct Parts {
    hears: Hears,
    stream: Option<Stream>,
    listeners: BTreeMap<u32, (Vec<String>, SampleListener)>,
    next: u32,
}

/// The live state; copied freely.
#[derive(Clone, Copy)]
pub struct Live {
    /// The time, every second.
    pub now_ms: RwSignal<i64>,
    /// The connection.
    pub link: Memo<Link>,
    /// When the server was last heard of.
    pub heard_ms: RwSignal<Option<i64>>,
    /// Open and acknowledged anomalies, worst first.
    pub active: RwSignal<Load<Vec<Anomaly>>>,
    /// Counts events that may change what a page has fetched.
    pub epoch: RwSignal<u32>,
    /// The anomaly that changed last.
    pub changed: RwSignal<Option<Anomaly>>,
    /// Whether the server is of another build than this page.
    pub outdated: RwSignal<bool>,
    broken: RwSignal<bool>,
    hidden: RwSignal<bool>,
    build: RwSignal<Option<String>>,
    parts: StoredValue<Rc<RefCell<Parts>>, LocalStorage>,
    /// How often the server is asked; none while a stream tells.
    asks_every_ms: RwSignal<Option<i64>>,
    asked_ms: StoredValue<i64>,
    /// Only what is about these rules, if any: a panel may see no other, and a wall of some rules neither.
    pub only: StoredValue<Vec<String>>,
    /// And only what is about this series, if any, as a panel's link may demand.
    pub series: StoredValue<Option<String>>,
}

impl Live {
    /// Starts the clock and the stream; lives as long as its owner.
    ///
    /// A panel in somebody's frame asks now and then, unless its address says `refresh=live`.
    pub fn start(panel: bool, what: Hears) -> Self {
        token::take();
        let query = url_state::current();
        let asks_every_ms = RwSignal::new(panel.then(|| asking(query.get("refresh"))).flatten());
        let series = query.get("series").filter(|_| panel).map(str::to_owned);
        let only = if panel {
            query.get("rule").into_iter().map(str::to_owned).collect()
        } else {
            wall_rules(query.get("pages").unwrap_or_default())
        };
        let now_ms = RwSignal::new(browser::now_ms());
        let heard_ms = RwSignal::new(None);
        let broken = RwSignal::new(false);
        let link = Memo::new(move |_| match heard_ms.get() {
            None if broken.get() => Link::Stale,
            None => Link::Connecting,
            Some(heard) => {
                let silent = now_ms.get() - heard - SLACK_MS;
                let interval_ms = asks_every_ms.get().unwrap_or(HEARTBEAT_MS);
                if silent > 5 * interval_ms {
                    Link::Stale
                } else if silent > 2 * interval_ms || broken.get() {
                    Link::Doubtful
                } else {
                    Link::Live
                }
            }
        });
        let live = Self {
            now_ms,
            link,
            heard_ms,
            active: RwSignal::new(Load::Waiting),
            epoch: RwSignal::new(0),
            changed: RwSignal::new(None),
            outdated: RwSignal::new(false),
            broken,
            hidden: RwSignal::new(false),
            build: RwSignal::new(None),
            parts: StoredValue::new_local(Rc::new(RefCell::new(Parts {
                hears: what,
                stream: None,
                listeners: BTreeMap::new(),
                next: 0,
            }))),
            asks_every_ms,
            asked_ms: StoredValue::new(0),
            only: StoredValue::new(only),
            series: StoredValue::new(series),
        };
        let tick = set_interval_with_handle(move || live.tick(), Duration::from_secs(1)).ok();
        let leaving = window_event_listener(leptos::ev::pagehide, move |_| live.release());
        on_cleanup(move || {
            if let Some(tick) = tick {
                tick.clear();
            }
            leaving.remove();
            live.with_parts(|parts| parts.stream = None);
        });
        live.fetch();
        live
    }

    /// Hears the samples of some rules, until the owner is gone.
    pub fn on_samples(self, rules: Vec<String>, listener: impl Fn(&SampleEvent) + 'static) {
        let id = self.with_parts(|parts| {
            parts.next += 1;
            parts
                .listeners
                .insert(parts.next, (rules, Rc::new(listener)));
            parts.next
        });
        self.watch();
        on_cleanup(move || {
            self.with_parts(|parts| {
                if let Some(id) = id {
                    parts.listeners.remove(&id);
                }
            });
            self.watch();
        });
    }

    fn with_parts<T>(self, change: impl FnOnce(&mut Parts) -> T) -> Option<T> {
        let parts = self.parts.try_get_value()?;
        let mut parts = parts.borrow_mut();
        Some(change(&mut parts))
    }

    fn hears(self) -> Option<Hears> {
        self.with_parts(|parts| parts.hears)
    }

    fn watch(self) {
        self.with_parts(|parts| {
            let mut rules: Vec<String> = Vec::new();
            for rule in parts.listeners.values().flat_map(|(rules, _)| rules) {
                if !rules.contains(rule) {
                    insert_by_key(&mut rules, rule.clone(), String::clone);
                }
            }
            if let Some(stream) = &parts.stream {
                stream.watch(rules);
            }
        });
    }

    /// Lets go of the stream: nobody looks.
    fn release(self) {
        self.with_parts(|parts| {
            if let Some(stream) = &parts.stream {
                stream.release();
            }
        });
    }

    fn tick(self) {
        let now_ms = browser::now_ms();
        self.now_ms.set(now_ms);
        let hidden = browser::document().hidden();
        if self.hidden.get_untracked() != hidden {
            self.hidden.set(hidden);
            if hidden {
                self.release();
            } else {
                // Samples are not sent again, so what the charts have missed is fetched.
                self.epoch.update(|epoch| *epoch += 1);
                self.fetch();
            }
        }
        if hidden {
            return;
        }
        if now_ms / ALIVE_EVERY_MS != (now_ms - 1_000) / ALIVE_EVERY_MS {
            self.with_parts(|parts| {
                if let Some(stream) = &parts.stream {
                    stream.is_alive();
                }
            });
        }
        let failed = self.active.with_untracked(
            |active| matches!(active, Load::Failed(error) if *error != ApiError::SignedOut),
        );
        let every_ms = if failed {
            Some(5_000)
        } else {
            self.asks_every_ms.get_untracked()
        };
        if every_ms.is_some_and(|every_ms| now_ms - self.asked_ms.get_value() >= every_ms) {
            if !failed {
                self.epoch.update(|epoch| *epoch += 1);
            }
            self.fetch();
        }
    }

    /// Fetches what is open now and goes on from there.
    pub fn fetch(self) {
        self.asked_ms.set_value(browser::now_ms());
        spawn_local(async move {
            let (Some(only), Some(hears)) = (self.only.try_get_value(), self.hears()) else {
                return;
            };
            let series = self.series.try_get_value().flatten();
            match (hears.active)(only, series).await {
                Ok((items, as_of_seq)) => {
                    // What a page could not fetch meanwhile is fetched now.
                    let was_away = self
                        .active
                        .with_untracked(|active| matches!(active, Load::Failed(_)));
                    self.active.set(Load::Ready(items));
                    if was_away {
                        self.epoch.update(|epoch| *epoch += 1);
                    }
                    self.heard();
                    self.follow(as_of_seq);
                }
                Err(error) => {
                    self.broken.set(true);
                    // What was known stays visible, with its age.
                    self.active.maybe_update(|active| {
                        let first = active.ready().is_none();
                        if first {
                            *active = Load::Failed(error);
                        }
                        first
                    });
                }
            }
        });
    }

    fn heard(self) {
        self.broken.set(false);
        self.heard_ms.set(Some(browser::now_ms()));
    }

    fn follow(self, since: i64) {
        if self.asks_every_ms.get_untracked().is_some() {
            return;
        }
        let only = self.only.get_value();
        self.with_parts(|parts| {
            if let Some(stream) = &parts.stream {
                return stream.restart(since);
            }
            let hear = move |heard| self.hear(heard);
            let series = self.series.get_value();
            parts.stream = Stream::open(since, http::token(), only, series, hear);
            if parts.stream.is_none() {
                // Without a worker there is no stream, but there are answers.
                self.asks_every_ms.set(Some(ASK_EVERY_MS));
            }
        });
        self.watch();
    }

    fn hear(self, heard: Heard) {
        if heard == Heard::Broken {
            return self.broken.set(true);
        }
        self.heard();
        match heard {
            Heard::Anomaly(event) => {
                if let Some(hears) = self.hears() {
                    (hears.anomaly)(self, &event);
                }
            }
            Heard::Samples(samples) => {
                if let Some(hears) = self.hears() {
                    (hears.samples)(self, &samples);
                }
            }
            Heard::Reset => {
                self.epoch.update(|epoch| *epoch += 1);
                self.fetch();
            }
            Heard::Build(id) => self.is_build(id),
            Heard::Alive | Heard::Opened | Heard::Broken => {}
        }
    }

    fn is_build(self, id: String) {
        let known = self.build.get_untracked();
        self.outdated
            .set(known.as_ref().is_some_and(|known| *known != id));
        if known.is_none() {
            self.build.set(Some(id));
        }
    }

    /// Takes in an anomaly as it is now.
    pub fn note(self, anomaly: Anomaly) {
        self.active.update(|active| {
            if let Load::Ready(active) = active {
                active.retain(|old| old.id != anomaly.id);
                if anomaly.status.is_active() {
                    insert_by_key(active, anomaly.clone(), rank);
                }
            }
        });
        self.changed.set(Some(anomaly));
    }

    fn spread(self, samples: &SampleEvent) {
        let listeners = self.with_parts(|parts| {
            parts
                .listeners
                .values()
                .filter(|(rules, _)| rules.iter().any(|rule| rule == samples.rule_id.as_str()))
                .map(|(_, listener)| Rc::clone(listener))
                .collect::<Vec<_>>()
        });
        for listener in listeners.unwrap_or_default() {
            listener(samples);
        }
    }
}
