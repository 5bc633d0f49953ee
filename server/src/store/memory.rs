//! What the pager and the watch remember: small blobs by name, written with what changes them.

use sqlx::{Row, SqliteConnection};

use super::{Store, StoreResult};

/// One part of the memory, or that it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Which part.
    pub(crate) name: String,
    /// Its bytes; none if there is nothing to remember.
    pub(crate) body: Option<Vec<u8>>,
}

impl Store {
    /// Everything that is remembered, by name.
    pub(crate) async fn memories(&self) -> StoreResult<Vec<(String, Vec<u8>)>> {
        let rows = sqlx::query("SELECT name, body FROM memory ORDER BY name")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("name")?, row.try_get("body")?)))
            .collect()
    }

    /// Keeps a memory that changed without anything else.
    pub(crate) async fn keep_memory(&self, memory: &[Memory]) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        write(&mut tx, memory).await?;
        self.finish(tx, None).await
    }
}

/// Writes what has changed.
pub(super) async fn write(connection: &mut SqliteConnection, memory: &[Memory]) -> StoreResult<()> {
    for Memory { name, body } in memory {
        let query = match body {
            Some(body) => sqlx::query(
                "INSERT INTO memory (name, body) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2",
            )
            .bind(name)
            .bind(body),
            None => sqlx::query("DELETE FROM memory WHERE name = ?").bind(name),
        };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
