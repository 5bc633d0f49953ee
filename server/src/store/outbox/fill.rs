//! Into the outbox: everything that entries of the journal become, in one transaction with the place up to which
//! they were read.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::NoticeEvent;
use sqlx::Row as _;

use super::{CURSOR, Outbox};
use crate::store::{StoreResult, WriteTx};

/// What is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewNotice {
    /// Name of the route.
    pub route: String,
    /// What stays in order.
    pub lane: String,
    /// The anomaly.
    pub anomaly_id: AnomalyId,
    /// Identity of the notice, whatever becomes of it.
    pub key: String,
    /// What it is about.
    pub event: NoticeEvent,
    /// What is told, as JSON.
    pub body: String,
    /// Whether it goes out at once.
    pub hold: Hold,
}

/// Whether a notice goes out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It does.
    No,
    /// It waits for others of its group: so long after a quiet time, and so long after the group's last message.
    Gather {
        /// After a quiet time.
        wait_ms: i64,
        /// After the last message.
        interval_ms: i64,
    },
    /// Something outside says that nobody is to be told; why.
    Silenced(String),
}

/// Who is told when nobody has taken an anomaly by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Escalation {
    /// The anomaly.
    pub anomaly_id: AnomalyId,
    /// Name of the route.
    pub route: String,
    /// The entry of the journal that it began with.
    pub seq: i64,
    /// By when.
    pub due_at_ms: i64,
}

/// One thing that an entry of the journal becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Somebody is told.
    Tell(NewNotice),
    /// Somebody else is told if nobody takes it.
    Escalate(Escalation),
    /// Somebody has taken it, or it is over.
    Settle(AnomalyId),
}

impl Outbox<'_> {
    /// Writes everything down and moves the place in the journal, both or neither. What is there already stays.
    pub(crate) async fn fill(&self, steps: &[Step], seq: i64, now_ms: i64) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        for step in steps {
            take(&mut tx, step, now_ms).await?;
        }
        sqlx::query("UPDATE journal_cursor SET seq = ? WHERE name = ? AND seq < ?")
            .bind(seq)
            .bind(CURSOR)
            .bind(seq)
            .execute(&mut *tx)
            .await?;
        self.0.finish(tx, None).await
    }

    /// Escalations whose time has come.
    pub(crate) async fn escalations_due(&self, now_ms: i64) -> StoreResult<Vec<Escalation>> {
        let rows = sqlx::query(
            "SELECT anomaly_id, route, seq, due_at_ms FROM escalation WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT 200",
        )
        .bind(now_ms)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Escalation {
                    anomaly_id: super::anomaly_id(row)?,
                    route: row.try_get("route")?,
                    seq: row.try_get("seq")?,
                    due_at_ms: row.try_get("due_at_ms")?,
                })
            })
            .collect()
    }

    /// When the next escalation is due.
    pub(crate) async fn next_escalation_ms(&self) -> StoreResult<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT min(due_at_ms) FROM escalation")
            .fetch_one(&self.0.readers)
            .await?)
    }

    /// An escalation becomes these steps, and is gone; or it waits until then.
    pub(crate) async fn escalate(
        &self,
        escalation: &Escalation,
        steps: &[Step],
        again_ms: Option<i64>,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let statement = if again_ms.is_some() {
            "UPDATE escalation SET due_at_ms = ?3 WHERE anomaly_id = ?1 AND route = ?2"
        } else {
            "DELETE FROM escalation WHERE anomaly_id = ?1 AND route = ?2 AND (?3 IS NULL)"
        };
        sqlx::query(statement)
            .bind(escalation.anomaly_id.to_string())
            .bind(&escalation.route)
            .bind(again_ms)
            .execute(&mut *tx)
            .await?;
        for step in steps {
            take(&mut tx, step, now_ms).await?;
        }
        self.0.finish(tx, None).await
    }
}

pub(in crate::store) async fn take(tx: &mut WriteTx, step: &Step, now_ms: i64) -> StoreResult<()> {
    match step {
        Step::Tell(notice) => tell(tx, notice, now_ms).await,
        Step::Escalate(escalation) => {
            sqlx::query(
                "INSERT INTO escalation (anomaly_id, route, seq, due_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(escalation.anomaly_id.to_string())
            .bind(&escalation.route)
            .bind(escalation.seq)
            .bind(escalation.due_at_ms)
            .execute(&mut **tx)
            .await?;
            Ok(())
        }
        Step::Settle(id) => {
            sqlx::query("DELETE FROM escalation WHERE anomaly_id = ?")
                .bind(id.to_string())
                .execute(&mut **tx)
                .await?;
            Ok(())
        }
    }
}

async fn tell(tx: &mut WriteTx, notice: &NewNotice, now_ms: i64) -> StoreResult<()> {
    let known: Option<i64> = sqlx::query_scalar("SELECT id FROM notice WHERE key = ?")
        .bind(&notice.key)
        .fetch_optional(&mut **tx)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let gathering: Option<i64> = match notice.hold {
        Hold::Gather { .. } => {
            sqlx::query_scalar(
                "SELECT id FROM outbox WHERE route = ? AND lane = ? AND state = 'gathering' ORDER BY id DESC LIMIT 1",
            )
            .bind(&notice.route)
            .bind(&notice.lane)
            .fetch_optional(&mut **tx)
            .await?
        }
        _ => None,
    };
    let message = match gathering {
        Some(id) => id,
        None => message(tx, notice, now_ms).await?,
    };
    sqlx::query(
        "INSERT INTO notice (outbox_id, route, anomaly_id, key, event, body) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(message)
    .bind(&notice.route)
    .bind(notice.anomaly_id.to_string())
    .bind(&notice.key)
    .bind(notice.event.as_str())
    .bind(&notice.body)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A new message that begins with a notice.
async fn message(tx: &mut WriteTx, notice: &NewNotice, now_ms: i64) -> StoreResult<i64> {
    let (state, due_at_ms, why) = match &notice.hold {
        Hold::No => ("waiting", now_ms, None),
        Hold::Silenced(why) => ("silenced", now_ms, Some(why)),
        Hold::Gather {
            wait_ms,
            interval_ms,
        } => {
            let last: Option<i64> = sqlx::query_scalar(
                "SELECT max(due_at_ms) FROM outbox WHERE route = ? AND lane = ? AND state <> 'silenced'",
            )
            .bind(&notice.route)
            .bind(&notice.lane)
            .fetch_one(&mut **tx)
            .await?;
            let next = last.map_or(i64::MIN, |last| last.saturating_add(*interval_ms));
            ("gathering", next.max(now_ms + wait_ms), None)
        }
    };
    Ok(sqlx::query_scalar(
        "INSERT INTO outbox (route, lane, key, event, state, created_at_ms, due_at_ms, error) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&notice.route)
    .bind(&notice.lane)
    .bind(&notice.key)
    .bind(notice.event.as_str())
    .bind(state)
    .bind(now_ms)
    .bind(due_at_ms)
    .bind(why)
    .fetch_one(&mut **tx)
    .await?)
}
