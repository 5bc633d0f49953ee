//! Labels: ranges of a series that somebody knows to be an incident, normal, or to be left out.

use hindcast_shared::api::LabelRecord;
use hindcast_shared::hash::{digest128, hex};
use hindcast_shared::series::{SeriesKey, SourceName};
use hindcast_shared::time::TimeRange;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use super::{Store, StoreError, StoreResult};

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

    /// Labels that overlap a range, oldest first, at most `limit`.
    pub(crate) async fn labels(
        &self,
        range: TimeRange,
        source: Option<&str>,
        series_key: Option<SeriesKey>,
        limit: u32,
    ) -> StoreResult<Vec<LabelRecord>> {
        let mut query = QueryBuilder::new("SELECT * FROM label WHERE start_ms <= ");
        query.push_bind(range.to_ms);
        query.push(" AND end_ms >= ").push_bind(range.from_ms);
        if let Some(source) = source {
            query.push(" AND source = ").push_bind(source.to_owned());
        }
        if let Some(key) = series_key {
            query.push(" AND series_key = ").push_bind(key.0.to_vec());
        }
        query.push(" ORDER BY start_ms, id LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(label).collect()
    }
}

fn label(row: &SqliteRow) -> StoreResult<LabelRecord> {
    let series_key: Option<&[u8]> = row.try_get("series_key")?;
    let series_key = series_key.map(<[u8; 16]>::try_from).transpose();
    let series_key = series_key.map_err(|error| StoreError::corrupt("label", &error))?;
    Ok(LabelRecord {
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        series_key: series_key.map(SeriesKey),
        pattern: row.try_get("pattern")?,
        start_ms: row.try_get("start_ms")?,
        end_ms: row.try_get("end_ms")?,
        kind: word(row, "kind")?,
        origin: word(row, "origin")?,
        author: row.try_get("author")?,
        version: row.try_get("version")?,
    })
}

fn word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> StoreResult<T> {
    let text: String = row.try_get(column)?;
    serde_json::from_value(text.into()).map_err(|error| StoreError::corrupt("label", &error))
}
