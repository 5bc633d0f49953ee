//! A reader of the event stream, written against the standard and not against the server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use hindcast_shared::api::Event;
use http::Method;
use tokio::task::JoinHandle;

use crate::Api;

/// One event.
#[derive(Debug, Clone)]
pub struct SseEvent {
    /// Its id, where it has one.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its data.
    pub data: String,
    /// When it had arrived.
    pub at: Instant,
}

impl SseEvent {
    /// The event in the form of the wire types.
    ///
    /// # Errors
    /// When it has another form, or its name and its tag differ.
    pub fn event(&self) -> Result<Event> {
        let event: Event = serde_json::from_str(&self.data)
            .with_context(|| format!("event {}: {}", self.name, self.data))?;
        ensure!(
            event.name() == self.name,
            "{} is tagged {}",
            self.name,
            event.name()
        );
        Ok(event)
    }
}

/// An open stream.
pub struct Stream {
    bytes: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    buffer: Vec<u8>,
}

impl Stream {
    /// Opens `/api/v1/stream` with a query (`since=4`), after the event with an id if one is given.
    ///
    /// # Errors
    /// When it is refused or is no event stream.
    pub async fn open(api: &Api, query: &str, last_id: Option<&str>) -> Result<Self> {
        let path = format!("/api/v1/stream?{query}");
        let mut request = api.request(Method::GET, path.trim_end_matches('?'));
        request = request.header("accept", "text/event-stream");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            bail!("the stream answered {status}: {}", response.text().await?);
        }
        let kind = response.headers().get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        ensure!(
            kind.starts_with("text/event-stream"),
            "a stream of type `{kind}`"
        );
        let bytes = response.bytes_stream();
        Ok(Self {
            bytes: bytes.map(|chunk| chunk.map(Vec::from)).boxed(),
            buffer: Vec::new(),
        })
    }

    /// The next event; none when the stream has ended.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> Result<Option<SseEvent>> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(&String::from_utf8_lossy(&block)) {
                    return Ok(Some(event));
                }
            }
            match self.bytes.next().await {
                Some(chunk) => self.buffer.extend(chunk?),
                None => return Ok(None),
            }
        }
    }

    /// The next event for which something holds.
    ///
    /// # Errors
    /// When it has not come in time, or the stream has ended.
    pub async fn wait_for(
        &mut self,
        what: &str,
        limit: Duration,
        mut is_it: impl FnMut(&SseEvent) -> bool,
    ) -> Result<SseEvent> {
        crate::within(what, limit, async {
            loop {
                let event = self.next().await?.context("the stream has ended")?;
                if is_it(&event) {
                    return Ok(event);
                }
            }
        })
        .await
    }
}

fn parse(block: &str) -> Option<SseEvent> {
    let (mut id, mut name, mut data) = (None, String::new(), Vec::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => id = value.parse().ok(),
            "event" => value.clone_into(&mut name),
            "data" => data.push(value),
            _ => {}
        }
    }
    (!data.is_empty()).then(|| SseEvent {
        id,
        name,
        data: data.join("\n"),
        at: Instant::now(),
    })
}

/// A client that connects again for as long as it lives, after its last id, as a browser does.
#[derive(Debug)]
pub struct Follower {
    events: Arc<Mutex<Vec<SseEvent>>>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Follows the stream from a position on.
    pub fn start(api: &Api, since: i64) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let (api, kept) = (api.clone(), events.clone());
        let task = tokio::spawn(async move {
            loop {
                // A server that is down is what this client is for.
                follow(&api, since, &kept).await.ok();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { events, task }
    }

    /// Everything that has come so far, with or without an id.
    pub fn events(&self) -> Vec<SseEvent> {
        lock(&self.events).clone()
    }

    /// Ids so far, in the order in which they came.
    pub fn ids(&self) -> Vec<i64> {
        lock(&self.events)
            .iter()
            .filter_map(|event| event.id)
            .collect()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(events: &Mutex<Vec<SseEvent>>) -> MutexGuard<'_, Vec<SseEvent>> {
    events.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn follow(api: &Api, since: i64, kept: &Mutex<Vec<SseEvent>>) -> Result<()> {
    let last = lock(kept).iter().rev().find_map(|event| event.id);
    let last = last.map(|id| id.to_string());
    let mut stream = Stream::open(api, &format!("since={since}"), last.as_deref()).await?;
    while let Some(event) = stream.next().await? {
        lock(kept).push(event);
    }
    Ok(())
}
