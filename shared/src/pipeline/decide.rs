//! From a reading to "anomalous": the threshold, the smallest deviation, the business range.

use crate::detector::{PointState, Reading};
use crate::rule::Decision;

/// Whether a reading of `value` is anomalous under a decision.
#[inline]
pub(super) fn is_anomalous(reading: &Reading, value: f64, decision: &Decision) -> bool {
    // Strictly over: exactly at the threshold is still normal.
    if reading.state != PointState::Scored || reading.score <= 1.0 {
        return false;
    }
    decision.range.admits(value) && deviates(reading, value, decision)
}

fn deviates(reading: &Reading, value: f64, decision: &Decision) -> bool {
    // A fixed limit expects nothing: there the distance counts from the limit.
    let expected = [reading.expected, reading.upper, reading.lower]
        .into_iter()
        .find(|value| value.is_finite());
    let Some(expected) = expected else {
        return true;
    };
    let distance = (value - expected).abs();
    distance >= decision.min_deviation.abs
        && distance >= decision.min_deviation.rel * expected.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Side;
    use crate::detector::{Band, Entry};
    use crate::rule::{Direction, MinDeviation, OutsideRange};

    fn reading(score: f64) -> Reading {
        let (raw, expected, lower, upper) = (score, 100.0, 90.0, 110.0);
        Reading {
            state: PointState::Scored,
            raw,
            rank: raw,
            score,
            expected,
            lower,
            upper,
            side: Side::High,
            band: Band::NONE,
            entry: Entry::Plain,
        }
    }

    fn decision(abs: f64, rel: f64) -> Decision {
        Decision {
            threshold: 1.0,
            alarms_per_week: None,
            inclusive: false,
            direction: Direction::Both,
            min_deviation: MinDeviation { abs, rel },
            range: OutsideRange::default(),
        }
    }

    #[test]
    fn score_when_exactly_one_then_is_normal() {
        assert!(!is_anomalous(&reading(1.0), 120.0, &decision(0.0, 0.0)));
        assert!(is_anomalous(
            &reading(1.0_f64.next_up()),
            120.0,
            &decision(0.0, 0.0)
        ));
    }

    #[test]
    fn deviation_when_too_small_then_is_normal_whatever_the_score() {
        assert!(!is_anomalous(&reading(9.0), 120.0, &decision(21.0, 0.0)));
        assert!(!is_anomalous(&reading(9.0), 120.0, &decision(0.0, 0.25)));
        assert!(is_anomalous(&reading(9.0), 125.0, &decision(21.0, 0.25)));
    }
}
