//! What runs of rules measure about themselves.

use hindcast_shared::api::SamplePoint;
use hindcast_shared::pipeline::{Transition, TransitionKind};
use hindcast_shared::rule::{RuleId, Severity};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use crate::metrics::{Metrics, RuleLabels, SeriesLabels, SeverityLabels};

/// The parts of [`Metrics`] that runs of rules fill.
pub(crate) struct Instruments {
    duration: Family<RuleLabels, Histogram>,
    errors: Family<RuleLabels, Counter>,
    runs: Family<RuleLabels, Counter>,
    last_run: Family<RuleLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    anomalies: Family<SeverityLabels, Counter>,
    score: Family<SeriesLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
}

impl Instruments {
    /// Those of the process.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        Self {
            duration: metrics.detection_duration.clone(),
            errors: metrics.detection_errors.clone(),
            runs: metrics.detections.clone(),
            last_run: metrics.detection_last_run.clone(),
            anomalies: metrics.anomalies.clone(),
            score: metrics.score.clone(),
        }
    }

    /// One run of a rule.
    pub(super) fn run(&self, rule: &RuleId, nominal_ms: i64, duration_ms: i64, failed: bool) {
        let labels = RuleLabels {
            rule: rule.to_string(),
        };
        self.duration
            .get_or_create(&labels)
            .observe(duration_ms as f64 / 1_000.0);
        self.runs.get_or_create(&labels).inc();
        self.last_run
            .get_or_create(&labels)
            .set(nominal_ms as f64 / 1_000.0);
        if failed {
            self.errors.get_or_create(&labels).inc();
        }
    }

    /// What a run found.
    pub(super) fn found(&self, transitions: &[Transition]) {
        for transition in transitions {
            if transition.kind == TransitionKind::Opened {
                self.anomaly(&transition.anomaly.rule_id, transition.anomaly.severity);
            }
        }
    }

    fn anomaly(&self, rule: &RuleId, severity: Severity) {
        let labels = SeverityLabels {
            rule: rule.to_string(),
            severity: severity.as_str().to_owned(),
        };
        self.anomalies.get_or_create(&labels).inc();
    }

    /// The newest scores; `text` names a series.
    pub(super) fn scores<'a>(
        &self,
        rule: &RuleId,
        points: &[SamplePoint],
        text: impl Fn(&SamplePoint) -> Option<&'a str>,
    ) {
        for point in points {
            let Some(series) = text(point) else { continue };
            let labels = SeriesLabels {
                rule: rule.to_string(),
                series: series.to_owned(),
            };
            self.score.get_or_create(&labels).set(point.score);
        }
    }
}
