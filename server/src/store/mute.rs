//! Mutes: ranges of time in which matching anomalies page nobody.
//!
//! Every change is the next version, and stands in the journal before anybody folds it. A version is in force from
//! the millisecond after it was written up to the next one, so that production and replay decide alike.

use hindcast_shared::api::{MuteDraft, MuteRecord};
use hindcast_shared::hash::{digest128, hex};
use hindcast_shared::pipeline::Mute;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{DAY_MS, TimeRange};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::rule::severity_rank;
use super::{Store, StoreError, StoreResult, journal};
use crate::journal::{Draft, EntryKind};

/// How far back the pager knows mutes: as far as a detection can be asked for.
const MEMORY_MS: i64 = 91 * DAY_MS;

const NEWEST: &str = "SELECT * FROM mute WHERE id = ? ORDER BY version DESC LIMIT 1";

/// A mute as it is after a change, and all that the pager has to know from then on.
#[derive(Debug, Clone)]
pub(crate) struct SavedMute {
    /// The mute.
    pub(crate) record: MuteRecord,
    /// Every mute as long as it was and will be in force.
    pub(crate) in_force: Vec<Mute>,
}

/// The repository of mutes.
#[derive(Debug)]
pub(crate) struct Mutes<'a>(&'a Store);

impl Store {
    /// Mutes.
    pub(crate) fn mutes(&self) -> Mutes<'_> {
        Mutes(self)
    }
}

impl Mutes<'_> {
    /// One mute as it is now, also when it is over.
    pub(crate) async fn get(&self, id: &str) -> StoreResult<MuteRecord> {
        newest(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Mutes that overlap a range, newest first, at most `limit`.
    pub(crate) async fn list(&self, range: TimeRange, limit: u32) -> StoreResult<Vec<MuteRecord>> {
        let rows = sqlx::query(
            "SELECT * FROM mute m
             WHERE NOT EXISTS (SELECT 1 FROM mute n WHERE n.id = m.id AND n.version = m.version + 1)
               AND start_ms <= ?1 AND iif(ended, min(at_ms, end_ms), end_ms) > ?2
             ORDER BY start_ms DESC, id LIMIT ?3",
        )
        .bind(range.to_ms)
        .bind(range.from_ms)
        .bind(limit)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// What was or will be in force within a range: each version as long as it was.
    pub(crate) async fn in_force(&self, range: TimeRange) -> StoreResult<Vec<Mute>> {
        in_force(&mut *self.0.readers.acquire().await?, range).await
    }

    /// What the pager has to know when it begins.
    pub(crate) async fn known_at(&self, now_ms: i64) -> StoreResult<Vec<Mute>> {
        self.in_force(memory(now_ms)).await
    }

    /// Keeps a new mute, which was checked.
    pub(crate) async fn create(
        &self,
        draft: MuteDraft,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<SavedMute> {
        let mut tx = self.0.begin().await?;
        let head = journal::head(&mut tx).await?;
        // A position of the journal is given once, so nothing else can have this name.
        let id = digest128(&[self.0.store_id().as_bytes(), &head.seq.to_be_bytes()]);
        let record = next(hex(&id), 1, draft, actor, now_ms);
        let head = write(&mut tx, &record, now_ms).await?;
        self.finish(tx, head, record, now_ms).await
    }

    /// Writes the next version of a mute that is not over.
    pub(crate) async fn update(
        &self,
        id: &str,
        draft: MuteDraft,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<SavedMute> {
        let mut tx = self.0.begin().await?;
        let stored = changeable(&mut tx, id, version, now_ms).await?;
        let record = next(stored.id, stored.version + 1, draft, actor, now_ms);
        let head = write(&mut tx, &record, now_ms).await?;
        self.finish(tx, head, record, now_ms).await
    }

    /// Ends a mute now; what it was stays.
    pub(crate) async fn end(
        &self,
        id: &str,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<SavedMute> {
        let mut tx = self.0.begin().await?;
        let mut record = changeable(&mut tx, id, version, now_ms).await?;
        record.version += 1;
        actor.clone_into(&mut record.author);
        (record.updated_at_ms, record.ended_at_ms) = (now_ms, Some(now_ms));
        let head = write(&mut tx, &record, now_ms).await?;
        self.finish(tx, head, record, now_ms).await
    }

    /// Commits; what the pager needs is read before, so that nothing can fail after it.
    async fn finish(
        &self,
        mut tx: super::WriteTx,
        head: i64,
        record: MuteRecord,
        now_ms: i64,
    ) -> StoreResult<SavedMute> {
        let in_force = in_force(&mut tx, memory(now_ms)).await?;
        self.0.finish(tx, Some(head)).await?;
        Ok(SavedMute { record, in_force })
    }
}

fn memory(now_ms: i64) -> TimeRange {
    TimeRange {
        from_ms: now_ms - MEMORY_MS,
        to_ms: i64::MAX,
    }
}

fn next(id: String, version: u32, draft: MuteDraft, actor: &str, now_ms: i64) -> MuteRecord {
    let any = || "*".to_owned();
    MuteRecord {
        id,
        rule: draft.rule.unwrap_or_else(any),
        series: draft.series.unwrap_or_else(any),
        max_severity: draft.max_severity.unwrap_or(Severity::Critical),
        start_ms: draft.start_ms.unwrap_or(now_ms),
        end_ms: draft.end_ms,
        ended_at_ms: None,
        comment: draft.comment.trim().to_owned(),
        author: actor.to_owned(),
        version,
        updated_at_ms: now_ms,
    }
}

async fn newest(connection: &mut SqliteConnection, id: &str) -> StoreResult<MuteRecord> {
    let row = sqlx::query(NEWEST).bind(id).fetch_optional(connection);
    let row = row.await?.ok_or_else(|| StoreError::NotFound {
        what: "mute",
        id: id.to_owned(),
    })?;
    record(&row)
}

/// The mute as it is, if it is not over and in the version that the caller has seen.
async fn changeable(
    connection: &mut SqliteConnection,
    id: &str,
    version: Option<u32>,
    now_ms: i64,
) -> StoreResult<MuteRecord> {
    let stored = newest(connection, id).await?;
    StoreError::unless_seen(version, stored.version)?;
    if stored.ended_at_ms.is_some() || stored.end_ms <= now_ms {
        let id = stored.id;
        return Err(StoreError::Over { what: "mute", id });
    }
    Ok(stored)
}

/// Writes a version and journals it; answers the new head of the journal.
async fn write(
    connection: &mut SqliteConnection,
    record: &MuteRecord,
    now_ms: i64,
) -> StoreResult<i64> {
    let ended = record.ended_at_ms.is_some();
    sqlx::query(
        "INSERT INTO mute (id, version, at_ms, rule, series, max_severity, start_ms, end_ms, ended, comment, author)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&record.id)
    .bind(record.version)
    .bind(record.updated_at_ms)
    .bind(&record.rule)
    .bind(&record.series)
    .bind(severity_rank(record.max_severity))
    .bind(record.start_ms)
    .bind(record.end_ms)
    .bind(ended)
    .bind(&record.comment)
    .bind(&record.author)
    .execute(&mut *connection)
    .await?;
    let payload = serde_json::to_string(record);
    let entry = Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind: if ended {
            EntryKind::MuteEnded
        } else {
            EntryKind::MuteSaved
        },
        rule_id: None,
        anomaly_id: None,
        actor: record.author.clone(),
        payload: payload.map_err(|error| StoreError::corrupt("mute", &error))?,
    };
    let mut head = journal::head(connection).await?;
    journal::append(connection, &mut head, entry).await?;
    Ok(head.seq)
}

async fn in_force(connection: &mut SqliteConnection, range: TimeRange) -> StoreResult<Vec<Mute>> {
    let rows = sqlx::query(
        "SELECT * FROM (
             SELECT id, version, rule, series, max_severity, max(start_ms, at_ms + 1) AS from_ms,
                 min(end_ms, coalesce((SELECT n.at_ms + 1 FROM mute n WHERE n.id = m.id AND n.version = m.version + 1), end_ms))
                     AS to_ms
             FROM mute m WHERE NOT ended AND end_ms > ?1)
         WHERE from_ms < to_ms AND from_ms < ?2 AND to_ms > ?1 ORDER BY id, version",
    )
    .bind(range.from_ms)
    .bind(range.to_ms)
    .fetch_all(connection)
    .await?;
    let stretch = |row: &SqliteRow| {
        Ok(Mute {
            id: row.try_get("id")?,
            rule: row.try_get("rule")?,
            series: row.try_get("series")?,
            max_severity: severity(row)?,
            range: TimeRange {
                from_ms: row.try_get("from_ms")?,
                to_ms: row.try_get("to_ms")?,
            },
        })
    };
    rows.iter().map(stretch).collect()
}

fn record(row: &SqliteRow) -> StoreResult<MuteRecord> {
    let at_ms: i64 = row.try_get("at_ms")?;
    let ended: bool = row.try_get("ended")?;
    Ok(MuteRecord {
        id: row.try_get("id")?,
        rule: row.try_get("rule")?,
        series: row.try_get("series")?,
        max_severity: severity(row)?,
        start_ms: row.try_get("start_ms")?,
        end_ms: row.try_get("end_ms")?,
        ended_at_ms: ended.then_some(at_ms),
        comment: row.try_get("comment")?,
        author: row.try_get("author")?,
        version: row.try_get("version")?,
        updated_at_ms: at_ms,
    })
}

fn severity(row: &SqliteRow) -> StoreResult<Severity> {
    let rank: i64 = row.try_get("max_severity")?;
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .find(|severity| severity_rank(*severity) == rank)
        .ok_or_else(|| StoreError::corrupt("mute", &"its severity is none"))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::pipeline::Pager;
    use proptest::prelude::*;

    use super::*;
    use crate::store::testing::{Fixture, anomaly};

    fn draft(start_ms: i64, end_ms: i64) -> MuteDraft {
        MuteDraft {
            rule: Some("r*".to_owned()),
            series: None,
            max_severity: None,
            start_ms: Some(start_ms),
            end_ms,
            comment: " a deploy ".to_owned(),
        }
    }

    fn ranges(mutes: &[Mute]) -> Vec<(i64, i64)> {
        let range = |mute: &Mute| (mute.range.from_ms, mute.range.to_ms);
        mutes.iter().map(range).collect()
    }

    #[tokio::test]
    async fn mute_when_changed_and_ended_then_each_version_is_in_force_until_the_next()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let mutes = fixture.store.mutes();
        let made = mutes.create(draft(50, 1_000), "ann", 100).await?;
        assert_eq!(
            ranges(&made.in_force),
            [(101, 1_000)],
            "never before it is saved"
        );
        assert_eq!(made.record.comment, "a deploy");
        let id = made.record.id;
        let stale = mutes
            .update(&id, draft(400, 2_000), Some(7), "bob", 300)
            .await;
        assert!(matches!(stale, Err(StoreError::VersionMismatch { .. })));
        let changed = mutes
            .update(&id, draft(400, 2_000), Some(1), "bob", 300)
            .await?;
        assert_eq!(ranges(&changed.in_force), [(101, 301), (400, 2_000)]);
        let ended = mutes.end(&id, Some(2), "ann", 500).await?;
        assert_eq!(ranges(&ended.in_force), [(101, 301), (400, 501)]);
        assert_eq!(
            (ended.record.version, ended.record.ended_at_ms),
            (3, Some(500))
        );
        for again in [
            mutes.end(&id, None, "ann", 600).await,
            mutes.update(&id, draft(400, 2_000), None, "ann", 600).await,
        ] {
            assert!(matches!(again, Err(StoreError::Over { .. })));
        }
        let fixture = fixture.reopen().await?;
        let mutes = fixture.store.mutes();
        assert_eq!(mutes.known_at(600).await?, ended.in_force);
        assert_eq!(mutes.get(&id).await?, ended.record);
        let at = |from_ms, to_ms| TimeRange { from_ms, to_ms };
        assert_eq!(ranges(&mutes.in_force(at(0, 200)).await?), [(101, 301)]);
        assert_eq!(mutes.list(at(499, 600), 10).await?, [ended.record]);
        assert_eq!(mutes.list(at(500, 600), 10).await?, []);
        fixture.store.journal().verify_chain().await?;
        Ok(())
    }

    /// Decides at every instant with what is known by then; answers what another pager says that knows the end.
    async fn decided(deeds: &[(u8, i64, i64, i64)]) -> StoreResult<[Vec<Option<String>>; 2]> {
        let fixture = Fixture::new().await.expect("a store");
        let mutes = fixture.store.mutes();
        let found = anomaly("r", "s", 0, Status::Open);
        let decide = |pager: &Pager, at_ms| pager.muted(&found, at_ms).map(|mute| mute.id.clone());
        let (mut pager, mut now_ms, mut instants, mut then) = (Pager::new(), 10, vec![], vec![]);
        let mut ids: Vec<String> = Vec::new();
        for (deed, wait, start, length) in deeds {
            now_ms += wait;
            instants.push(now_ms);
            then.push(decide(&pager, now_ms));
            let start_ms = now_ms + start;
            let draft = draft(start_ms, start_ms.max(now_ms) + length);
            let last = ids.last().cloned();
            let saved = match (deed, &last) {
                (1 | 2, Some(id)) => mutes.update(id, draft, None, "ann", now_ms).await,
                (3, Some(id)) => mutes.end(id, None, "ann", now_ms).await,
                _ => mutes.create(draft, "ann", now_ms).await,
            };
            if let Ok(saved) = saved {
                ids.retain(|id| *id != saved.record.id);
                ids.push(saved.record.id);
                pager.set_mutes(saved.in_force);
            }
            instants.push(now_ms);
            then.push(decide(&pager, now_ms));
        }
        let mut pager = Pager::new();
        pager.set_mutes(mutes.known_at(now_ms).await?);
        let now = instants.iter().map(|at_ms| decide(&pager, *at_ms));
        Ok([then, now.collect()])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn page_when_decided_on_then_and_later_then_is_the_same(
            deeds in proptest::collection::vec((0_u8..4, 0_i64..4, -5_i64..5, 1_i64..12), 1..12),
        ) {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let [then, later] = runtime.block_on(decided(&deeds)).expect("a store");
            prop_assert_eq!(then, later);
        }
    }

    #[tokio::test]
    async fn mute_when_ended_before_it_began_then_was_never_in_force() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let mutes = fixture.store.mutes();
        let made = mutes.create(draft(500, 1_000), "ann", 100).await?;
        let ended = mutes.end(&made.record.id, None, "ann", 200).await?;
        assert_eq!(ended.in_force, []);
        let over = mutes.create(draft(0, 150), "ann", 100).await?.record;
        let late = mutes.end(&over.id, None, "ann", 150).await;
        assert!(
            matches!(late, Err(StoreError::Over { .. })),
            "its time was over"
        );
        Ok(())
    }
}
