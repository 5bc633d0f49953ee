//! Which windows were odd of late: the top of each stretch of scores over 1. Knows no view.

use crate::api::models::ScoreColumn;

/// Most windows that are offered.
const MOST: usize = 6;

/// An odd window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Odd {
    /// Text form of the series of scores.
    pub(super) series: String,
    /// Instant at which it ends.
    pub(super) at_ms: i64,
    /// Its score, in parts of the p99.
    pub(super) score: f64,
}

/// The window with the highest score of each stretch over 1, the newest first.
pub(super) fn odd_windows(columns: &[ScoreColumn]) -> Vec<Odd> {
    let mut found: Vec<Odd> = Vec::new();
    for column in columns {
        let mut top = None::<Odd>;
        for (at_ms, score) in scores(column) {
            match score.filter(|score| *score > 1.0) {
                Some(score) => {
                    if top.as_ref().is_none_or(|top| score > top.score) {
                        top = Some(odd(column, at_ms, score));
                    }
                }
                None => put(&mut found, top.take()),
            }
        }
        put(&mut found, top);
    }
    found.truncate(MOST);
    found
}

/// The window with the highest score of all.
pub(super) fn oddest(columns: &[ScoreColumn]) -> Option<Odd> {
    let mut best = None::<Odd>;
    for column in columns {
        for (at_ms, score) in scores(column) {
            let Some(score) = score else {
                continue;
            };
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(odd(column, at_ms, score));
            }
        }
    }
    best
}

fn scores(column: &ScoreColumn) -> impl Iterator<Item = (i64, Option<f64>)> + '_ {
    let places = (0_i64..).zip(&column.values);
    places.map(|(place, score)| (column.start_ms + place * column.step_ms, *score))
}

fn odd(column: &ScoreColumn, at_ms: i64, score: f64) -> Odd {
    Odd {
        series: column.series.clone(),
        at_ms,
        score,
    }
}

/// Puts one in its place by time.
fn put(found: &mut Vec<Odd>, odd: Option<Odd>) {
    if let Some(odd) = odd {
        let before = found.iter().position(|other| other.at_ms < odd.at_ms);
        found.insert(before.unwrap_or(found.len()), odd);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn column(series: &str, values: &[f64]) -> ScoreColumn {
        let values = values
            .iter()
            .map(|value| Some(*value).filter(|v| v.is_finite()));
        ScoreColumn {
            series: series.to_owned(),
            start_ms: 1_000,
            step_ms: 10,
            values: values.collect(),
        }
    }

    #[test]
    fn windows_when_stretches_are_odd_then_are_their_tops_newest_first() {
        let columns = [
            column("a", &[0.5, 2.0, 3.0, 2.5, 0.1, f64::NAN, 1.5]),
            column("b", &[1.0, 0.2, 0.3, 0.4, 4.0]),
        ];
        let found = odd_windows(&columns);
        let told: Vec<_> = found
            .iter()
            .map(|odd| (odd.series.as_str(), odd.at_ms, odd.score))
            .collect();
        assert_eq!(
            told,
            [("a", 1_060, 1.5), ("b", 1_040, 4.0), ("a", 1_020, 3.0)]
        );
        assert_eq!(oddest(&columns).map(|odd| odd.at_ms), Some(1_040));
    }

    #[test]
    fn windows_when_none_is_odd_then_the_least_ordinary_one_is_known() {
        let columns = [column("a", &[0.5, f64::NAN, 0.75, 1.0])];
        assert_eq!(odd_windows(&columns), []);
        assert_eq!(oddest(&columns).map(|odd| odd.score), Some(1.0));
        assert_eq!(oddest(&[column("a", &[f64::NAN])]), None);
    }

    #[test]
    fn windows_when_there_are_many_then_only_the_newest_are_offered() {
        let values: Vec<f64> = (0..40).map(|at| f64::from(at % 2) * 2.0).collect();
        let found = odd_windows(&[column("a", &values)]);
        assert_eq!(found.len(), MOST);
        assert_eq!(found[0].at_ms, 1_000 + 39 * 10);
    }
}
