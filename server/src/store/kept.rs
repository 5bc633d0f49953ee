//! The store as the keeper of samples for the sources that have no other (`sources::SampleStore`).

use std::collections::BTreeMap;

use async_trait::async_trait;
use hindcast_shared::series::{Labels, SeriesKey, SourceName};
use hindcast_shared::time::TimeRange;

use super::{SampleBatch, Store, StoreError};
use crate::sources::{Sample, SampleStore, SampledSeries, SourceError};

#[async_trait]
impl SampleStore for Store {
    async fn append(
        &self,
        source: &SourceName,
        samples: Vec<Sample>,
        now_ms: i64,
    ) -> Result<(), SourceError> {
        let mut batches: BTreeMap<Labels, SampleBatch> = BTreeMap::new();
        for sample in samples {
            batches
                .entry(sample.labels.clone())
                .or_insert_with(|| SampleBatch {
                    labels: sample.labels,
                    unit: sample.unit.to_owned(),
                    samples: Vec::new(),
                })
                .samples
                .push((sample.at_ms, sample.value));
        }
        let batches = batches.into_values().collect();
        self.samples().insert(source, batches, now_ms).await?;
        Ok(())
    }

    async fn labels(&self, source: &SourceName) -> Result<Vec<Labels>, SourceError> {
        let series = self.series_of_source(source).await?;
        Ok(series.into_iter().map(|series| series.labels).collect())
    }

    async fn read(
        &self,
        source: &SourceName,
        labels: &[Labels],
        after_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SampledSeries>, SourceError> {
        let units: BTreeMap<Labels, String> = self
            .series_of_source(source)
            .await?
            .into_iter()
            .map(|series| (series.labels, series.unit))
            .collect();
        // `(after, to]` as a half-open range of whole milliseconds.
        let Some(range) = TimeRange::new(after_ms + 1, to_ms + 1) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for labels in labels {
            let key = SeriesKey::new(source, labels);
            found.push(SampledSeries {
                labels: labels.clone(),
                unit: units.get(labels).cloned().unwrap_or_default(),
                samples: self.samples().read(source, key, range).await?,
            });
        }
        Ok(found)
    }
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        Self::Store {
            why: error.to_string(),
        }
    }
}
