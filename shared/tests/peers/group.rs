//! Scores of rows are those of pyod, and shrunk covariances those of scikit-learn.

use hindcast_shared::detector::group::hbos::HbosParams;
use hindcast_shared::detector::group::mahalanobis::ledoit_wolf;
use hindcast_shared::detector::group::{Hbos, Mahalanobis, TailMethod, TailSum, tail_sum};
use hindcast_shared::math::random::Random;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    seed: u64,
    ecod_known: Vec<f64>,
    ecod: Vec<f64>,
    copod_known: Vec<f64>,
    copod: Vec<f64>,
    hbos: Vec<f64>,
    shrinkage: f64,
    mahalanobis: Vec<f64>,
}

const DIMS: usize = 4;

/// A column with a short right tail, one with a long right tail, one of few different values, one with a long left tail.
fn rows(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut rows = Vec::new();
    for _ in 0..count {
        let u = [0; 4].map(|_: i32| random.unit());
        let right = u[1] * u[1] * u[1];
        let left = -(u[3] + u[0]) * (u[3] + u[0]);
        rows.extend([u[0] + u[0] * u[0], right, (6.0 * u[2] * u[2]).floor(), left]);
    }
    rows
}

#[track_caller]
fn assert_close(ours: impl IntoIterator<Item = f64>, theirs: &[f64]) {
    let ours: Vec<f64> = ours.into_iter().collect();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!(
            (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
            "{ours} and {theirs}"
        );
    }
}

#[test]
fn scores_when_rows_are_seeded_then_are_those_of_pyod() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("group.json")).expect("the fixture is JSON");
    for case in fixture.cases {
        let known = rows(case.seed, 150);
        let new: Vec<f64> = rows(case.seed + 1_000, 40)
            .iter()
            .map(|value| 1.3 * value - 0.1)
            .collect();
        let new = || new.chunks_exact(DIMS);
        assert_close(
            tail_sum::scores(TailMethod::Ecod, &known, DIMS),
            &case.ecod_known,
        );
        assert_close(
            tail_sum::scores(TailMethod::Copod, &known, DIMS),
            &case.copod_known,
        );
        let model = TailSum::fit(TailMethod::Ecod, &known, DIMS).expect("there are rows");
        assert_close(new().map(|row| model.score(row)), &case.ecod);
        let model = TailSum::fit(TailMethod::Copod, &known, DIMS).expect("there are rows");
        assert_close(new().map(|row| model.score(row)), &case.copod);
        let model = Hbos::fit(&known, DIMS, HbosParams::default()).expect("there are rows");
        assert_close(new().map(|row| model.score(row)), &case.hbos);
        let model = Mahalanobis::fit(&known, DIMS).expect("there are rows");
        assert_close(new().map(|row| model.score(row)), &case.mahalanobis);
        assert_close(
            [ledoit_wolf(&centred(&known), DIMS).shrinkage],
            &[case.shrinkage],
        );
    }
}

fn centred(rows: &[f64]) -> Vec<f64> {
    let count = (rows.len() / DIMS) as f64;
    let mut means = [0.0; DIMS];
    for row in rows.chunks_exact(DIMS) {
        for (mean, value) in means.iter_mut().zip(row) {
            *mean += value / count;
        }
    }
    rows.iter()
        .enumerate()
        .map(|(index, value)| value - means[index % DIMS])
        .collect()
}
