//! Writing labels: every change is the next version, and stands in the journal before anybody learns by it.

use hindcast_shared::api::{LabelDraft, LabelKind, LabelOrigin, LabelRecord};
use hindcast_shared::hash::{digest128, hex};
use sqlx::{Row as _, SqliteConnection};

use super::{Labels, label, not_found};
use crate::journal::{Draft, EntryKind};
use crate::store::journal::Head;
use crate::store::{StoreError, StoreResult, journal};

impl Labels<'_> {
    /// Keeps a new label of somebody's.
    pub(crate) async fn create(
        &self,
        draft: LabelDraft,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<LabelRecord> {
        let mut tx = self.0.begin().await?;
        let mut head = journal::head(&mut tx).await?;
        // A position of the journal is given once, so nothing else can have this name.
        let id = digest128(&[self.0.identity.as_bytes(), &head.seq.to_be_bytes()]);
        let record = record(hex(&id), draft, LabelOrigin::User, actor, 1);
        write(&mut tx, &mut head, &record, Change::Saved, actor, now_ms).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(record)
    }

    /// Writes the next version of a label; where it comes from stays as it was.
    pub(crate) async fn update(
        &self,
        id: &str,
        draft: LabelDraft,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<LabelRecord> {
        let mut tx = self.0.begin().await?;
        let stored = present(&mut tx, id, version).await?;
        let mut head = journal::head(&mut tx).await?;
        let next = stored.version + 1;
        let record = record(stored.id, draft, stored.origin, actor, next);
        write(&mut tx, &mut head, &record, Change::Saved, actor, now_ms).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(record)
    }

    /// Takes a label back; its versions stay.
    pub(crate) async fn delete(
        &self,
        id: &str,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let mut record = present(&mut tx, id, version).await?;
        record.version += 1;
        let mut head = journal::head(&mut tx).await?;
        write(&mut tx, &mut head, &record, Change::Deleted, actor, now_ms).await?;
        self.0.finish(tx, Some(head.seq)).await
    }
}

/// Writes the label that follows from what people said of an anomaly: one label, version after version.
pub(in crate::store) struct Writer<'a> {
    pub(in crate::store) id: &'a str,
    pub(in crate::store) actor: &'a str,
    pub(in crate::store) now_ms: i64,
}

impl Writer<'_> {
    /// The next version: what the label says now, or that it says nothing any more.
    pub(in crate::store) async fn put(
        self,
        connection: &mut SqliteConnection,
        head: &mut Head,
        draft: Option<LabelDraft>,
    ) -> StoreResult<()> {
        let row = sqlx::query("SELECT * FROM label WHERE id = ?")
            .bind(self.id)
            .fetch_optional(&mut *connection)
            .await?;
        let stored = row.as_ref().map(label).transpose()?;
        let is_gone = match &row {
            Some(row) => row.try_get("deleted")?,
            None => true,
        };
        let version = stored.as_ref().map_or(1, |stored| stored.version + 1);
        let (record, change) = match (draft, stored) {
            (Some(draft), _) => {
                let origin = LabelOrigin::Feedback;
                let record = record(self.id.to_owned(), draft, origin, self.actor, version);
                (record, Change::Saved)
            }
            (None, Some(stored)) if !is_gone => {
                (LabelRecord { version, ..stored }, Change::Deleted)
            }
            (None, _) => return Ok(()),
        };
        write(connection, head, &record, change, self.actor, self.now_ms).await
    }
}

/// What a version does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Saved,
    Deleted,
}

fn record(
    id: String,
    draft: LabelDraft,
    origin: LabelOrigin,
    author: &str,
    version: u32,
) -> LabelRecord {
    LabelRecord {
        id,
        source: draft.source,
        series_key: draft.series_key,
        pattern: draft.pattern,
        start_ms: draft.start_ms,
        end_ms: draft.end_ms,
        kind: draft.kind,
        origin,
        author: author.to_owned(),
        version,
    }
}

/// The label as it is, if it is there in the version that the caller has seen.
async fn present(
    connection: &mut SqliteConnection,
    id: &str,
    version: Option<u32>,
) -> StoreResult<LabelRecord> {
    let row = sqlx::query("SELECT * FROM label WHERE id = ? AND NOT deleted")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    let stored = label(&row.ok_or_else(|| not_found(id))?)?;
    StoreError::unless_seen(version, stored.version)?;
    Ok(stored)
}

async fn write(
    connection: &mut SqliteConnection,
    head: &mut Head,
    record: &LabelRecord,
    change: Change,
    actor: &str,
    now_ms: i64,
) -> StoreResult<()> {
    let deleted = change == Change::Deleted;
    let body = serde_json::to_string(&LabelDraft::from(record));
    let body = body.map_err(|error| StoreError::corrupt("label", &error))?;
    sqlx::query(
        "INSERT INTO label (id, source, series_key, pattern, start_ms, end_ms, kind, origin, author, version, deleted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET source = excluded.source, series_key = excluded.series_key, pattern = excluded.pattern,
             start_ms = excluded.start_ms, end_ms = excluded.end_ms, kind = excluded.kind, author = excluded.author,
             version = excluded.version, deleted = excluded.deleted",
    )
    .bind(&record.id)
    .bind(&record.source)
    .bind(record.series_key.as_ref().map(|key| key.0.as_slice()))
    .bind(&record.pattern)
    .bind(record.start_ms)
    .bind(record.end_ms)
    .bind(kind_word(record.kind))
    .bind(origin_word(record.origin))
    .bind(&record.author)
    .bind(record.version)
    .bind(deleted)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO label_version (label_id, version, at_ms, actor, deleted, body) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&record.id)
    .bind(record.version)
    .bind(now_ms)
    .bind(actor)
    .bind(deleted)
    .bind(body)
    .execute(&mut *connection)
    .await?;
    let kind = if deleted {
        EntryKind::LabelDeleted
    } else {
        EntryKind::LabelSaved
    };
    let payload = serde_json::to_string(record);
    let entry = Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: None,
        anomaly_id: None,
        actor: actor.to_owned(),
        payload: payload.map_err(|error| StoreError::corrupt("label", &error))?,
    };
    journal::append(connection, head, entry).await?;
    Ok(())
}

fn kind_word(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Incident => "incident",
        LabelKind::Normal => "normal",
        LabelKind::Exclude => "exclude",
    }
}

fn origin_word(origin: LabelOrigin) -> &'static str {
    match origin {
        LabelOrigin::User => "user",
        LabelOrigin::Feedback => "feedback",
        LabelOrigin::Import => "import",
    }
}
