//! Full models: their versions, and which of them is live. The weights lie beside the database.
//!
//! Every change is journaled with it, in one transaction: a kill leaves the old version live, or the new one.

use std::collections::{BTreeMap, BTreeSet};

use hindcast_shared::api::{ModelMetadata, ModelRecord, ModelTrial, ModelVersion};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, StoreResult, journal, model_check};
use crate::journal::{Draft, EntryKind};

const WHAT: &str = "model";

/// The repository of models.
#[derive(Debug)]
pub(crate) struct Models<'a>(&'a Store);

/// What a new version is from its first moment on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    /// It waits to be promoted.
    Candidate,
    /// It scores.
    Live,
    /// It was held against the one that scores, and takes its place if it passed.
    Tried(Box<ModelTrial>),
}

/// The numbers that a store gave to versions of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Numbers {
    /// The first one that it has not given.
    pub(crate) next: u32,
    /// Those of versions that are there.
    pub(crate) kept: BTreeSet<u32>,
}

impl Store {
    /// Full models.
    pub(crate) fn models(&self) -> Models<'_> {
        Models(self)
    }
}

impl Models<'_> {
    /// All models that have a version, by name.
    pub(crate) async fn list(&self) -> StoreResult<Vec<ModelRecord>> {
        let mut connection = self.0.readers.acquire().await?;
        let names = sqlx::query("SELECT name FROM model ORDER BY name")
            .fetch_all(&mut *connection)
            .await?;
        let mut found = Vec::with_capacity(names.len());
        for row in &names {
            let record = find(&mut connection, row.try_get("name")?).await?;
            found.extend(record.filter(|record| !record.versions.is_empty()));
        }
        Ok(found)
    }

    /// One model with its versions.
    pub(crate) async fn get(&self, name: &str) -> StoreResult<ModelRecord> {
        find(&mut *self.0.readers.acquire().await?, name)
            .await?
            .filter(|record| !record.versions.is_empty())
            .ok_or_else(|| not_found(name))
    }

    /// Gives a number that no version of this model has or had.
    pub(crate) async fn reserve(&self, name: &str) -> StoreResult<u32> {
        let mut tx = self.0.begin().await?;
        let row = sqlx::query(
            "INSERT INTO model (name, next_version) VALUES (?, 2)
             ON CONFLICT (name) DO UPDATE SET next_version = next_version + 1
             RETURNING next_version - 1 AS version",
        )
        .bind(name)
        .fetch_one(&mut *tx)
        .await?;
        let version = row.try_get("version")?;
        self.0.finish(tx, None).await?;
        Ok(version)
    }

    /// The numbers that were given to versions of each model that is or was.
    pub(crate) async fn numbers(&self) -> StoreResult<BTreeMap<String, Numbers>> {
        let rows = sqlx::query(
            "SELECT model.name, next_version, version
             FROM model LEFT JOIN model_version ON model_version.name = model.name",
        )
        .fetch_all(&self.0.readers)
        .await?;
        let mut found: BTreeMap<String, Numbers> = BTreeMap::new();
        for row in &rows {
            let numbers = found.entry(row.try_get("name")?).or_default();
            numbers.next = row.try_get("next_version")?;
            numbers
                .kept
                .extend(row.try_get::<Option<u32>, _>("version")?);
        }
        Ok(found)
    }

    /// Keeps a version whose weights are in their place, and makes it the one that scores if that is its standing.
    pub(crate) async fn add(
        &self,
        metadata: &ModelMetadata,
        standing: &Standing,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let (name, version) = (&metadata.spec.name, metadata.version);
        let text = serde_json::to_string(metadata);
        let text = text.map_err(|error| StoreError::corrupt(WHAT, &error))?;
        let trial = match standing {
            Standing::Tried(trial) => Some(&**trial),
            Standing::Candidate | Standing::Live => None,
        };
        let written = trial.map(serde_json::to_string).transpose();
        let written = written.map_err(|error| StoreError::corrupt(WHAT, &error))?;
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO model_version (name, version, at_ms, actor, metadata, trial)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(name)
        .bind(version)
        .bind(now_ms)
        .bind(actor)
        .bind(text)
        .bind(written)
        .execute(&mut *tx)
        .await?;
        let told = json!({ "name": name, "version": version });
        let mut head = note(&mut tx, EntryKind::ModelSaved, &told, actor, now_ms).await?;
        match trial {
            Some(trial) if !trial.verdict.is_passed() => {
                let told = json!({ "name": name, "version": version, "verdict": trial.verdict });
                head = note(&mut tx, EntryKind::ModelHeld, &told, actor, now_ms).await?;
            }
            None if *standing == Standing::Candidate => {}
            _ => head = make_live(&mut tx, name, version, actor, now_ms).await?,
        }
        self.0.finish(tx, Some(head)).await
    }

    /// Makes a version the one that scores.
    pub(crate) async fn promote(
        &self,
        name: &str,
        version: u32,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let record = find(&mut tx, name).await?.ok_or_else(|| not_found(name))?;
        if !record.versions.iter().any(|one| one.version == version) {
            return Err(not_found(&format!("{name}/{version}")));
        }
        if record.live_version == Some(version) {
            return tx.rollback().await.map_err(StoreError::from);
        }
        let head = make_live(&mut tx, name, version, actor, now_ms).await?;
        self.0.finish(tx, Some(head)).await
    }

    /// Forgets a version that is not live.
    pub(crate) async fn remove_version(
        &self,
        name: &str,
        version: u32,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let record = find(&mut tx, name).await?.ok_or_else(|| not_found(name))?;
        if record.live_version == Some(version) {
            let id = format!("{name}/{version}");
            return Err(StoreError::Live { id });
        }
        let gone = sqlx::query("DELETE FROM model_version WHERE name = ? AND version = ?")
            .bind(name)
            .bind(version)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(not_found(&format!("{name}/{version}")));
        }
        sqlx::query("UPDATE model SET former_version = NULL WHERE name = ? AND former_version = ?")
            .bind(name)
            .bind(version)
            .execute(&mut *tx)
            .await?;
        let told = json!({ "name": name, "version": version });
        let head = note(&mut tx, EntryKind::ModelDeleted, &told, actor, now_ms).await?;
        self.0.finish(tx, Some(head)).await
    }

    /// Forgets a model with all its versions; its numbers are not given again.
    pub(crate) async fn remove(&self, name: &str, actor: &str, now_ms: i64) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let gone = sqlx::query("DELETE FROM model_version WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(not_found(name));
        }
        sqlx::query("UPDATE model SET live_version = NULL, former_version = NULL WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM model_check WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        let told = json!({ "name": name, "version": null });
        let head = note(&mut tx, EntryKind::ModelDeleted, &told, actor, now_ms).await?;
        self.0.finish(tx, Some(head)).await
    }
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound {
        what: WHAT,
        id: id.to_owned(),
    }
}

async fn make_live(
    connection: &mut SqliteConnection,
    name: &str,
    version: u32,
    actor: &str,
    now_ms: i64,
) -> StoreResult<i64> {
    sqlx::query("UPDATE model SET former_version = live_version, live_version = ? WHERE name = ?")
        .bind(version)
        .bind(name)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE model_version SET promoted_at_ms = ? WHERE name = ? AND version = ?")
        .bind(now_ms)
        .bind(name)
        .bind(version)
        .execute(&mut *connection)
        .await?;
    let told = json!({ "name": name, "version": version });
    note(connection, EntryKind::ModelPromoted, &told, actor, now_ms).await
}

/// Journals a change; answers the new head of the journal.
async fn note(
    connection: &mut SqliteConnection,
    kind: EntryKind,
    told: &serde_json::Value,
    actor: &str,
    now_ms: i64,
) -> StoreResult<i64> {
    let entry = Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: None,
        anomaly_id: None,
        actor: actor.to_owned(),
        payload: told.to_string(),
    };
    let mut head = journal::head(&mut *connection).await?;
    journal::append(connection, &mut head, entry).await?;
    Ok(head.seq)
}

async fn find(connection: &mut SqliteConnection, name: &str) -> StoreResult<Option<ModelRecord>> {
    let Some(model) = sqlx::query("SELECT * FROM model WHERE name = ?")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?
    else {
        return Ok(None);
    };
    let live_version: Option<u32> = model.try_get("live_version")?;
    let rows = sqlx::query("SELECT * FROM model_version WHERE name = ? ORDER BY version DESC")
        .bind(name)
        .fetch_all(&mut *connection)
        .await?;
    let versions: StoreResult<Vec<ModelVersion>> =
        rows.iter().map(|row| version(row, live_version)).collect();
    let check = model_check::newest(&mut *connection, name, 1).await?.pop();
    Ok(Some(ModelRecord {
        name: name.to_owned(),
        live_version,
        former_version: model.try_get("former_version")?,
        versions: versions?,
        // A look at another version says nothing of this one.
        check: check.filter(|check| Some(check.version) == live_version),
    }))
}

fn version(row: &SqliteRow, live_version: Option<u32>) -> StoreResult<ModelVersion> {
    let text: &str = row.try_get("metadata")?;
    let metadata: ModelMetadata =
        serde_json::from_str(text).map_err(|error| StoreError::corrupt(WHAT, &error))?;
    let trial: Option<&str> = row.try_get("trial")?;
    let trial = trial.map(serde_json::from_str).transpose();
    Ok(ModelVersion {
        version: metadata.version,
        kind: metadata.spec.kind,
        spec: metadata.spec,
        live: live_version == Some(metadata.version),
        trained_at_ms: metadata.trained_at_ms,
        added_at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        promoted_at_ms: row.try_get("promoted_at_ms")?,
        series: metadata.inputs.series.len() as u64,
        data: metadata.data,
        thresholds: metadata.thresholds,
        metrics: metadata.metrics,
        training_seconds: metadata.training_seconds,
        weights_bytes: metadata.weights_bytes,
        notes: metadata.notes,
        trial: trial.map_err(|error| StoreError::corrupt(WHAT, &error))?,
    })
}
