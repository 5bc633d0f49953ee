//! Opening the database: pragmas, pools, migrations, identity.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::watch;
use ulid::Ulid;

use super::file::File;
use super::{Store, StoreError, StoreResult, journal};

/// Embedded, numbered; only ever added to.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a connection waits for the write lock of another process (a backup, a shell).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers beside the one writer; queries are short, and each connection costs a thread.
const READERS: u32 = 4;

/// How to open the store.
#[derive(Debug, Clone)]
pub(crate) struct OpenOptions {
    /// The file; its folder is made when missing.
    pub path: PathBuf,
    /// Whether pending migrations are run; otherwise they are a refusal.
    pub migrate: bool,
    /// Most series that are kept.
    pub max_series: u32,
}

impl Store {
    /// Opens the store, making and migrating it as needed.
    pub(crate) async fn open(options: &OpenOptions, now_ms: i64) -> StoreResult<Self> {
        if let Some(folder) = options.path.parent() {
            std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        }
        let connect = SqliteConnectOptions::new()
            .filename(&options.path)
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // On a full disk SQLite ends a transaction by itself, and sqlx, whose own rollback then fails, counts it as
            // open for good: nothing could be written until the server was begun again.
            .before_acquire(|connection, _| {
                let is_free = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_free) })
            })
            .connect_with(connect.clone())
            .await?;
        migrate(&writer, options.migrate).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(connect.pragma("query_only", "ON"))
            .await?;
        let identity = store_id(&writer, now_ms).await?;
        let head = journal::head(&mut *writer.acquire().await?).await?.seq;
        Ok(Self {
            writer,
            readers,
            identity,
            file: File::opened(&options.path).map_err(sqlx::Error::Io)?,
            max_series: options.max_series,
            head: watch::Sender::new(head),
            rules_revision: watch::Sender::new(0),
        })
    }

    /// Runs pending migrations on a file and answers how many there were.
    pub(crate) async fn migrate_file(path: &std::path::Path) -> StoreResult<usize> {
        let mut connection = SqliteConnection::connect_with(
            &SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .auto_vacuum(SqliteAutoVacuum::Incremental)
                .journal_mode(SqliteJournalMode::Wal)
                .busy_timeout(BUSY_TIMEOUT),
        )
        .await?;
        let pending = pending(&mut connection).await?;
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
        connection.close().await?;
        Ok(pending)
    }
}

async fn migrate(writer: &SqlitePool, allowed: bool) -> StoreResult<()> {
    let pending = pending(&mut *writer.acquire().await?).await?;
    if pending > 0 && !allowed {
        return Err(StoreError::Pending { count: pending });
    }
    Ok(MIGRATIONS.run(writer).await?)
}

/// How many migrations are due; a file from a newer version is refused.
async fn pending(connection: &mut SqliteConnection) -> StoreResult<usize> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max();
    let table: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await?;
    let applied: Vec<i64> = match table {
        None => Vec::new(),
        Some(_) => {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
                .fetch_all(&mut *connection)
                .await?
        }
    };
    let known = known.unwrap_or(0);
    if let Some(&found) = applied.iter().max().filter(|version| **version > known) {
        return Err(StoreError::Newer { found, known });
    }
    Ok(MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.version))
        .count())
}

/// The identity of the store, made at its first opening.
async fn store_id(writer: &SqlitePool, now_ms: i64) -> StoreResult<String> {
    let fresh = fresh_id(now_ms)?;
    sqlx::query("INSERT INTO meta (key, value) VALUES ('store_id', ?), ('created_at_ms', ?) ON CONFLICT DO NOTHING")
        .bind(&fresh)
        .bind(now_ms.to_string())
        .execute(writer)
        .await?;
    Ok(
        sqlx::query_scalar("SELECT value FROM meta WHERE key = 'store_id'")
            .fetch_one(writer)
            .await?,
    )
}

/// A new ULID.
pub(super) fn fresh_id(now_ms: i64) -> StoreResult<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    let time = u64::try_from(now_ms).unwrap_or(0);
    Ok(Ulid::from_parts(time, u128::from_le_bytes(random)).to_string())
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::pipeline::TransitionKind;

    use super::*;
    use crate::store::testing::{Fixture, anomaly, tick, transition};

    fn options(folder: &tempfile::TempDir, migrate: bool) -> OpenOptions {
        OpenOptions {
            path: folder.path().join("deep").join("hindcast.db"),
            migrate,
            max_series: 10,
        }
    }

    #[tokio::test]
    async fn store_when_reopened_then_is_the_same_store() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        fixture.rule("r", 60_000).await?;
        let (identity, head) = (fixture.store.store_id().to_owned(), fixture.store.head());
        let fixture = fixture.reopen().await?;
        assert_eq!(fixture.store.store_id(), identity);
        assert_eq!(fixture.store.head(), head);
        fixture.store.ping().await?;
        Ok(())
    }

    #[tokio::test]
    async fn store_when_the_process_is_killed_then_has_everything_that_was_told()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let mut found = Vec::new();
        for n in 1..20 {
            let one = anomaly("r", "s", n * 60_000, Status::Open);
            let mut commit = tick(&rule, 1, n * 60_000);
            commit.transitions = vec![transition(TransitionKind::Opened, one.clone())];
            fixture.store.commit_tick(commit).await?;
            found.push(one);
        }
        // What lies on the disk at this moment, without any farewell: the file and its write-ahead log.
        let after = tempfile::tempdir()?;
        for name in ["hindcast.db", "hindcast.db-wal"] {
            std::fs::copy(fixture.folder.path().join(name), after.path().join(name))?;
        }
        let options = OpenOptions {
            path: after.path().join("hindcast.db"),
            migrate: false,
            max_series: 10,
        };
        let store = Store::open(&options, 3).await?;
        assert_eq!(store.head(), fixture.store.head());
        assert_eq!(store.anomalies().active(&rule.id).await?, found);
        let state = store.rules().state(&rule.id).await?;
        assert_eq!(state.map(|state| state.watermark_ms), Some(19 * 60_000));
        store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn store_when_migrations_are_pending_then_is_refused_unless_they_may_run()
    -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let refused = Store::open(&options(&folder, false), 1).await;
        assert!(matches!(refused, Err(StoreError::Pending { count: 1.. })));
        assert!(Store::migrate_file(&options(&folder, true).path).await? > 0);
        assert_eq!(Store::migrate_file(&options(&folder, true).path).await?, 0);
        Store::open(&options(&folder, false), 1).await?;
        Ok(())
    }

    #[tokio::test]
    async fn store_when_a_transaction_ended_by_itself_then_the_next_one_is_written()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let store = &fixture.store;
        let mut tx = store.begin().await?;
        // As SQLite does by itself when a disk is full.
        sqlx::query("ROLLBACK").execute(&mut *tx).await?;
        let failed = store.finish(tx, None).await;
        failed.expect_err("there is nothing left to commit");
        let tx = store.begin().await?;
        store.finish(tx, None).await.map_err(anyhow::Error::from)
    }

    #[tokio::test]
    async fn store_when_a_newer_version_wrote_it_then_is_refused() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)")
            .execute(&fixture.store.writer)
            .await?;
        let refused = fixture.reopen().await;
        let error = refused.err().expect("a refusal").to_string();
        assert!(error.contains("start a newer version"), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn file_when_made_then_can_give_space_back_and_waits_for_the_disk() -> anyhow::Result<()>
    {
        let fixture = Fixture::new().await?;
        let pragma = async |name: &'static str| -> anyhow::Result<i64> {
            Ok(sqlx::query_scalar(name)
                .fetch_one(&fixture.store.writer)
                .await?)
        };
        assert_eq!(pragma("PRAGMA auto_vacuum").await?, 2, "incremental");
        assert_eq!(pragma("PRAGMA synchronous").await?, 2, "full");
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&fixture.store.readers)
            .await?;
        assert_eq!(mode, "wal");
        let written = sqlx::query("DELETE FROM journal").execute(&fixture.store.readers);
        assert!(written.await.is_err(), "readers cannot write");
        Ok(())
    }
}
