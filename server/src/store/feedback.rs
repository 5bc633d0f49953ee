//! What people said of anomalies: of each one answer is in force, and every other one is kept beside it.
//!
//! An answer, the label that it becomes and the journal's entry are one transaction; what it does to the anomaly
//! itself is the fold's business and comes after it, so each row says whether that has been done.

use hindcast_shared::anomaly::{Anomaly, AnomalyId};
use hindcast_shared::api::{FeedbackAnswer, FeedbackRecord, LabelDraft};
use hindcast_shared::hash::{digest128, hex};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::journal::Head;
use super::{Store, StoreError, StoreResult, journal, label};
use crate::journal::{Draft, EntryKind};

/// Key of the links' secret in `meta`.
const LINK_KEY: &str = "feedback_key";

/// The repository of feedback.
#[derive(Debug)]
pub(crate) struct Feedback<'a>(&'a Store);

/// An answer that is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewFeedback<'a> {
    /// The anomaly as it is.
    pub anomaly: &'a Anomaly,
    /// What is said.
    pub answer: FeedbackAnswer,
    /// Who says it.
    pub actor: &'a str,
    /// The route whose link is used.
    pub route: Option<&'a str>,
    /// When.
    pub at_ms: i64,
    /// The label that it becomes.
    pub label: Option<LabelDraft>,
    /// Whether it takes the place of an answer that is in force.
    pub replace: bool,
}

/// A stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredFeedback {
    /// As it is told.
    pub record: FeedbackRecord,
    /// Whether it changed the anomaly's status.
    pub judged: bool,
}

impl Store {
    /// What people said of anomalies.
    pub(crate) fn feedback(&self) -> Feedback<'_> {
        Feedback(self)
    }
}

impl Feedback<'_> {
    /// The secret that links are signed with; made when there is none.
    pub(crate) async fn key(&self, fresh: [u8; 32]) -> StoreResult<String> {
        let known: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = ?")
            .bind(LINK_KEY)
            .fetch_optional(&self.0.readers)
            .await?;
        if let Some(known) = known {
            return Ok(known);
        }
        sqlx::query("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(LINK_KEY)
            .bind(hex(&fresh))
            .execute(&self.0.writer)
            .await?;
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = ?")
            .bind(LINK_KEY)
            .fetch_one(&self.0.writer)
            .await?)
    }

    /// Another secret: every link that was given out is void from now on.
    pub(crate) async fn rotate(
        &self,
        fresh: [u8; 32],
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
            .bind(LINK_KEY)
            .bind(hex(&fresh))
            .execute(&mut *tx)
            .await?;
        let mut head = journal::head(&mut tx).await?;
        let entry = Draft {
            at_ms: now_ms,
            recorded_at_ms: now_ms,
            kind: EntryKind::FeedbackLinksRevoked,
            rule_id: None,
            anomaly_id: None,
            actor: actor.to_owned(),
            payload: "{}".to_owned(),
        };
        journal::append(&mut tx, &mut head, entry).await?;
        self.0.finish(tx, Some(head.seq)).await
    }

    /// Everything that was said of an anomaly, newest first.
    pub(crate) async fn of(&self, id: AnomalyId) -> StoreResult<Vec<StoredFeedback>> {
        let rows = sqlx::query("SELECT * FROM feedback WHERE anomaly_id = ? ORDER BY id DESC")
            .bind(id.to_string())
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(stored).collect()
    }

    /// Answers whose anomalies were not dealt with: the server was stopped in between.
    pub(crate) async fn unsettled(&self) -> StoreResult<Vec<StoredFeedback>> {
        let rows = sqlx::query(
            "SELECT * FROM feedback WHERE NOT settled AND taken_back_at_ms IS NULL ORDER BY id LIMIT 1000",
        )
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(stored).collect()
    }

    /// The anomaly was dealt with; `judged` says that its status was changed.
    pub(crate) async fn settle(&self, id: i64, judged: bool) -> StoreResult<()> {
        sqlx::query("UPDATE feedback SET settled = 1, judged = ? WHERE id = ?")
            .bind(judged)
            .bind(id)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }

    /// Keeps an answer; where another one is in force and keeps its place, that one is the error.
    pub(crate) async fn give(
        &self,
        new: NewFeedback<'_>,
    ) -> StoreResult<Result<FeedbackRecord, FeedbackRecord>> {
        let mut tx = self.0.begin().await?;
        if let Some(current) = in_force(&mut tx, new.anomaly.id).await? {
            if !new.replace {
                return Ok(Err(current.record));
            }
            end(&mut tx, current.record.id, new.actor, new.at_ms).await?;
        }
        let mut head = journal::head(&mut tx).await?;
        let label_id = self.label_id(new.anomaly.id);
        let labelled = new.label.is_some();
        let writer = label::Writer {
            id: &label_id,
            actor: new.actor,
            now_ms: new.at_ms,
        };
        writer.put(&mut tx, &mut head, new.label).await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO feedback (anomaly_id, rule_id, answer, actor, route, at_ms, label_id)
             VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(new.anomaly.id.to_string())
        .bind(new.anomaly.rule_id.as_str())
        .bind(new.answer.as_str())
        .bind(new.actor)
        .bind(new.route)
        .bind(new.at_ms)
        .bind(labelled.then_some(&label_id))
        .fetch_one(&mut *tx)
        .await?;
        let row = sqlx::query("SELECT * FROM feedback WHERE id = ?")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
        let record = stored(&row)?.record;
        let kind = EntryKind::FeedbackGiven;
        entry(&mut tx, &mut head, kind, &record, new.actor, new.at_ms).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(Ok(record))
    }

    /// Takes back what is in force, with its label; nothing where nothing is, or where it is not this one.
    pub(crate) async fn take_back(
        &self,
        anomaly: AnomalyId,
        id: i64,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<bool> {
        let mut tx = self.0.begin().await?;
        let current = in_force(&mut tx, anomaly).await?;
        let Some(current) = current.filter(|current| current.record.id == id) else {
            return Ok(false);
        };
        end(&mut tx, id, actor, now_ms).await?;
        let mut head = journal::head(&mut tx).await?;
        let label_id = self.label_id(anomaly);
        let writer = label::Writer {
            id: &label_id,
            actor,
            now_ms,
        };
        writer.put(&mut tx, &mut head, None).await?;
        let kind = EntryKind::FeedbackTakenBack;
        entry(&mut tx, &mut head, kind, &current.record, actor, now_ms).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(true)
    }

    /// One label an anomaly, whatever is said of it, so that its versions tell the story.
    fn label_id(&self, anomaly: AnomalyId) -> String {
        let id = anomaly.to_string();
        hex(&digest128(&[
            self.0.identity.as_bytes(),
            b"feedback",
            id.as_bytes(),
        ]))
    }
}

async fn in_force(
    connection: &mut SqliteConnection,
    anomaly: AnomalyId,
) -> StoreResult<Option<StoredFeedback>> {
    sqlx::query("SELECT * FROM feedback WHERE anomaly_id = ? AND taken_back_at_ms IS NULL")
        .bind(anomaly.to_string())
        .fetch_optional(connection)
        .await?
        .map(|row| stored(&row))
        .transpose()
}

async fn end(
    connection: &mut SqliteConnection,
    id: i64,
    actor: &str,
    now_ms: i64,
) -> StoreResult<()> {
    sqlx::query("UPDATE feedback SET taken_back_at_ms = ?, taken_back_by = ? WHERE id = ?")
        .bind(now_ms)
        .bind(actor)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn entry(
    connection: &mut SqliteConnection,
    head: &mut Head,
    kind: EntryKind,
    record: &FeedbackRecord,
    actor: &str,
    now_ms: i64,
) -> StoreResult<()> {
    let corrupt = |error: &dyn ToString| StoreError::corrupt("feedback", &error.to_string());
    let draft = Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: Some(
            record
                .rule_id
                .parse()
                .map_err(|error: String| corrupt(&error))?,
        ),
        anomaly_id: Some(
            record
                .anomaly_id
                .parse()
                .map_err(|error: String| corrupt(&error))?,
        ),
        actor: actor.to_owned(),
        payload: serde_json::to_string(record).map_err(|error| corrupt(&error))?,
    };
    journal::append(connection, head, draft).await?;
    Ok(())
}

fn stored(row: &SqliteRow) -> StoreResult<StoredFeedback> {
    let answer: String = row.try_get("answer")?;
    Ok(StoredFeedback {
        record: FeedbackRecord {
            id: row.try_get("id")?,
            anomaly_id: row.try_get("anomaly_id")?,
            rule_id: row.try_get("rule_id")?,
            answer: answer
                .parse()
                .map_err(|error: String| StoreError::corrupt("feedback", &error))?,
            actor: row.try_get("actor")?,
            route: row.try_get("route")?,
            at_ms: row.try_get("at_ms")?,
            label_id: row.try_get("label_id")?,
            taken_back_at_ms: row.try_get("taken_back_at_ms")?,
            taken_back_by: row.try_get("taken_back_by")?,
        },
        judged: row.try_get("judged")?,
    })
}
