//! Retention: what is older than its age goes, in small batches, so that no tick waits long for the writer.

use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::time::{Clock, HOUR_MS};
use sqlx::Row;
use tokio_util::sync::CancellationToken;

use super::{Store, StoreResult, journal};

/// Rows a transaction of the retention deletes at most.
const BATCH: u32 = 500;

/// Pages of the file that are given back after a batch.
const VACUUM_PAGES: &str = "PRAGMA incremental_vacuum(256)";

/// How often the retention runs: often enough that a pass is short.
const EVERY: Duration = Duration::from_mins(10);

/// How long after the start the first pass waits: beginning is work enough.
const FIRST: Duration = Duration::from_mins(1);

/// Deletes what is too old, again and again, until the token is cancelled.
pub(crate) async fn retain(
    store: Store,
    retention: Retention,
    clock: Arc<dyn Clock>,
    soft: CancellationToken,
) {
    let mut wait = FIRST;
    loop {
        tokio::select! {
            () = crate::clock::sleep(&*clock, wait) => wait = EVERY,
            () = soft.cancelled() => return,
        }
        let pass = store.prune(retention, clock.now_ms());
        let outcome = tokio::select! {
            outcome = pass => outcome,
            () = soft.cancelled() => return,
        };
        match outcome {
            Ok(pruned) if pruned == Pruned::default() => {}
            Ok(pruned) => tracing::info!(?pruned, "old data was deleted"),
            Err(error) => tracing::error!(%error, "old data could not be deleted"),
        }
    }
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// Points, samples, anomalies that are over, and pages.
    pub data_ms: i64,
    /// The journal.
    pub audit_ms: i64,
}

/// How many rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pruned {
    /// Blobs of points.
    pub points: u64,
    /// Blobs of samples.
    pub samples: u64,
    /// Anomalies.
    pub anomalies: u64,
    /// Pages.
    pub pages: u64,
    /// Entries of the journal.
    pub journal: u64,
}

impl Store {
    /// Deletes everything that is too old.
    pub(crate) async fn prune(&self, retention: Retention, now_ms: i64) -> StoreResult<Pruned> {
        let before_ms = now_ms - retention.data_ms;
        let hour_ms = before_ms - HOUR_MS;
        let points =
            "DELETE FROM point WHERE rowid IN (SELECT rowid FROM point WHERE hour_ms < ? LIMIT ?)";
        let samples = "DELETE FROM sample WHERE rowid IN (SELECT rowid FROM sample WHERE hour_ms < ? LIMIT ?)";
        let anomalies = "DELETE FROM anomaly WHERE rowid IN (SELECT rowid FROM anomaly WHERE until_ms < ? LIMIT ?)";
        let pages = "DELETE FROM page WHERE id IN (SELECT id FROM page WHERE at_ms < ? LIMIT ?)";
        // What people drew is theirs; what came with data goes with it.
        let labels = "DELETE FROM label WHERE rowid IN
             (SELECT rowid FROM label WHERE origin = 'import' AND end_ms < ? LIMIT ?)";
        let sessions = "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE expires_at_ms < ? LIMIT ?)";
        let series = "DELETE FROM series WHERE rowid IN (SELECT rowid FROM series s WHERE seen_at_ms < ?
             AND NOT EXISTS (SELECT 1 FROM point p WHERE p.series_key = s.series_key)
             AND NOT EXISTS (SELECT 1 FROM sample m WHERE m.source = s.source AND m.series_key = s.series_key) LIMIT ?)";
        self.shorten_lives(before_ms).await?;
        let pruned = Pruned {
            points: self.delete(points, hour_ms).await?,
            samples: self.delete(samples, hour_ms).await?,
            anomalies: self.delete(anomalies, before_ms).await?,
            pages: self.delete(pages, before_ms).await?,
            journal: self
                .prune_journal(now_ms - retention.audit_ms, now_ms)
                .await?,
        };
        self.delete(series, before_ms).await?;
        self.delete(labels, before_ms).await?;
        self.delete(sessions, now_ms).await?;
        Ok(pruned)
    }

    /// Where points are about to go, the source speaks again: a rule was live only since what is kept.
    async fn shorten_lives(&self, before_ms: i64) -> StoreResult<()> {
        sqlx::query("UPDATE rule SET live_since_ms = ?1 WHERE live_since_ms < ?1")
            .bind(before_ms)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Deletes in batches, each a transaction of its own.
    async fn delete(&self, statement: &'static str, before_ms: i64) -> StoreResult<u64> {
        let mut total = 0;
        loop {
            let gone = sqlx::query(statement)
                .bind(before_ms)
                .bind(BATCH)
                .execute(&self.writer)
                .await?
                .rows_affected();
            total += gone;
            if gone > 0 {
                sqlx::query(VACUUM_PAGES).execute(&self.writer).await?;
            }
            if gone < u64::from(BATCH) {
                return Ok(total);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Deletes a prefix of the journal that is too old and below every cursor, and leaves an anchor.
    async fn prune_journal(&self, before_ms: i64, now_ms: i64) -> StoreResult<u64> {
        let mut total = 0;
        loop {
            let mut tx = self.begin().await?;
            let first = journal::anchor(&mut tx).await?.seq + 1;
            let last = first + i64::from(BATCH) - 1;
            // The prefix ends before the first entry that is young enough, and before the first that a reader needs.
            let row = sqlx::query(
                "SELECT seq, hash FROM journal
                 WHERE seq <= ?
                   AND seq < coalesce((SELECT min(seq) FROM journal WHERE recorded_at_ms >= ?), 9223372036854775807)
                   AND seq <= coalesce((SELECT min(seq) FROM journal_cursor), 9223372036854775807)
                 ORDER BY seq DESC LIMIT 1",
            )
            .bind(last)
            .bind(before_ms)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = row else {
                return Ok(total);
            };
            let seq: i64 = row.try_get("seq")?;
            let hash: Vec<u8> = row.try_get("hash")?;
            let gone = sqlx::query("DELETE FROM journal WHERE seq <= ?")
                .bind(seq)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            sqlx::query("DELETE FROM journal_anchor WHERE pruned_at_ms = ?")
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
            sqlx::query("INSERT INTO journal_anchor (seq, hash, pruned_at_ms) VALUES (?, ?, ?)")
                .bind(seq)
                .bind(hash)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
            self.finish(tx, None).await?;
            sqlx::query(VACUUM_PAGES).execute(&self.writer).await?;
            total += gone;
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::pipeline::TransitionKind;
    use hindcast_shared::time::{DAY_MS, TimeRange};

    use super::*;
    use crate::store::testing::{Fixture, anomaly, tick, transition};
    use crate::store::{StoreError, StoredAnomaly};

    const NOW_MS: i64 = 1_700_000_000_000;
    const RETENTION: Retention = Retention {
        data_ms: 10 * DAY_MS,
        audit_ms: 20 * DAY_MS,
    };

    #[tokio::test]
    async fn prune_when_things_are_old_then_keeps_what_goes_on() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let mut old = anomaly("r", "old", NOW_MS - 12 * DAY_MS, Status::Resolved);
        old.end_ms = old.start_ms;
        let open = anomaly("r", "open", NOW_MS - 12 * DAY_MS, Status::Open);
        let mut commit = tick(&rule, 1, NOW_MS);
        commit.transitions = [&old, &open]
            .map(|one| transition(TransitionKind::Opened, one.clone()))
            .into();
        fixture.store.commit_tick(commit).await?;
        let pruned = fixture.store.prune(RETENTION, NOW_MS).await?;
        assert_eq!(pruned.anomalies, 1);
        let kept: Option<StoredAnomaly> = fixture.store.anomalies().get(open.id).await?;
        assert!(kept.is_some());
        Ok(())
    }

    #[tokio::test]
    async fn journal_when_pruned_then_the_chain_holds_from_the_anchor() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        for n in 0..1_200 {
            let mut commit = tick(&rule, 1, n * 60_000);
            commit.recorded_at_ms = if n < 1_100 { n } else { NOW_MS };
            let found = anomaly("r", "s", n * 60_000, Status::Open);
            commit.transitions = vec![transition(TransitionKind::Opened, found)];
            fixture.store.commit_tick(commit).await?;
        }
        let head = fixture.store.head();
        let pruned = fixture.store.prune(RETENTION, NOW_MS).await?;
        assert_eq!(pruned.journal, 1_101, "the rule's own entry too");
        assert_eq!(fixture.store.head(), head);
        let chain = fixture.store.journal().verify_chain().await?;
        assert_eq!((chain.anchor_seq, chain.entries), (1_101, 100));
        assert_eq!(fixture.store.journal().anchor().await?, 1_101);
        let again = fixture.store.prune(RETENTION, NOW_MS + 1).await?;
        assert_eq!(again.journal, 0);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn chain_when_verified_while_the_journal_is_pruned_then_holds() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        for n in 1..2_000 {
            let mut commit = tick(&rule, 1, n * 60_000);
            commit.recorded_at_ms = n;
            let found = anomaly("r", "s", n * 60_000, Status::Open);
            commit.transitions = vec![transition(TransitionKind::Opened, found)];
            fixture.store.commit_tick(commit).await?;
        }
        let store = fixture.store.clone();
        let pruning = tokio::spawn(async move {
            for until_ms in (0..1_900).step_by(40) {
                store
                    .prune(RETENTION, until_ms + RETENTION.audit_ms)
                    .await?;
            }
            StoreResult::Ok(())
        });
        let mut verified = 0;
        while !pruning.is_finished() || verified == 0 {
            fixture.store.journal().verify_chain().await?;
            verified += 1;
        }
        pruning.await??;
        let chain = fixture.store.journal().verify_chain().await?;
        assert!(chain.anchor_seq > 1_000 && chain.entries > 0, "{chain:?}");
        Ok(())
    }

    #[tokio::test]
    async fn chain_when_somebody_rewrites_an_entry_then_says_where() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        for n in 1..5 {
            let mut commit = tick(&rule, 1, n * 60_000);
            let found = anomaly("r", "s", n * 60_000, Status::Open);
            commit.transitions = vec![transition(TransitionKind::Opened, found)];
            fixture.store.commit_tick(commit).await?;
        }
        fixture.store.journal().verify_chain().await?;
        sqlx::query("UPDATE journal SET actor = 'somebody else' WHERE seq = 3")
            .execute(&fixture.store.writer)
            .await?;
        let broken = fixture.store.journal().verify_chain().await;
        assert!(matches!(broken, Err(StoreError::BrokenChain { seq: 3 })));
        Ok(())
    }

    #[tokio::test]
    async fn chain_when_somebody_cuts_off_its_end_then_the_anomalies_miss_it() -> anyhow::Result<()>
    {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        for n in 1..5 {
            let mut commit = tick(&rule, 1, n * 60_000);
            let found = anomaly("r", "s", n * 60_000, Status::Open);
            commit.transitions = vec![transition(TransitionKind::Opened, found)];
            fixture.store.commit_tick(commit).await?;
        }
        let head = fixture.store.head();
        sqlx::query("DELETE FROM journal WHERE seq >= ?")
            .bind(head - 1)
            .execute(&fixture.store.writer)
            .await?;
        let broken = fixture.store.journal().verify_chain().await;
        assert!(matches!(broken, Err(StoreError::BrokenChain { seq }) if seq == head - 1));
        Ok(())
    }

    #[tokio::test]
    async fn points_when_old_then_go_by_the_hour() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let labels = hindcast_shared::series::Labels::named("m", &[]);
        let range = TimeRange::new(NOW_MS - 11 * DAY_MS, NOW_MS - 9 * DAY_MS).expect("a range");
        let series =
            hindcast_shared::series::Series::empty(labels.clone(), "", range, rule.step.ms());
        let key = hindcast_shared::series::SeriesKey::new(&rule.source, &labels);
        let mut commit = tick(&rule, 1, range.to_ms);
        commit.points.insert(key, series);
        fixture.store.commit_tick(commit).await?;
        let pruned = fixture.store.prune(RETENTION, NOW_MS).await?;
        assert!(pruned.points >= 22, "{} of 48 hours went", pruned.points);
        let stored = fixture.store.rules().get(&rule.id).await?;
        let live_since_ms = stored.and_then(|stored| stored.live_since_ms);
        assert_eq!(live_since_ms, Some(NOW_MS - RETENTION.data_ms));
        assert_eq!(fixture.store.series_of_source(&rule.source).await?.len(), 1);
        Ok(())
    }
}
