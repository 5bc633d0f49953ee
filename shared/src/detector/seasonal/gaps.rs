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
}
