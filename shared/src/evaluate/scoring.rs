//! A detector over a whole series without any rule: for notebooks, other people's benchmarks, and ours.
//!
//! It knows no detector by name: whatever stands in the registry is scored, and in batch mode whatever has a
//! whole-series form.

use serde::{Deserialize, Serialize};

use crate::detector::batch::{Batch, Whole, batch};
use crate::detector::{Detector, DetectorKind, DetectorSpec, History, PointState, Sample, Scale};
use crate::rule::{Decision, Direction, MinDeviation, OutsideRange};
use crate::time::UtcOffsets;

/// What a score may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The whole series, the future included.
    Batch,
    /// The past only, as in production.
    Causal,
}

/// What is to be scored, and how.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The detector.
    pub spec: &'a DetectorSpec,
    /// Its threshold and direction.
    pub decision: &'a Decision,
    /// Take everything into the baseline, anomalous or not.
    pub learn_from_anomalies: bool,
    /// One value a row on a regular grid; NaN is a gap.
    pub values: &'a [f64],
    /// So many rows at the beginning are known to be calm. A causal detector is fitted on them before it goes
    /// on; they themselves are scored causally too.
    pub train_rows: usize,
    /// Instant of the first row.
    pub start_ms: i64,
    /// Distance of rows; positive.
    pub step_ms: i64,
    /// Alarms nearer than this are one, for a budget of alarms; 0 counts every row.
    pub merge_gap_ms: i64,
    /// The wall clock.
    pub offsets: &'a UtcOffsets,
    /// Seed of everything that is drawn at random.
    pub seed: u64,
}

/// The decision of a rule that says nothing but a threshold; none if there is no sensible default for it.
#[must_use]
pub fn decide(
    kind: DetectorKind,
    threshold: Option<f64>,
    direction: Direction,
) -> Option<Decision> {
    Some(Decision {
        threshold: threshold.or_else(|| kind.default_threshold())?,
        alarms_per_week: None,
        inclusive: kind.about().inclusive,
        direction,
        min_deviation: MinDeviation::default(),
        range: OutsideRange::default(),
    })
}

/// One row each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// How odd the stretch up to the row is, on the detector's own scale; 0 unless scored.
    pub raw: Vec<f64>,
    /// 1.0 at the threshold; 0 unless scored.
    pub score: Vec<f64>,
    /// What is known about the row.
    pub state: Vec<PointState>,
}

/// The detector has no whole-series form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this detector sees the past only; it has no form for a whole series at once")]
pub struct NoBatch;

/// Scores a series.
///
/// # Errors
/// [`NoBatch`] in batch mode, if the detector has no such form.
pub fn score(job: &Job<'_>, mode: Mode) -> Result<Scores, NoBatch> {
    match mode {
        Mode::Causal => Ok(causal(job)),
        Mode::Batch => batch(job.spec.kind())
            .map(|form| whole(job, form))
            .ok_or(NoBatch),
    }
}

fn causal(job: &Job<'_>) -> Scores {
    let train_rows = job.train_rows.min(job.values.len());
    let untaught = || {
        Detector::with(
            job.spec,
            job.decision,
            job.learn_from_anomalies,
            job.step_ms,
            job.merge_gap_ms,
        )
    };
    let mut scores = Scores::default();
    step(job, &mut untaught(), 0..train_rows, &mut scores);
    let mut detector = untaught();
    detector.fit(&History {
        values: &job.values[..train_rows],
        end_ms: at_ms(job, train_rows),
        step_ms: job.step_ms,
        offsets: job.offsets,
        seed: job.seed,
    });
    step(
        job,
        &mut detector,
        train_rows..job.values.len(),
        &mut scores,
    );
    scores
}

fn step(job: &Job<'_>, detector: &mut Detector, rows: std::ops::Range<usize>, scores: &mut Scores) {
    for row in rows {
        let sample = Sample::new(job.values[row], at_ms(job, row), job.offsets);
        let reading = detector.step(sample);
        scores.raw.push(reading.rank);
        scores.score.push(reading.score);
        scores.state.push(reading.state);
    }
}

fn at_ms(job: &Job<'_>, row: usize) -> i64 {
    job.step_ms
        .saturating_mul(row as i64)
        .saturating_add(job.start_ms)
}

fn whole(job: &Job<'_>, form: Batch) -> Scores {
    let whole = Whole {
        values: job.values,
        train_rows: job.train_rows.min(job.values.len()),
        step_ms: job.step_ms,
        seed: job.seed,
    };
    let scale = Scale::new(job.spec.kind(), job.decision);
    let mut scores = Scores::default();
    for (value, raw) in job.values.iter().zip(form(job.spec, &whole)) {
        if value.is_finite() {
            scores.raw.push(raw);
            scores.score.push(scale.map(raw).clamp(f64::MIN, f64::MAX));
            scores.state.push(PointState::Scored);
        } else {
            scores.raw.push(0.0);
            scores.score.push(0.0);
            scores.state.push(PointState::Gap);
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job<'a>(
        spec: &'a DetectorSpec,
        decision: &'a Decision,
        offsets: &'a UtcOffsets,
        values: &'a [f64],
        train_rows: usize,
    ) -> Job<'a> {
        Job {
            spec,
            decision,
            learn_from_anomalies: false,
            values,
            train_rows,
            start_ms: 0,
            step_ms: 60_000,
            merge_gap_ms: 0,
            offsets,
            seed: 0,
        }
    }

    #[test]
    fn every_detector_when_scoring_causally_gives_a_row_a_point_and_none_knows_the_future() {
        let mut values: Vec<f64> = (0..600).map(|row| f64::from(row * 37 % 101)).collect();
        values[500] = 900.0;
        values[501] = f64::NAN;
        let offsets = UtcOffsets::utc();
        let single = DetectorKind::ALL.into_iter();
        for kind in single.filter(|kind| !kind.is_group()) {
            let spec = DetectorSpec::new(kind);
            let threshold = kind.default_threshold().unwrap_or(90.0);
            let decision = decide(kind, Some(threshold), Direction::Both).expect("a threshold");
            for train_rows in [0, 200, 10_000] {
                let all = causal(&job(&spec, &decision, &offsets, &values, train_rows));
                assert_eq!(all.raw.len(), values.len());
                assert!(all.raw.iter().chain(&all.score).all(|raw| raw.is_finite()));
                assert_eq!(all.state[501], PointState::Gap);
                let early = causal(&job(&spec, &decision, &offsets, &values[..400], train_rows));
                if train_rows <= 400 {
                    assert_eq!(early.raw[..], all.raw[..400], "{kind:?} {train_rows}");
                }
            }
        }
    }
}
