//! Whether a model's scores are still what they were when it was trained, by the tests of `shared::detector::change`.
//!
//! Neighbouring windows share nearly all of their samples, so one window in as many samples as a window has is looked
//! at. Only scores that rose count: a model that finds the world calmer than it was does no harm.

use hindcast_shared::api::{DriftTest, ModelDrift};
use hindcast_shared::detector::change::{Adwin, Ddm, Drift};
use hindcast_shared::series::Series;

/// Scores beyond this count as this: one burst is an incident and no drift.
const LARGEST: f64 = 2.0;

/// When the scores began to be higher than they were; `p95` is that of the validation part, in parts of the p99, and
/// nothing that was learned before `known_ms` counts.
pub(super) fn drift(
    scores: &[Series],
    test: DriftTest,
    p95: f64,
    window_samples: usize,
    known_ms: i64,
) -> Option<ModelDrift> {
    let rows = scores.iter().map(|series| series.values.len()).max()?;
    let first = scores.first()?;
    let mean = |row: usize| {
        let now = scores.iter().filter_map(|series| series.values.get(row));
        let now: Vec<f64> = now.copied().filter(|score| score.is_finite()).collect();
        let sum: f64 = now.iter().map(|score| score.min(LARGEST)).sum();
        (!now.is_empty()).then(|| sum / now.len() as f64)
    };
    let stream: Vec<(i64, f64)> = (0..rows)
        .step_by(window_samples.max(1))
        .filter_map(|row| Some((first.at_ms(row), mean(row)?)))
        .collect();
    let (mut adwin, mut ddm) = (Adwin::default(), Ddm::default());
    let mut newest = None;
    for (at_ms, score) in &stream {
        let drift = match test {
            DriftTest::Adwin => adwin.update(*score),
            DriftTest::Ddm => ddm.update(*score > p95),
        };
        let rose = |drift: &Drift| drift.after > drift.before && *at_ms >= known_ms;
        newest = drift.filter(rose).or(newest);
    }
    newest.map(|drift| ModelDrift {
        test,
        at_ms: stream
            .get(drift.at as usize)
            .map_or(known_ms, |(at_ms, _)| *at_ms),
        before: drift.before,
        after: drift.after,
    })
}

#[cfg(test)]
mod tests {
    use hindcast_shared::math::random::Random;
    use hindcast_shared::series::Labels;

    use super::*;

    const WINDOW: usize = 4;

    /// Scores about 0.4 that rise to another level at a row.
    fn scores(rows: usize, rises_at: usize, to: f64) -> Vec<Series> {
        let mut random = Random::new(3);
        let level = |row| if row < rises_at { 0.4 } else { to };
        vec![Series {
            labels: Labels::named("s", &[]),
            unit: String::new(),
            start_ms: 0,
            step_ms: 10,
            values: (0..rows)
                .map(|row| level(row) + 0.1 * random.normal())
                .collect(),
        }]
    }

    #[test]
    fn scores_when_they_rise_and_stay_then_have_drifted_from_about_there_on() {
        for test in [DriftTest::Adwin, DriftTest::Ddm] {
            let found = drift(&scores(6_000, 4_000, 0.8), test, 0.62, WINDOW, 20_000);
            let found = found.expect("it rose");
            assert!((found.at_ms - 40_000).abs() < 3_000, "{test:?} {found:?}");
            assert!(found.after > found.before, "{test:?} {found:?}");
        }
    }

    #[test]
    fn scores_when_they_stay_fall_or_rose_before_they_were_learned_then_have_not_drifted() {
        let none = |rises_at, to, known_ms| {
            let scores = scores(6_000, rises_at, to);
            let found = drift(&scores, DriftTest::Adwin, 0.56, WINDOW, known_ms);
            assert_eq!(found, None, "{rises_at} {to}");
        };
        none(6_000, 0.4, 0);
        none(4_000, 0.1, 20_000);
        none(2_000, 0.8, 40_000);
        assert_eq!(drift(&[], DriftTest::Adwin, 0.6, WINDOW, 0), None);
    }
}
