//! What the whole page knows by itself and keeps up to date: the time, the connection, the anomalies that are open.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::SampleEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::browser;
use crate::load::Load;
use crate::sorted::insert_by_key;
use crate::stream::{Heard, Stream};

/// Silence after which the connection is doubted: two heartbeats.
const DOUBT_MS: i64 = 35_000;
/// Silence after which what is shown is called stale: five heartbeats.
const STALE_MS: i64 = 80_000;

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Not yet there.
    Connecting,
    /// Heard of lately.
    Live,
    /// Not heard of for two heartbeats, or being built anew.
    Doubtful,
    /// Not heard of for so long that what is shown may be wrong.
    Stale,
}

type SampleListener = Rc<dyn Fn(&SampleEvent)>;

#[derive(Default)]
struct Parts {
    stream: Option<Stream>,
    /// Samples come on a stream of their own: naming rules would narrow the anomalies as well.
    samples: Option<Stream>,
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
    /// Whether this is a panel about one rule, of which a page may hold many: one stream for everything.
    narrow: bool,
}

impl Live {
    /// Starts the clock and the stream; lives as long as its owner.
    pub fn start(narrow: bool) -> Self {
        let now_ms = RwSignal::new(browser::now_ms());
        let heard_ms = RwSignal::new(None);
        let broken = RwSignal::new(false);
        let link = Memo::new(move |_| match heard_ms.get() {
            None if broken.get() => Link::Stale,
            None => Link::Connecting,
            Some(heard) => {
                let silent = now_ms.get() - heard;
                if silent > STALE_MS {
                    Link::Stale
                } else if silent > DOUBT_MS || broken.get() {
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
            parts: StoredValue::new_local(Rc::default()),
            narrow,
        };
        let tick = set_interval_with_handle(move || live.tick(), Duration::from_secs(1)).ok();
        on_cleanup(move || {
            if let Some(tick) = tick {
                tick.clear();
            }
            live.with_parts(|parts| (parts.stream, parts.samples) = (None, None));
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

    fn watch(self) {
        self.with_parts(|parts| {
            let mut rules: Vec<String> = Vec::new();
            for rule in parts.listeners.values().flat_map(|(rules, _)| rules) {
                if !rules.contains(rule) {
                    insert_by_key(&mut rules, rule.clone(), String::clone);
                }
            }
            if self.narrow {
                if let Some(stream) = &parts.stream {
                    stream.watch(rules);
                }
            } else if rules.is_empty() {
                parts.samples = None;
            } else if let Some(samples) = &parts.samples {
                samples.watch(rules);
            } else {
                let hear = move |heard| {
                    if let Heard::Samples(samples) = heard {
                        self.spread(&samples);
                    }
                };
                parts.samples = Some(Stream::open(None, "sample", rules, hear));
            }
        });
    }

    fn tick(self) {
        self.now_ms.set(browser::now_ms());
        let hidden = browser::document().hidden();
        if self.hidden.get_untracked() && !hidden {
            // Samples are not sent again, so what the charts have missed is fetched.
            self.epoch.update(|epoch| *epoch += 1);
        }
        if self.hidden.get_untracked() != hidden {
            self.hidden.set(hidden);
        }
        self.with_parts(|parts| {
            for stream in parts.stream.iter().chain(&parts.samples) {
                stream.set_wanted(!hidden);
            }
        });
        if self.active.with_untracked(
            |active| matches!(active, Load::Failed(error) if *error != ApiError::SignedOut),
        ) && self.now_ms.get_untracked() / 1000 % 5 == 0
        {
            self.fetch();
        }
    }

    /// Fetches what is open now and goes on from there.
    pub fn fetch(self) {
        spawn_local(async move {
            let query = [("status", "active"), ("from", "now-30d"), ("limit", "1000")];
            match api::list_anomalies(&query).await {
                Ok(page) => {
                    let mut items = Vec::with_capacity(page.items.len());
                    for anomaly in page.items {
                        insert_by_key(&mut items, anomaly, rank);
                    }
                    self.active.set(Load::Ready(items));
                    self.heard();
                    self.follow(page.as_of_seq);
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
        let topics = if self.narrow {
            "anomaly,sample"
        } else {
            "anomaly"
        };
        self.with_parts(|parts| match &parts.stream {
            Some(stream) => stream.restart(since),
            None => {
                parts.stream = Some(Stream::open(
                    Some(since),
                    topics,
                    Vec::new(),
                    move |heard| {
                        self.hear(heard);
                    },
                ));
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
            Heard::Anomaly(event) => self.note(event.anomaly),
            Heard::Samples(samples) => self.spread(&samples),
            Heard::Reset => {
                self.epoch.update(|epoch| *epoch += 1);
                self.fetch();
            }
            Heard::Build(id) => {
                let known = self.build.get_untracked();
                self.outdated
                    .set(known.as_ref().is_some_and(|known| *known != id));
                if known.is_none() {
                    self.build.set(Some(id));
                }
            }
            Heard::Alive | Heard::Opened | Heard::Broken => {}
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

/// Worst first, then those that nobody took, then newest.
fn rank(
    anomaly: &Anomaly,
) -> (
    std::cmp::Reverse<hindcast_shared::rule::Severity>,
    hindcast_shared::anomaly::Status,
    i64,
) {
    (
        std::cmp::Reverse(anomaly.severity),
        anomaly.status,
        -anomaly.start_ms,
    )
}
