//! Tables in text: a file that is read again when it changes, or an upload.
//!
//! The rules, in the order in which they apply:
//! the first line names the columns; commas, semicolons or tabs separate them.
//! The time column is the one called `time`, `timestamp`, `ts`, `datetime`, `date` or `at` (also with `_ms`, `_s`),
//! or else the first whose first cell is a time: RFC 3339, or seconds or milliseconds since 1970.
//! A column whose first filled cell is a number holds values and names a metric; every other column is a label.
//! A label column called `metric` or `name` beside a value column called `value` names the metric instead.
//! An empty cell is a gap.

pub(crate) mod parse;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::Series;
use hindcast_shared::time::{Millis, TimeRange};
use tokio::sync::Mutex;

pub(crate) use self::parse::{CsvError, parse};
use super::samples::on_grid;
use super::{Sample, SampledSeries, Selector, Source, SourceError};

/// Largest file that is read: it is held in memory.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Series offered to pickers.
const SUGGESTIONS: usize = 100;

/// A table in a file.
pub(crate) struct CsvSource {
    path: PathBuf,
    time_column: Option<String>,
    table: Mutex<Option<Table>>,
}

/// What a file held when it was last read.
struct Table {
    version: (SystemTime, u64),
    series: Arc<Vec<SampledSeries>>,
}

impl CsvSource {
    /// The table in a file; read at the first question, and again when the file has changed.
    pub(crate) fn new(path: impl Into<PathBuf>, time_column: Option<String>) -> Self {
        Self {
            path: path.into(),
            time_column,
            table: Mutex::new(None),
        }
    }

    /// The file's table, read anew if the file is another one than before.
    async fn table(&self) -> Result<Arc<Vec<SampledSeries>>, SourceError> {
        let path = &self.path;
        let unavailable = |error: std::io::Error| SourceError::Unavailable {
            why: format!("{}: {error}", path.display()),
        };
        let metadata = tokio::fs::metadata(path).await.map_err(unavailable)?;
        if metadata.len() > MAX_FILE_BYTES {
            return Err(SourceError::Unavailable {
                why: format!("{}: is larger than 512 MiB", path.display()),
            });
        }
        let version = (metadata.modified().map_err(unavailable)?, metadata.len());
        let mut held = self.table.lock().await;
        if let Some(table) = held.as_ref().filter(|table| table.version == version) {
            return Ok(table.series.clone());
        }
        let bytes = tokio::fs::read(path).await.map_err(unavailable)?;
        let time_column = self.time_column.clone();
        let work = move || parse(&bytes, time_column.as_deref());
        let parsed = tokio::task::spawn_blocking(work).await;
        let series = parsed
            .map_err(|error| SourceError::Unavailable {
                why: error.to_string(),
            })?
            .map_err(|error| SourceError::Unavailable {
                why: format!("{}: {error}", path.display()),
            })?;
        let series = Arc::new(series);
        *held = Some(Table {
            version,
            series: series.clone(),
        });
        Ok(series)
    }
}

#[async_trait]
impl Source for CsvSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Csv
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let selector = Selector::parse(query)?;
        let table = self.table().await?;
        let picked = table
            .iter()
            .filter(|series| selector.matches(&series.labels))
            .cloned()
            .collect();
        Ok(on_grid(picked, range, step))
    }

    async fn suggestions(&self) -> Vec<String> {
        let Ok(table) = self.table().await else {
            return Vec::new();
        };
        let names = table.iter().map(|series| series.labels.to_string());
        names.take(SUGGESTIONS).collect()
    }

    async fn probe(&self) -> Result<(), SourceError> {
        self.table().await.map(drop)
    }
}

/// Turns an upload into samples.
///
/// # Errors
/// [`CsvError`] with the line.
pub(crate) fn samples(bytes: &[u8]) -> Result<Vec<Sample>, CsvError> {
    let series = parse(bytes, None)?;
    let of_one = |series: SampledSeries| {
        let labels = series.labels;
        series
            .samples
            .into_iter()
            .map(move |(at_ms, value)| Sample {
                labels: labels.clone(),
                unit: "",
                at_ms,
                value,
            })
    };
    Ok(series.into_iter().flat_map(of_one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn file_when_it_changes_then_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        std::fs::write(&path, "time,cpu\n60,1\n").expect("written");
        let source = CsvSource::new(&path, None);
        let range = TimeRange::new(60_000, 180_000).expect("a range");
        let step = Millis::from_secs(60);
        let before = source.fetch("cpu", range, step).await.expect("a table");
        assert_eq!(before[0].values[0].to_bits(), 1.0_f64.to_bits());
        std::fs::write(&path, "time,cpu\n60,1\n120,22\n").expect("written");
        let after = source.fetch("cpu", range, step).await.expect("a table");
        assert_eq!(after[0].values, [1.0, 22.0]);
        std::fs::write(&path, "time,cpu\n60,1\n120,oh dear\n").expect("written");
        let error = source.fetch("cpu", range, step).await.expect_err("broken");
        assert!(
            error.means_down() && error.to_string().contains("line 3"),
            "{error}"
        );
        std::fs::remove_file(&path).expect("removed");
        assert!(source.probe().await.is_err());
    }
}
