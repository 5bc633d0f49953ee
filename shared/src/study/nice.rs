//! Numbers that people can read, chosen from an interval.

/// How far above the highest distance a threshold lies that nothing exceeds, as a share of it.
const HEADROOM: f64 = 0.1;

/// The number with the fewest digits strictly between two, near their middle; `low` where nothing lies between.
///
/// Without an upper end it lies a little above `low`.
pub(super) fn between(low: f64, high: f64) -> f64 {
    let high_enough = low + (low.abs() * HEADROOM).max(f64::MIN_POSITIVE);
    let high = if high.is_finite() {
        high
    } else {
        high_enough + (high_enough - low)
    };
    let middle = low + (high - low) / 2.0;
    (1..=17)
        .map(|digits| rounded(middle, digits))
        .find(|number| low < *number && *number < high)
        .unwrap_or(low)
}

/// Rounded to so many significant digits, by its decimal text: exact, and the same everywhere.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1)
        .parse()
        .unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn number_when_chosen_then_lies_between_and_is_short() {
        let text = |low, high| between(low, high).to_string();
        assert_eq!(text(3.4071, 3.6122), "3.5");
        assert_eq!(text(-0.1, 0.2), "0.05");
        assert_eq!(text(80.0, f64::INFINITY), "90");
        assert_eq!(text(-20.0, -10.0), "-15");
        let low = 1.0_f64;
        assert_eq!(between(low, low.next_up()).to_bits(), low.to_bits());
        let (low, high) = (3.141_592_61, 3.141_592_64);
        let number = between(low, high);
        assert!(low < number && number < high, "{number}");
    }
}
