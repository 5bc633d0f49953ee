//! The journal's tables: appending with the chain, reading after a position, anchors, cursors, verification.

mod filter;

pub(crate) use self::filter::EntryFilter;

use std::str::FromStr;

use hindcast_shared::anomaly::{AnomalyId, Status};
use hindcast_shared::api::{FeedbackRecord, JournalRecord};
use hindcast_shared::pipeline::{Command, Standing, Transition, TransitionKind};
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::{DAY_MS, TimeRange};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, StoreResult};
use crate::journal::{Draft, Entry, EntryKind, Hash};

/// The journal's repository.
#[derive(Debug)]
pub(crate) struct Journal<'a>(&'a Store);

/// The end of the chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// Position of the last entry; 0 before the first.
    pub(super) seq: i64,
    /// Its hash; zeros before the first.
    pub(super) hash: Hash,
}

/// What a verification saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Position of the anchor; everything up to it was pruned.
    pub anchor_seq: i64,
    /// Entries that were checked.
    pub entries: i64,
}

impl Store {
    /// The journal.
    pub(crate) fn journal(&self) -> Journal<'_> {
        Journal(self)
    }
}

const COLUMNS: &str = "SELECT seq, at_ms, recorded_at_ms, kind, rule_id, anomaly_id, actor, payload, prev_hash, hash FROM journal";

/// How long before a range an anomaly must have opened not to be looked for, unless it is still open.
const STANDING_MS: i64 = 7 * DAY_MS;

/// How many entries a verification reads at a time.
const VERIFY_BATCH: u32 = 1_000;

impl Journal<'_> {
    /// Entries after a position, oldest first, at most `limit`.
    pub(crate) async fn after(&self, seq: i64, limit: u32) -> StoreResult<Vec<Entry>> {
        after(&mut *self.0.readers.acquire().await?, seq, limit).await
    }

    /// Entries that are wanted, in the order that is wanted, at most `limit`.
    pub(crate) async fn entries(
        &self,
        filter: &EntryFilter,
        limit: u32,
    ) -> StoreResult<Vec<Entry>> {
        let mut query = sqlx::QueryBuilder::new(COLUMNS);
        filter.push_into(&mut query, limit);
        let rows = query.build().fetch_all(&self.0.readers).await?;
        rows.iter().map(entry).collect()
    }

    /// Position up to which entries were pruned; 0 when none was.
    pub(crate) async fn anchor(&self) -> StoreResult<i64> {
        Ok(anchor(&mut *self.0.readers.acquire().await?).await?.seq)
    }

    /// What happened to one anomaly, oldest first; pages and commands are told elsewhere.
    pub(crate) async fn history(&self, id: AnomalyId) -> StoreResult<Vec<JournalRecord>> {
        let rows = sqlx::query(
            "SELECT seq, at_ms, kind, actor, payload, CASE kind
                 WHEN 'snoozed' THEN json_extract(payload, '$.anomaly.snoozed_until_ms')
                 WHEN 'judged' THEN (SELECT json_extract(c.payload, '$.until_ms') FROM journal c
                     WHERE c.anomaly_id = j.anomaly_id AND c.kind = 'command' AND c.seq < j.seq
                     ORDER BY c.seq DESC LIMIT 1)
                 END AS until_ms
             FROM journal j
             WHERE anomaly_id = ? AND kind NOT IN ('page', 'command', 'extended') ORDER BY seq LIMIT 1000",
        )
        .bind(id.to_string())
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get("kind")?;
                let payload: String = row.try_get("payload")?;
                let text = words(&kind, payload);
                Ok(JournalRecord {
                    seq: row.try_get("seq")?,
                    at_ms: row.try_get("at_ms")?,
                    kind,
                    actor: row.try_get("actor")?,
                    text,
                    until_ms: row.try_get("until_ms")?,
                })
            })
            .collect()
    }

    /// The steps in the life of one anomaly, oldest first, each with the status after it.
    pub(crate) async fn steps(&self, id: AnomalyId) -> StoreResult<Vec<(TransitionKind, Status)>> {
        let rows = sqlx::query(
            "SELECT kind, json_extract(payload, '$.anomaly.status') AS status FROM journal
             WHERE anomaly_id = ? AND kind NOT IN ('page', 'command', 'note', 'extended') ORDER BY seq",
        )
        .bind(id.to_string())
        .fetch_all(&self.0.readers)
        .await?;
        let mut steps = Vec::with_capacity(rows.len());
        for row in &rows {
            let kind: EntryKind = parsed(row, "kind")?;
            if let EntryKind::Transition(kind) = kind {
                steps.push((kind, parsed(row, "status")?));
            }
        }
        Ok(steps)
    }

    /// Transitions with a nominal time in the range, in the pager's order; at most `limit`.
    pub(crate) async fn transitions(
        &self,
        range: TimeRange,
        rule: Option<&RuleId>,
        limit: u32,
    ) -> StoreResult<Vec<Transition>> {
        let kinds = "('opened', 'extended', 'escalated', 'reopened', 'closed', 'acknowledged', 'judged', 'snoozed', 'assigned', 'undone')";
        let rows = self.payloads_in(kinds, range, rule, limit).await?;
        let mut transitions: Vec<Transition> = payloads(&rows, "transition")?;
        transitions.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(transitions)
    }

    /// What stood open within a range, as long as that was known; of anomalies that opened long before it only those
    /// that are still open.
    pub(crate) async fn standing(&self, range: TimeRange) -> StoreResult<Vec<Standing>> {
        let rows = sqlx::query(
            "SELECT recorded_at_ms, payload FROM journal
             WHERE kind IN ('opened', 'reopened', 'undone', 'closed', 'judged') AND recorded_at_ms < ?2
               AND (recorded_at_ms >= ?1 OR anomaly_id IN (SELECT id FROM anomaly WHERE status IN ('open', 'acknowledged')))
             ORDER BY seq",
        )
        .bind(range.from_ms - STANDING_MS)
        .bind(range.to_ms)
        .fetch_all(&self.0.readers)
        .await?;
        let mut standing = Vec::new();
        for row in &rows {
            let payload: &str = row.try_get("payload")?;
            let transition = serde_json::from_str(payload)
                .map_err(|error| StoreError::corrupt("transition", &error))?;
            Standing::fold(&mut standing, &transition, row.try_get("recorded_at_ms")?);
        }
        standing.retain(|one| one.range.to_ms > range.from_ms);
        Ok(standing)
    }

    /// People's actions with a time in the range, oldest first; at most `limit`.
    pub(crate) async fn commands(
        &self,
        range: TimeRange,
        rule: Option<&RuleId>,
        limit: u32,
    ) -> StoreResult<Vec<Command>> {
        let rows = self.payloads_in("('command')", range, rule, limit).await?;
        payloads(&rows, "command")
    }

    /// Payloads of entries of some kinds with a time in the range, oldest first; `kinds` is an SQL list.
    async fn payloads_in(
        &self,
        kinds: &'static str,
        range: TimeRange,
        rule: Option<&RuleId>,
        limit: u32,
    ) -> StoreResult<Vec<String>> {
        let mut query = sqlx::QueryBuilder::new("SELECT payload FROM journal WHERE kind IN ");
        query.push(kinds);
        query.push(" AND at_ms >= ").push_bind(range.from_ms);
        query.push(" AND at_ms < ").push_bind(range.to_ms);
        if let Some(rule) = rule {
            query
                .push(" AND rule_id = ")
                .push_bind(rule.as_str().to_owned());
        }
        query.push(" ORDER BY at_ms, seq LIMIT ").push_bind(limit);
        Ok(query
            .build_query_scalar()
            .fetch_all(&self.0.readers)
            .await?)
    }

    /// Appends one entry in a transaction of its own.
    pub(crate) async fn append(&self, draft: Draft) -> StoreResult<Entry> {
        let mut tx = self.0.begin().await?;
        let mut head = head(&mut tx).await?;
        let entry = append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(entry)
    }

    /// Recomputes the chain from the last anchor to the head, and looks whether it was cut there.
    pub(crate) async fn verify_chain(&self) -> StoreResult<Chain> {
        // One reading of the whole store: pruning goes on meanwhile, and moves the anchor.
        let mut tx = self.0.readers.begin().await?;
        let anchor = anchor(&mut tx).await?;
        let mut last = anchor;
        loop {
            let entries = after(&mut tx, last.seq, VERIFY_BATCH).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                let fits = entry.seq == last.seq + 1
                    && entry.prev_hash == last.hash
                    && entry.draft.hash(entry.seq, &last.hash) == entry.hash;
                if !fits {
                    return Err(StoreError::BrokenChain { seq: entry.seq });
                }
                last = Head {
                    seq: entry.seq,
                    hash: entry.hash,
                };
            }
        }
        // A chain that was cut at its end is whole; what it told of anomalies is missed.
        let missed: Option<i64> = sqlx::query_scalar(
            "SELECT min(changed_seq) FROM anomaly a WHERE changed_seq > ?
             AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.seq = a.changed_seq AND j.anomaly_id = a.id)",
        )
        .bind(anchor.seq)
        .fetch_one(&mut *tx)
        .await?;
        if let Some(seq) = missed {
            return Err(StoreError::BrokenChain { seq });
        }
        Ok(Chain {
            anchor_seq: anchor.seq,
            entries: last.seq - anchor.seq,
        })
    }
}

/// Entries after a position, oldest first, at most `limit`.
async fn after(connection: &mut SqliteConnection, seq: i64, limit: u32) -> StoreResult<Vec<Entry>> {
    let mut query = sqlx::QueryBuilder::new(COLUMNS);
    query.push(" WHERE seq > ").push_bind(seq);
    query.push(" ORDER BY seq LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(connection).await?;
    rows.iter().map(entry).collect()
}

/// The end of the chain; after pruning everything, its anchor.
pub(super) async fn head(connection: &mut SqliteConnection) -> StoreResult<Head> {
    let row = sqlx::query("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?;
    match row {
        Some(row) => head_of(&row),
        None => anchor(connection).await,
    }
}

/// Where the chain begins.
pub(super) async fn anchor(connection: &mut SqliteConnection) -> StoreResult<Head> {
    sqlx::query("SELECT seq, hash FROM journal_anchor ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?
        .map_or(
            Ok(Head {
                seq: 0,
                hash: [0; 32],
            }),
            |row| head_of(&row),
        )
}

fn head_of(row: &SqliteRow) -> StoreResult<Head> {
    Ok(Head {
        seq: row.try_get("seq")?,
        hash: hash_of(row, "hash")?,
    })
}

/// Appends one entry to the chain inside a transaction; `head` moves on.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    head: &mut Head,
    draft: Draft,
) -> StoreResult<Entry> {
    let seq = head.seq + 1;
    let hash = draft.hash(seq, &head.hash);
    sqlx::query(
        "INSERT INTO journal (seq, at_ms, recorded_at_ms, kind, rule_id, anomaly_id, actor, payload, prev_hash, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(seq)
    .bind(draft.at_ms)
    .bind(draft.recorded_at_ms)
    .bind(draft.kind.as_str())
    .bind(draft.rule_id.as_ref().map(RuleId::as_str))
    .bind(draft.anomaly_id.map(|id| id.to_string()))
    .bind(&draft.actor)
    .bind(&draft.payload)
    .bind(head.hash.as_slice())
    .bind(hash.as_slice())
    .execute(connection)
    .await?;
    let entry = Entry {
        seq,
        draft,
        prev_hash: head.hash,
        hash,
    };
    *head = Head { seq, hash };
    Ok(entry)
}

fn entry(row: &SqliteRow) -> StoreResult<Entry> {
    let kind: String = row.try_get("kind")?;
    let rule_id: Option<String> = row.try_get("rule_id")?;
    let anomaly_id: Option<String> = row.try_get("anomaly_id")?;
    let corrupt = |message: String| StoreError::corrupt("journal entry", &message);
    Ok(Entry {
        seq: row.try_get("seq")?,
        draft: Draft {
            at_ms: row.try_get("at_ms")?,
            recorded_at_ms: row.try_get("recorded_at_ms")?,
            kind: kind.parse().map_err(corrupt)?,
            rule_id: rule_id.map(|id| id.parse()).transpose().map_err(corrupt)?,
            anomaly_id: anomaly_id
                .map(|id| id.parse())
                .transpose()
                .map_err(corrupt)?,
            actor: row.try_get("actor")?,
            payload: row.try_get("payload")?,
        },
        prev_hash: hash_of(row, "prev_hash")?,
        hash: hash_of(row, "hash")?,
    })
}

fn parsed<T: FromStr<Err = String>>(row: &SqliteRow, column: &str) -> StoreResult<T> {
    let text: &str = row.try_get(column)?;
    text.parse()
        .map_err(|error: String| StoreError::corrupt("journal entry", &error))
}

/// What an entry says beyond its kind, where it does.
fn words(kind: &str, payload: String) -> Option<String> {
    let transition = || serde_json::from_str::<Transition>(&payload).ok();
    match kind.parse().ok()? {
        EntryKind::Note => Some(serde_json::from_str(&payload).unwrap_or(payload)),
        EntryKind::Transition(TransitionKind::Assigned) => transition()?.anomaly.assignee,
        EntryKind::Transition(TransitionKind::Snoozed) => {
            let until_ms = transition()?.anomaly.snoozed_until_ms?;
            let until = jiff::Timestamp::from_millisecond(until_ms).ok()?;
            Some(format!("until {until}"))
        }
        EntryKind::Transition(TransitionKind::Judged | TransitionKind::Undone) => {
            let status = transition()?.anomaly.status;
            Some(status.as_str().replace('_', " "))
        }
        EntryKind::FeedbackGiven | EntryKind::FeedbackTakenBack => {
            let record: FeedbackRecord = serde_json::from_str(&payload).ok()?;
            Some(record.answer.as_str().replace('_', " "))
        }
        _ => None,
    }
}

fn hash_of(row: &SqliteRow, column: &str) -> StoreResult<Hash> {
    let bytes: &[u8] = row.try_get(column)?;
    Hash::try_from(bytes).map_err(|error| StoreError::corrupt("hash of the journal", &error))
}

fn payloads<T: serde::de::DeserializeOwned>(
    rows: &[String],
    what: &'static str,
) -> StoreResult<Vec<T>> {
    rows.iter()
        .map(|text| serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, &error)))
        .collect()
}
