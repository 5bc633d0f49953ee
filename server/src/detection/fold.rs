//! The CPU-bound part of a run: an evaluator over a dataset, on a thread of its own.

use std::collections::{BTreeMap, VecDeque};

use hindcast_shared::api::SamplePoint;
use hindcast_shared::detector::Reading;
use hindcast_shared::pipeline::{Dataset, Evaluator, Observer, Transition};
use hindcast_shared::rule::Ticks;
use hindcast_shared::series::SeriesKey;

use super::DetectionError;

/// Points a series that one run tells the stream; who missed more reads them from the API.
const POINTS_TOLD: usize = 30;

/// What a fold gave.
pub(super) struct Folded {
    /// Further on than before.
    pub(super) evaluator: Evaluator,
    /// What it said.
    pub(super) transitions: Vec<Transition>,
    /// The newest points of each series.
    pub(super) points: Vec<SamplePoint>,
    /// How many samples had a value.
    pub(super) samples: u64,
}

/// Folds up to an instant and tells.
pub(super) async fn advance(
    mut evaluator: Evaluator,
    data: Dataset,
    to_ms: i64,
    ticks: Ticks,
) -> Result<Folded, DetectionError> {
    on_a_thread(move || {
        let mut newest = Newest::default();
        let transitions = evaluator.advance(&data, to_ms, &ticks, &mut newest);
        Folded {
            evaluator,
            transitions,
            points: newest.points.into_values().flatten().collect(),
            samples: newest.samples,
        }
    })
    .await
}

/// Runs a piece of pure computing where it does not hold up the async threads.
pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DetectionError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| DetectionError::Interrupted)
}

/// Keeps the newest points of each series.
#[derive(Default)]
struct Newest {
    points: BTreeMap<SeriesKey, VecDeque<SamplePoint>>,
    samples: u64,
}

impl Observer for Newest {
    fn point(
        &mut self,
        key: SeriesKey,
        at_ms: i64,
        value: f64,
        reading: &Reading,
        _anomalous: bool,
        _confirmed: u32,
    ) {
        let finite = |value: f64| value.is_finite().then_some(value);
        self.samples += u64::from(value.is_finite());
        let kept = self.points.entry(key).or_default();
        if kept.len() == POINTS_TOLD {
            kept.pop_front();
        }
        kept.push_back(SamplePoint {
            series_key: key,
            at_ms,
            value: finite(value),
            score: reading.score,
            expected: finite(reading.expected),
            lower: finite(reading.lower),
            upper: finite(reading.upper),
        });
    }
}
