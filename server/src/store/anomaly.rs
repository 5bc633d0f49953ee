//! Anomalies: columns to filter by, the whole as JSON beside them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hindcast_shared::anomaly::{Anomaly, AnomalyId, Status};
use hindcast_shared::api::AnomalyStats;
use hindcast_shared::rule::{RuleId, Severity};
use hindcast_shared::time::HOUR_MS;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::rule::severity_rank;
use super::{Store, StoreError, StoreResult};

/// Which anomalies are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnomalyFilter {
    /// Overlapping this instant or later.
    pub from_ms: i64,
    /// Overlapping this instant or earlier.
    pub to_ms: i64,
    /// One of these; any when empty.
    pub statuses: Vec<Status>,
    /// One of these; any when empty.
    pub severities: Vec<Severity>,
    /// Of this rule.
    pub rule: Option<RuleId>,
    /// Of this source.
    pub source: Option<String>,
    /// Of the series with this text form.
    pub series: Option<String>,
    /// With at least this peak score.
    pub min_score: Option<f64>,
    /// Most items.
    pub limit: u32,
    /// After this one in the order of the list.
    pub after: Option<Cursor>,
}

/// A place in a list that is ordered by `(start_ms desc, id)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Start of the last item.
    pub start_ms: i64,
    /// Its id.
    pub id: AnomalyId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.start_ms, self.id)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || "is not a cursor; give `next_cursor` of the page before".to_owned();
        let (start_ms, id) = text.split_once('.').ok_or_else(refuse)?;
        Ok(Self {
            start_ms: start_ms.parse().map_err(|_| refuse())?,
            id: id.parse().map_err(|_| refuse())?,
        })
    }
}

/// An anomaly as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredAnomaly {
    /// The anomaly.
    pub anomaly: Anomaly,
    /// Position in the journal of its last change other than growth: what its `ETag` says.
    pub changed_seq: i64,
}

/// The repository of anomalies.
#[derive(Debug)]
pub(crate) struct Anomalies<'a>(&'a Store);

impl Store {
    /// Anomalies.
    pub(crate) fn anomalies(&self) -> Anomalies<'_> {
        Anomalies(self)
    }
}

impl Anomalies<'_> {
    /// Rules that have anomalies which are going on.
    pub(crate) async fn active_rules(&self) -> StoreResult<Vec<RuleId>> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT rule_id FROM anomaly WHERE status IN ('open', 'acknowledged')",
        )
        .fetch_all(&self.0.readers)
        .await?;
        ids.iter()
            .map(|id| {
                id.parse()
                    .map_err(|error: String| StoreError::corrupt("rule id", &error))
            })
            .collect()
    }

    /// One page of the list, newest first, and the place where the next one begins.
    pub(crate) async fn list(
        &self,
        filter: &AnomalyFilter,
    ) -> StoreResult<(Vec<Anomaly>, Option<Cursor>)> {
        let mut query = QueryBuilder::new("SELECT body FROM anomaly WHERE ");
        push_filter(&mut query, filter);
        query.push(" ORDER BY start_ms DESC, id LIMIT ");
        // One more than asked for tells whether there is a next page.
        query.push_bind(i64::from(filter.limit) + 1);
        let rows = query.build().fetch_all(&self.0.readers).await?;
        let mut items = rows.iter().map(body_of).collect::<StoreResult<Vec<_>>>()?;
        let more = items.len() > filter.limit as usize;
        items.truncate(filter.limit as usize);
        let next = items.last().filter(|_| more).map(|last| Cursor {
            start_ms: last.start_ms,
            id: last.id,
        });
        Ok((items, next))
    }

    /// One anomaly.
    pub(crate) async fn get(&self, id: AnomalyId) -> StoreResult<Option<StoredAnomaly>> {
        get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Anomalies of a rule that are going on, oldest first.
    pub(crate) async fn active(&self, rule: &RuleId) -> StoreResult<Vec<Anomaly>> {
        let rows = sqlx::query(
            "SELECT body FROM anomaly WHERE rule_id = ? AND status IN ('open', 'acknowledged') ORDER BY start_ms, id",
        )
        .bind(rule.as_str())
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(body_of).collect()
    }

    /// Counts over the last `hours`.
    pub(crate) async fn stats(&self, hours: u32, now_ms: i64) -> StoreResult<AnomalyStats> {
        let from_ms = now_ms - i64::from(hours) * HOUR_MS;
        let rows = sqlx::query(
            "SELECT status, severity, rule_id, source, count(*) AS n, max(score) AS score FROM anomaly
             WHERE until_ms >= ? AND start_ms <= ? GROUP BY status, severity, rule_id, source",
        )
        .bind(from_ms)
        .bind(now_ms)
        .fetch_all(&self.0.readers)
        .await?;
        let mut stats = AnomalyStats {
            hours,
            total: 0,
            by_status: BTreeMap::new(),
            by_severity: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            by_source: BTreeMap::new(),
            max_score: None,
            pages_sent: 0,
            pages_suppressed: 0,
        };
        for row in &rows {
            let n: u64 = row.try_get::<i64, _>("n")?.unsigned_abs();
            let score: f64 = row.try_get("score")?;
            let severity = match row.try_get::<i64, _>("severity")? {
                0 => Severity::Info,
                1 => Severity::Warning,
                _ => Severity::Critical,
            };
            stats.total += n;
            *stats.by_status.entry(row.try_get("status")?).or_default() += n;
            *stats
                .by_severity
                .entry(severity.as_str().to_owned())
                .or_default() += n;
            *stats.by_rule.entry(row.try_get("rule_id")?).or_default() += n;
            *stats.by_source.entry(row.try_get("source")?).or_default() += n;
            stats.max_score = Some(stats.max_score.map_or(score, |max: f64| max.max(score)));
        }
        let (sent, all): (i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(sent), 0), count(*) FROM page WHERE at_ms >= ? AND at_ms <= ?",
        )
        .bind(from_ms)
        .bind(now_ms)
        .fetch_one(&self.0.readers)
        .await?;
        stats.pages_sent = sent.unsigned_abs();
        stats.pages_suppressed = (all - sent).unsigned_abs();
        Ok(stats)
    }
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &AnomalyFilter) {
    query.push("until_ms >= ").push_bind(filter.from_ms);
    query.push(" AND start_ms <= ").push_bind(filter.to_ms);
    if !filter.statuses.is_empty() {
        query.push(" AND status IN (");
        let mut list = query.separated(", ");
        for status in &filter.statuses {
            list.push_bind(status.as_str());
        }
        query.push(")");
    }
    if !filter.severities.is_empty() {
        query.push(" AND severity IN (");
        let mut list = query.separated(", ");
        for severity in &filter.severities {
            list.push_bind(severity_rank(*severity));
        }
        query.push(")");
    }
    if let Some(rule) = &filter.rule {
        query
            .push(" AND rule_id = ")
            .push_bind(rule.as_str().to_owned());
    }
    if let Some(source) = &filter.source {
        query.push(" AND source = ").push_bind(source.clone());
    }
    if let Some(series) = &filter.series {
        query.push(" AND series = ").push_bind(series.clone());
    }
    if let Some(min_score) = filter.min_score {
        query.push(" AND score >= ").push_bind(min_score);
    }
    if let Some(after) = filter.after {
        query.push(" AND (start_ms < ").push_bind(after.start_ms);
        query.push(" OR (start_ms = ").push_bind(after.start_ms);
        query.push(" AND id > ").push_bind(after.id.to_string());
        query.push("))");
    }
}

/// One anomaly, inside or outside a transaction.
pub(super) async fn get(
    connection: &mut SqliteConnection,
    id: AnomalyId,
) -> StoreResult<Option<StoredAnomaly>> {
    sqlx::query("SELECT body, changed_seq FROM anomaly WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(StoredAnomaly {
                anomaly: body_of(&row)?,
                changed_seq: row.try_get("changed_seq")?,
            })
        })
        .transpose()
}

/// Writes an anomaly as it is now; `changed_seq` stays when it only grew.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    anomaly: &Anomaly,
    changed_seq: i64,
) -> StoreResult<()> {
    let body =
        serde_json::to_string(anomaly).map_err(|error| StoreError::corrupt("anomaly", &error))?;
    let until_ms = if anomaly.status.is_active() {
        i64::MAX
    } else {
        anomaly.end_ms
    };
    sqlx::query(
        "INSERT INTO anomaly (id, kind, rule_id, source, series, status, severity, start_ms, end_ms, until_ms, score, changed_seq, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET status = excluded.status, severity = excluded.severity, end_ms = excluded.end_ms,
             until_ms = excluded.until_ms, score = excluded.score, changed_seq = excluded.changed_seq, body = excluded.body",
    )
    .bind(anomaly.id.to_string())
    .bind(anomaly.kind.as_str())
    .bind(anomaly.rule_id.as_str())
    .bind(&anomaly.source.0)
    .bind(&anomaly.series)
    .bind(anomaly.status.as_str())
    .bind(severity_rank(anomaly.severity))
    .bind(anomaly.start_ms)
    .bind(anomaly.end_ms)
    .bind(until_ms)
    .bind(anomaly.peak_score())
    .bind(changed_seq)
    .bind(body)
    .execute(connection)
    .await?;
    Ok(())
}

fn body_of(row: &SqliteRow) -> StoreResult<Anomaly> {
    let body: &str = row.try_get("body")?;
    serde_json::from_str(body).map_err(|error| StoreError::corrupt("anomaly", &error))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::pipeline::TransitionKind;
    use proptest::prelude::*;

    use super::*;
    use crate::store::testing::{Fixture, anomaly, tick, transition};

    fn everything(limit: u32) -> AnomalyFilter {
        AnomalyFilter {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            statuses: vec![],
            severities: vec![],
            rule: None,
            source: None,
            series: None,
            min_score: None,
            limit,
            after: None,
        }
    }

    async fn with_anomalies(anomalies: Vec<Anomaly>) -> anyhow::Result<Fixture> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let mut commit = tick(&rule, 1, 60_000);
        commit.transitions = anomalies
            .into_iter()
            .map(|anomaly| transition(TransitionKind::Opened, anomaly))
            .collect();
        fixture.store.commit_tick(commit).await?;
        Ok(fixture)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn pages_when_followed_to_the_end_then_hold_each_anomaly_once_in_order(
            starts in proptest::collection::vec(0_i64..5, 0..30),
            limit in 1_u32..8,
        ) {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let (paged, expected) = runtime.block_on(async {
                let anomalies: Vec<_> = starts
                    .iter()
                    .enumerate()
                    .map(|(n, start)| anomaly("r", &format!("s{n}"), start * 60_000, Status::Open))
                    .collect();
                let mut expected: Vec<_> = anomalies.iter().map(|one| (-one.start_ms, one.id)).collect();
                expected.sort_unstable();
                let fixture = with_anomalies(anomalies).await.expect("a store");
                let mut filter = everything(limit);
                let mut paged = Vec::new();
                loop {
                    let (items, next) = fixture.store.anomalies().list(&filter).await.expect("a page");
                    paged.extend(items.iter().map(|one| (-one.start_ms, one.id)));
                    let Some(next) = next else { break };
                    filter.after = Some(next.to_string().parse().expect("its own text"));
                }
                (paged, expected)
            });
            prop_assert_eq!(paged, expected);
        }

        #[test]
        fn cursor_when_any_text_then_never_panics(text in ".{0,40}") {
            let _outcome = text.parse::<Cursor>();
        }
    }

    #[tokio::test]
    async fn list_when_filtered_then_selects_by_overlap_and_columns() -> anyhow::Result<()> {
        let mut old = anomaly("r", "old", 1_000, Status::Resolved);
        old.end_ms = 2_000;
        let mut going = anomaly("r", "going", 1_500, Status::Acknowledged);
        going.severity = Severity::Critical;
        let fixture = with_anomalies(vec![old, going]).await?;
        let names = async |filter: AnomalyFilter| -> anyhow::Result<Vec<String>> {
            let (items, _) = fixture.store.anomalies().list(&filter).await?;
            Ok(items.into_iter().map(|one| one.series.clone()).collect())
        };
        let mut filter = everything(10);
        assert_eq!(names(filter.clone()).await?, ["going", "old"]);
        filter.from_ms = 2_001;
        assert_eq!(names(filter.clone()).await?, ["going"], "it still goes on");
        filter.from_ms = 2_000;
        filter.to_ms = 1_400;
        assert_eq!(names(filter).await?, ["old"]);
        let mut filter = everything(10);
        filter.severities = vec![Severity::Critical, Severity::Info];
        assert_eq!(names(filter).await?, ["going"]);
        let mut filter = everything(10);
        filter.statuses = vec![Status::Resolved];
        assert_eq!(names(filter).await?, ["old"]);
        let mut filter = everything(10);
        filter.series = Some("'; DROP TABLE anomaly; --".to_owned());
        assert_eq!(names(filter).await?, [""; 0]);
        let stats = fixture.store.anomalies().stats(1, 10_000).await?;
        assert_eq!((stats.total, stats.by_status["resolved"]), (2, 1));
        assert_eq!(stats.by_severity["critical"], 1);
        Ok(())
    }
}
