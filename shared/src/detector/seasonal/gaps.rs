//! Missing values on the way into methods that need every point of a grid.

/// The values with gaps (NaN, infinities and what is too large to square) bridged by straight lines, and
/// level beyond the first and the last value; nothing if there is no value at all.
pub(crate) fn bridged(values: &[f64]) -> Option<Vec<f64>> {
    let is_known = |value: f64| value.abs() <= super::super::MAX_MAGNITUDE;
    let first = values.iter().position(|value| is_known(*value))?;
    let mut filled = vec![values[first]; values.len()];
    let mut last = first;
    for (index, &to) in values.iter().enumerate().skip(first) {
        if !is_known(to) {
            continue;
        }
        let (from, steps) = (values[last], (index - last) as f64);
        for (step, gap) in filled[last..index].iter_mut().enumerate() {
            *gap = from + (to - from) * (step as f64 / steps);
        }
        filled[index] = to;
        last = index;
    }
    let end = filled[last];
    filled[last..].fill(end);
    Some(filled)
}

/// The same for a series that repeats itself: in a gap longer than an eighth of its period stands what the cycle
/// before has there, or the next one, so that an excluded week does not flatten a season.
pub(crate) fn repeated(values: &[f64], period: u32) -> Option<Vec<f64>> {
    let is_known = |value: &f64| value.abs() <= super::super::MAX_MAGNITUDE;
    let period = (period as usize).max(1);
    let mut filled = values.to_vec();
    let mut at = 0;
    while at < values.len() {
        let missing = values[at..].iter().take_while(|v| !is_known(v)).count();
        if missing > period / 8 {
            for gap in at..at + missing {
                let before = gap.checked_sub(period).map(|before| filled[before]);
                let mut later = values.iter().skip(gap).step_by(period);
                let found = before.filter(is_known);
                if let Some(value) = found.or_else(|| later.find(|v| is_known(v)).copied()) {
                    filled[gap] = value;
                }
            }
        }
        at += missing.max(1);
    }
    bridged(&filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_when_inside_then_are_bridged_and_at_the_ends_kept_level() {
        let nan = f64::NAN;
        let filled = bridged(&[nan, 1.0, nan, nan, 4.0, f64::INFINITY]);
        assert_eq!(filled, Some(vec![1.0, 1.0, 2.0, 3.0, 4.0, 4.0]));
        assert_eq!(bridged(&[nan, 1e300]), None);
    }

    #[test]
    fn gaps_when_they_are_as_long_as_a_cycle_then_repeat_the_one_before_or_after() {
        let nan = f64::NAN;
        let filled = repeated(&[nan, 1.0, 5.0, 1.0, nan, nan, 4.0, nan], 2);
        assert_eq!(filled, Some(vec![5.0, 1.0, 5.0, 1.0, 5.0, 1.0, 4.0, 1.0]));
        assert_eq!(repeated(&[nan; 9], 4), None);
        let short = [[0.0; 8].as_slice(), &[nan, 2.0]].concat();
        assert_eq!(repeated(&short, 8).map(|filled| filled[8]), Some(1.0));
    }
}
