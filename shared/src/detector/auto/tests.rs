//! What the detector finds, and what it says when there is little to go by.

use super::full;
use crate::math::random::Random;

/// A day of 48 rows with some noise.
fn seasonal(rows: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|at| 10.0 * libm::sin(at as f64 * 0.130_899_693_9) + random.normal())
        .collect()
}

fn arg_max(values: &[f64]) -> usize {
    let best = values
        .iter()
        .enumerate()
        .max_by(|left, right| left.1.total_cmp(right.1));
    best.map_or(0, |(at, _)| at)
}

fn scores(values: &[f64], train_rows: usize) -> super::AutoScores {
    full(values, train_rows, &mut |_| true).expect("nobody stopped it")
}

#[test]
fn full_when_the_level_jumps_then_is_highest_there() {
    for train_rows in [0, 1000] {
        let mut values = seasonal(3000, 1);
        for value in &mut values[2000..2060] {
            *value += 15.0;
        }
        let found = scores(&values, train_rows);
        assert!((1990..2070).contains(&arg_max(&found.raw)), "{train_rows}");
        assert!(found.raw[2030] > 1.0);
    }
}

#[test]
fn full_when_a_season_is_left_out_then_is_highest_there() {
    for train_rows in [0, 1000] {
        let mut values = seasonal(3000, 2);
        let mut random = Random::new(9);
        for value in &mut values[1500..1560] {
            *value = random.normal();
        }
        let found = scores(&values, train_rows);
        assert!((1490..1570).contains(&arg_max(&found.raw)), "{train_rows}");
    }
}

#[test]
fn full_when_the_shape_turns_round_then_is_highest_there() {
    let saw = |at: usize| (at % 50) as f64;
    let mut values: Vec<f64> = (0..3000).map(saw).collect();
    for (at, value) in values.iter_mut().enumerate().take(2100).skip(2000) {
        *value = 49.0 - saw(at);
    }
    let found = scores(&values, 1000);
    assert!((1990..2110).contains(&arg_max(&found.raw)));
}

#[test]
fn full_when_a_constant_series_moves_then_only_that_is_odd() {
    let mut values = vec![5.0; 2000];
    values[1500] = 5.5;
    let found = scores(&values, 1000);
    assert!((1480..1520).contains(&arg_max(&found.raw)));
    assert!(found.raw[200] < 1e-9 && found.raw[1900] < 1e-9);
}

#[test]
fn full_when_nothing_happens_then_nothing_is_odd() {
    for values in [vec![], vec![7.0], vec![7.0; 3000], vec![f64::NAN; 500]] {
        let found = scores(&values, 100);
        assert_eq!(found.raw, vec![0.0; values.len()]);
    }
}

#[test]
fn full_when_a_series_is_short_then_scores_are_finite() {
    for rows in (1..70).chain([100, 129, 200, 257, 299]) {
        for train_rows in [0, 1, rows / 2, rows, rows + 5] {
            let found = scores(&seasonal(rows, 3), train_rows);
            assert_eq!(found.raw.len(), rows);
            assert!(found.raw.iter().all(|raw| raw.is_finite() && *raw >= 0.0));
        }
    }
}

#[test]
fn full_when_a_short_series_has_a_spike_then_finds_it() {
    for rows in [20, 50, 120, 250] {
        let mut values = seasonal(rows, 4);
        values[rows / 2] = 60.0;
        let found = scores(&values, 0);
        assert!(arg_max(&found.raw).abs_diff(rows / 2) <= 16, "{rows}");
    }
}

#[test]
fn full_when_values_are_missing_then_gaps_are_silent_and_the_rest_is_finite() {
    let mut values = seasonal(2000, 5);
    values[0] = f64::NAN;
    values[700..900].fill(f64::NAN);
    values[1000] = f64::INFINITY;
    values[1500] = 1e308;
    let found = scores(&values, 600);
    assert!(found.raw.iter().all(|raw| raw.is_finite()));
    for gap in [0, 700, 899, 1000] {
        assert!(found.raw[gap].abs() < 1e-300);
    }
}

#[test]
fn full_when_parts_are_added_then_they_make_the_score() {
    let found = scores(&seasonal(1500, 6), 700);
    for row in 0..1500 {
        let total: f64 = found.parts.iter().map(|part| part.raw[row]).sum();
        assert!((total - found.raw[row]).abs() < 1e-9);
    }
}

#[test]
fn full_when_rows_are_calm_then_their_scores_without_themselves_are_larger() {
    let found = scores(&seasonal(1500, 7), 700);
    assert_eq!(found.calm.len(), 700);
    let inside = found.raw[..700].iter().sum::<f64>();
    assert!(found.calm.iter().sum::<f64>() > inside);
}

#[test]
fn full_when_stopped_then_has_no_answer_and_else_reaches_the_end() {
    let values = seasonal(1500, 8);
    let mut last = 0.0;
    let found = full(&values, 700, &mut |share| {
        assert!(share >= last && share <= 1.0);
        last = share;
        true
    });
    assert!(found.is_some() && last >= 1.0);
    assert_eq!(full(&values, 700, &mut |_| false), None);
}
