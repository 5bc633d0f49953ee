//! The published figures, reproduced: VUS-PR on synthetic cases that lie here, NAB and the rest on real data
//! where it is found (`HINDCAST_DATA`, or `shared/data` beside the checkout).
#![cfg(not(target_arch = "wasm32"))]

#[path = "evaluate/data.rs"]
mod data;

use std::collections::BTreeMap;

use hindcast_shared::evaluate::nab::{Corpus, Profile};
use hindcast_shared::evaluate::vus_pr;
use serde::Deserialize;

#[derive(Deserialize)]
struct Synthetic {
    window: usize,
    vus_pr: f64,
    events: Vec<(usize, usize)>,
    score_millionths: Vec<f64>,
}

#[test]
fn vus_pr_when_given_the_published_cases_gives_the_published_figures() {
    let cases: Vec<Synthetic> =
        serde_json::from_str(include_str!("evaluate/vus_pr.json")).expect("the cases are JSON");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let score: Vec<f64> = case
            .score_millionths
            .iter()
            .map(|part| part / 1e6)
            .collect();
        let mut label = vec![false; score.len()];
        for (start, end) in case.events {
            label[start..end].fill(true);
        }
        let got = vus_pr(&label, &score, case.window);
        assert!((got - case.vus_pr).abs() < 1e-9, "{got} {}", case.vus_pr);
    }
}

#[derive(Deserialize)]
struct Vector {
    window: usize,
    label: Vec<u8>,
    score: Vec<f64>,
    vus_pr: f64,
}

#[test]
fn vus_pr_when_all_cases_are_at_hand_gives_every_figure() {
    let Some(root) = data::root() else { return };
    let cases: Vec<Vector> = data::json(&root.join("vectors/vus_pr.json"));
    for case in cases {
        let label: Vec<bool> = case.label.iter().map(|&hit| hit != 0).collect();
        let got = vus_pr(&label, &case.score, case.window);
        assert!((got - case.vus_pr).abs() < 1e-9, "{got} {}", case.vus_pr);
    }
}

#[derive(Deserialize)]
struct NabVector {
    series: Vec<String>,
    expected: BTreeMap<String, BTreeMap<String, f64>>,
}

/// `d / (1 + d)` of the distance to the value before.
fn difference(values: &[f64]) -> Vec<f64> {
    let mut before = values[0];
    values
        .iter()
        .map(|&value| {
            let distance = (value - before).abs();
            before = value;
            distance / (1.0 + distance)
        })
        .collect()
}

/// `1 / (1 + how often this eighth of the range came so far)`.
fn novelty(values: &[f64]) -> Vec<f64> {
    let probation = (values.len() * 15).div_ceil(100).min(750);
    let head = &values[..probation];
    let low = head.iter().copied().fold(f64::MAX, f64::min);
    let high = head.iter().copied().fold(f64::MIN, f64::max);
    let mut seen = [0_u32; 10];
    values
        .iter()
        .map(|&value| {
            let bin = (8.0 * (value - low) / (high - low)).floor();
            let bin = if bin.is_nan() {
                8.0
            } else {
                bin.clamp(-1.0, 8.0)
            };
            let seen = &mut seen[(bin + 1.0) as usize];
            *seen += 1;
            1.0 / f64::from(*seen)
        })
        .collect()
}

#[test]
fn nab_when_given_the_known_formulas_gives_their_scores() {
    let Some(root) = data::root() else { return };
    let vector: NabVector = data::json(&root.join("vectors/nab.json"));
    let series: Vec<data::NabSeries> = vector
        .series
        .iter()
        .map(|name| data::nab(&root, name))
        .collect();
    for (formula, expected) in &vector.expected {
        let mut corpus = Corpus::new();
        for one in &series {
            let scores = match formula.as_str() {
                "difference" => difference(&one.values),
                "difference_rounded_to_1_decimal" => difference(&one.values)
                    .iter()
                    .map(|score| (score * 10.0).round_ties_even() / 10.0)
                    .collect(),
                "novelty_8_bins" => novelty(&one.values),
                other => panic!("unknown formula {other}"),
            };
            corpus.push(&one.windows, &scores);
        }
        for profile in Profile::ALL {
            let best = corpus.best(profile);
            let (score, threshold) = (
                expected[profile.name()],
                expected[&format!("{}_thr", profile.name())],
            );
            let name = profile.name();
            assert!(
                (best.score - score).abs() < 1e-9,
                "{formula} {name} {best:?} {score}"
            );
            assert!(
                (best.threshold - threshold).abs() < 1e-9,
                "{formula} {name} {best:?} {threshold}"
            );
            assert!((corpus.at(profile, best.threshold) - score).abs() < 1e-9);
        }
    }
}
