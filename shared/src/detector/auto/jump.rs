//! How far each step of a series, from one value to the next, is from the steps that it usually makes.
//!
//! Windows smear a lone point over all rows that they cover; a step is as sharp as can be. Every step is
//! compared with all steps of the calm beginning, which takes one sort and no products.

/// Distances in units, one a row, 0 for the first: to the nearest step of the first `calm` rows other than
/// itself; where these are not known to be calm, to as many of them as make up the share `usual`.
pub(super) fn jumps(series: &[f64], calm: usize, usual: Option<f64>) -> Vec<f64> {
    let step = |row: usize| match row.checked_sub(1) {
        Some(before) => series[row] - series[before],
        None => 0.0,
    };
    let mut known: Vec<f64> = (1..calm.min(series.len())).map(step).collect();
    known.sort_unstable_by(f64::total_cmp);
    let wanted = usual.map_or(1, |share| (known.len() as f64 * share) as usize);
    (0..series.len())
        .map(|row| {
            if row == 0 || known.len() < 2 {
                return 0.0;
            }
            far(&known, step(row), wanted.max(1), row < calm)
        })
        .collect()
}

/// How far one must go from a step, to one side, to have met `wanted` known ones.
fn far(known: &[f64], step: f64, wanted: usize, is_known: bool) -> f64 {
    let below = known.partition_point(|other| *other < step);
    let above = below + usize::from(is_known);
    let down = below.checked_sub(wanted).map(|at| step - known[at]);
    let up = known.get(above + wanted - 1).map(|other| other - step);
    match (down, up) {
        (Some(down), Some(up)) => down.min(up),
        (Some(one), None) | (None, Some(one)) => one,
        // Everything known lies within.
        (None, None) => known[known.len() - 1] - known[0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_when_one_is_new_then_are_far_there_and_only_there() {
        let mut series: Vec<f64> = (0..60).map(|row| f64::from(row % 3)).collect();
        series[50] += 10.0;
        let found = jumps(&series, 40, None);
        // Up by 11 instead of 1, down by 12 instead of 2.
        assert_eq!((found[50], found[51]), (10.0, 10.0));
        let others = found
            .iter()
            .enumerate()
            .filter(|(row, _)| !(50..=51).contains(row));
        assert!(others.into_iter().all(|(_, far)| *far < 1e-12));
    }

    #[test]
    fn jumps_when_nothing_is_known_to_be_calm_then_a_lone_one_is_still_far() {
        let mut series: Vec<f64> = (0..60).map(|row| f64::from(row % 3)).collect();
        series[30] -= 10.0;
        let found = jumps(&series, 60, Some(0.05));
        assert!(found[30] > 5.0 && found[31] > 5.0, "{found:?}");
        assert!(found[40] < 1e-12);
    }

    #[test]
    fn jumps_when_there_are_hardly_any_then_are_zero() {
        assert!(jumps(&[], 0, None).is_empty());
        assert_eq!(jumps(&[3.0], 1, None), [0.0]);
        assert_eq!(jumps(&[3.0, 9.0], 2, Some(0.05)), [0.0, 0.0]);
    }
}
