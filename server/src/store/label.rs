//! Labels: ranges of a series that somebody knows to be an incident, normal, or to be left out.

use hindcast_shared::hash::{digest128, hex};
use hindcast_shared::series::{SeriesKey, SourceName};

use super::{Store, StoreResult};

/// A label as it is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportedIncident {
    /// The series.
    pub series_key: SeriesKey,
    /// First instant.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
}

impl Store {
    /// Keeps incidents that a source itself knows of; one that is kept already stays as it is.
    pub(crate) async fn import_incidents(
        &self,
        source: &SourceName,
        incidents: &[ImportedIncident],
    ) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        for incident in incidents {
            let start = incident.start_ms.to_be_bytes();
            let digest = digest128(&[source.0.as_bytes(), &incident.series_key.0, &start]);
            sqlx::query(
                "INSERT INTO label (id, source, series_key, start_ms, end_ms, kind, origin, author, version)
                 VALUES (?, ?, ?, ?, ?, 'incident', 'import', ?, 1) ON CONFLICT DO NOTHING",
            )
            .bind(hex(&digest))
            .bind(&source.0)
            .bind(incident.series_key.0.as_slice())
            .bind(incident.start_ms)
            .bind(incident.end_ms)
            .bind(&source.0)
            .execute(&mut *tx)
            .await?;
        }
        self.finish(tx, None).await
    }

    /// How many labels there are that overlap a range of a source.
    #[cfg(test)]
    pub(crate) async fn count_labels(
        &self,
        source: &SourceName,
        range: hindcast_shared::time::TimeRange,
    ) -> StoreResult<i64> {
        Ok(sqlx::query_scalar(
            "SELECT count(*) FROM label WHERE source = ? AND start_ms < ? AND end_ms > ?",
        )
        .bind(&source.0)
        .bind(range.to_ms)
        .bind(range.from_ms)
        .fetch_one(&self.readers)
        .await?)
    }
}
