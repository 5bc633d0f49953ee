//! Looks at the models that score: how well each did on labelled history, over time.

use hindcast_shared::api::ModelCheck;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, StoreResult};

const WHAT: &str = "model check";

/// Looks that are kept of each model: a year of four a day.
const KEPT: u32 = 1_500;

/// The repository of looks at models.
#[derive(Debug)]
pub(crate) struct ModelChecks<'a>(&'a Store);

impl Store {
    /// Looks at models.
    pub(crate) fn model_checks(&self) -> ModelChecks<'_> {
        ModelChecks(self)
    }
}

impl ModelChecks<'_> {
    /// The newest looks at a model first, at most `limit`.
    pub(crate) async fn list(&self, name: &str, limit: u32) -> StoreResult<Vec<ModelCheck>> {
        let mut connection = self.0.readers.acquire().await?;
        newest(&mut connection, name, limit).await
    }

    /// Keeps a look; the oldest make room.
    pub(crate) async fn add(&self, name: &str, check: &ModelCheck) -> StoreResult<()> {
        let text = serde_json::to_string(check);
        let text = text.map_err(|error| StoreError::corrupt(WHAT, &error))?;
        let mut tx = self.0.begin().await?;
        sqlx::query("INSERT INTO model_check (name, at_ms, found) VALUES (?, ?, ?)")
            .bind(name)
            .bind(check.at_ms)
            .bind(text)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "DELETE FROM model_check WHERE name = ? AND id NOT IN
             (SELECT id FROM model_check WHERE name = ? ORDER BY at_ms DESC, id DESC LIMIT ?)",
        )
        .bind(name)
        .bind(name)
        .bind(KEPT)
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await
    }
}

/// The newest looks at a model first.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    name: &str,
    limit: u32,
) -> StoreResult<Vec<ModelCheck>> {
    let rows = sqlx::query(
        "SELECT found FROM model_check WHERE name = ? ORDER BY at_ms DESC, id DESC LIMIT ?",
    )
    .bind(name)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(found).collect()
}

fn found(row: &SqliteRow) -> StoreResult<ModelCheck> {
    let text: &str = row.try_get("found")?;
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(WHAT, &error))
}
