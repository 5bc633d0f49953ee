//! The transactions: a rule's tick, and a person's command. Each is all or nothing, and the journal says what it did.

use std::collections::{BTreeMap, BTreeSet};

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::RuleRun;
use hindcast_shared::pipeline::{Command, Page, Transition, TransitionKind};
use hindcast_shared::rule::RuleId;
use hindcast_shared::series::{Series, SeriesKey, SourceName};
use sqlx::{Row, SqliteConnection};

use super::series::register;
use super::{
    Memory, Store, StoreError, StoreResult, StoredSeries, anomaly, journal, memory, page, point,
    rule,
};
use crate::journal::{Draft, Entry, EntryKind};

/// Everything that one tick of a rule changes.
#[derive(Debug, Clone)]
pub(crate) struct TickCommit {
    /// The rule.
    pub rule_id: RuleId,
    /// The version that was folded.
    pub version: u32,
    /// Where the series come from.
    pub source: SourceName,
    /// Real time.
    pub recorded_at_ms: i64,
    /// How far the rule is afterwards; none when the watermark stays (a backfill, a rule that ends).
    pub progress: Option<Progress>,
    /// Points as they were seen.
    pub points: BTreeMap<SeriesKey, Series>,
    /// What the evaluator said, in order.
    pub transitions: Vec<Transition>,
    /// What the pager made of it, in order.
    pub pages: Vec<Page>,
    /// What the pager and the watch remember from now on.
    pub memory: Vec<Memory>,
    /// How the run went.
    pub run: Option<RuleRun>,
    /// What happens to anomalies that are stored already.
    pub mode: Mode,
}

/// How far a rule is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Newest evaluated instant.
    pub watermark_ms: i64,
    /// The evaluator's memory.
    pub pipeline_state: Vec<u8>,
}

/// What happens to anomalies that are stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They go on: this is the rule's own life.
    Live,
    /// They stay as they are: only what is missing is inserted.
    Missing,
}

/// A person's action with what the evaluator made of it.
#[derive(Debug, Clone)]
pub(crate) struct CommandCommit {
    /// The action.
    pub command: Command,
    /// The rule of the anomaly.
    pub rule_id: RuleId,
    /// Real time.
    pub recorded_at_ms: i64,
    /// What the evaluator said.
    pub transitions: Vec<Transition>,
    /// The evaluator's memory afterwards, with its rule's version; none when the rule is not running.
    pub pipeline_state: Option<(u32, Vec<u8>)>,
    /// What the pager made of it.
    pub pages: Vec<Page>,
    /// What the pager remembers from now on.
    pub memory: Vec<Memory>,
}

/// What a transaction wrote.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    /// Anomalies that were not stored before.
    pub inserted: Vec<AnomalyId>,
    /// Head of the journal afterwards.
    pub head: i64,
}

/// A transaction's journal.
struct Writer<'a> {
    connection: &'a mut SqliteConnection,
    head: journal::Head,
    recorded_at_ms: i64,
}

impl Writer<'_> {
    async fn append(
        &mut self,
        at_ms: i64,
        kind: EntryKind,
        about: (&RuleId, AnomalyId),
        actor: &str,
        payload: String,
    ) -> StoreResult<i64> {
        let draft = Draft {
            at_ms,
            recorded_at_ms: self.recorded_at_ms,
            kind,
            rule_id: Some(about.0.clone()),
            anomaly_id: Some(about.1),
            actor: actor.to_owned(),
            payload,
        };
        journal::append(self.connection, &mut self.head, draft).await?;
        Ok(self.head.seq)
    }

    /// Journals a transition and writes the anomaly; answers whether it was new.
    async fn transition(
        &mut self,
        transition: &Transition,
        stored_seq: Option<i64>,
    ) -> StoreResult<bool> {
        let anomaly = &transition.anomaly;
        let seq = self
            .append(
                transition.at_ms,
                EntryKind::Transition(transition.kind),
                (&anomaly.rule_id, anomaly.id),
                &transition.actor.0,
                json("transition", transition)?,
            )
            .await?;
        let changed_seq = match (transition.kind, stored_seq) {
            (TransitionKind::Extended, Some(stored)) => stored,
            _ => seq,
        };
        anomaly::write(self.connection, anomaly, changed_seq).await?;
        Ok(stored_seq.is_none())
    }

    /// Keeps a page and journals it.
    async fn page(&mut self, rule: &RuleId, one: &Page) -> StoreResult<()> {
        let body = json("page", one)?;
        page::write(self.connection, rule, one, &body).await?;
        let about = (rule, one.anomaly_id);
        self.append(one.at_ms, EntryKind::Page, about, "system", body)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Commits a tick: points, watermark, transitions, pages and journal in one transaction.
    ///
    /// An anomaly whose id is stored is not opened again; one that a person has judged does not grow any more.
    pub(crate) async fn commit_tick(&self, commit: TickCommit) -> StoreResult<Committed> {
        let mut tx = self.begin().await?;
        let committed = self.write_tick(&mut tx, &commit).await?;
        self.finish(tx, Some(committed.head)).await?;
        Ok(committed)
    }

    async fn write_tick(
        &self,
        connection: &mut SqliteConnection,
        commit: &TickCommit,
    ) -> StoreResult<Committed> {
        if let Some(progress) = &commit.progress {
            advance(connection, commit, progress).await?;
        }
        if !commit.points.is_empty() {
            let series: Vec<_> = commit
                .points
                .iter()
                .map(|(key, series)| StoredSeries {
                    key: *key,
                    source: commit.source.clone(),
                    labels: series.labels.clone(),
                    unit: series.unit.clone(),
                })
                .collect();
            register(connection, &series, self.max_series, commit.recorded_at_ms).await?;
            point::write(connection, &commit.rule_id, &commit.points).await?;
        }
        if let Some(run) = &commit.run {
            rule::write_run(connection, &commit.rule_id, run).await?;
        }
        let mut writer = Writer {
            head: journal::head(connection).await?,
            connection,
            recorded_at_ms: commit.recorded_at_ms,
        };
        let mut inserted = BTreeSet::new();
        for transition in &commit.transitions {
            let id = transition.anomaly.id;
            let stored = anomaly::get(writer.connection, id).await?;
            let skip = match (&stored, commit.mode) {
                (None, _) => false,
                (Some(_), Mode::Missing) => !inserted.contains(&id),
                (Some(stored), Mode::Live) => {
                    is_stale(transition.kind, stored.anomaly.status.is_active())
                }
            };
            if skip {
                continue;
            }
            let seq = stored.map(|stored| stored.changed_seq);
            if writer.transition(transition, seq).await? {
                inserted.insert(id);
            }
        }
        for page in &commit.pages {
            if commit.mode == Mode::Missing && !inserted.contains(&page.anomaly_id) {
                continue;
            }
            writer.page(&commit.rule_id, page).await?;
        }
        memory::write(writer.connection, &commit.memory).await?;
        Ok(Committed {
            head: writer.head.seq,
            inserted: inserted.into_iter().collect(),
        })
    }

    /// Commits a person's action: first the command, then what it led to, in one transaction.
    pub(crate) async fn commit_command(&self, commit: CommandCommit) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let command = &commit.command;
        let mut writer = Writer {
            head: journal::head(&mut tx).await?,
            connection: &mut tx,
            recorded_at_ms: commit.recorded_at_ms,
        };
        let about = (&commit.rule_id, command.anomaly_id);
        writer
            .append(
                command.at_ms,
                EntryKind::Command,
                about,
                &command.actor.0,
                json("command", command)?,
            )
            .await?;
        for transition in &commit.transitions {
            let stored = anomaly::get(writer.connection, transition.anomaly.id).await?;
            let seq = stored.map(|stored| stored.changed_seq);
            writer.transition(transition, seq).await?;
        }
        for page in &commit.pages {
            writer.page(&commit.rule_id, page).await?;
        }
        memory::write(writer.connection, &commit.memory).await?;
        let head = writer.head.seq;
        if let Some((version, state)) = &commit.pipeline_state {
            sqlx::query(
                "UPDATE rule_state SET pipeline_state = ? WHERE rule_id = ? AND version = ?",
            )
            .bind(state)
            .bind(commit.rule_id.as_str())
            .bind(version)
            .execute(&mut *tx)
            .await?;
        }
        self.finish(tx, Some(head)).await
    }

    /// Writes a note on an anomaly.
    pub(crate) async fn add_note(
        &self,
        id: AnomalyId,
        text: &str,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<Entry> {
        let stored = self
            .anomalies()
            .get(id)
            .await?
            .ok_or_else(|| StoreError::NotFound {
                what: "anomaly",
                id: id.to_string(),
            })?;
        self.journal()
            .append(Draft {
                at_ms: now_ms,
                recorded_at_ms: now_ms,
                kind: EntryKind::Note,
                rule_id: Some(stored.anomaly.rule_id.clone()),
                anomaly_id: Some(id),
                actor: actor.to_owned(),
                payload: json("note", text)?,
            })
            .await
    }
}

/// Whether a transition says something about an anomaly that the store knows better.
fn is_stale(kind: TransitionKind, active: bool) -> bool {
    match kind {
        // Found before, by a backfill: the rest of its life goes on from there.
        TransitionKind::Opened => true,
        // Somebody closed it behind the evaluator's back.
        TransitionKind::Extended | TransitionKind::Escalated | TransitionKind::Closed => !active,
        TransitionKind::Reopened
        | TransitionKind::Acknowledged
        | TransitionKind::Judged
        | TransitionKind::Snoozed
        | TransitionKind::Assigned
        | TransitionKind::Undone => false,
    }
}

/// Moves the watermark on, if the tick is of the stored version.
async fn advance(
    connection: &mut SqliteConnection,
    commit: &TickCommit,
    progress: &Progress,
) -> StoreResult<()> {
    let stored = sqlx::query("SELECT version FROM rule WHERE id = ? AND NOT deleted")
        .bind(commit.rule_id.as_str())
        .fetch_optional(&mut *connection)
        .await?
        .map_or(Ok(0), |row| row.try_get("version"))?;
    if stored != commit.version {
        return Err(StoreError::StaleRule {
            tick: commit.version,
            stored,
        });
    }
    let first_ms = commit.points.values().map(|series| series.start_ms).min();
    if let Some(first_ms) = first_ms {
        sqlx::query("UPDATE rule SET live_since_ms = ? WHERE id = ? AND live_since_ms IS NULL")
            .bind(first_ms)
            .bind(commit.rule_id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(
        "INSERT INTO rule_state (rule_id, version, watermark_ms, pipeline_state) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET version = excluded.version, watermark_ms = excluded.watermark_ms,
             pipeline_state = excluded.pipeline_state",
    )
    .bind(commit.rule_id.as_str())
    .bind(commit.version)
    .bind(progress.watermark_ms)
    .bind(&progress.pipeline_state)
    .execute(connection)
    .await?;
    Ok(())
}

fn json<T: serde::Serialize + ?Sized>(what: &'static str, value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(what, &error))
}

#[cfg(test)]
mod tests;
