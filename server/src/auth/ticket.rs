//! Stream tickets: short-lived stand-ins for a key, for pages whose `EventSource` can send no header.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Caller, lock};

/// More than this at a time, and the oldest go.
const MAX_TICKETS: usize = 10_000;

/// Tickets by their hash; they live in memory only.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<BTreeMap<String, Ticket>>);

#[derive(Debug)]
struct Ticket {
    caller: Caller,
    expires_at_ms: i64,
}

impl Tickets {
    pub(super) fn insert(&self, hash: String, caller: Caller, expires_at_ms: i64) {
        let mut tickets = lock(&self.0);
        if tickets.len() >= MAX_TICKETS {
            let oldest = tickets
                .iter()
                .min_by_key(|(_, ticket)| ticket.expires_at_ms)
                .map(|(hash, _)| hash.clone());
            oldest.and_then(|hash| tickets.remove(&hash));
        }
        tickets.insert(
            hash,
            Ticket {
                caller,
                expires_at_ms,
            },
        );
    }

    pub(super) fn get(&self, hash: &str, now_ms: i64) -> Option<Caller> {
        let tickets = lock(&self.0);
        let ticket = tickets.get(hash)?;
        (now_ms < ticket.expires_at_ms).then(|| ticket.caller.clone())
    }

    pub(super) fn drop_expired(&self, now_ms: i64) {
        lock(&self.0).retain(|_, ticket| now_ms < ticket.expires_at_ms);
    }
}
