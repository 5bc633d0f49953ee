//! The isolation forest ranks rows as scikit-learn's does.

use hindcast_shared::detector::forest::isolation::{IsolationForest, Params};
use serde::Deserialize;

#[derive(Deserialize)]
struct Peer {
    rows: Vec<[f64; 3]>,
    scores: Vec<f64>,
}

/// The rank of each value; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let less = values.iter().filter(|other| *other < value).count();
        let equal = values
            .iter()
            .filter(|other| other.total_cmp(value).is_eq())
            .count();
        less as f64 + equal as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

fn spearman(left: &[f64], right: &[f64]) -> f64 {
    let (left, right) = (ranks(left), ranks(right));
    let mean = left.len() as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    product(&left, &right) / (product(&left, &left) * product(&right, &right)).sqrt()
}

#[test]
fn scores_when_ranked_then_agree_with_scikit_learn() {
    let peer: Peer =
        serde_json::from_str(include_str!("isolation_forest.json")).expect("stored scores");
    let rows = peer.rows.concat();
    for seed in 0..5 {
        let forest =
            IsolationForest::fit(&rows, 3, &Params::default(), seed).expect("good parameters");
        let scores = forest.score_all(&rows);
        let agreement = spearman(&scores, &peer.scores);
        assert!(agreement > 0.95, "seed {seed}: {agreement}");
        // Not only the order: the scale is the same one.
        let farthest = scores.iter().zip(&peer.scores).map(|(a, b)| (a - b).abs());
        assert!(farthest.fold(0.0, f64::max) < 0.08);
    }
}
