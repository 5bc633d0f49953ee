//! What a week was like, counted; and which weeks were told of, each of them once.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::FeedbackAnswer;
use hindcast_shared::time::TimeRange;
use sqlx::Row as _;

use super::outbox::{Step, take};
use super::{Store, StoreError, StoreResult};

/// The repository of digests.
#[derive(Debug)]
pub(crate) struct Digests<'a>(&'a Store);

/// A rule and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleCount {
    /// Id of the rule.
    pub rule_id: String,
    /// How often.
    pub count: u64,
}

/// What was said of a rule's anomalies, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerCount {
    /// Id of the rule.
    pub rule_id: String,
    /// What was said.
    pub answer: FeedbackAnswer,
    /// How often.
    pub count: u64,
}

/// An anomaly that paged and that nobody did anything about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UnattendedAnomaly {
    /// The anomaly.
    pub anomaly: Anomaly,
    /// How often it paged.
    pub pages: u64,
}

/// A rule that has never found anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SilentRule {
    /// Id of the rule.
    pub rule_id: String,
    /// When its first version was saved.
    pub since_ms: i64,
}

impl Store {
    /// What weeks were like, and which were told of.
    pub(crate) fn digests(&self) -> Digests<'_> {
        Digests(self)
    }
}

impl Digests<'_> {
    /// Pages that were sent in a range, by rule.
    pub(crate) async fn pages(&self, range: TimeRange) -> StoreResult<Vec<RuleCount>> {
        self.by_rule(
            "SELECT rule_id, count(*) AS n FROM page WHERE sent AND at_ms >= ?1 AND at_ms < ?2 \
             GROUP BY rule_id ORDER BY n DESC, rule_id",
            range,
        )
        .await
    }

    /// Anomalies that began in a range, by rule.
    pub(crate) async fn anomalies(&self, range: TimeRange) -> StoreResult<Vec<RuleCount>> {
        self.by_rule(
            "SELECT rule_id, count(*) AS n FROM anomaly WHERE start_ms >= ?1 AND start_ms < ?2 \
             GROUP BY rule_id ORDER BY n DESC, rule_id",
            range,
        )
        .await
    }

    async fn by_rule(&self, sql: &'static str, range: TimeRange) -> StoreResult<Vec<RuleCount>> {
        let rows = sqlx::query(sql)
            .bind(range.from_ms)
            .bind(range.to_ms)
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(RuleCount {
                    rule_id: row.try_get("rule_id")?,
                    count: row.try_get::<i64, _>("n")?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// What people said in a range and have not taken back, by rule.
    pub(crate) async fn answers(&self, range: TimeRange) -> StoreResult<Vec<AnswerCount>> {
        let rows = sqlx::query(
            "SELECT rule_id, answer, count(*) AS n FROM feedback \
             WHERE taken_back_at_ms IS NULL AND at_ms >= ? AND at_ms < ? GROUP BY rule_id, answer",
        )
        .bind(range.from_ms)
        .bind(range.to_ms)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let answer: String = row.try_get("answer")?;
                let corrupt = |error: String| StoreError::corrupt("feedback", &error);
                Ok(AnswerCount {
                    rule_id: row.try_get("rule_id")?,
                    answer: answer.parse().map_err(corrupt)?,
                    count: row.try_get::<i64, _>("n")?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Anomalies that paged in a range and that nobody took, judged, noted or said anything of; those with the most
    /// pages first.
    pub(crate) async fn unattended(&self, range: TimeRange) -> StoreResult<Vec<UnattendedAnomaly>> {
        let rows = sqlx::query(
            "SELECT a.body AS body, count(*) AS n FROM page AS p JOIN anomaly AS a ON a.id = p.anomaly_id \
             WHERE p.sent AND p.at_ms >= ? AND p.at_ms < ? AND NOT EXISTS (SELECT 1 FROM journal AS j \
               WHERE j.anomaly_id = a.id AND j.kind IN ('command', 'note', 'feedback_given')) \
             GROUP BY a.id ORDER BY n DESC, a.start_ms DESC, a.id",
        )
        .bind(range.from_ms)
        .bind(range.to_ms)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let body: &str = row.try_get("body")?;
                Ok(UnattendedAnomaly {
                    anomaly: serde_json::from_str(body)
                        .map_err(|error| StoreError::corrupt("anomaly", &error))?,
                    pages: row.try_get::<i64, _>("n")?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Rules that run, were there before an instant, and have no anomaly that is kept.
    pub(crate) async fn never_fired(&self, before_ms: i64) -> StoreResult<Vec<SilentRule>> {
        let rows = sqlx::query(
            "SELECT r.id AS id, min(v.at_ms) AS since_ms FROM rule AS r JOIN rule_version AS v ON v.rule_id = r.id \
             WHERE r.enabled AND NOT r.deleted AND NOT EXISTS (SELECT 1 FROM anomaly AS a WHERE a.rule_id = r.id) \
             GROUP BY r.id HAVING since_ms <= ? ORDER BY since_ms, r.id",
        )
        .bind(before_ms)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SilentRule {
                    rule_id: row.try_get("id")?,
                    since_ms: row.try_get("since_ms")?,
                })
            })
            .collect()
    }

    /// Whether a week was told of, or passed over; nothing where no week ever was.
    pub(crate) async fn is_known(&self, week: &str) -> StoreResult<Option<bool>> {
        let (all, own): (i64, i64) =
            sqlx::query_as("SELECT count(*), coalesce(sum(week = ?), 0) FROM digest")
                .bind(week)
                .fetch_one(&self.0.readers)
                .await?;
        Ok((all > 0).then_some(own > 0))
    }

    /// Writes down that a week is told of, and what is told, both or neither; nothing where it was already. Answers
    /// whether it was done now.
    pub(crate) async fn tell(
        &self,
        week: &str,
        routes: &str,
        steps: &[Step],
        now_ms: i64,
    ) -> StoreResult<bool> {
        let mut tx = self.0.begin().await?;
        let done = sqlx::query(
            "INSERT INTO digest (week, at_ms, routes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(week)
        .bind(now_ms)
        .bind(routes)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        for step in steps {
            take(&mut tx, step, now_ms).await?;
        }
        self.0.finish(tx, None).await?;
        Ok(true)
    }
}
