//! Writes the demo's incidents down as labels: what has happened so far, and what happens from now on.

use std::time::Duration;

use hindcast_shared::series::{SeriesKey, SourceName};
use hindcast_shared::time::{Clock, TimeRange};
use tokio_util::sync::CancellationToken;

use super::{DemoSource, HISTORY_MS, METRICS};
use crate::store::{ImportedIncident, Store, StoreResult};

/// How often new incidents are looked for: there are three a day.
const EVERY: Duration = Duration::from_mins(15);

/// Labels what has happened, until the token is cancelled.
pub(crate) async fn label(
    demo: DemoSource,
    name: SourceName,
    store: Store,
    clock: std::sync::Arc<dyn Clock>,
    stop: CancellationToken,
) {
    loop {
        if let Err(error) = label_until(demo, &name, &store, clock.now_ms()).await {
            tracing::warn!(source = %name, %error, "the demo's incidents could not be labelled");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = crate::clock::sleep(&*clock, EVERY) => {}
        }
    }
}

async fn label_until(
    demo: DemoSource,
    name: &SourceName,
    store: &Store,
    now_ms: i64,
) -> StoreResult<()> {
    let range = TimeRange {
        from_ms: now_ms - HISTORY_MS,
        to_ms: now_ms,
    };
    let mut incidents = Vec::new();
    for metric in &METRICS {
        let series_key = SeriesKey::new(name, &metric.labels());
        for incident in demo.incidents(metric, range) {
            incidents.push(ImportedIncident {
                series_key,
                start_ms: incident.start_ms,
                end_ms: incident.end_ms,
            });
        }
    }
    store.labels().import(name, &incidents).await
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::DAY_MS;

    use super::*;
    use crate::store::testing::Fixture;

    #[tokio::test]
    async fn incidents_when_labelled_twice_then_are_kept_once() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let (demo, name) = (DemoSource::new(7), SourceName::from("demo"));
        let now_ms = 20_790 * DAY_MS;
        let range = TimeRange::new(now_ms - HISTORY_MS, now_ms).expect("a range");
        label_until(demo, &name, &fixture.store, now_ms).await?;
        let count = async || {
            let labels = fixture
                .store
                .labels()
                .list(range, Some(&name.0), None, 10_000)
                .await?;
            anyhow::Ok(labels.len())
        };
        let once = count().await?;
        assert!(once >= 40, "{once} labels");
        label_until(demo, &name, &fixture.store, now_ms).await?;
        assert_eq!(count().await?, once);
        Ok(())
    }
}
