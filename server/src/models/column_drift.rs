//! Whether what goes into a model is still what it was when the model was trained, column by column, by the tests of
//! `shared::detector::change`.
//!
//! A series goes by the hour and the day, and a test that looks at neighbours takes each evening for a drift. So over
//! a long history ADWIN is shown the mean of each day, and over a short one the mean of each window. DDM is shown,
//! window by window, whether the newest value is farther out than all but a few were.

use hindcast_shared::api::{ColumnDrift, DriftTest, ModelDrift};
use hindcast_shared::detector::change::{Adwin, AdwinParams, Ddm, Drift};
use hindcast_shared::time::DAY_MS;

use super::frame::Frame;

/// Scaled values beyond this count as this: one burst is an incident and no drift.
const LARGEST: f64 = 3.0;
/// Scaled values beyond this are far out: of a normal sample one in twenty is.
const FAR_OUT: f64 = 2.0;
/// Fewest days whose means say something of what is usual.
const LEAST_DAYS: i64 = 20;
/// ADWIN's confidence. Its bound holds for any sample of magnitude one and is far on the safe side for a few dozen means:
/// with the usual 0.002, a step of two spreads is not told within three weeks.
const DELTA: f64 = 0.05;
/// Most columns that are told.
const MOST_TOLD: usize = 10;

/// The columns that are others than they were, the most moved first; nothing that was learned before `known_ms` counts.
pub(super) fn column_drift(
    frames: &[Frame],
    columns: &[String],
    test: DriftTest,
    window_samples: usize,
    known_ms: i64,
) -> Vec<ColumnDrift> {
    let Some(first) = frames.first().filter(|frame| frame.len() > 0) else {
        return Vec::new();
    };
    let window = window_samples.max(1);
    let whole_ms = first.len() as i64 * first.step_ms;
    let day = usize::try_from(DAY_MS / first.step_ms).unwrap_or(0);
    let part = match test {
        DriftTest::Adwin if whole_ms >= LEAST_DAYS * DAY_MS => day.max(window),
        DriftTest::Adwin | DriftTest::Ddm => window,
    };
    let mut found: Vec<ColumnDrift> = Vec::new();
    for (column, name) in columns.iter().enumerate() {
        let stream = stream(frames, column, part);
        let newest = match test {
            DriftTest::Adwin => by_mean(&stream, known_ms),
            DriftTest::Ddm => by_rate(&stream, known_ms),
        };
        found.extend(newest.map(|drift| {
            ColumnDrift {
                column: name.clone(),
                drift: ModelDrift {
                    test,
                    at_ms: stream
                        .get(drift.at as usize)
                        .map_or(known_ms, |it| it.at_ms),
                    before: drift.before,
                    after: drift.after,
                },
            }
        }));
    }
    let moved = |one: &ColumnDrift| (one.drift.after - one.drift.before).abs();
    found.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    found.truncate(MOST_TOLD);
    found
}

/// Some rows of a column, over all frames.
struct Part {
    at_ms: i64,
    /// The mean of what is there.
    mean: f64,
    /// The newest, the mean of all frames.
    newest: f64,
}

fn stream(frames: &[Frame], column: usize, part: usize) -> Vec<Part> {
    let rows = frames.iter().map(Frame::len).max().unwrap_or(0);
    let value = |row: usize| {
        let there = frames
            .iter()
            .filter(|frame| frame.missing.get(row).is_some_and(|it| *it < 1.0));
        let there = there.map(|frame| frame.values[row * frame.columns + column]);
        mean(there.map(|value| value.clamp(-LARGEST, LARGEST)))
    };
    let mut found = Vec::new();
    // The last part may be a stub.
    for from in (0..rows / part * part).step_by(part) {
        let values: Vec<f64> = (from..from + part).filter_map(value).collect();
        if let (Some(mean), Some(newest)) = (mean(values.iter().copied()), values.last()) {
            found.push(Part {
                at_ms: frames[0].at_ms(from),
                mean,
                newest: *newest,
            });
        }
    }
    found
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), it| (sum + it, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Either way: a column that is lower than it was is another one, too.
fn by_mean(stream: &[Part], known_ms: i64) -> Option<Drift> {
    let mut test = Adwin::new(AdwinParams {
        delta: DELTA,
        // Days are few: none of them waits for others.
        clock: 1,
    });
    let mut newest = None;
    for part in stream {
        let drift = test.update(part.mean);
        newest = drift.filter(|_| part.at_ms >= known_ms).or(newest);
    }
    newest
}

fn by_rate(stream: &[Part], known_ms: i64) -> Option<Drift> {
    let mut test = Ddm::default();
    let mut newest = None;
    for part in stream {
        let drift = test.update(part.newest.abs() > FAR_OUT);
        let rose = |drift: &Drift| drift.after > drift.before && part.at_ms >= known_ms;
        newest = drift.filter(rose).or(newest);
    }
    newest
}

#[cfg(test)]
mod tests {
    use hindcast_shared::math::random::Random;
    use hindcast_shared::time::HOUR_MS;

    use super::*;

    const ROWS: usize = 40 * 24;

    /// Forty days of hours with a daily wave in both columns; the second rises at a row.
    fn frame(rises_at: usize, by: f64, seed: u64) -> Frame {
        let mut random = Random::new(seed);
        let mut values = Vec::new();
        for row in 0..ROWS {
            let wave = libm::sin(row as f64 / 24.0 * std::f64::consts::TAU);
            let level = if row < rises_at { 0.0 } else { by };
            values.push(wave + 0.3 * random.normal());
            values.push(wave + 0.3 * random.normal() + level);
        }
        Frame {
            series: 0,
            start_ms: 0,
            step_ms: HOUR_MS,
            columns: 2,
            values,
            missing: vec![0.0; ROWS],
            left_out: vec![false; ROWS],
        }
    }

    fn told(frames: &[Frame], test: DriftTest, known_ms: i64) -> Vec<ColumnDrift> {
        let columns = ["steady".to_owned(), "risen".to_owned()];
        column_drift(frames, &columns, test, 8, known_ms)
    }

    #[test]
    fn column_when_it_rises_or_falls_and_stays_then_is_told_by_name_and_no_other() {
        let known_ms = 15 * DAY_MS;
        for by in [2.5, -2.5] {
            let found = told(&[frame(20 * 24, by, 1)], DriftTest::Adwin, known_ms);
            let names: Vec<&str> = found.iter().map(|it| &*it.column).collect();
            assert_eq!(names, ["risen"], "{by}");
            let drift = found[0].drift;
            assert!((drift.at_ms - 20 * DAY_MS).abs() <= 2 * DAY_MS, "{drift:?}");
            assert!(
                (drift.after - drift.before).signum() * by > 0.0,
                "{drift:?}"
            );
        }
        let found = told(&[frame(20 * 24, 2.5, 1)], DriftTest::Ddm, known_ms);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&*found[0].column, found[0].drift.test),
            ("risen", DriftTest::Ddm)
        );
    }

    #[test]
    fn columns_when_only_the_days_go_round_or_the_change_was_learned_then_none_has_drifted() {
        for seed in 1..20 {
            let mut frame = frame(ROWS, 0.0, seed);
            assert_eq!(told(std::slice::from_ref(&frame), DriftTest::Adwin, 0), []);
            // Nor have they where two days of seven are calmer.
            for (row, value) in frame.values.iter_mut().enumerate() {
                *value -= f64::from(u8::from(row / 2 / 24 % 7 >= 5));
            }
            assert_eq!(told(&[frame], DriftTest::Adwin, 0), []);
        }
        assert_eq!(
            told(&[frame(5 * 24, 2.5, 1)], DriftTest::Adwin, 30 * DAY_MS),
            []
        );
        assert_eq!(told(&[], DriftTest::Adwin, 0), []);
    }

    #[test]
    fn column_when_it_was_missing_then_says_nothing_of_that_time() {
        let mut gone = frame(20 * 24, 2.5, 1);
        gone.missing[20 * 24..].fill(1.0);
        assert_eq!(told(&[gone.clone()], DriftTest::Adwin, 0), []);
        // Another series that goes on as it was stands for both.
        assert_eq!(told(&[gone, frame(ROWS, 0.0, 2)], DriftTest::Adwin, 0), []);
    }
}
