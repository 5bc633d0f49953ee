//! Made-up services, plainly called so: eight metrics with seasons, trends, gaps and incidents that are labelled.
//!
//! Every value is a pure function of metric and instant, so history and live values join without a seam,
//! two servers agree, and a test can say beforehand what must be found.
//!
//! | selector | unit | what it is | incidents |
//! |---|---|---|---|
//! | `demo_checkout_latency_p95_ms{service="checkout"}` | ms | 95th percentile of the checkout's response time | spikes, level shifts |
//! | `demo_requests_per_second{service="shop"}` | req/s | requests to the shop | drops |
//! | `demo_errors_percent{service="shop"}` | % | share of failed requests | spikes, slow ramps |
//! | `demo_queue_depth{queue="orders"}` | | orders that wait | slow ramps, spikes, silence |
//! | `demo_memory_percent{service="search"}` | % | memory of the search, restarted every week | slow ramps |
//! | `demo_db_connections{database="orders"}` | | open connections | level shifts, spikes |
//! | `demo_payment_success_percent{provider="acme"}` | % | payments that went through | drops, level shifts |
//! | `demo_cache_hit_percent{cache="products"}` | % | look-ups answered by the cache | level shifts, drops |
//!
//! Beside them a fleet of servers, `demo_fleet_cpu_percent{instance,role,zone}`, for looking at many series at once.

mod fleet;
pub(crate) mod incident;
mod labels;
mod metric;
mod noise;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::Series;
use hindcast_shared::time::{DAY_MS, Millis, TimeRange};

use self::incident::Incident;
pub(crate) use self::labels::label;
pub(crate) use self::metric::{METRICS, Metric};
use super::{Selector, Source, SourceError};

/// How much history the demo is meant to be looked at.
pub(crate) const HISTORY_MS: i64 = 14 * DAY_MS;

/// Made-up services; everything that looks like chance comes from the seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DemoSource {
    seed: u64,
    instances: u32,
}

impl DemoSource {
    /// The services as this seed has them.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, instances: 0 }
    }

    /// The same with a fleet of so many servers.
    #[must_use]
    pub(crate) fn with_instances(self, instances: u32) -> Self {
        Self { instances, ..self }
    }

    /// The incidents of a metric that overlap a range, oldest first: what its labels say.
    pub(crate) fn incidents(self, metric: &Metric, range: TimeRange) -> Vec<Incident> {
        incident::incidents(metric, self.seed, range)
    }

    /// A metric on the grid.
    pub(crate) fn series(self, metric: &Metric, range: TimeRange, step: Millis) -> Series {
        let mut series = Series::empty(metric.labels(), metric.unit, range, step.ms());
        let incidents = self.incidents(metric, range);
        for index in 0..series.values.len() {
            series.values[index] = metric.value(self.seed, series.at_ms(index), &incidents);
        }
        series
    }
}

#[async_trait]
impl Source for DemoSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Demo
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let selector = Selector::parse(query)?;
        let picked = METRICS
            .iter()
            .filter(|metric| selector.matches(&metric.labels()));
        let servers =
            (0..self.instances).filter(|number| selector.matches(&fleet::labels(*number)));
        Ok(picked
            .map(|metric| self.series(metric, range, step))
            .chain(servers.map(|number| fleet::series(self.seed, number, range, step)))
            .collect())
    }

    async fn suggestions(&self) -> Vec<String> {
        let metrics = METRICS.iter().map(|metric| metric.labels().to_string());
        let fleet = (self.instances > 0).then(|| fleet::NAME.to_owned());
        metrics.chain(fleet).collect()
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::{HOUR_MS, MINUTE_MS};

    use super::*;

    const DEMO: DemoSource = DemoSource {
        seed: 7,
        instances: 0,
    };
    const NOW_MS: i64 = 1_795_000_123_456;

    fn minute() -> Millis {
        Millis::new(MINUTE_MS)
    }

    fn last(ms: i64) -> TimeRange {
        TimeRange::new(NOW_MS - ms, NOW_MS).expect("a range")
    }

    #[tokio::test]
    async fn fetch_when_asked_in_pieces_then_the_pieces_join() {
        let whole = DEMO.fetch("{}", last(2 * DAY_MS), minute()).await;
        let whole = whole.expect("series");
        assert_eq!(whole.len(), METRICS.len());
        let piece = TimeRange::new(NOW_MS - 5 * HOUR_MS, NOW_MS - HOUR_MS).expect("a range");
        for series in DEMO.fetch("{}", piece, minute()).await.expect("series") {
            let same = whole
                .iter()
                .find(|other| other.labels == series.labels)
                .expect("the same");
            let expected = same.slice(piece.from_ms, piece.to_ms);
            assert_eq!(series.values.len(), expected.len());
            for (a, b) in series.values.iter().zip(expected) {
                assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()));
            }
        }
    }

    #[test]
    fn incidents_when_any_day_is_looked_at_then_there_are_some() {
        for hours in 0..24 * 20 {
            let to_ms = NOW_MS + hours * HOUR_MS;
            let day = TimeRange::new(to_ms - DAY_MS, to_ms).expect("a range");
            let whole = METRICS
                .iter()
                .flat_map(|metric| DEMO.incidents(metric, day))
                .filter(|incident| incident.start_ms >= day.from_ms && incident.end_ms <= day.to_ms)
                .count();
            assert!(whole >= 2, "{whole} incidents before hour {hours}");
        }
        for metric in &METRICS {
            let count = DEMO.incidents(metric, last(HISTORY_MS)).len();
            assert!(
                (4..=9).contains(&count),
                "{count} incidents in {}",
                metric.name
            );
        }
    }

    #[test]
    fn values_when_no_incident_is_on_then_stay_plausible() {
        for metric in &METRICS {
            let series = DEMO.series(metric, last(HISTORY_MS), minute());
            let gaps = series.values.iter().filter(|value| value.is_nan()).count();
            assert!(gaps < 120, "{gaps} gaps in {}", metric.name);
            for value in series.values.iter().filter(|value| value.is_finite()) {
                assert!(*value >= 0.0, "{value} in {}", metric.name);
                assert!(
                    metric.unit != "%" || *value <= 100.0,
                    "{value} in {}",
                    metric.name
                );
            }
        }
    }
}
