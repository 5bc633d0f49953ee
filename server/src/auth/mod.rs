//! Who is asking, and what they may do. Knows nothing of what is asked for.
//!
//! Keys come from the keys file and from the store; only their hashes are held. While there is none, everybody
//! on this machine may do everything ([`guard`] keeps everybody else out).

mod create;
pub(crate) mod guard;
mod keys;
mod pass;
mod role;
mod scope;
mod secret;
mod session;
mod ticket;

pub(crate) use self::create::create_key;
pub(crate) use self::keys::{KeyRing, read_keys_file};
pub(crate) use self::pass::{PANEL_PREFIX, PassRequest, WALL_PREFIX, let_in, new_code};
pub(crate) use self::role::{Admin, Embed, Listener, Operator, Viewer};
pub(crate) use self::secret::{hash_of, hash_of_bytes, random_token};
pub(crate) use self::session::{ended_cookie, session_cookie};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hindcast_shared::api::Role;
use hindcast_shared::time::{Clock, MINUTE_MS, SECOND_MS};
use http::HeaderMap;
use tokio_util::sync::CancellationToken;

use self::keys::KnownKey;
use self::ticket::Tickets;
use crate::config::AuthConfig;
use crate::error::ApiError;
use crate::store::{Pass, Session, Store, StoreError};

/// How old the ring of keys may grow before it is read again.
const REFRESH_MS: i64 = 2 * SECOND_MS;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Name of the key, or `anonymous` while none is configured; the actor in the journal.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// How they are known.
    pub(crate) proof: Proof,
    /// The pass they came with; it opens what it shows and nothing else.
    pub(crate) pass: Option<Arc<Pass>>,
}

/// How a caller is known; what must stay in force for a stream to go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// No key is configured.
    Open,
    /// By a key in a header.
    Key { key_id: String },
    /// By a cookie.
    Session { key_id: String, id_hash: String },
    /// By a pass.
    Pass { pass_id: String },
}

/// What was used; each has its own table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    Key(String),
    Pass(String),
}

/// Keys, sessions, passes and tickets.
pub(crate) struct Auth {
    clock: Arc<dyn Clock>,
    store: Store,
    keys_file: Option<PathBuf>,
    session_ttl_ms: i64,
    ring: ArcSwap<KeyRing>,
    /// Set for good once there was a key: losing the last one must not open the doors.
    required: AtomicBool,
    refreshed_at_ms: AtomicI64,
    tickets: Tickets,
    leases: Mutex<BTreeMap<Proof, CancellationToken>>,
    used: Mutex<BTreeMap<Used, i64>>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

impl Auth {
    /// Reads the keys.
    pub(crate) async fn open(
        config: &AuthConfig,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let auth = Self {
            store,
            keys_file: config.keys_file.clone(),
            session_ttl_ms: config.session_ttl.ms(),
            ring: ArcSwap::default(),
            required: AtomicBool::new(false),
            refreshed_at_ms: AtomicI64::new(clock.now_ms()),
            tickets: Tickets::default(),
            leases: Mutex::default(),
            used: Mutex::default(),
            clock,
        };
        auth.refresh().await?;
        Ok(auth)
    }

    /// What time it is for keys and passes.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Whether a key is needed.
    pub(crate) fn required(&self) -> bool {
        self.required.load(Ordering::SeqCst)
    }

    /// Reads the keys again, and ends the streams of those that are not in force any more.
    pub(crate) async fn refresh(&self) -> anyhow::Result<()> {
        self.refreshed_at_ms
            .store(self.clock.now_ms(), Ordering::SeqCst);
        self.take_over(self.read_keys().await?);
        self.end_leases().await?;
        Ok(())
    }

    /// Reads the keys and changes nothing.
    pub(crate) async fn read_keys(&self) -> anyhow::Result<Vec<KnownKey>> {
        let mut keys = match &self.keys_file {
            Some(path) => read_keys_file(path)?,
            None => Vec::new(),
        };
        let stored = self.store.keys().list().await?;
        keys.extend(stored.iter().filter_map(KnownKey::from_stored));
        Ok(keys)
    }

    /// Puts keys in force. The streams of those that are not any more end with the next [`Auth::refresh`].
    pub(crate) fn take_over(&self, keys: Vec<KnownKey>) {
        if !keys.is_empty() {
            self.required.store(true, Ordering::SeqCst);
        }
        self.ring.store(Arc::new(KeyRing::new(keys)));
    }

    /// Who is asking, by header or cookie.
    pub(crate) async fn identify(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        if let Some(key) = header_key(headers)? {
            return if pass::is_pass(key) {
                self.by_pass(key).await
            } else {
                self.by_key(key).await
            };
        }
        if let Some(secret) = session::secret_of(headers)
            && let Some(caller) = self.by_session(secret).await?
        {
            return Ok(caller);
        }
        if self.required() {
            return Err(ApiError::unauthorized(
                "Missing API key. Provide X-API-Key header.",
            ));
        }
        Ok(Caller {
            name: "anonymous".to_owned(),
            role: Role::Admin,
            proof: Proof::Open,
            pass: None,
        })
    }

    async fn by_key(&self, key: &str) -> Result<Caller, ApiError> {
        let hash = hash_of(key);
        let mut found = self.ring.load().find(&hash);
        if found.is_none() && self.is_stale() {
            // A key made a moment ago by command is worth one more look.
            self.refresh().await?;
            found = self.ring.load().find(&hash);
        }
        let Some(key) = found else {
            return Err(ApiError::unauthorized("Invalid API key"));
        };
        self.note_use(&key.id);
        Ok(Caller {
            name: key.name,
            role: key.role,
            proof: Proof::Key { key_id: key.id },
            pass: None,
        })
    }

    async fn by_session(&self, secret: &str) -> Result<Option<Caller>, ApiError> {
        let id_hash = hash_of(secret);
        let sessions = self.store.sessions();
        let Some(session) = sessions.get(&id_hash, self.clock.now_ms()).await? else {
            return Ok(None);
        };
        let Some(key) = self.ring.load().get(&session.key_id) else {
            return Ok(None);
        };
        self.note_use(&key.id);
        Ok(Some(Caller {
            name: key.name,
            role: key.role,
            proof: Proof::Session {
                key_id: key.id,
                id_hash,
            },
            pass: None,
        }))
    }

    fn is_stale(&self) -> bool {
        let age_ms = self.clock.now_ms() - self.refreshed_at_ms.load(Ordering::SeqCst);
        age_ms >= REFRESH_MS
    }

    fn note_use(&self, key_id: &str) {
        lock(&self.used).insert(Used::Key(key_id.to_owned()), self.clock.now_ms());
    }

    /// Turns a key into a session; answers the cookie's secret and who they are.
    pub(crate) async fn log_in(&self, key: &str) -> Result<(String, Caller), ApiError> {
        let caller = self.by_key(key).await?;
        let Proof::Key { key_id } = &caller.proof else {
            return Err(ApiError::unauthorized("Invalid API key"));
        };
        let secret = random_token()?;
        let now_ms = self.clock.now_ms();
        let session = Session {
            id_hash: hash_of(&secret),
            key_id: key_id.clone(),
            created_at_ms: now_ms,
            expires_at_ms: now_ms + self.session_ttl_ms,
        };
        self.store.sessions().insert(&session).await?;
        Ok((secret, caller))
    }

    /// Ends the session that the caller came with, and its streams.
    pub(crate) async fn log_out(&self, caller: &Caller) -> Result<(), ApiError> {
        if let Proof::Session { id_hash, .. } = &caller.proof {
            self.store.sessions().delete(id_hash).await?;
            if let Some(lease) = lock(&self.leases).remove(&caller.proof) {
                lease.cancel();
            }
        }
        Ok(())
    }

    /// How long a login lasts.
    pub(crate) fn session_ttl_ms(&self) -> i64 {
        self.session_ttl_ms
    }

    /// A ticket for one minute of opening streams, for pages that can send no header.
    pub(crate) fn issue_ticket(&self, caller: &Caller) -> Result<(String, i64), ApiError> {
        let ticket = random_token()?;
        let expires_at_ms = self.clock.now_ms() + MINUTE_MS;
        self.tickets
            .insert(hash_of(&ticket), caller.clone(), expires_at_ms);
        Ok((ticket, expires_at_ms))
    }

    /// Who a ticket was issued to.
    pub(crate) async fn by_ticket(&self, ticket: &str) -> Result<Caller, ApiError> {
        let caller = self.tickets.get(&hash_of(ticket), self.clock.now_ms());
        match caller {
            Some(caller) if self.in_force(&caller.proof).await? => Ok(caller),
            _ => Err(ApiError::unauthorized(
                "this stream ticket is not valid, or not any more",
            )),
        }
    }

    /// Cancelled when what the caller came with is revoked or ends: a stream takes it.
    pub(crate) fn lease(&self, caller: &Caller) -> CancellationToken {
        lock(&self.leases)
            .entry(caller.proof.clone())
            .or_default()
            .child_token()
    }

    async fn in_force(&self, proof: &Proof) -> Result<bool, StoreError> {
        Ok(match proof {
            Proof::Open => !self.required(),
            Proof::Key { key_id } => self.ring.load().get(key_id).is_some(),
            Proof::Session { key_id, id_hash } => {
                let now_ms = self.clock.now_ms();
                self.ring.load().get(key_id).is_some()
                    && self.store.sessions().get(id_hash, now_ms).await?.is_some()
            }
            Proof::Pass { pass_id } => {
                let pass = self.store.passes().get(pass_id).await?;
                pass.is_some_and(|pass| pass.in_force(self.clock.now_ms()))
            }
        })
    }

    async fn end_leases(&self) -> Result<(), StoreError> {
        let proofs: Vec<_> = lock(&self.leases).keys().cloned().collect();
        for proof in proofs {
            if !self.in_force(&proof).await?
                && let Some(lease) = lock(&self.leases).remove(&proof)
            {
                lease.cancel();
            }
        }
        Ok(())
    }

    /// Keeps keys, leases and tickets fresh until the end; remembers when keys were last used.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(REFRESH_MS as u64));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut flushed_at_ms = self.clock.now_ms();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now_ms = self.clock.now_ms();
            self.tickets.drop_expired(now_ms);
            if let Err(error) = self.refresh().await {
                // The keys that were known stay in force; a broken file locks nobody out.
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the API keys could not be read again"
                );
            }
            if now_ms - flushed_at_ms >= MINUTE_MS {
                flushed_at_ms = now_ms;
                self.flush_uses().await;
            }
        }
    }

    async fn flush_uses(&self) {
        let used = std::mem::take(&mut *lock(&self.used));
        for (used, at_ms) in used {
            let touched = match &used {
                Used::Key(id) => self.store.keys().touch(id, at_ms).await,
                Used::Pass(id) => self.store.passes().touch(id, at_ms).await,
            };
            if let Err(error) = touched {
                tracing::warn!(%error, "the last use of a key could not be stored");
                return;
            }
        }
    }
}

/// The key or pass in `X-API-Key` or `Authorization: Bearer`.
pub(crate) fn header_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let invalid = || ApiError::unauthorized("Invalid API key");
    if let Some(value) = headers.get("x-api-key") {
        return value.to_str().map(Some).map_err(|_| invalid());
    }
    let Some(value) = headers.get(http::header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| invalid())?;
    match text.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(key.trim())),
        _ => Err(invalid()),
    }
}

/// A poisoned lock only means that another request panicked; the maps behind these locks are whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
