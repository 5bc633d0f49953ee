//! What `/metrics` tells, in one list. Knows nothing of how it is measured.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::models::meters::Meters;

/// Of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RuleLabels {
    pub(crate) rule: String,
}

/// Of one rule and severity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SeverityLabels {
    pub(crate) rule: String,
    pub(crate) severity: String,
}

/// Of one series under one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SeriesLabels {
    pub(crate) rule: String,
    pub(crate) series: String,
}

/// Of one source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SourceLabels {
    pub(crate) source: String,
}

/// Of one route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RouteLabels {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: u16,
}

/// What became of something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OutcomeLabels {
    pub(crate) outcome: String,
}

type Seconds = Gauge<f64, std::sync::atomic::AtomicU64>;

/// Everything that is measured; cheap to clone parts of.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// How long one tick of a rule took, from fetch to stored.
    pub(crate) detection_duration: Family<RuleLabels, Histogram>,
    /// Ticks that failed.
    pub(crate) detection_errors: Family<RuleLabels, Counter>,
    /// Ticks that ran.
    pub(crate) detections: Family<RuleLabels, Counter>,
    /// Nominal time of the newest tick, in Unix seconds.
    pub(crate) detection_last_run: Family<RuleLabels, Seconds>,
    /// Anomalies opened.
    pub(crate) anomalies: Family<SeverityLabels, Counter>,
    /// Anomalies that are open now.
    pub(crate) open_anomalies: Family<SeverityLabels, Gauge>,
    /// Newest score of each series.
    pub(crate) score: Family<SeriesLabels, Seconds>,
    /// 1 when the source answers, 0 when not.
    pub(crate) source_up: Family<SourceLabels, Gauge>,
    /// Requests to a source that failed.
    pub(crate) source_errors: Family<SourceLabels, Counter>,
    /// Open event streams.
    pub(crate) sse_clients: Gauge,
    /// Streams that were told `reset` because they lagged.
    pub(crate) sse_resets: Counter,
    /// Answered requests.
    pub(crate) http_requests: Family<RouteLabels, Counter>,
    /// What became of what a language model was asked to write.
    pub(crate) machine_words: Family<OutcomeLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        // From a millisecond to 20 s: a tick of one series and a back-fill of thousands.
        let histogram: fn() -> Histogram = || {
            Histogram::new([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0,
            ])
        };
        let mut metrics = Self {
            registry: Registry::with_prefix("hindcast"),
            detection_duration: Family::new_with_constructor(histogram),
            detection_errors: Family::default(),
            detections: Family::default(),
            detection_last_run: Family::default(),
            anomalies: Family::default(),
            open_anomalies: Family::default(),
            score: Family::default(),
            source_up: Family::default(),
            source_errors: Family::default(),
            sse_clients: Gauge::default(),
            sse_resets: Counter::default(),
            http_requests: Family::default(),
            machine_words: Family::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register_with_unit(
            "detection_duration",
            "Duration of one tick of a rule, from fetch to stored",
            Unit::Seconds,
            self.detection_duration.clone(),
        );
        registry.register(
            "detection_errors",
            "Ticks that failed",
            self.detection_errors.clone(),
        );
        registry.register("detections", "Ticks that ran", self.detections.clone());
        registry.register_with_unit(
            "detection_last_run_timestamp",
            "Nominal time of the newest tick",
            Unit::Seconds,
            self.detection_last_run.clone(),
        );
        registry.register("anomalies", "Anomalies opened", self.anomalies.clone());
        registry.register(
            "open_anomalies",
            "Anomalies that are open now",
            self.open_anomalies.clone(),
        );
        registry.register(
            "score",
            "Newest score of a series; 1 is the threshold",
            self.score.clone(),
        );
        registry.register(
            "source_up",
            "1 when the source answers, 0 when not",
            self.source_up.clone(),
        );
        registry.register(
            "source_errors",
            "Requests to the source that failed",
            self.source_errors.clone(),
        );
        registry.register(
            "sse_clients",
            "Open event streams",
            self.sse_clients.clone(),
        );
        registry.register(
            "sse_resets",
            "Streams that were told to start anew",
            self.sse_resets.clone(),
        );
        registry.register(
            "http_requests",
            "Answered requests",
            self.http_requests.clone(),
        );
        registry.register(
            "machine_words",
            "What a language model was asked to write, by what became of it",
            self.machine_words.clone(),
        );
    }

    /// Takes in what full models measure.
    pub(crate) fn add_models(&mut self, meters: &Meters) {
        meters.register(&mut self.registry);
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_when_something_was_measured_then_has_the_promised_names() {
        let metrics = Metrics::default();
        let rule = RuleLabels {
            rule: "cpu".to_owned(),
        };
        metrics.detection_duration.get_or_create(&rule).observe(0.2);
        metrics.detections.get_or_create(&rule).inc();
        let text = metrics.text().expect("text");
        for name in [
            "hindcast_detection_duration_seconds_bucket",
            "hindcast_detections_total",
            "hindcast_sse_clients",
        ] {
            assert!(text.contains(name), "{name} is missing in {text}");
        }
    }
}
