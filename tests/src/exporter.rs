//! An exporter whose values the test decides.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use crate::now_ms;
use crate::responder::{Reply, Responder};

/// Added to a value in turn, so that a series has a spread as real ones do.
const WOBBLE: [f64; 8] = [0.0, 0.6, -0.3, 0.9, -0.8, 0.2, -0.5, 0.4];

#[derive(Debug, Default)]
struct State {
    gauges: BTreeMap<String, f64>,
    silent: bool,
    scrapes: usize,
    /// When the values were first asked for after they had changed.
    told_ms: Option<i64>,
}

/// A running exporter.
#[derive(Debug)]
pub struct Exporter {
    responder: Responder,
    state: Arc<Mutex<State>>,
}

impl Exporter {
    /// Starts one without any gauge.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start() -> Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let responder = Responder::start(move |_| scrape(&mut lock(&shared)))?;
        Ok(Self { responder, state })
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.responder.address()
    }

    /// Sets a gauge: `queue_length{host="a"}`.
    pub fn set(&self, series: &str, value: f64) {
        let mut state = lock(&self.state);
        state.gauges.insert(series.to_owned(), value);
        state.told_ms = None;
    }

    /// Answers scrapes with 503 from now on, or no longer.
    pub fn set_silent(&self, silent: bool) {
        lock(&self.state).silent = silent;
    }

    /// When the newest change was first asked for.
    pub fn told_ms(&self) -> Option<i64> {
        lock(&self.state).told_ms
    }

    /// How often it was asked.
    pub fn scrapes(&self) -> usize {
        lock(&self.state).scrapes
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn scrape(state: &mut State) -> Reply {
    state.scrapes += 1;
    state.told_ms.get_or_insert_with(now_ms);
    let wobble = WOBBLE[state.scrapes % WOBBLE.len()];
    let lines = state.gauges.iter();
    let lines = lines.map(|(series, value)| format!("{series} {}\n", value + wobble));
    let (status, body) = if state.silent {
        ("503 Service Unavailable", String::new())
    } else {
        ("200 OK", lines.collect())
    };
    Reply {
        status,
        content_type: "text/plain; version=0.0.4",
        body,
    }
}
