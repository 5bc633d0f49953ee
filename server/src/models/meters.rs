//! What full models measure about themselves, for `/metrics`.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Of one model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ModelLabels {
    model: String,
}

/// Questions to models: how long they take, how much they score, how often they fail. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    answer: Family<ModelLabels, Histogram>,
    batch: Family<ModelLabels, Histogram>,
    windows: Family<ModelLabels, Counter>,
    answers: Family<ModelLabels, Counter>,
    errors: Family<ModelLabels, Counter>,
}

impl Default for Meters {
    fn default() -> Self {
        // From a millisecond to a minute: the newest window of one series, and a month of many.
        let histogram: fn() -> Histogram =
            || Histogram::new([0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0]);
        Self {
            answer: Family::new_with_constructor(histogram),
            batch: Family::new_with_constructor(histogram),
            windows: Family::default(),
            answers: Family::default(),
            errors: Family::default(),
        }
    }
}

impl Meters {
    /// Adds them to what is told.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "model_answer_duration",
            "Time from a question for a model's scores to its answer, from fetch to last score",
            Unit::Seconds,
            self.answer.clone(),
        );
        registry.register_with_unit(
            "model_batch_duration",
            "Time that a model took to score all windows of a question",
            Unit::Seconds,
            self.batch.clone(),
        );
        registry.register(
            "model_windows",
            "Windows that a model scored",
            self.windows.clone(),
        );
        registry.register(
            "model_answers",
            "Questions for a model's scores",
            self.answers.clone(),
        );
        registry.register(
            "model_errors",
            "Questions for a model's scores that failed",
            self.errors.clone(),
        );
    }

    /// A question was answered, or failed.
    pub(crate) fn answered(&self, model: &str, took: Duration, failed: bool) {
        let labels = labels(model);
        self.answer
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        self.answers.get_or_create(&labels).inc();
        if failed {
            self.errors.get_or_create(&labels).inc();
        }
    }

    /// So many windows were scored.
    pub(crate) fn scored(&self, model: &str, took: Duration, windows: u64) {
        let labels = labels(model);
        self.batch
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        self.windows.get_or_create(&labels).inc_by(windows);
    }
}

fn labels(model: &str) -> ModelLabels {
    ModelLabels {
        model: model.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_when_a_model_was_asked_then_tell_time_windows_and_failures() {
        let (meters, mut registry) = (Meters::default(), Registry::with_prefix("hindcast"));
        meters.register(&mut registry);
        meters.scored("load", Duration::from_millis(30), 500);
        meters.answered("load", Duration::from_millis(40), false);
        meters.answered("load", Duration::from_millis(2), true);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
        for line in [
            "hindcast_model_batch_duration_seconds_sum{model=\"load\"} 0.03",
            "hindcast_model_answer_duration_seconds_count{model=\"load\"} 2",
            "hindcast_model_windows_total{model=\"load\"} 500",
            "hindcast_model_answers_total{model=\"load\"} 2",
            "hindcast_model_errors_total{model=\"load\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
