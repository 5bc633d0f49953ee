//! One client of the stream: first what it missed, then what happens, never anything twice.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use hindcast_shared::api::Event;
use hindcast_shared::time::Clock;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::hub::{BATCH, Hub};
use super::item::{Filter, Item, frame};
use crate::clock::real;
use crate::store::{Store, StoreResult};

/// Distance of the typed heartbeats: below the idle time-out of common proxies (30 s and more).
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Shortest real distance of heartbeats, however fast the clock runs.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

/// Most entries that a resumed stream is sent; who has missed more reads the lists anew.
const MAX_MISSED: i64 = 10_000;

/// How long an `EventSource` waits before it connects again.
const RETRY: &str = "retry: 3000\n\n";

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// With what happens from now on.
    Now,
    /// After this position.
    After(i64),
    /// At a position that cannot be read: the client is told to start anew.
    Unknown,
}

/// What a client is made of.
pub(crate) struct Settings {
    /// What it wants to hear.
    pub filter: Filter,
    /// Where it begins.
    pub start: Start,
    /// Id of the build that serves it.
    pub build: String,
    /// What time it is, for heartbeats.
    pub clock: Arc<dyn Clock>,
    /// Ends it, after a `bye`.
    pub soft: CancellationToken,
    /// Ends it when what the caller came with is revoked.
    pub lease: CancellationToken,
    /// Counts open streams.
    pub clients: Gauge,
    /// Counts streams that were told to start anew.
    pub resets: Counter,
}

/// One client of the stream.
pub(crate) struct Client {
    store: Store,
    clock: Arc<dyn Clock>,
    filter: Filter,
    receiver: Receiver<Arc<Item>>,
    /// Frames that are sent before anything else.
    ready: VecDeque<Bytes>,
    /// Position up to which everything was sent or passed over.
    last: i64,
    /// Whether the journal is still to be read before live items count.
    behind: bool,
    heartbeat: Interval,
    soft: CancellationToken,
    lease: CancellationToken,
    ended: bool,
    clients: Gauge,
    resets: Counter,
    _permit: OwnedSemaphorePermit,
}

impl Hub {
    /// Opens a stream; none when there are too many already.
    ///
    /// It subscribes before it looks at the journal, so that nothing falls between the two.
    pub(crate) async fn connect(&self, settings: Settings) -> StoreResult<Option<Client>> {
        let Some(permit) = self.admit() else {
            return Ok(None);
        };
        let receiver = self.subscribe();
        let head = self.store.head();
        let anchor = self.store.journal().anchor().await?;
        let every = real(&*settings.clock, HEARTBEAT).max(SHORTEST_HEARTBEAT);
        let mut heartbeat = interval_at(Instant::now() + every, every);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut client = Client {
            store: self.store.clone(),
            clock: settings.clock,
            filter: settings.filter,
            receiver,
            ready: VecDeque::from([
                Bytes::from_static(RETRY.as_bytes()),
                frame(None, &Event::Build { id: settings.build }),
            ]),
            last: head,
            behind: false,
            heartbeat,
            soft: settings.soft,
            lease: settings.lease,
            ended: false,
            clients: settings.clients,
            resets: settings.resets,
            _permit: permit,
        };
        client.clients.inc();
        match settings.start {
            Start::Now => {}
            Start::After(seq) if seq >= anchor && seq <= head && head - seq <= MAX_MISSED => {
                client.last = seq;
                client.behind = true;
            }
            Start::After(_) | Start::Unknown => client.reset(),
        }
        Ok(Some(client))
    }
}

impl Client {
    /// The frames until the stream ends.
    pub(crate) fn frames(self) -> impl Stream<Item = Bytes> {
        futures::stream::unfold(self, async |mut client| {
            let frame = client.next().await?;
            Some((frame, client))
        })
    }

    /// The next frame; none when the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.ended {
                return None;
            }
            if self.behind {
                self.read_missed().await;
                continue;
            }
            tokio::select! {
                biased;
                () = self.lease.cancelled() => self.ended = true,
                () = self.soft.cancelled() => {
                    self.ended = true;
                    self.ready.push_back(frame(None, &Event::Bye {}));
                }
                received = self.receiver.recv() => self.take(received),
                _ = self.heartbeat.tick() => {
                    let (now_ms, head) = (self.clock.now_ms(), self.store.head());
                    self.ready.push_back(frame(None, &Event::Heartbeat { now_ms, head }));
                }
            }
        }
    }

    fn take(&mut self, received: Result<Arc<Item>, RecvError>) {
        match received {
            Ok(item) => {
                // What was read from the journal may come again from the hub.
                if item.seq.is_some_and(|seq| seq <= self.last) {
                    return;
                }
                self.last = item.seq.unwrap_or(self.last);
                if self.filter.admits(&item) {
                    self.ready.push_back(item.frame.clone());
                }
            }
            Err(RecvError::Lagged(_)) => self.reset(),
            Err(RecvError::Closed) => self.ended = true,
        }
    }

    /// Queues one batch of what the client missed.
    async fn read_missed(&mut self) {
        match self.store.journal().after(self.last, BATCH).await {
            Ok(entries) => {
                self.behind = entries.len() == BATCH as usize;
                for entry in entries {
                    self.last = entry.seq;
                    let item = Item::of_entry(&entry).filter(|item| self.filter.admits(item));
                    self.ready.extend(item.map(|item| item.frame));
                }
            }
            Err(error) => {
                // The client comes back by itself, with the id of the last event that it got.
                tracing::error!(error = %error, "a stream cannot read the journal");
                self.ended = true;
            }
        }
    }

    /// Tells the client to fetch everything anew, and goes on from the head.
    fn reset(&mut self) {
        // What is still queued lies before the head, and would only make the client lag again.
        self.receiver = self.receiver.resubscribe();
        let head = self.store.head();
        self.last = self.last.max(head);
        self.resets.inc();
        let store_id = self.store.store_id().to_owned();
        self.ready
            .push_back(frame(None, &Event::Reset { head, store_id }));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.clients.dec();
    }
}

#[cfg(test)]
mod tests;
