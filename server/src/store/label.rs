//! Labels: ranges of a series that somebody knows to be an incident, normal, or to be left out.
//!
//! Reading them, and taking in what a source itself knows; `save` writes what people draw.

mod save;

pub(super) use self::save::Writer;

use hindcast_shared::api::{LabelRecord, LabelVersion};
use hindcast_shared::glob;
use hindcast_shared::hash::{digest128, hex};
use hindcast_shared::series::{self, SeriesKey, SourceName};
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

/// A range that is taken out of one series, or of all that a pattern names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exclusion {
    series_key: Option<SeriesKey>,
    pattern: Option<String>,
    /// What is neither learned nor judged.
    pub range: TimeRange,
}

impl Exclusion {
    /// Whether it speaks of this series.
    pub(crate) fn speaks_of(&self, key: SeriesKey, labels: &series::Labels) -> bool {
        self.series_key == Some(key)
            || self
                .pattern
                .as_ref()
                .is_some_and(|pattern| glob::matches(pattern, &labels.to_string()))
    }
}

/// The repository of labels.
#[derive(Debug)]
pub(crate) struct Labels<'a>(&'a Store);

impl Store {
    /// Labels.
    pub(crate) fn labels(&self) -> Labels<'_> {
        Labels(self)
    }
}

impl Labels<'_> {
    /// Keeps incidents that a source itself knows of; one that is kept already stays as it is,
    /// and one that somebody took back stays away.
    pub(crate) async fn import(
        &self,
        source: &SourceName,
        incidents: &[ImportedIncident],
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
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
        self.0.finish(tx, None).await
    }

    /// Labels that overlap a range, oldest first, at most `limit`.
    pub(crate) async fn list(
        &self,
        range: TimeRange,
        source: Option<&str>,
        series_key: Option<SeriesKey>,
        limit: u32,
    ) -> StoreResult<Vec<LabelRecord>> {
        let mut query = QueryBuilder::new("SELECT * FROM label WHERE NOT deleted AND start_ms <= ");
        query.push_bind(range.to_ms);
        query.push(" AND end_ms >= ").push_bind(range.from_ms);
        if let Some(source) = source {
            query.push(" AND source = ").push_bind(source.to_owned());
        }
        if let Some(key) = series_key {
            query.push(" AND series_key = ").push_bind(key.0.to_vec());
        }
        query.push(" ORDER BY start_ms, id LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&self.0.readers).await?;
        rows.iter().map(label).collect()
    }

    /// What is taken out of a source's series within a range, oldest first.
    pub(crate) async fn exclusions(
        &self,
        source: &SourceName,
        range: TimeRange,
    ) -> StoreResult<Vec<Exclusion>> {
        let rows = sqlx::query(
            "SELECT * FROM label WHERE NOT deleted AND kind = 'exclude' AND source = ? AND start_ms < ? AND end_ms > ?
             ORDER BY start_ms, id",
        )
        .bind(&source.0)
        .bind(range.to_ms)
        .bind(range.from_ms)
        .fetch_all(&self.0.readers)
        .await?;
        let labels = rows.iter().map(|row| {
            let label = label(row)?;
            let range = TimeRange::new(label.start_ms, label.end_ms);
            Ok(range.map(|range| Exclusion {
                series_key: label.series_key,
                pattern: label.pattern,
                range,
            }))
        });
        labels.filter_map(StoreResult::transpose).collect()
    }

    /// The versions of a label that people wrote, newest first; also of one that was taken back.
    pub(crate) async fn versions(&self, id: &str) -> StoreResult<Vec<LabelVersion>> {
        sqlx::query("SELECT 1 FROM label WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0.readers)
            .await?
            .ok_or_else(|| not_found(id))?;
        let rows =
            sqlx::query("SELECT * FROM label_version WHERE label_id = ? ORDER BY version DESC")
                .bind(id)
                .fetch_all(&self.0.readers)
                .await?;
        rows.iter()
            .map(|row| {
                let body: &str = row.try_get("body")?;
                Ok(LabelVersion {
                    version: row.try_get("version")?,
                    label: serde_json::from_str(body)
                        .map_err(|error| StoreError::corrupt("label", &error))?,
                    at_ms: row.try_get("at_ms")?,
                    actor: row.try_get("actor")?,
                    deleted: row.try_get("deleted")?,
                })
            })
            .collect()
    }
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "label",
        id: id.to_owned(),
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
