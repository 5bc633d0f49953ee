//! The outbox: what somebody is to be told, and what became of it.
//!
//! `fill` writes notices down; this module hands messages out when their time has come and keeps what became of
//! them. Knows nothing of journals' meaning or of receivers.

mod fill;

pub(super) use self::fill::take;
pub(crate) use self::fill::{Escalation, Hold, NewNotice, Step};

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::{NoticeState, NotificationRecord};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreError, StoreResult};

/// The cursor of the outbox in the journal.
const CURSOR: &str = "outbox";

/// Columns of a message, its anomalies and how many notices it has.
const RECORD: &str = "o.*, (SELECT min(n.anomaly_id) FROM notice AS n WHERE n.outbox_id = o.id) AS anomaly_id, \
    (SELECT count(*) FROM notice AS n WHERE n.outbox_id = o.id) AS notices";

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueMessage {
    /// Its record.
    pub record: NotificationRecord,
    /// What is told, each notice as JSON.
    pub bodies: Vec<String>,
}

/// How a route's messages stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// To be sent.
    pub waiting: u32,
    /// Given up.
    pub dead: u32,
    /// When the last one arrived.
    pub last_sent_ms: Option<i64>,
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

    /// Closes the groups of a route whose time has come: from here on what they are made of stays the same.
    pub(crate) async fn seal(&self, route: &str, now_ms: i64) -> StoreResult<()> {
        sqlx::query(
            "UPDATE outbox SET state = 'waiting' WHERE route = ? AND state = 'gathering' AND due_at_ms <= ?",
        )
        .bind(route)
        .bind(now_ms)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }

    /// Messages of a route whose time has come, one a lane: those behind it wait until it is gone.
    pub(crate) async fn due(
        &self,
        route: &str,
        now_ms: i64,
        limit: u32,
    ) -> StoreResult<Vec<DueMessage>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {RECORD}, (SELECT json_group_array(b.body) FROM \
               (SELECT n.body FROM notice AS n WHERE n.outbox_id = o.id ORDER BY n.id) AS b) AS bodies \
             FROM outbox AS o WHERE o.state = 'waiting' AND o.route = ? AND o.due_at_ms <= ? AND NOT EXISTS \
             (SELECT 1 FROM outbox AS e WHERE e.route = o.route AND e.lane = o.lane AND e.id < o.id \
              AND e.state IN ('waiting', 'gathering')) ORDER BY o.due_at_ms, o.id LIMIT ?",
        )))
        .bind(route)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let bodies: String = row.try_get("bodies")?;
                Ok(DueMessage {
                    record: record(row)?,
                    bodies: serde_json::from_str(&bodies)
                        .map_err(|error| StoreError::corrupt("notification", &error))?,
                })
            })
            .collect()
    }

    /// When the next message of a route is due.
    pub(crate) async fn next_due_ms(&self, route: &str) -> StoreResult<Option<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT min(due_at_ms) FROM outbox WHERE state IN ('gathering', 'waiting') AND route = ?",
        )
        .bind(route)
        .fetch_one(&self.0.readers)
        .await?)
    }

    /// How many messages of a route have arrived since an instant, and when the first of them did.
    pub(crate) async fn sent_since(
        &self,
        route: &str,
        since_ms: i64,
    ) -> StoreResult<(u32, Option<i64>)> {
        let (count, first): (i64, Option<i64>) = sqlx::query_as(
            "SELECT count(*), min(sent_at_ms) FROM outbox WHERE route = ? AND state = 'sent' AND sent_at_ms > ?",
        )
        .bind(route)
        .bind(since_ms)
        .fetch_one(&self.0.readers)
        .await?;
        Ok((u32::try_from(count).unwrap_or(u32::MAX), first))
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
            "UPDATE outbox SET state = iif(?1 IS NULL, 'dead', 'waiting'), attempts = attempts + 1, \
             due_at_ms = coalesce(?1, due_at_ms), error = ?2 WHERE id = ?3",
        )
        .bind(again_ms)
        .bind(error)
        .bind(id)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }

    /// Lets one that was given up or silenced be tried again, and what the route heard in its lane since then once
    /// more after it: the beginning must not be the last that it hears. Answers whether there was such a one.
    pub(crate) async fn resend(&self, id: i64, now_ms: i64) -> StoreResult<bool> {
        let changed = sqlx::query(
            "UPDATE outbox AS o SET state = 'waiting', attempts = 0, due_at_ms = ?1, error = NULL FROM outbox AS d \
             WHERE d.id = ?2 AND d.state IN ('dead', 'silenced') AND o.lane = d.lane AND o.route = d.route \
               AND o.id >= d.id AND o.state <> 'gathering'",
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
            "SELECT DISTINCT n.route FROM notice AS n JOIN outbox AS o ON o.id = n.outbox_id \
             WHERE n.anomaly_id = ? AND o.state <> 'silenced' ORDER BY n.route",
        )
        .bind(anomaly.to_string())
        .fetch_all(&self.0.readers)
        .await?)
    }

    /// What a route was told last of every anomaly that goes on, as JSON; at most a thousand, newest first.
    pub(crate) async fn going_on(&self, route: &str) -> StoreResult<Vec<String>> {
        Ok(sqlx::query_scalar(
            "SELECT n.body FROM notice AS n JOIN anomaly AS a ON a.id = n.anomaly_id \
             WHERE n.route = ?1 AND a.status IN ('open', 'acknowledged') AND n.id = \
               (SELECT max(m.id) FROM notice AS m WHERE m.anomaly_id = n.anomaly_id AND m.route = n.route) \
             ORDER BY n.id DESC LIMIT 1000",
        )
        .bind(route)
        .fetch_all(&self.0.readers)
        .await?)
    }

    /// What is silenced of anomalies that go on: the message, and its last notice as JSON.
    pub(crate) async fn silenced(&self) -> StoreResult<Vec<(i64, String)>> {
        Ok(sqlx::query_as(
            "SELECT o.id, n.body FROM outbox AS o JOIN notice AS n ON n.outbox_id = o.id \
             JOIN anomaly AS a ON a.id = n.anomaly_id \
             WHERE o.state = 'silenced' AND a.status = 'open' AND NOT EXISTS (SELECT 1 FROM notice AS m \
               WHERE m.anomaly_id = n.anomaly_id AND m.route = n.route AND m.id > n.id) \
             ORDER BY o.id LIMIT 1000",
        )
        .fetch_all(&self.0.readers)
        .await?)
    }

    /// Messages, newest first.
    pub(crate) async fn list(
        &self,
        state: Option<NoticeState>,
        anomaly: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<NotificationRecord>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {RECORD} FROM outbox AS o WHERE (?1 IS NULL OR o.state = ?1) AND (?2 IS NULL OR EXISTS \
             (SELECT 1 FROM notice AS n WHERE n.outbox_id = o.id AND n.anomaly_id = ?2)) ORDER BY o.id DESC LIMIT ?3",
        )))
        .bind(state.map(NoticeState::as_str))
        .bind(anomaly)
        .bind(limit)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// How a route's messages stand.
    pub(crate) async fn counts(&self, route: &str) -> StoreResult<Counts> {
        let (waiting, dead, last_sent_ms): (i64, i64, Option<i64>) = sqlx::query_as(
            "SELECT coalesce(sum(state IN ('gathering', 'waiting')), 0), coalesce(sum(state = 'dead'), 0), \
             max(sent_at_ms) FROM outbox WHERE route = ?",
        )
        .bind(route)
        .fetch_one(&self.0.readers)
        .await?;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Counts {
            waiting: count(waiting),
            dead: count(dead),
            last_sent_ms,
        })
    }

    /// Deletes what is done with since before an instant, but for what goes on.
    pub(crate) async fn prune(&self, before_ms: i64) -> StoreResult<()> {
        sqlx::query(
            "DELETE FROM outbox WHERE state IN ('sent', 'dead', 'silenced') AND created_at_ms < ? AND NOT EXISTS \
             (SELECT 1 FROM notice AS n JOIN anomaly AS a ON a.id = n.anomaly_id \
              WHERE n.outbox_id = outbox.id AND a.status IN ('open', 'acknowledged'))",
        )
        .bind(before_ms)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }
}

fn anomaly_id(row: &SqliteRow) -> StoreResult<AnomalyId> {
    let text: String = row.try_get("anomaly_id")?;
    text.parse()
        .map_err(|error: String| StoreError::corrupt("notification", &error))
}

fn record(row: &SqliteRow) -> StoreResult<NotificationRecord> {
    let word = |column: &str| -> StoreResult<serde_json::Value> {
        let text: String = row.try_get(column)?;
        Ok(text.into())
    };
    let corrupt = |error: serde_json::Error| StoreError::corrupt("notification", &error);
    let count = |column: &str| -> StoreResult<u32> {
        let number: i64 = row.try_get(column)?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    };
    Ok(NotificationRecord {
        id: row.try_get("id")?,
        route: row.try_get("route")?,
        anomaly_id: row
            .try_get::<Option<String>, _>("anomaly_id")?
            .unwrap_or_default(),
        notices: count("notices")?,
        key: row.try_get("key")?,
        event: serde_json::from_value(word("event")?).map_err(corrupt)?,
        state: serde_json::from_value(word("state")?).map_err(corrupt)?,
        attempts: count("attempts")?,
        created_at_ms: row.try_get("created_at_ms")?,
        due_at_ms: row.try_get("due_at_ms")?,
        sent_at_ms: row.try_get("sent_at_ms")?,
        error: row.try_get("error")?,
    })
}
