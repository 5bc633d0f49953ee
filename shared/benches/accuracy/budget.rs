//! Alarms asked for against alarms that came: a budget fitted on the first half of what is calm, and counted on
//! the second.

use hindcast_shared::detector::PointState;
use hindcast_shared::evaluate::simulate::{Plan, draw};
use hindcast_shared::math::random::Random;
use hindcast_shared::time::WEEK_MS;

use crate::data::Labelled;
use crate::method::Method;
use crate::work::in_parallel;

/// Merged alarms asked for in ten thousand points.
const BUDGETS: [f64; 3] = [5.0, 10.0, 20.0];

/// Rows over the threshold with at most this many rows from one to the next are one alarm.
const MERGE_GAP: u32 = 10;

/// Draws of the interval.
const DRAWS: usize = 2_000;

/// Synthetic series: a year at five minutes' distance each.
const YEARS: u64 = 10;
const YEAR_ROWS: usize = 52 * 7 * 288;
const YEAR_STEP_MS: i64 = 300_000;

/// Alarms that came and that were asked for, for each budget.
#[derive(Clone, Copy, Default)]
struct Count {
    came: [f64; 3],
    asked: [f64; 3],
}

/// For each budget the pooled ratio on the development series.
pub(crate) fn measure(method: &Method, series: &[Labelled]) -> [f64; 3] {
    let counts = in_parallel(series, |one| {
        count(
            method,
            &one.values[..one.train_rows.min(one.values.len())],
            60_000,
        )
    });
    let seeds: Vec<u64> = (0..YEARS).collect();
    let years = in_parallel(&seeds, |seed| count(method, &year(*seed), YEAR_STEP_MS));
    println!(
        "\n{:<30}{:>8}{:>8}{:>8}{:>20}",
        "alarms in 10,000 points", "asked", "came", "ratio", "95 % interval"
    );
    let mut ratios = [f64::NAN; 3];
    for (at, budget) in BUDGETS.into_iter().enumerate() {
        ratios[at] = ratio(&counts, at);
        let (low, high) = interval(&counts, at);
        let asked: f64 = counts.iter().map(|count| count.asked[at]).sum();
        let came: f64 = counts.iter().map(|count| count.came[at]).sum();
        println!(
            "{:<30}{asked:>8.1}{came:>8}{:>8.2}{:>20}",
            format!("clean prefixes, budget {budget}"),
            ratios[at],
            format!("{low:.2} to {high:.2}")
        );
    }
    for (at, budget) in BUDGETS.into_iter().enumerate() {
        let mut each: Vec<f64> = years.iter().map(|year| ratio(&[*year], at)).collect();
        each.sort_unstable_by(f64::total_cmp);
        let each: Vec<String> = each.iter().map(|ratio| format!("{ratio:.2}")).collect();
        println!(
            "synthetic years, budget {budget}: ratios {}",
            each.join(" ")
        );
    }
    ratios
}

/// A calm year with a daily and a weekly course, each seed with its own noise and season.
fn year(seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let plan = Plan {
        rows: YEAR_ROWS,
        step_ms: YEAR_STEP_MS,
        noise: random.between(1.0, 6.0),
        season: random.between(0.0, 20.0),
        clamp: f64::MIN..f64::MAX,
        incidents: 0,
        seed,
        ..Plan::default()
    };
    draw(&plan).values
}

/// The rule's own way: the first half is the history that detector and threshold are fitted on, and the alarms of
/// the second half are counted.
fn count(method: &Method, values: &[f64], step_ms: i64) -> Count {
    let half = values.len() / 2;
    let mut count = Count::default();
    for (at, budget) in BUDGETS.into_iter().enumerate() {
        let share = budget / 10_000.0;
        let a_week = share * WEEK_MS as f64 / step_ms as f64;
        let scores = method.score_with_budget(values, half, step_ms, (a_week, MERGE_GAP));
        let after: Vec<f64> = (half..values.len())
            .filter(|row| scores.state[*row] == PointState::Scored)
            .map(|row| scores.score[row])
            .collect();
        count.came[at] = merged(&after);
        count.asked[at] = share * after.len() as f64;
    }
    count
}

fn merged(scores: &[f64]) -> f64 {
    let mut alarms = 0.0;
    let mut quiet = MERGE_GAP;
    for score in scores {
        if *score > 1.0 {
            if quiet >= MERGE_GAP {
                alarms += 1.0;
            }
            quiet = 0;
        } else {
            quiet = quiet.saturating_add(1);
        }
    }
    alarms
}

fn ratio(counts: &[Count], at: usize) -> f64 {
    let came: f64 = counts.iter().map(|count| count.came[at]).sum();
    let asked: f64 = counts.iter().map(|count| count.asked[at]).sum();
    came / asked
}

/// Where the pooled ratio lies in 95 of 100 draws of as many series with replacement.
fn interval(counts: &[Count], at: usize) -> (f64, f64) {
    let mut random = Random::new(1);
    let mut ratios: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<Count> = counts
                .iter()
                .map(|_| counts[random.below(counts.len() as u64) as usize])
                .collect();
            ratio(&drawn, at)
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    (ratios[DRAWS / 40], ratios[DRAWS - DRAWS / 40 - 1])
}
