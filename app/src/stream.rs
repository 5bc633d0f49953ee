//! The event stream of a page, as the script `stream.js` holds it for all pages of this browser.
//!
//! Owns the port to that script and its callback (kept here, dropped with it). The connection, its retries and the
//! journal position are the script's: with a shared worker eight tabs have one stream; without one each visible
//! page has its own, and a hidden page lets go of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, MessagePort, SharedWorker, Worker};

use crate::json;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The connection stands.
    Opened,
    /// An anomaly is new, changed, or over: an `AnomalyEvent` as JSON, for those who show any.
    Anomaly(String),
    /// A rule has evaluated samples: a `SampleEvent` as JSON.
    Samples(String),
    /// A sign of life.
    Alive,
    /// The stream cannot go on from where it was.
    Reset,
    /// The build that is serving.
    Build(String),
    /// The connection is gone; it is tried again.
    Broken,
}

/// Where the connection is held.
pub(crate) const SCRIPT: &str = "stream.js";

/// The other end.
pub(crate) enum Far {
    Shared(MessagePort),
    Own(Worker),
}

impl Far {
    pub(crate) fn say(&self, text: &str) {
        let text = JsValue::from_str(text);
        // A text can be posted as long as there is anybody to hear it.
        match self {
            Self::Shared(port) => port.post_message(&text).ok(),
            Self::Own(worker) => worker.post_message(&text).ok(),
        };
    }

    pub(crate) fn listen(&self, callback: Option<&js_sys::Function>) {
        match self {
            Self::Shared(port) => port.set_onmessage(callback),
            Self::Own(worker) => worker.set_onmessage(callback),
        }
    }
}

type OnMessage = Closure<dyn FnMut(MessageEvent)>;
type OnError = Closure<dyn FnMut(web_sys::Event)>;

/// A stream; let go of when dropped.
pub struct Stream(Rc<Inner>);

struct Inner {
    far: RefCell<Far>,
    token: Option<String>,
    /// The only rules of which anything is heard; of all when empty.
    only: Vec<String>,
    /// The only series, if any.
    series: Option<String>,
    rules: RefCell<Vec<String>>,
    wanted: Cell<bool>,
    /// The newest position that was asked for.
    since: Cell<i64>,
    message: OnMessage,
    /// Of a shared worker; kept for as long as it may fail.
    error: RefCell<Option<(SharedWorker, OnError)>>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some((shared, _)) = self.error.get_mut() {
            shared.set_onerror(None);
        }
        let far = self.far.get_mut();
        far.listen(None);
        far.say("null");
        match far {
            Far::Shared(port) => port.close(),
            Far::Own(worker) => worker.terminate(),
        }
    }
}

/// What a page wants of the script.
#[derive(serde::Serialize)]
struct Want<'a> {
    since: Option<i64>,
    rules: &'a [String],
    only: &'a [String],
    series: Option<&'a str>,
    token: Option<&'a str>,
}

impl Stream {
    /// A stream from a journal position on: anomalies of all rules or of `only` some, and the samples of rules that
    /// are named later.
    ///
    /// None where the browser starts no worker for this page.
    pub fn open(
        since: i64,
        token: Option<String>,
        only: Vec<String>,
        series: Option<String>,
        listener: impl Fn(Heard) + 'static,
    ) -> Option<Self> {
        let message = Closure::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            let mut parts = text.splitn(3, ' ');
            let (name, _id, data) = (parts.next(), parts.next(), parts.next());
            if let Some(heard) = read(name.unwrap_or_default(), data.unwrap_or_default()) {
                listener(heard);
            }
        });
        let shared = SharedWorker::new(SCRIPT).ok();
        let far = match &shared {
            Some(shared) => Far::Shared(shared.port()),
            None => Far::Own(Worker::new(SCRIPT).ok()?),
        };
        let inner = Rc::new(Inner {
            far: RefCell::new(far),
            token,
            only,
            series,
            rules: RefCell::default(),
            wanted: Cell::new(true),
            since: Cell::new(since),
            message,
            error: RefCell::default(),
        });
        if let Some(shared) = shared {
            let weak = Rc::downgrade(&inner);
            let error = Closure::new(move |_: web_sys::Event| {
                if let Some(inner) = weak.upgrade() {
                    inner.take_own();
                }
            });
            shared.set_onerror(Some(Closure::as_ref(&error).unchecked_ref()));
            inner.error.replace(Some((shared, error)));
        }
        inner.listen();
        inner.want(Some(since));
        Some(Self(inner))
    }

    /// Names the rules whose samples are wanted.
    pub fn watch(&self, rules: Vec<String>) {
        if *self.0.rules.borrow() != rules {
            self.0.rules.replace(rules);
            self.0.want(None);
        }
    }

    /// Says that the page is there.
    pub fn is_alive(&self) {
        if self.0.wanted.get() {
            self.0.far.borrow().say("");
        }
    }

    /// Lets go of the connection: nobody looks.
    pub fn release(&self) {
        if self.0.wanted.replace(false) {
            self.0.far.borrow().say("null");
        }
    }

    /// Goes on from a position, with the connection that was let go of or with the one that there is.
    pub fn restart(&self, since: i64) {
        self.0.since.set(since);
        self.0.wanted.set(true);
        self.0.want(Some(since));
    }
}

impl Inner {
    fn listen(&self) {
        let callback = Closure::as_ref(&self.message).unchecked_ref();
        self.far.borrow().listen(Some(callback));
    }

    fn want(&self, since: Option<i64>) {
        if !self.wanted.get() {
            return;
        }
        let rules = self.rules.borrow();
        let want = Want {
            since,
            rules: &rules,
            only: &self.only,
            series: self.series.as_deref(),
            token: self.token.as_deref(),
        };
        self.far.borrow().say(&json::write(&want));
    }

    /// Goes on with a worker of its own: some browsers share none with a frame of another site.
    fn take_own(&self) {
        if let Ok(worker) = Worker::new(SCRIPT) {
            self.far.borrow().listen(None);
            self.far.replace(Far::Own(worker));
            self.listen();
            self.want(Some(self.since.get()));
        }
    }
}

/// Reads an event by its name, which spares the page the code that finds out from the body what it is.
fn read(name: &str, text: &str) -> Option<Heard> {
    #[derive(serde::Deserialize)]
    struct Build {
        id: String,
    }
    match name {
        "sample" => Some(Heard::Samples(text.to_owned())),
        "heartbeat" => Some(Heard::Alive),
        "open" => Some(Heard::Opened),
        "broken" => Some(Heard::Broken),
        "reset" => Some(Heard::Reset),
        "build" => json::read::<Build>(text)
            .ok()
            .map(|build| Heard::Build(build.id)),
        name if name.starts_with("anomaly.") => Some(Heard::Anomaly(text.to_owned())),
        _ => None,
    }
}
