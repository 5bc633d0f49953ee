//! The transactions: a rule's tick, and a person's command. Each is all or nothing, and the journal says what it did.

use std::collections::{BTreeMap, BTreeSet};

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::RuleRun;
use hindcast_shared::pipeline::{Command, Page, Transition, TransitionKind};
use hindcast_shared::rule::RuleId;
use hindcast_shared::series::{Series, SeriesKey, SourceName};
use sqlx::{Row, SqliteConnection};

use super::series::register;
use super::{Store, StoreError, StoreResult, StoredSeries, anomaly, journal, page, point, rule};
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
            let body = json("page", page)?;
            page::write(writer.connection, &commit.rule_id, page, &body).await?;
            let about = (&commit.rule_id, page.anomaly_id);
            writer
                .append(page.at_ms, EntryKind::Page, about, "system", body)
                .await?;
        }
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
                rule_id: Some(stored.anomaly.rule_id),
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
        TransitionKind::Reopened | TransitionKind::Acknowledged | TransitionKind::Judged => false,
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
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::pipeline::{Action, Actor, PageKind, PageVerdict};
    use hindcast_shared::time::TimeRange;

    use super::*;
    use crate::store::testing::{Fixture, anomaly, tick, transition};

    #[tokio::test]
    async fn tick_when_committed_then_everything_of_it_is_there() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let before = fixture.store.head();
        let found = anomaly("r", "s", 60_000, Status::Open);
        let mut commit = tick(&rule, 1, 120_000);
        commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
        commit.pages = vec![Page {
            anomaly_id: found.id,
            at_ms: 120_000,
            kind: PageKind::Opened,
            severity: found.severity,
            verdict: PageVerdict::Sent,
        }];
        let committed = fixture.store.commit_tick(commit).await?;
        assert_eq!(committed.inserted, [found.id]);
        assert_eq!(committed.head, before + 2);
        assert_eq!(fixture.store.head(), committed.head);
        let state = fixture.store.rules().state(&rule.id).await?;
        assert_eq!(state.map(|state| state.watermark_ms), Some(120_000));
        let stored = fixture.store.anomalies().get(found.id).await?;
        assert_eq!(stored.map(|stored| stored.anomaly), Some(found.clone()));
        let all = TimeRange::new(0, 1_000_000).expect("a range");
        assert_eq!(fixture.store.pages(all).await?.len(), 1);
        let record = fixture
            .store
            .rules()
            .records(Some(&rule.id), 120_000)
            .await?;
        assert_eq!(
            (record[0].open_anomalies, record[0].pages_last_week),
            (1, 1)
        );
        let told = fixture.store.journal().after(before, 10).await?;
        assert_eq!(told[0].transition().map(|told| told.anomaly), Some(found));
        Ok(())
    }

    #[tokio::test]
    async fn anomaly_when_opened_twice_then_the_second_is_nothing() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let found = anomaly("r", "s", 60_000, Status::Open);
        for mode in [Mode::Live, Mode::Live, Mode::Missing] {
            let mut commit = tick(&rule, 1, 120_000);
            commit.mode = mode;
            commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
            fixture.store.commit_tick(commit).await?;
        }
        let history = fixture.store.journal().history(found.id).await?;
        assert_eq!(history.len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn anomaly_when_judged_then_grows_no_more_but_may_come_back() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let found = anomaly("r", "s", 60_000, Status::Open);
        let say = async |kind, status| {
            let mut commit = tick(&rule, 1, 120_000);
            let mut anomaly = found.clone();
            anomaly.status = status;
            commit.transitions = vec![transition(kind, anomaly)];
            fixture.store.commit_tick(commit).await
        };
        say(TransitionKind::Opened, Status::Open).await?;
        let mut judged = found.clone();
        judged.status = Status::FalseAlarm;
        let command = Command {
            at_ms: 130_000,
            watermark_ms: 120_000,
            actor: Actor("ann".to_owned()),
            anomaly_id: found.id,
            action: Action::FalseAlarm,
        };
        fixture
            .store
            .commit_command(CommandCommit {
                command: command.clone(),
                rule_id: rule.id.clone(),
                recorded_at_ms: 130_001,
                transitions: vec![transition(TransitionKind::Judged, judged)],
                pipeline_state: Some((1, vec![9])),
            })
            .await?;
        let state = fixture.store.rules().state(&rule.id).await?;
        assert_eq!(state.map(|state| state.pipeline_state), Some(vec![9]));
        let all = TimeRange::new(0, 1_000_000).expect("a range");
        let commands = fixture.store.journal().commands(all, None, 10).await?;
        assert_eq!(commands, [command]);
        say(TransitionKind::Extended, Status::Open).await?;
        let status = async || {
            let stored = fixture.store.anomalies().get(found.id).await?;
            anyhow::Ok(stored.map(|stored| stored.anomaly.status))
        };
        assert_eq!(status().await?, Some(Status::FalseAlarm));
        say(TransitionKind::Reopened, Status::Open).await?;
        assert_eq!(status().await?, Some(Status::Open));
        Ok(())
    }

    #[tokio::test]
    async fn tick_when_the_rule_was_changed_meanwhile_then_changes_nothing() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let mut commit = tick(&rule, 1, 120_000);
        commit.version = 7;
        commit.transitions = vec![transition(
            TransitionKind::Opened,
            anomaly("r", "s", 60_000, Status::Open),
        )];
        let refused = fixture.store.commit_tick(commit).await;
        assert!(matches!(
            refused,
            Err(StoreError::StaleRule { tick: 7, stored: 1 })
        ));
        assert_eq!(fixture.store.rules().state(&rule.id).await?, None);
        assert!(fixture.store.anomalies().active(&rule.id).await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn note_when_written_then_stands_in_the_history() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let found = anomaly("r", "s", 60_000, Status::Open);
        let missing = fixture.store.add_note(found.id, "x", "ann", 1).await;
        assert!(matches!(missing, Err(StoreError::NotFound { .. })));
        let mut commit = tick(&rule, 1, 120_000);
        commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
        fixture.store.commit_tick(commit).await?;
        fixture
            .store
            .add_note(found.id, "a \"note\"", "ann", 1)
            .await?;
        let history = fixture.store.journal().history(found.id).await?;
        assert_eq!(history[1].text.as_deref(), Some("a \"note\""));
        Ok(())
    }
}
