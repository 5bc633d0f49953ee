//! The outbox: written in one transaction with the position of the journal up to which it was filled.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::{NoticeEvent, NoticeState, NotificationRecord};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreError, StoreResult};

/// The cursor of the outbox in the journal.
const CURSOR: &str = "outbox";

/// What is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewNotice {
    /// Name of the route.
    pub route: String,
    /// The anomaly.
    pub anomaly_id: AnomalyId,
    /// Identity of the notification, whatever becomes of it.
    pub key: String,
    /// What it is about.
    pub event: NoticeEvent,
    /// What is told, as JSON.
    pub body: String,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueNotice {
    /// Its record.
    pub record: NotificationRecord,
    /// What is told, as JSON.
    pub body: String,
}

/// The repository of notifications.
#[derive(Debug)]
pub(crate) struct Outbox<'a>(&'a Store);

impl Store {
    /// Notifications.
    pub(crate) fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

impl Outbox<'_> {
    /// Position of the journal up to which the outbox was filled; the head when it never was.
    pub(crate) async fn cursor(&self) -> StoreResult<i64> {
        let head = self.0.head();
        sqlx::query("INSERT INTO journal_cursor (name, seq) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(CURSOR)
            .bind(head)
            .execute(&self.0.writer)
            .await?;
        Ok(
            sqlx::query_scalar("SELECT seq FROM journal_cursor WHERE name = ?")
                .bind(CURSOR)
                .fetch_one(&self.0.writer)
                .await?,
        )
    }

    /// Gives the journal back to retention: nobody is told anything any more.
    pub(crate) async fn forget_cursor(&self) -> StoreResult<()> {
        sqlx::query("DELETE FROM journal_cursor WHERE name = ?")
            .bind(CURSOR)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }

    /// Writes notifications down and moves the cursor, both or neither. One that is there already stays.
    pub(crate) async fn fill(
        &self,
        notices: &[NewNotice],
        seq: i64,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        for notice in notices {
            sqlx::query(
                "INSERT INTO outbox (route, anomaly_id, key, event, body, state, created_at_ms, due_at_ms) \
                 VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (key) DO NOTHING",
            )
            .bind(&notice.route)
            .bind(notice.anomaly_id.to_string())
            .bind(&notice.key)
            .bind(notice.event.as_str())
            .bind(&notice.body)
            .bind(now_ms)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("UPDATE journal_cursor SET seq = ? WHERE name = ? AND seq < ?")
            .bind(seq)
            .bind(CURSOR)
            .bind(seq)
            .execute(&mut *tx)
            .await?;
        self.0.finish(tx, None).await
    }

    /// Notifications of a route whose time has come, one an anomaly: those behind it wait until it is gone.
    pub(crate) async fn due(
        &self,
        route: &str,
        now_ms: i64,
        limit: u32,
    ) -> StoreResult<Vec<DueNotice>> {
        let rows = sqlx::query(
            "SELECT * FROM outbox AS o WHERE state = 'waiting' AND route = ? AND due_at_ms <= ? AND NOT EXISTS \
             (SELECT 1 FROM outbox AS e WHERE e.anomaly_id = o.anomaly_id AND e.route = o.route \
              AND e.id < o.id AND e.state = 'waiting') ORDER BY due_at_ms, id LIMIT ?",
        )
        .bind(route)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueNotice {
                    record: record(row)?,
                    body: row.try_get("body")?,
                })
            })
            .collect()
    }

    /// When the next notification of a route is due.
    pub(crate) async fn next_due_ms(&self, route: &str) -> StoreResult<Option<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT min(due_at_ms) FROM outbox WHERE state = 'waiting' AND route = ?",
        )
        .bind(route)
        .fetch_one(&self.0.readers)
        .await?)
    }

    /// It has arrived.
    pub(crate) async fn sent(&self, id: i64, now_ms: i64) -> StoreResult<()> {
        sqlx::query(
            "UPDATE outbox SET state = 'sent', attempts = attempts + 1, sent_at_ms = ?, error = NULL WHERE id = ?",
        )
        .bind(now_ms)
        .bind(id)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }

    /// It has not arrived: it is tried again then, or given up.
    pub(crate) async fn failed(
        &self,
        id: i64,
        again_ms: Option<i64>,
        error: &str,
    ) -> StoreResult<()> {
        sqlx::query(
            "UPDATE outbox SET state = iif(? IS NULL, 'dead', 'waiting'), attempts = attempts + 1, \
             due_at_ms = coalesce(?, due_at_ms), error = ? WHERE id = ?",
        )
        .bind(again_ms)
        .bind(again_ms)
        .bind(error)
        .bind(id)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }

    /// Lets one that was given up be tried again, and what the route heard of the anomaly since then once more after
    /// it: the beginning must not be the last that it hears. Answers whether there was such a one.
    pub(crate) async fn resend(&self, id: i64, now_ms: i64) -> StoreResult<bool> {
        let changed = sqlx::query(
            "UPDATE outbox AS o SET state = 'waiting', attempts = 0, due_at_ms = ?1 FROM outbox AS d \
             WHERE d.id = ?2 AND d.state = 'dead' AND o.anomaly_id = d.anomaly_id AND o.route = d.route AND o.id >= d.id",
        )
        .bind(now_ms)
        .bind(id)
        .execute(&self.0.writer)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Names of the routes that were told of an anomaly, or are to be.
    pub(crate) async fn told(&self, anomaly: AnomalyId) -> StoreResult<Vec<String>> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT route FROM outbox WHERE anomaly_id = ? ORDER BY route",
        )
        .bind(anomaly.to_string())
        .fetch_all(&self.0.readers)
        .await?)
    }

    /// Notifications, newest first.
    pub(crate) async fn list(
        &self,
        state: Option<NoticeState>,
        anomaly: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<NotificationRecord>> {
        let rows = sqlx::query(
            "SELECT * FROM outbox WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR anomaly_id = ?2) \
             ORDER BY id DESC LIMIT ?3",
        )
        .bind(state.map(NoticeState::as_str))
        .bind(anomaly)
        .bind(limit)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// How many wait and how many were given up on a route.
    pub(crate) async fn counts(&self, route: &str) -> StoreResult<(u32, u32)> {
        let (waiting, dead): (i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'dead'), 0) FROM outbox WHERE route = ?",
        )
        .bind(route)
        .fetch_one(&self.0.readers)
        .await?;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok((count(waiting), count(dead)))
    }

    /// Deletes what arrived or was given up before an instant.
    pub(crate) async fn prune(&self, before_ms: i64) -> StoreResult<()> {
        sqlx::query("DELETE FROM outbox WHERE state <> 'waiting' AND created_at_ms < ?")
            .bind(before_ms)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }
}

fn record(row: &SqliteRow) -> StoreResult<NotificationRecord> {
    let word = |column: &str| -> StoreResult<serde_json::Value> {
        let text: String = row.try_get(column)?;
        Ok(text.into())
    };
    let corrupt = |error: serde_json::Error| StoreError::corrupt("notification", &error);
    let attempts: i64 = row.try_get("attempts")?;
    Ok(NotificationRecord {
        id: row.try_get("id")?,
        route: row.try_get("route")?,
        anomaly_id: row.try_get("anomaly_id")?,
        key: row.try_get("key")?,
        event: serde_json::from_value(word("event")?).map_err(corrupt)?,
        state: serde_json::from_value(word("state")?).map_err(corrupt)?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        created_at_ms: row.try_get("created_at_ms")?,
        due_at_ms: row.try_get("due_at_ms")?,
        sent_at_ms: row.try_get("sent_at_ms")?,
        error: row.try_get("error")?,
    })
}
