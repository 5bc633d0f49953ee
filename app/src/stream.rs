//! The event stream of a page, as the script `stream.js` holds it for all pages of this browser.
//!
//! Owns the port to that script and its callback (kept here, dropped with it). The connection, its retries and the
//! journal position are the script's: with a shared worker eight tabs have one stream; without one each visible
//! page has its own, and a hidden page lets go of it.

use std::cell::{Cell, RefCell};

use hindcast_shared::api::{AnomalyEvent, SampleEvent};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, MessagePort, SharedWorker, Worker};

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

/// Where the connection is held.
const SCRIPT: &str = "stream.js";

/// The other end.
enum Far {
    Shared(MessagePort),
    Own(Worker),
}

impl Far {
    fn say(&self, text: &str) {
        let text = JsValue::from_str(text);
        // A text can be posted as long as there is anybody to hear it.
        match self {
            Self::Shared(port) => port.post_message(&text).ok(),
            Self::Own(worker) => worker.post_message(&text).ok(),
        };
    }

    fn listen(&self, callback: Option<&js_sys::Function>) {
        match self {
            Self::Shared(port) => port.set_onmessage(callback),
            Self::Own(worker) => worker.set_onmessage(callback),
        }
    }
}

/// A stream; let go of when dropped.
pub struct Stream {
    far: Far,
    token: Option<String>,
    /// The only rules of which anything is heard; of all when empty.
    only: Vec<String>,
    rules: RefCell<Vec<String>>,
    wanted: Cell<bool>,
    /// The newest position that was asked for, and whether the script knows of it.
    since: Cell<Option<i64>>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.far.listen(None);
        self.far.say("null");
        match &self.far {
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
        let shared = SharedWorker::new(SCRIPT).map(|worker| Far::Shared(worker.port()));
        let far = shared.or_else(|_| Worker::new(SCRIPT).map(Far::Own)).ok()?;
        far.listen(Some(Closure::as_ref(&message).unchecked_ref()));
        let stream = Self {
            far,
            token,
            only,
            rules: RefCell::default(),
            wanted: Cell::new(true),
            since: Cell::new(Some(since)),
            _message: message,
        };
        stream.want();
        Some(stream)
    }

    fn want(&self) {
        if !self.wanted.get() {
            return;
        }
        let rules = self.rules.borrow();
        let want = Want {
            since: self.since.take(),
            rules: &rules,
            only: &self.only,
            token: self.token.as_deref(),
        };
        self.far.say(&json::write(&want));
    }

    /// Names the rules whose samples are wanted.
    pub fn watch(&self, rules: Vec<String>) {
        if *self.rules.borrow() != rules {
            self.rules.replace(rules);
            self.want();
        }
    }

    /// Says that the page is there.
    pub fn is_alive(&self) {
        if self.wanted.get() {
            self.far.say("");
        }
    }

    /// Lets go of the connection: nobody looks.
    pub fn release(&self) {
        if self.wanted.replace(false) {
            self.far.say("null");
        }
    }

    /// Goes on from a position, with the connection that was let go of or with the one that there is.
    pub fn restart(&self, since: i64) {
        self.since.set(Some(since));
        self.wanted.set(true);
        self.want();
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
        "open" => Some(Heard::Opened),
        "broken" => Some(Heard::Broken),
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
