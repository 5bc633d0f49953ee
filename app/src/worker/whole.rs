//! `auto` over a whole range at once: what the full worker does on request, with progress.
//!
//! Scores are kept, so that another threshold costs nothing. Whoever wants it to stop ends the worker.

use std::cell::RefCell;

use hindcast_shared::chart::{decimal, minute_text};
use hindcast_shared::detector::auto::{AutoScores, PartScores, full};
use hindcast_shared::detector::{Budget, Scale};
use hindcast_shared::math::stats::largest_first;
use hindcast_shared::reduce::{self, Column};
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{Series, SeriesKey};
use hindcast_shared::time::TimeRange;

use super::data::Shelf;
use super::jobs::{key_of, valid};
use super::pack::{Packed, Packer};
use super::protocol::{More, Outcome, WholeDrawn};
use crate::i18n::{key, pluralf, t, tf};
use crate::words;

thread_local! {
    static NEWEST: RefCell<Scored> = RefCell::default();
}

/// The newest scores, and of what.
#[derive(Debug, Default)]
struct Scored(Option<(Of, AutoScores)>);

#[derive(Debug, PartialEq)]
struct Of {
    source: String,
    query: String,
    series: String,
    range: TimeRange,
    newest: u64,
}

/// Longest list of stretches that are told.
const MOST_STRETCHES: usize = 8;
/// Parts that are named.
const MOST_PARTS: usize = 3;
/// A smaller step of progress is not told.
const LEAST_PROGRESS: f64 = 0.01;

/// One series, scored at once.
pub(super) async fn scored(
    shelf: &mut Shelf,
    asked: More,
    progress: &dyn Fn(f64),
) -> Result<(WholeDrawn, Packed), Outcome> {
    let rule = valid(asked.job.rule.clone())?;
    let kept = shelf
        .get(key_of(&rule, &asked.job), asked.job.range, &asked.job)
        .await?;
    let key = asked.series.parse().ok();
    let series = key.and_then(|key: SeriesKey| kept.data.series.get(&key));
    let series = series
        .ok_or_else(|| Outcome::failed(t("the source does not have this series").to_owned()))?;
    NEWEST.with_borrow_mut(|newest| newest.draw(&rule, &asked, series, progress))
}

impl Scored {
    /// Scores a series over the range, or takes what is here, and draws it.
    fn draw(
        &mut self,
        rule: &Rule,
        job: &More,
        series: &Series,
        progress: &dyn Fn(f64),
    ) -> Result<(WholeDrawn, Packed), Outcome> {
        let range = job.job.range;
        let values = series.slice(range.from_ms, range.to_ms);
        let of = Of {
            source: rule.source.0.clone(),
            query: rule.query.clone(),
            series: job.series.clone(),
            range,
            newest: values.last().map_or(0, |value| value.to_bits()),
        };
        let began = js_sys::Date::now();
        let scores = match self.0.take() {
            Some((known, scores)) if known == of && !job.job.fresh => scores,
            _ => score(values, progress)?,
        };
        let took_ms = js_sys::Date::now() - began;
        let drawn = draw(rule, job, series, &scores, took_ms);
        self.0 = Some((of, scores));
        Ok(drawn)
    }
}

fn score(values: &[f64], progress: &dyn Fn(f64)) -> Result<AutoScores, Outcome> {
    let mut told = 0.0;
    let mut tell = |share: f64| {
        if share - told >= LEAST_PROGRESS {
            told = share;
            progress(share);
        }
        true
    };
    // Nothing is known to be calm: what somebody looks at in the Lab may begin with the very incident.
    full(values, 0, &mut tell).ok_or_else(|| Outcome::failed(t("it was stopped").to_owned()))
}

fn draw(
    rule: &Rule,
    job: &More,
    series: &Series,
    scores: &AutoScores,
    took_ms: f64,
) -> (WholeDrawn, Packed) {
    let (step_ms, merge_gap_ms) = (rule.step.ms(), rule.merge_gap.ms());
    let scale = rule
        .decision
        .alarms_per_week
        .map(|alarms| Budget::a_week(alarms, step_ms, merge_gap_ms))
        .and_then(|budget| Scale::calibrated(&scores.calm, budget))
        .unwrap_or_else(|| Scale::new(rule.detector.kind(), &rule.decision));
    let first_ms = hindcast_shared::time::ceil_to(job.job.range.from_ms, step_ms);
    // The series may begin within the range.
    let start_ms = first_ms.max(series.start_ms);
    let values = series.slice(start_ms, job.job.range.to_ms);
    let mapped: Vec<f64> = scores
        .raw
        .iter()
        .zip(values)
        .map(|(raw, value)| {
            if value.is_finite() {
                scale.map(*raw)
            } else {
                f64::NAN
            }
        })
        .collect();
    let at_ms = |index: usize| start_ms + index as i64 * step_ms;
    let point = |row: usize, called: &'static str| {
        let at = minute_text(at_ms(row), &job.job.offsets);
        let (score, by) = (mapped[row], spoke(scores, row));
        let values = [("time", &*at), ("n", &decimal(score, 2)), ("parts", &by)];
        tf(called, &values)
    };
    let stretches = stretches(&mapped, (merge_gap_ms / step_ms) as usize);
    let mut edges = Vec::new();
    for (from, to, peak) in &stretches {
        edges.extend([at_ms(*from), at_ms(*peak), at_ms(*to)]);
    }
    let asked = job.at_ms.and_then(|asked_ms| {
        let row = usize::try_from((asked_ms - start_ms) / step_ms).ok()?;
        let there = mapped.get(row).is_some_and(|score| score.is_finite());
        there.then_some(row)
    });
    let peaks = stretches.iter().rev().take(MOST_STRETCHES);
    let peaks = peaks.map(|(_, _, peak)| point(*peak, key("{time}: score {n}, by {parts}")));
    let points = asked
        .into_iter()
        .map(|row| {
            point(
                row,
                key("The chosen anomaly, {time}: score {n}, by {parts}"),
            )
        })
        .chain(peaks);
    let column = Column {
        start_ms,
        step_ms,
        values: &mapped,
    };
    let mut packer = Packer::default();
    let ribbon = reduce::maxima(column, job.job.range, job.job.columns);
    // As beside a replay: on the raw scale, where the threshold is a number that somebody moves.
    let raws: Vec<f64>;
    let shown = if rule.decision.alarms_per_week.is_some() {
        column
    } else {
        let there = scores.raw.iter().zip(&mapped);
        raws = there
            .map(|(raw, score)| if score.is_nan() { f64::NAN } else { *raw })
            .collect();
        Column {
            values: &raws,
            ..column
        }
    };
    let line = reduce::m4(shown, job.job.range, job.job.columns, &edges);
    let drawn = WholeDrawn {
        series: job.series.clone(),
        ribbon: packer.reduced(&ribbon),
        scores: packer.reduced(&line),
        said: pluralf(
            stretches.len() as u64,
            "Scores by auto (full), which knows what came after each sample: {n} stretch over the threshold, {samples} samples scored in {time} s. Rules run auto (live).",
            "Scores by auto (full), which knows what came after each sample: {n} stretches over the threshold, {samples} samples scored in {time} s. Rules run auto (live).",
            &[
                ("samples", &words::count(values.len() as u64)),
                ("time", &decimal(took_ms / 1000.0, 1)),
            ],
        ),
        points: points.collect(),
    };
    (drawn, packer.finish())
}

/// What a row's score is made of, loudest first, with shares.
fn spoke(scores: &AutoScores, row: usize) -> String {
    let said = |part: &PartScores| part.raw.get(row).copied().unwrap_or(0.0);
    let shares: Vec<f64> = scores.parts.iter().map(said).collect();
    let total = scores.raw[row];
    let loudest = largest_first(&shares).into_iter().take(MOST_PARTS);
    loudest
        .filter(|&at| shares[at] > 0.0)
        .map(|at| {
            let (part, share) = (&scores.parts[at], shares[at] / total * 100.0);
            let text = match part.kind {
                "pattern" => key("pattern of {n} samples"),
                "level" => key("level of {n} samples"),
                "shape" => key("shape of {n} samples"),
                "jump" => key("jump"),
                _ => key("value"),
            };
            let samples = part.scale.trim_end_matches(" samples");
            format!("{} ({share:.0}%)", tf(text, &[("n", samples)]))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Stretches over the threshold, nearer ones merged: first, last and highest row.
fn stretches(scores: &[f64], gap: usize) -> Vec<(usize, usize, usize)> {
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (row, score) in scores.iter().enumerate() {
        // NaN is over nothing.
        if *score > 1.0 {
            match found.last_mut() {
                Some((_, to, peak)) if row - *to <= gap.max(1) => {
                    *to = row;
                    if *score > scores[*peak] {
                        *peak = row;
                    }
                }
                _ => found.push((row, row, row)),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn stretches_when_nearer_than_the_gap_then_are_one_with_the_higher_peak() {
        let scores = [0.5, 2.0, f64::NAN, 3.0, 0.1, 0.1, 0.1, 1.5];
        assert_eq!(stretches(&scores, 2), [(1, 3, 3), (7, 7, 7)]);
        assert_eq!(stretches(&scores, 0).len(), 3);
        assert_eq!(stretches(&[1.0, 0.9], 2), []);
    }

    #[test]
    fn parts_when_they_spoke_then_are_told_loudest_first_as_shares() {
        let part = |scale, kind, raw| PartScores {
            scale,
            kind,
            raw: vec![raw],
        };
        let scores = AutoScores {
            raw: vec![2.0],
            calm: Vec::new(),
            parts: vec![
                part("16 samples", "pattern", 0.5),
                part("64 samples", "level", 1.5),
                part("64 samples", "shape", 0.0),
            ],
        };
        assert_eq!(
            spoke(&scores, 0),
            "level of 64 samples (75%), pattern of 16 samples (25%)"
        );
    }
}
