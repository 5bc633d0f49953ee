//! Pages, sent and suppressed: what the pager decided, for people and for its memory after a restart.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::pipeline::{Page, PageVerdict};
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::TimeRange;
use sqlx::SqliteConnection;

use super::rule::severity_rank;
use super::{Store, StoreError, StoreResult};

impl Store {
    /// The pages of one anomaly, oldest first.
    pub(crate) async fn pages_of(&self, id: AnomalyId) -> StoreResult<Vec<Page>> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT body FROM page WHERE anomaly_id = ? ORDER BY id")
                .bind(id.to_string())
                .fetch_all(&self.readers)
                .await?;
        parse(&rows)
    }

    /// Every page with a nominal time in the range, in the order of decision.
    pub(crate) async fn pages(&self, range: TimeRange) -> StoreResult<Vec<Page>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM page WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms, id",
        )
        .bind(range.from_ms)
        .bind(range.to_ms)
        .fetch_all(&self.readers)
        .await?;
        parse(&rows)
    }
}

/// Keeps a page.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    rule: &RuleId,
    page: &Page,
    body: &str,
) -> StoreResult<()> {
    sqlx::query("INSERT INTO page (anomaly_id, rule_id, at_ms, severity, sent, body) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(page.anomaly_id.to_string())
        .bind(rule.as_str())
        .bind(page.at_ms)
        .bind(severity_rank(page.severity))
        .bind(page.verdict == PageVerdict::Sent)
        .bind(body)
        .execute(connection)
        .await?;
    Ok(())
}

fn parse(rows: &[String]) -> StoreResult<Vec<Page>> {
    rows.iter()
        .map(|text| serde_json::from_str(text).map_err(|error| StoreError::corrupt("page", &error)))
        .collect()
}
