//! What is measured: every detector that can be run without a word about the data, causally and as a whole.

use hindcast_shared::detector::batch::batch;
use hindcast_shared::detector::{DetectorKind, DetectorSpec};
use hindcast_shared::evaluate::scoring::{self, Job, Mode, Scores};
use hindcast_shared::rule::{Decision, Direction};
use hindcast_shared::time::UtcOffsets;

/// The default detector, whose figures are kept.
pub(crate) const DEFAULT: &str = "auto";

/// A detector in one of its forms, with every parameter at its default.
#[derive(Clone)]
pub(crate) struct Method {
    pub(crate) kind: DetectorKind,
    pub(crate) mode: Mode,
}

impl Method {
    /// Every method whose detector is named in `only`; all of them if nothing is.
    pub(crate) fn all(only: &[String]) -> Vec<Self> {
        DetectorKind::ALL
            .into_iter()
            // A fixed limit says nothing without one, and these are single series.
            .filter(|kind| kind.default_threshold().is_some() && !kind.is_group())
            .filter(|kind| only.is_empty() || only.iter().any(|name| name == kind.as_str()))
            .flat_map(|kind| {
                let whole = batch(kind).map(|_| Mode::Batch);
                let modes = whole.into_iter().chain([Mode::Causal]);
                modes.map(move |mode| Self { kind, mode })
            })
            .collect()
    }

    pub(crate) fn is_default(&self) -> bool {
        self.kind.as_str() == DEFAULT
    }

    /// The form's name, as `auto` calls its own.
    pub(crate) fn form(&self) -> &'static str {
        match self.mode {
            Mode::Batch => "full",
            Mode::Causal => "live",
        }
    }

    /// Scores a series whose first rows are calm.
    pub(crate) fn score(&self, values: &[f64], train_rows: usize, step_ms: i64) -> Scores {
        self.run(values, train_rows, step_ms, 0, None)
    }

    /// The same with a threshold that gives so many alarms a week on calm data, as a rule has it fitted.
    pub(crate) fn score_with_budget(
        &self,
        values: &[f64],
        train_rows: usize,
        step_ms: i64,
        (alarms_per_week, merged_rows): (f64, u32),
    ) -> Scores {
        let merge_gap_ms = i64::from(merged_rows) * step_ms;
        self.run(
            values,
            train_rows,
            step_ms,
            merge_gap_ms,
            Some(alarms_per_week),
        )
    }

    fn run(
        &self,
        values: &[f64],
        train_rows: usize,
        step_ms: i64,
        merge_gap_ms: i64,
        alarms_per_week: Option<f64>,
    ) -> Scores {
        let spec = DetectorSpec::new(self.kind);
        let decision = scoring::decide(self.kind, None, Direction::Both).expect("a threshold");
        let decision = Decision {
            alarms_per_week,
            ..decision
        };
        let job = Job {
            spec: &spec,
            decision: &decision,
            learn_from_anomalies: false,
            values,
            train_rows,
            start_ms: 0,
            step_ms,
            merge_gap_ms,
            offsets: &UtcOffsets::utc(),
            seed: 0,
        };
        scoring::score(&job, self.mode).expect("the form was asked for")
    }
}
