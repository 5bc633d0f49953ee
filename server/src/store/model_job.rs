//! Work on full models: who asked for what, how far it is, and what came of it.

use hindcast_shared::api::{JobCause, JobRecord, JobState, LossPoint, TrainRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreError, StoreResult};

const WHAT: &str = "job";

/// Finished jobs that are kept to be read.
const KEPT: u32 = 1_000;

/// The repository of jobs.
#[derive(Debug)]
pub(crate) struct ModelJobs<'a>(&'a Store);

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ending {
    /// Done, failed or cancelled.
    pub(crate) state: JobState,
    /// What came of it, in words.
    pub(crate) message: Option<String>,
    /// The version that it made.
    pub(crate) version: Option<u32>,
    /// How the loss fell.
    pub(crate) losses: Vec<LossPoint>,
}

impl Store {
    /// Work on full models.
    pub(crate) fn model_jobs(&self) -> ModelJobs<'_> {
        ModelJobs(self)
    }
}

impl ModelJobs<'_> {
    /// The newest jobs first, at most `limit`.
    pub(crate) async fn list(&self, limit: u32) -> StoreResult<Vec<JobRecord>> {
        let rows = sqlx::query("SELECT * FROM model_job ORDER BY id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(record).collect()
    }

    /// One job.
    pub(crate) async fn get(&self, id: i64) -> StoreResult<JobRecord> {
        let row = sqlx::query("SELECT * FROM model_job WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0.readers)
            .await?;
        record(&row.ok_or_else(|| not_found(id))?)
    }

    /// The newest job of a model.
    pub(crate) async fn newest_of(&self, name: &str) -> StoreResult<Option<JobRecord>> {
        let row = sqlx::query("SELECT * FROM model_job WHERE name = ? ORDER BY id DESC LIMIT 1")
            .bind(name)
            .fetch_optional(&self.0.readers)
            .await?;
        row.as_ref().map(record).transpose()
    }

    /// How many wait or run.
    pub(crate) async fn unfinished(&self) -> StoreResult<u32> {
        let row = sqlx::query(
            "SELECT count(*) AS jobs FROM model_job WHERE state IN ('waiting', 'running')",
        )
        .fetch_one(&self.0.readers)
        .await?;
        Ok(row.try_get("jobs")?)
    }

    /// Puts a job at the end of the queue; old ones that are finished make room.
    pub(crate) async fn create(
        &self,
        request: &TrainRequest,
        cause: JobCause,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<i64> {
        let spec = serde_json::to_string(&request.spec);
        let spec = spec.map_err(|error| StoreError::corrupt(WHAT, &error))?;
        let mut tx = self.0.begin().await?;
        let row = sqlx::query(
            "INSERT INTO model_job (name, spec, promotion, cause, state, actor, created_at_ms)
             VALUES (?, ?, ?, ?, 'waiting', ?, ?) RETURNING id",
        )
        .bind(&request.spec.name)
        .bind(spec)
        .bind(word(&request.promote)?)
        .bind(word(&cause)?)
        .bind(actor)
        .bind(now_ms)
        .fetch_one(&mut *tx)
        .await?;
        let id: i64 = row.try_get("id")?;
        sqlx::query(
            "DELETE FROM model_job WHERE state NOT IN ('waiting', 'running') AND id <= ? - ?",
        )
        .bind(id)
        .bind(KEPT)
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await?;
        Ok(id)
    }

    /// Puts jobs that were cut off by the end of the process back into the queue.
    pub(crate) async fn requeue(&self) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "UPDATE model_job SET state = 'waiting', started_at_ms = NULL WHERE state = 'running'",
        )
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await
    }

    /// Takes the oldest job that waits.
    pub(crate) async fn begin_next(&self, now_ms: i64) -> StoreResult<Option<JobRecord>> {
        let mut tx = self.0.begin().await?;
        let row = sqlx::query(
            "UPDATE model_job SET state = 'running', started_at_ms = ?
             WHERE id = (SELECT min(id) FROM model_job WHERE state = 'waiting') RETURNING *",
        )
        .bind(now_ms)
        .fetch_optional(&mut *tx)
        .await?;
        self.0.finish(tx, None).await?;
        row.as_ref().map(record).transpose()
    }

    /// Puts a job back that is not to be ended now.
    pub(crate) async fn put_back(&self, id: i64) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query("UPDATE model_job SET state = 'waiting', started_at_ms = NULL WHERE id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        self.0.finish(tx, None).await
    }

    /// Writes down how a job ended; answers whether it was not over already.
    pub(crate) async fn end(&self, id: i64, ending: &Ending, now_ms: i64) -> StoreResult<bool> {
        let losses = serde_json::to_string(&ending.losses);
        let losses = losses.map_err(|error| StoreError::corrupt(WHAT, &error))?;
        let mut tx = self.0.begin().await?;
        let changed = sqlx::query(
            "UPDATE model_job SET state = ?, message = ?, version = ?, losses = ?, ended_at_ms = ?
             WHERE id = ? AND state IN ('waiting', 'running')",
        )
        .bind(word(&ending.state)?)
        .bind(&ending.message)
        .bind(ending.version)
        .bind(losses)
        .bind(now_ms)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await?;
        Ok(changed.rows_affected() > 0)
    }
}

fn not_found(id: i64) -> StoreError {
    StoreError::NotFound {
        what: WHAT,
        id: id.to_string(),
    }
}

/// The word of a plain enumeration, as on the wire.
fn word(value: &impl Serialize) -> StoreResult<String> {
    let written = serde_json::to_value(value).ok();
    let word = written.as_ref().and_then(serde_json::Value::as_str);
    word.map(str::to_owned)
        .ok_or_else(|| StoreError::corrupt(WHAT, &"a state is no word"))
}

fn read_word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> StoreResult<T> {
    let word: String = row.try_get(column)?;
    serde_json::from_value(word.into()).map_err(|error| StoreError::corrupt(WHAT, &error))
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> StoreResult<T> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(WHAT, &error))
}

fn record(row: &SqliteRow) -> StoreResult<JobRecord> {
    let state: JobState = read_word(row, "state")?;
    Ok(JobRecord {
        id: row.try_get("id")?,
        spec: json(row, "spec")?,
        promote: read_word(row, "promotion")?,
        cause: read_word(row, "cause")?,
        state,
        done: if state == JobState::Done { 1.0 } else { 0.0 },
        eta_seconds: None,
        losses: json(row, "losses")?,
        message: row.try_get("message")?,
        version: row.try_get("version")?,
        actor: row.try_get("actor")?,
        created_at_ms: row.try_get("created_at_ms")?,
        started_at_ms: row.try_get("started_at_ms")?,
        ended_at_ms: row.try_get("ended_at_ms")?,
    })
}
