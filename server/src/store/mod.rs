//! The store: the only place with SQL, and the only writer of the database file.
//!
//! Owns tables, transactions and retention. It decides nothing about an anomaly and reads no clock:
//! every time comes in as an argument. One connection writes, a small pool reads (WAL).
//! Each group of tables has a repository: [`Store::rules`], [`Store::anomalies`], [`Store::points`], and so on;
//! what must be atomic is one method: [`Store::commit_tick`], [`Store::commit_command`].

mod anomaly;
mod backup;
mod calendar;
mod commit;
mod connect;
mod digest;
mod error;
mod feedback;
mod file;
mod journal;
mod kept;
mod key;
mod label;
mod machine_words;
mod memory;
mod model;
mod model_check;
mod model_job;
mod mute;
mod outbox;
mod page;
mod pass;
mod point;
mod push;
mod retention;
mod rule;
mod sample;
mod secret;
mod series;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use anomaly::{AnomalyFilter, StoredAnomaly};
pub(crate) use calendar::CalendarVersion;
pub(crate) use commit::{CommandCommit, Mode, Progress, TickCommit};
pub(crate) use connect::OpenOptions;
pub(crate) use digest::{AnswerCount, UnattendedAnomaly};
pub(crate) use error::StoreError;
pub(crate) use feedback::{NewFeedback, StoredFeedback};
pub(crate) use journal::EntryFilter;
pub(crate) use key::{ApiKey, Session};
pub(crate) use label::ImportedIncident;
pub(crate) use memory::Memory;
pub(crate) use model::{Numbers, Standing};
pub(crate) use model_job::Ending;
pub(crate) use outbox::{DueMessage, Escalation, Hold, NewNotice, Step};
pub(crate) use pass::{Pass, PassKind, PassScope, WaitingWall};
pub(crate) use push::Subscription;
pub(crate) use retention::{Retention, retain};
pub(crate) use rule::{Expected, PutRule, RuleState, StoredRule};
pub(crate) use sample::SampleBatch;
pub(crate) use secret::random_secret;
pub(crate) use series::StoredSeries;

use file::File;
use sqlx::{Sqlite, SqlitePool, Transaction};
use tokio::sync::watch;

/// What every method answers.
pub(crate) type StoreResult<T> = Result<T, StoreError>;

/// A running transaction of the one writer.
type WriteTx = Transaction<'static, Sqlite>;

/// The open store. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    identity: String,
    file: File,
    max_series: u32,
    /// Head of the journal after the last commit.
    head: watch::Sender<i64>,
    /// Counts up whenever a rule was saved or deleted.
    rules_revision: watch::Sender<u64>,
}

impl Store {
    /// Identity of this store; changes when it is restored from a backup.
    pub(crate) fn store_id(&self) -> &str {
        &self.identity
    }

    /// Head of the journal: the position of the last committed entry.
    pub(crate) fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// Follows the head of the journal; a commit wakes every follower.
    pub(crate) fn watch_head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Follows changes of rules, whoever makes them.
    pub(crate) fn watch_rules(&self) -> watch::Receiver<u64> {
        self.rules_revision.subscribe()
    }

    /// Whether the database answers and its file is still the one that was opened.
    pub(crate) async fn ping(&self) -> StoreResult<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        self.file.check()?;
        self.begin().await?.rollback().await?;
        Ok(())
    }

    /// Whether it can be written to as well, which only writing shows: a full or a read-only disk still gives locks.
    pub(crate) async fn can_write(&self) -> StoreResult<()> {
        self.ping().await?;
        let mut tx = self.begin().await?;
        // A number of the file's own that nothing here reads.
        sqlx::query("PRAGMA user_version = 0")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Closes both pools; the last connection folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Takes the write lock at once, so that a transaction never has to be restarted half-way.
    async fn begin(&self) -> StoreResult<WriteTx> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Commits and wakes the followers of the journal.
    ///
    /// In a task of its own: a caller that goes away (a request that timed out) must not separate the two.
    async fn finish(&self, tx: WriteTx, head: Option<i64>) -> StoreResult<()> {
        let sender = self.head.clone();
        let work = tokio::spawn(async move {
            tx.commit().await?;
            if let Some(head) = head {
                sender.send_if_modified(|known| {
                    let grew = head > *known;
                    *known = head.max(*known);
                    grew
                });
            }
            Ok(())
        });
        work.await.map_err(|_| StoreError::Interrupted)?
    }
}
