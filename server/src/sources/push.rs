//! Samples that others send to us.

use std::sync::Arc;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::{Series, SourceName};
use hindcast_shared::time::{Millis, TimeRange};

use super::samples::fetch_samples;
use super::{SampleStore, Source, SourceError};

/// A source that only has what was sent to it; it cannot be down, only silent.
pub(crate) struct PushSource {
    name: SourceName,
    store: Arc<dyn SampleStore>,
}

impl PushSource {
    /// The samples kept under `name`.
    pub(crate) fn new(name: SourceName, store: Arc<dyn SampleStore>) -> Self {
        Self { name, store }
    }
}

#[async_trait]
impl Source for PushSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Push
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        fetch_samples(&*self.store, &self.name, query, range, step).await
    }

    async fn suggestions(&self) -> Vec<String> {
        let labels = self.store.labels(&self.name).await.unwrap_or_default();
        let mut names: Vec<String> = labels.iter().map(ToString::to_string).collect();
        names.sort();
        names.truncate(100);
        names
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::series::Labels;

    use super::super::Sample;
    use super::super::samples::memory::MemorySamples;
    use super::*;

    #[tokio::test]
    async fn fetch_when_samples_lie_between_instants_then_the_last_before_each_counts() {
        let store = Arc::new(MemorySamples::default());
        let name = SourceName::from("inbox");
        let labels = Labels::named("queue", &[("host", "a")]);
        let samples: Vec<Sample> = [(1_000, 1.0), (55_000, 2.0), (60_001, 3.0), (240_000, 4.0)]
            .map(|(at_ms, value)| Sample {
                labels: labels.clone(),
                unit: "",
                at_ms,
                value,
            })
            .to_vec();
        store.append(&name, samples, 0).await.expect("kept");
        let source = PushSource::new(name, store);
        let range = TimeRange::new(60_000, 240_001).expect("a range");
        let series = source
            .fetch("queue{host=~\"a|b\"}", range, Millis::from_secs(60))
            .await
            .expect("a series");
        assert_eq!(series.len(), 1);
        assert_eq!(series[0].start_ms, 60_000);
        assert_eq!(series[0].values[..2], [2.0, 3.0]);
        assert!(series[0].values[2].is_nan());
        assert_eq!(series[0].values[3..], [4.0]);
    }

    #[tokio::test]
    async fn fetch_when_the_query_is_promql_then_is_refused() {
        let source = PushSource::new("inbox".into(), Arc::new(MemorySamples::default()));
        let range = TimeRange::new(0, 60_000).expect("a range");
        let error = source
            .fetch("rate(x[5m])", range, Millis::from_secs(60))
            .await
            .expect_err("PromQL");
        assert!(error.is_invalid_query(), "{error}");
    }
}
