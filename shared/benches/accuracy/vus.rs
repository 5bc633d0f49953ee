//! VUS-PR over the labelled series, and how often the highest score lies at the only event.

use std::collections::BTreeMap;
use std::time::Instant;

use hindcast_shared::evaluate::{runs, vus_pr};

use crate::data::Labelled;
use crate::method::Method;
use crate::work::in_parallel;

/// How far the highest score may lie from the only event of a series.
const NEAR: usize = 100;

/// Plain methods on the same series: mean, then by group, then the mean of the groups.
const BASELINES: &[(&str, [f64; 6])] = &[
    (
        "centred + z-normed kNN, 64",
        [0.512, 0.872, 0.124, 0.664, 0.201, 0.465],
    ),
    (
        "centred kNN, 64",
        [0.509, 0.818, 0.133, 0.651, 0.229, 0.458],
    ),
    ("KMeansAD", [0.458, 0.485, 0.052, 0.612, 0.205, 0.339]),
    (
        "Sub-IForest (scikit-learn)",
        [0.448, 0.503, 0.046, 0.609, 0.171, 0.332],
    ),
    (
        "z-normed kNN, 64",
        [0.407, 0.904, 0.111, 0.540, 0.090, 0.411],
    ),
    (
        "spectral residual",
        [0.305, 0.123, 0.054, 0.411, 0.156, 0.186],
    ),
    (
        "matrix profile (without ECG)",
        [0.281, f64::NAN, 0.125, 0.380, 0.086, 0.197],
    ),
    (
        "rolling z-score, 100",
        [0.189, 0.086, 0.052, 0.253, 0.093, 0.121],
    ),
];

/// What a method reached.
pub(crate) struct Reached {
    pub(crate) method: Method,
    pub(crate) mean: f64,
    /// Mean of the groups' means.
    pub(crate) macro_mean: f64,
    groups: BTreeMap<String, f64>,
    /// Single-event series with the highest score at the event, and how many such series there are.
    pub(crate) hits: (usize, usize),
    seconds: f64,
}

/// Runs every method over every series, prints the table, and returns what was reached.
pub(crate) fn measure(methods: &[Method], series: &[Labelled]) -> Vec<Reached> {
    let jobs: Vec<(usize, usize)> = (0..methods.len())
        .flat_map(|method| (0..series.len()).map(move |one| (method, one)))
        .collect();
    let results = in_parallel(&jobs, |&(method, one)| {
        judge(&methods[method], &series[one])
    });
    let verbose = std::env::var_os("HINDCAST_EACH").is_some();
    let groups: Vec<String> = by_group(series.iter().map(|one| (one, 0.0)))
        .into_keys()
        .collect();
    header(&groups);
    let mut reached = Vec::new();
    for (method, part) in methods.iter().zip(results.chunks(series.len().max(1))) {
        if verbose {
            for (one, result) in series.iter().zip(part) {
                println!("  {:.4} {}", result.vus, one.name);
            }
        }
        let one = sum_up(method, series, part);
        let name = format!("{} {}", method.kind.as_str(), method.form());
        let mut figures = vec![one.mean];
        figures.extend(one.groups.values());
        figures.push(one.macro_mean);
        let end = format!("{:>4}/{:<3} {:>8.1}", one.hits.0, one.hits.1, one.seconds);
        line(&name, &figures, &end);
        reached.push(one);
    }
    println!("  for comparison:");
    for (name, figures) in BASELINES {
        line(name, figures, "");
    }
    reached
}

fn header(groups: &[String]) {
    let groups: Vec<String> = groups.iter().map(|group| format!("{group:>8}")).collect();
    let groups = groups.concat();
    println!(
        "{:<30}{:>8}{groups}{:>8}{:>8} {:>8}",
        "VUS-PR", "mean", "macro", "arg-max", "CPU s"
    );
}

fn line(name: &str, figures: &[f64], end: &str) {
    let cell = |figure: &f64| {
        if figure.is_nan() {
            format!("{:>8}", "-")
        } else {
            format!("{figure:>8.3}")
        }
    };
    let cells: String = figures.iter().map(cell).collect();
    println!("{name:<30}{cells}{end}");
}

struct Result {
    vus: f64,
    /// Whether the highest score lies at the event, if there is only one.
    hit: Option<bool>,
    seconds: f64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is printed beside the figures"
)]
fn judge(method: &Method, one: &Labelled) -> Result {
    let begun = Instant::now();
    let scores = method.score(&one.values, one.train_rows, 60_000);
    let seconds = begun.elapsed().as_secs_f64();
    let events = runs(&one.label);
    let hit = (events.len() == 1).then(|| {
        let top = (0..scores.raw.len())
            .max_by(|&a, &b| scores.raw[a].total_cmp(&scores.raw[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        top + NEAR >= events[0].start && top < events[0].end + NEAR
    });
    Result {
        vus: vus_pr(&one.label, &scores.raw, one.window),
        hit,
        seconds,
    }
}

fn sum_up(method: &Method, series: &[Labelled], results: &[Result]) -> Reached {
    let groups = by_group(series.iter().zip(results.iter().map(|result| result.vus)));
    let sum: f64 = results.iter().map(|result| result.vus).sum();
    let single: Vec<bool> = results.iter().filter_map(|result| result.hit).collect();
    Reached {
        method: method.clone(),
        mean: sum / results.len().max(1) as f64,
        macro_mean: groups.values().sum::<f64>() / groups.len().max(1) as f64,
        groups,
        hits: (single.iter().filter(|hit| **hit).count(), single.len()),
        seconds: results.iter().map(|result| result.seconds).sum(),
    }
}

/// Means by group.
fn by_group<'a>(figures: impl Iterator<Item = (&'a Labelled, f64)>) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (one, figure) in figures {
        let (sum, count) = sums.entry(one.group.clone()).or_default();
        *sum += figure;
        *count += 1.0;
    }
    sums.into_iter()
        .map(|(group, (sum, count))| (group, sum / count))
        .collect()
}
