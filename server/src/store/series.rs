//! Which series exist: their labels, text form and unit, bounded in number.

use hindcast_shared::series::{Labels, SeriesKey, SourceName};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, SqliteConnection};

use super::{Store, StoreError, StoreResult};

/// A series that some rule or source has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredSeries {
    /// Identity.
    pub key: SeriesKey,
    /// Where it comes from.
    pub source: SourceName,
    /// Labels.
    pub labels: Labels,
    /// Unit; empty when unknown.
    pub unit: String,
}

impl Store {
    /// The series of a source that are kept, by their text form.
    pub(crate) async fn series_of_source(
        &self,
        source: &SourceName,
    ) -> StoreResult<Vec<StoredSeries>> {
        let rows = sqlx::query(
            "SELECT series_key, source, labels, unit FROM series WHERE source = ? ORDER BY text",
        )
        .bind(&source.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(stored).collect()
    }
}

/// Writes down series that are new; more than `max` of them in all is a refusal.
pub(super) async fn register(
    connection: &mut SqliteConnection,
    series: &[StoredSeries],
    max: u32,
    now_ms: i64,
) -> StoreResult<()> {
    // Rows times columns stay far below SQLite's limit of bound values.
    for chunk in series.chunks(500) {
        let mut query = QueryBuilder::new(
            "INSERT INTO series (series_key, source, text, labels, unit, seen_at_ms) ",
        );
        let labels = chunk
            .iter()
            .map(|one| serde_json::to_string(&one.labels))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StoreError::corrupt("labels", &error))?;
        query.push_values(chunk.iter().zip(labels), |mut row, (one, labels)| {
            row.push_bind(one.key.0.to_vec())
                .push_bind(one.source.0.clone())
                .push_bind(one.labels.to_string())
                .push_bind(labels)
                .push_bind(one.unit.clone())
                .push_bind(now_ms);
        });
        // `seen_at_ms` moves once an hour at most: it is for retention, and a write for each tick would be waste.
        query.push(
            " ON CONFLICT DO UPDATE SET seen_at_ms = excluded.seen_at_ms, unit = excluded.unit
              WHERE excluded.seen_at_ms > seen_at_ms + 3600000 OR unit <> excluded.unit",
        );
        query.build().execute(&mut *connection).await?;
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM series")
        .fetch_one(connection)
        .await?;
    if count > i64::from(max) {
        return Err(StoreError::TooManySeries { max });
    }
    Ok(())
}

pub(super) fn stored(row: &SqliteRow) -> StoreResult<StoredSeries> {
    let labels: &str = row.try_get("labels")?;
    Ok(StoredSeries {
        key: key_of(row)?,
        source: SourceName(row.try_get("source")?),
        labels: serde_json::from_str(labels)
            .map_err(|error| StoreError::corrupt("labels", &error))?,
        unit: row.try_get("unit")?,
    })
}

pub(super) fn key_of(row: &SqliteRow) -> StoreResult<SeriesKey> {
    let bytes: &[u8] = row.try_get("series_key")?;
    <[u8; 16]>::try_from(bytes)
        .map(SeriesKey)
        .map_err(|error| StoreError::corrupt("series key", &error))
}
