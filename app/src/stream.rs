//! The one event stream of a page.
//!
//! Owns the `EventSource`, its callbacks (kept here, dropped with it) and the last journal position heard.
//! A stream that breaks is built anew, forever, each time a little later; the new one asks for what came since.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hindcast_shared::api::{AnomalyEvent, SampleEvent};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::set_timeout_with_handle;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::json;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The connection stands.
    Opened,
    /// An anomaly is new, changed, or over.
    Anomaly(Box<AnomalyEvent>),
    /// A rule has evaluated samples.
    Samples(SampleEvent),
    /// A sign of life.
    Alive,
    /// The stream cannot go on from where it was.
    Reset,
    /// The build that is serving.
    Build(String),
    /// The connection is gone; it is tried again.
    Broken,
}

const NAMES: [&str; 8] = [
    "anomaly.detected",
    "anomaly.updated",
    "anomaly.resolved",
    "sample",
    "heartbeat",
    "reset",
    "build",
    "bye",
];

/// Longest wait before the next try.
const LONGEST_WAIT_MS: f64 = 60_000.0;

type Listener = Rc<dyn Fn(Heard)>;

/// A stream; closed when dropped.
pub struct Stream(Rc<RefCell<Inner>>);

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

struct Inner {
    listener: Listener,
    topics: &'static str,
    rules: Vec<String>,
    since: Option<i64>,
    tries: u32,
    connection: Option<Connection>,
    retry: Option<TimeoutHandle>,
}

struct Connection {
    source: EventSource,
    message: Closure<dyn FnMut(MessageEvent)>,
    _open: Closure<dyn FnMut()>,
    _error: Closure<dyn FnMut()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        for name in NAMES {
            let callback = self.message.as_ref().unchecked_ref();
            // A listener that cannot be taken off belongs to a source that is closed.
            self.source
                .remove_event_listener_with_callback(name, callback)
                .ok();
        }
    }
}

impl Inner {
    fn stop(&mut self) {
        self.connection = None;
        if let Some(retry) = self.retry.take() {
            retry.clear();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.borrow_mut().stop();
    }
}

impl Stream {
    /// A stream from a journal position on, or from now; of the rules that are named, or of all.
    ///
    /// Samples come only for rules that are named.
    pub fn open(
        since: Option<i64>,
        topics: &'static str,
        rules: Vec<String>,
        listener: impl Fn(Heard) + 'static,
    ) -> Self {
        let stream = Self(Rc::new(RefCell::new(Inner {
            listener: Rc::new(listener),
            topics,
            rules,
            since,
            tries: 0,
            connection: None,
            retry: None,
        })));
        connect(&stream.0);
        stream
    }

    /// Names other rules; nothing that comes meanwhile is lost.
    pub fn watch(&self, rules: Vec<String>) {
        if self.0.borrow().rules == rules {
            return;
        }
        self.0.borrow_mut().rules = rules;
        connect(&self.0);
    }

    /// Lets go of the connection while nobody looks, and takes it up again.
    pub fn set_wanted(&self, wanted: bool) {
        let (open, waiting) = {
            let inner = self.0.borrow();
            (inner.connection.is_some(), inner.retry.is_some())
        };
        if wanted && !open && !waiting {
            connect(&self.0);
        } else if !wanted && (open || waiting) {
            self.0.borrow_mut().stop();
        }
    }

    /// Goes on from another position, after a reset.
    pub fn restart(&self, since: i64) {
        self.0.borrow_mut().since = Some(since);
        connect(&self.0);
    }
}

fn connect(inner: &Rc<RefCell<Inner>>) {
    inner.borrow_mut().stop();
    let since = inner.borrow().since.map(|since| since.to_string());
    let topics = inner.borrow().topics;
    let rules = inner.borrow().rules.clone();
    let mut query: Vec<(&str, &str)> = vec![("topics", topics)];
    query.extend(since.as_deref().map(|since| ("since", since)));
    query.extend(rules.iter().map(|rule| ("rule", rule.as_str())));
    let Ok(source) = EventSource::new(&crate::api::address("stream", &query)) else {
        again(inner);
        return;
    };
    let weak = Rc::downgrade(inner);
    let message = Closure::new({
        let weak = weak.clone();
        move |message: MessageEvent| {
            if let Some(inner) = weak.upgrade() {
                hear(&inner, &message);
            }
        }
    });
    let open = Closure::new({
        let weak = weak.clone();
        move || {
            if let Some(inner) = weak.upgrade() {
                inner.borrow_mut().tries = 0;
                let listener = Rc::clone(&inner.borrow().listener);
                listener(Heard::Opened);
            }
        }
    });
    let error = Closure::new(move || {
        if let Some(inner) = weak.upgrade() {
            again(&inner);
        }
    });
    for name in NAMES {
        let callback = Closure::as_ref(&message).unchecked_ref();
        // Adding a listener to a source that was just made does not fail.
        source.add_event_listener_with_callback(name, callback).ok();
    }
    source.set_onopen(Some(open.as_ref().unchecked_ref()));
    source.set_onerror(Some(error.as_ref().unchecked_ref()));
    inner.borrow_mut().connection = Some(Connection {
        source,
        message,
        _open: open,
        _error: error,
    });
}

fn hear(inner: &Rc<RefCell<Inner>>, message: &MessageEvent) {
    // Only journal events carry an id; it is where the next stream goes on.
    if let Ok(seq) = message.last_event_id().parse() {
        inner.borrow_mut().since = Some(seq);
    }
    let text = message.data().as_string().unwrap_or_default();
    let name = message.type_();
    let heard = read(&name, &text);
    let listener = Rc::clone(&inner.borrow().listener);
    if let Some(heard) = heard {
        listener(heard);
    }
    if name == "bye" {
        again(inner);
    }
}

/// Reads an event by its name, which spares the page the code that finds out from the body what it is.
fn read(name: &str, text: &str) -> Option<Heard> {
    #[derive(serde::Deserialize)]
    struct Build {
        id: String,
    }
    match name {
        "sample" => json::read(text).ok().map(Heard::Samples),
        "heartbeat" => Some(Heard::Alive),
        "reset" => Some(Heard::Reset),
        "build" => json::read::<Build>(text)
            .ok()
            .map(|build| Heard::Build(build.id)),
        name if name.starts_with("anomaly.") => json::read(text)
            .ok()
            .map(|event| Heard::Anomaly(Box::new(event))),
        _ => None,
    }
}

/// Builds the stream anew after a wait that doubles with each try and is spread by chance.
fn again(inner: &Rc<RefCell<Inner>>) {
    let (listener, tries) = {
        let mut inner = inner.borrow_mut();
        inner.stop();
        inner.tries = (inner.tries + 1).min(16);
        (Rc::clone(&inner.listener), inner.tries)
    };
    let wait_ms = (500.0 * f64::from(1_u32 << tries)).min(LONGEST_WAIT_MS)
        * (0.5 + js_sys::Math::random() / 2.0);
    let weak = Rc::downgrade(inner);
    let retry = set_timeout_with_handle(
        move || {
            if let Some(inner) = weak.upgrade() {
                inner.borrow_mut().retry = None;
                connect(&inner);
            }
        },
        Duration::from_millis(wait_ms as u64),
    );
    inner.borrow_mut().retry = retry.ok();
    listener(Heard::Broken);
}
