//! Calendars: every change is the next version, and stands in the journal before anybody folds it.

mod markers;

use std::collections::BTreeMap;

use hindcast_shared::api::{CalendarDraft, CalendarRecord, Occurrence};
use hindcast_shared::time::TimeRange;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, StoreResult, journal};
use crate::journal::{Draft, EntryKind};

const WHAT: &str = "calendar";

/// The newest version of each calendar.
const NEWEST: &str = "SELECT * FROM calendar c
    WHERE NOT EXISTS (SELECT 1 FROM calendar n WHERE n.id = c.id AND n.version = c.version + 1)";

/// A version of a calendar, and when it holds.
#[derive(Debug, Clone)]
pub(crate) struct CalendarVersion {
    /// Id of the calendar.
    pub(crate) id: String,
    /// What it says.
    pub(crate) draft: CalendarDraft,
    /// From when to when it was the one that counts.
    pub(crate) holds: TimeRange,
    /// What was told meanwhile, each from when it was told.
    pub(crate) markers: Vec<Occurrence>,
}

/// The repository of calendars.
#[derive(Debug)]
pub(crate) struct Calendars<'a>(&'a Store);

impl Store {
    /// Calendars.
    pub(crate) fn calendars(&self) -> Calendars<'_> {
        Calendars(self)
    }
}

impl Calendars<'_> {
    /// One calendar as it is now.
    pub(crate) async fn get(&self, id: &str) -> StoreResult<CalendarRecord> {
        let (record, _) = newest(&mut *self.0.readers.acquire().await?, id)
            .await?
            .filter(|(_, deleted)| !deleted)
            .ok_or_else(|| not_found(id))?;
        Ok(record)
    }

    /// All of them, by id.
    pub(crate) async fn list(&self) -> StoreResult<Vec<CalendarRecord>> {
        let mut query = sqlx::QueryBuilder::new(NEWEST);
        query.push(" AND NOT deleted ORDER BY id");
        let rows = query.build().fetch_all(&self.0.readers).await?;
        rows.iter().map(|row| Ok(record(row)?.0)).collect()
    }

    /// The versions of some calendars that held within a range, with their markers.
    pub(crate) async fn in_force(
        &self,
        ids: &[String],
        range: TimeRange,
    ) -> StoreResult<Vec<CalendarVersion>> {
        let mut found = Vec::new();
        for id in ids {
            let rows = sqlx::query(
                "SELECT * FROM (
                     SELECT *, coalesce((SELECT n.at_ms + 1 FROM calendar n WHERE n.id = c.id AND n.version = c.version + 1),
                         9223372036854775807) AS to_ms
                     FROM calendar c WHERE id = ?1 AND NOT deleted AND at_ms < ?3)
                 WHERE to_ms > ?2 AND at_ms + 1 < to_ms ORDER BY version",
            )
            .bind(id)
            .bind(range.from_ms)
            .bind(range.to_ms)
            .fetch_all(&self.0.readers)
            .await?;
            let markers = self.markers(id, range).await?;
            for row in &rows {
                let (record, _) = record(row)?;
                let holds = TimeRange {
                    from_ms: record.updated_at_ms + 1,
                    to_ms: row.try_get("to_ms")?,
                };
                found.push(CalendarVersion {
                    id: record.id,
                    draft: record.calendar,
                    holds,
                    markers: markers.clone(),
                });
            }
        }
        Ok(found)
    }

    /// Keeps a new calendar under an id that no other one has.
    pub(crate) async fn create(
        &self,
        id: &str,
        draft: CalendarDraft,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<CalendarRecord> {
        let mut tx = self.0.begin().await?;
        let before = newest(&mut tx, id).await?;
        if before.as_ref().is_some_and(|(_, deleted)| !deleted) {
            return Err(StoreError::Taken {
                what: WHAT,
                id: id.to_owned(),
            });
        }
        let version = before.map_or(1, |(before, _)| before.version + 1);
        let record = next(id, version, draft, actor, now_ms);
        let head = write(&mut tx, &record, false).await?;
        self.0.finish(tx, Some(head)).await?;
        Ok(record)
    }

    /// Writes the next version.
    pub(crate) async fn update(
        &self,
        id: &str,
        draft: CalendarDraft,
        seen: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<CalendarRecord> {
        let mut tx = self.0.begin().await?;
        let before = changeable(&mut tx, id, seen).await?;
        let record = next(id, before.version + 1, draft, actor, now_ms);
        let head = write(&mut tx, &record, false).await?;
        self.0.finish(tx, Some(head)).await?;
        Ok(record)
    }

    /// Takes a calendar back; what it was stays, so that replays know it.
    pub(crate) async fn delete(
        &self,
        id: &str,
        seen: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let before = changeable(&mut tx, id, seen).await?;
        let record = next(id, before.version + 1, before.calendar, actor, now_ms);
        let head = write(&mut tx, &record, true).await?;
        self.0.finish(tx, Some(head)).await
    }

    /// Makes the provisioned calendars those of the file, all or none; answers how many changed.
    pub(crate) async fn provision(
        &self,
        drafts: &[CalendarDraft],
        now_ms: i64,
    ) -> StoreResult<usize> {
        let mut tx = self.0.begin().await?;
        let mut query = sqlx::QueryBuilder::new(NEWEST);
        query.push(" ORDER BY id");
        let rows = query.build().fetch_all(&mut *tx).await?;
        let mut stored = BTreeMap::new();
        for row in &rows {
            let (record, deleted) = record(row)?;
            stored.insert(record.id.clone(), (record, deleted));
        }
        let (mut changed, mut head) = (0, None);
        for draft in drafts {
            let id = draft.id.clone().unwrap_or_default();
            let before = stored.remove(&id);
            let same = |(record, deleted): &(CalendarRecord, bool)| {
                record.provisioned && !deleted && record.calendar == *draft
            };
            if before.as_ref().is_some_and(same) {
                continue;
            }
            let version = before.map_or(1, |(before, _)| before.version + 1);
            let mut record = next(&id, version, draft.clone(), "file", now_ms);
            record.provisioned = true;
            head = Some(write(&mut tx, &record, false).await?);
            changed += 1;
        }
        for (id, (before, deleted)) in stored {
            if before.provisioned && !deleted {
                let mut record = next(&id, before.version + 1, before.calendar, "file", now_ms);
                record.provisioned = true;
                head = Some(write(&mut tx, &record, true).await?);
                changed += 1;
            }
        }
        self.0.finish(tx, head).await?;
        Ok(changed)
    }
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound {
        what: WHAT,
        id: id.to_owned(),
    }
}

fn next(
    id: &str,
    version: u32,
    mut draft: CalendarDraft,
    actor: &str,
    now_ms: i64,
) -> CalendarRecord {
    draft.id = Some(id.to_owned());
    CalendarRecord {
        id: id.to_owned(),
        calendar: draft,
        provisioned: false,
        author: actor.to_owned(),
        version,
        updated_at_ms: now_ms,
        holidays_exact_until: None,
    }
}

async fn newest(
    connection: &mut SqliteConnection,
    id: &str,
) -> StoreResult<Option<(CalendarRecord, bool)>> {
    let row = sqlx::query("SELECT * FROM calendar WHERE id = ? ORDER BY version DESC LIMIT 1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(record).transpose()
}

/// The calendar as it is, if it may be changed and is in the version that the caller has seen.
async fn changeable(
    connection: &mut SqliteConnection,
    id: &str,
    seen: Option<u32>,
) -> StoreResult<CalendarRecord> {
    let found = newest(connection, id)
        .await?
        .filter(|(_, deleted)| !deleted);
    let (record, _) = found.ok_or_else(|| not_found(id))?;
    StoreError::unless_seen(seen, record.version)?;
    if record.provisioned {
        return Err(StoreError::ProvisionedCalendar(record.id));
    }
    Ok(record)
}

/// Writes a version and journals it; answers the new head of the journal.
async fn write(
    connection: &mut SqliteConnection,
    record: &CalendarRecord,
    deleted: bool,
) -> StoreResult<i64> {
    let corrupt = |error: serde_json::Error| StoreError::corrupt(WHAT, &error);
    sqlx::query(
        "INSERT INTO calendar (id, version, at_ms, deleted, provisioned, body, author) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&record.id)
    .bind(record.version)
    .bind(record.updated_at_ms)
    .bind(deleted)
    .bind(record.provisioned)
    .bind(serde_json::to_string(&record.calendar).map_err(corrupt)?)
    .bind(&record.author)
    .execute(&mut *connection)
    .await?;
    let kind = if deleted {
        EntryKind::CalendarDeleted
    } else {
        EntryKind::CalendarSaved
    };
    let payload = serde_json::to_string(record).map_err(corrupt)?;
    journaled(
        connection,
        kind,
        &record.author,
        record.updated_at_ms,
        payload,
    )
    .await
}

async fn journaled(
    connection: &mut SqliteConnection,
    kind: EntryKind,
    actor: &str,
    now_ms: i64,
    payload: String,
) -> StoreResult<i64> {
    let entry = Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: None,
        anomaly_id: None,
        actor: actor.to_owned(),
        payload,
    };
    let mut head = journal::head(connection).await?;
    journal::append(connection, &mut head, entry).await?;
    Ok(head.seq)
}

fn record(row: &SqliteRow) -> StoreResult<(CalendarRecord, bool)> {
    let body: &str = row.try_get("body")?;
    let record = CalendarRecord {
        id: row.try_get("id")?,
        calendar: serde_json::from_str(body).map_err(|error| StoreError::corrupt(WHAT, &error))?,
        provisioned: row.try_get("provisioned")?,
        author: row.try_get("author")?,
        version: row.try_get("version")?,
        updated_at_ms: row.try_get("at_ms")?,
        holidays_exact_until: None,
    };
    Ok((record, row.try_get("deleted")?))
}
