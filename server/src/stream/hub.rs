//! The hub: one task reads the journal on behalf of every client.

use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::api::{SampleEvent, TrainingEvent};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use super::item::Item;
use crate::store::{Store, StoreResult};

/// Items a client may be behind before it is told to start anew.
const BUFFER: usize = 1_024;

/// Entries that are read from the journal at a time.
pub(super) const BATCH: u32 = 500;

/// Most streams at the same time: each is a socket and a few kilobytes.
const MAX_STREAMS: usize = 2_048;

/// How long the hub waits after the store has failed.
const RETRY: Duration = Duration::from_secs(1);

/// Sends what is stored to whoever listens.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(super) store: Store,
    sender: broadcast::Sender<Arc<Item>>,
    streams: Arc<Semaphore>,
}

impl Hub {
    pub(crate) fn new(store: Store) -> Arc<Self> {
        Self::with_room(store, BUFFER, MAX_STREAMS)
    }

    pub(super) fn with_room(store: Store, items: usize, streams: usize) -> Arc<Self> {
        Arc::new(Self {
            store,
            sender: broadcast::Sender::new(items),
            streams: Arc::new(Semaphore::new(streams)),
        })
    }

    /// Reads the journal whenever it grew and broadcasts what is new, until the token is cancelled.
    pub(crate) async fn run(self: Arc<Self>, soft: CancellationToken) {
        let mut head = self.store.watch_head();
        let mut last = *head.borrow_and_update();
        loop {
            if let Err(error) = self.catch_up(&mut last).await {
                tracing::error!(error = %error, "the event stream cannot read the journal");
                tokio::select! {
                    () = tokio::time::sleep(RETRY) => continue,
                    () = soft.cancelled() => return,
                }
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return },
                () = soft.cancelled() => return,
            }
        }
    }

    /// Broadcasts every entry after `last`.
    pub(super) async fn catch_up(&self, last: &mut i64) -> StoreResult<()> {
        loop {
            let entries = self.store.journal().after(*last, BATCH).await?;
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                *last = entry.seq;
                if let Some(item) = Item::of_entry(&entry) {
                    self.send(item);
                }
            }
        }
    }

    /// Tells the streams that named the rule what it has just evaluated.
    pub(crate) fn publish_samples(&self, event: SampleEvent) {
        if self.sender.receiver_count() > 0 {
            self.send(Item::of_samples(event));
        }
    }

    /// Tells the streams that named the topic how far a training is.
    pub(crate) fn publish_training(&self, event: TrainingEvent) {
        if self.sender.receiver_count() > 0 {
            self.send(Item::of_training(event));
        }
    }

    /// Streams that are open now.
    pub(crate) fn n_streams(&self) -> usize {
        MAX_STREAMS - self.streams.available_permits()
    }

    /// Room for one more stream, if there is any.
    pub(super) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        self.streams.clone().try_acquire_owned().ok()
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<Item>> {
        self.sender.subscribe()
    }

    fn send(&self, item: Item) {
        // Nobody listening is no failure.
        self.sender.send(Arc::new(item)).ok();
    }
}
