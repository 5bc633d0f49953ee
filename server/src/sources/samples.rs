//! Irregular samples that are kept by us: what `push`, `host` and uploads are made of.
//!
//! Owns the step from irregular samples to the grid; keeping them is the store's business.

use async_trait::async_trait;
use hindcast_shared::series::{Labels, Series, SourceName};
use hindcast_shared::time::{Millis, TimeRange, ceil_to};

use super::{Selector, SourceError};

/// One sample of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// The series.
    pub(crate) labels: Labels,
    /// Unit of the series; empty when unknown.
    pub(crate) unit: &'static str,
    /// When.
    pub(crate) at_ms: i64,
    /// What.
    pub(crate) value: f64,
}

/// A series as it was sampled, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SampledSeries {
    /// The series.
    pub(crate) labels: Labels,
    /// Unit of the series; empty when unknown.
    pub(crate) unit: String,
    /// Instant and value, ascending; of several at one instant the last wins.
    pub(crate) samples: Vec<(i64, f64)>,
}

/// Where samples are kept.
#[async_trait]
pub(crate) trait SampleStore: Send + Sync {
    /// Keeps samples; a second one for the same series and instant replaces the first.
    async fn append(
        &self,
        source: &SourceName,
        samples: Vec<Sample>,
        now_ms: i64,
    ) -> Result<(), SourceError>;

    /// Labels of every series of a source.
    async fn labels(&self, source: &SourceName) -> Result<Vec<Labels>, SourceError>;

    /// Samples in `(after_ms, to_ms]` of the given series of a source.
    async fn read(
        &self,
        source: &SourceName,
        labels: &[Labels],
        after_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SampledSeries>, SourceError>;
}

/// Reads the picked series of a source onto the grid.
///
/// # Errors
/// [`SourceError::InvalidQuery`] for a bad selector, or the store's failure.
pub(super) async fn fetch_samples(
    store: &dyn SampleStore,
    source: &SourceName,
    query: &str,
    range: TimeRange,
    step: Millis,
) -> Result<Vec<Series>, SourceError> {
    let selector = Selector::parse(query)?;
    let mut labels = store.labels(source).await?;
    labels.retain(|labels| selector.matches(labels));
    labels.sort();
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let (after_ms, to_ms) = sample_span(range, step);
    let found = store.read(source, &labels, after_ms, to_ms).await?;
    Ok(on_grid(found, range, step))
}

/// Puts sampled series on the grid; a series without any sample in the range is left out.
pub(super) fn on_grid(sampled: Vec<SampledSeries>, range: TimeRange, step: Millis) -> Vec<Series> {
    let mut series: Vec<Series> = sampled
        .into_iter()
        .filter_map(|sampled| {
            let mut series = Series::empty(sampled.labels, sampled.unit, range, step.ms());
            for (at_ms, value) in sampled.samples {
                if value.is_finite() {
                    series.put_sample(at_ms, value);
                }
            }
            let any = series.values.iter().any(|value| value.is_finite());
            any.then_some(series)
        })
        .collect();
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    series
}

/// `(after, to]`: the samples that count for the grid instants in the range.
fn sample_span(range: TimeRange, step: Millis) -> (i64, i64) {
    let first_ms = ceil_to(range.from_ms, step.ms());
    let last_ms = ceil_to(range.to_ms, step.ms()) - step.ms();
    (first_ms - step.ms(), last_ms)
}

#[cfg(test)]
pub(crate) mod memory {
    //! Samples in memory, for tests.

    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    type Kept = BTreeMap<(SourceName, Labels), (String, BTreeMap<i64, f64>)>;

    #[derive(Debug, Default)]
    pub(crate) struct MemorySamples {
        kept: Mutex<Kept>,
    }

    #[async_trait]
    impl SampleStore for MemorySamples {
        async fn append(
            &self,
            source: &SourceName,
            samples: Vec<Sample>,
            _now_ms: i64,
        ) -> Result<(), SourceError> {
            let mut kept = self.kept.lock().expect("no test panics while holding it");
            for sample in samples {
                kept.entry((source.clone(), sample.labels))
                    .or_insert_with(|| (sample.unit.to_owned(), BTreeMap::new()))
                    .1
                    .insert(sample.at_ms, sample.value);
            }
            Ok(())
        }

        async fn labels(&self, source: &SourceName) -> Result<Vec<Labels>, SourceError> {
            let kept = self.kept.lock().expect("no test panics while holding it");
            let own = kept.keys().filter(|(name, _)| name == source);
            Ok(own.map(|(_, labels)| labels.clone()).collect())
        }

        async fn read(
            &self,
            source: &SourceName,
            labels: &[Labels],
            after_ms: i64,
            to_ms: i64,
        ) -> Result<Vec<SampledSeries>, SourceError> {
            let kept = self.kept.lock().expect("no test panics while holding it");
            let one = |labels: &Labels| {
                let (unit, samples) = kept.get(&(source.clone(), labels.clone()))?;
                let within = samples.range(after_ms + 1..=to_ms);
                Some(SampledSeries {
                    labels: labels.clone(),
                    unit: unit.clone(),
                    samples: within.map(|(at_ms, value)| (*at_ms, *value)).collect(),
                })
            };
            Ok(labels.iter().filter_map(one).collect())
        }
    }
}
