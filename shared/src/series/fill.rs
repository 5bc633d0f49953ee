//! What stands in a gap: a policy that never looks ahead at inference.

use serde::{Deserialize, Serialize};

/// How the gaps of a series are filled before a detector sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Gaps stay gaps.
    #[default]
    None,
    /// The last value goes on, for as long as the rule's `no_data.after` allows.
    Forward,
    /// Gaps count as zero (a counter's rate while nobody called).
    Zero,
    /// In history a straight line between neighbours; at inference, where the right neighbour lies in the future, a gap.
    Linear,
}

impl Fill {
    /// Fills a piece of history in place, where both neighbours of a gap are known.
    ///
    /// `max_gap` is the longest gap in samples that is filled by `Forward` and `Linear`.
    pub fn fill_history(self, values: &mut [f64], max_gap: usize) {
        match self {
            Self::None => {}
            Self::Zero => values
                .iter_mut()
                .filter(|value| !value.is_finite())
                .for_each(|value| *value = 0.0),
            Self::Forward | Self::Linear => fill_gaps(self, values, max_gap),
        }
    }

    /// The value that stands for `value` at inference; `last` is the last real value and `gap` the samples since it.
    pub fn fill_live(self, value: f64, last: f64, gap: usize, max_gap: usize) -> f64 {
        match self {
            _ if value.is_finite() => value,
            Self::Zero => 0.0,
            Self::Forward if gap <= max_gap => last,
            _ => f64::NAN,
        }
    }
}

fn fill_gaps(fill: Fill, values: &mut [f64], max_gap: usize) {
    let mut left = None;
    for index in 0..values.len() {
        if !values[index].is_finite() {
            continue;
        }
        if let Some(left) = left {
            fill_between(fill, values, left, index, max_gap);
        }
        left = Some(index);
    }
    if let (Fill::Forward, Some(left)) = (fill, left) {
        let value = values[left];
        values[left + 1..]
            .iter_mut()
            .take(max_gap)
            .for_each(|gap| *gap = value);
    }
}

fn fill_between(fill: Fill, values: &mut [f64], left: usize, right: usize, max_gap: usize) {
    let (from, to) = (values[left], values[right]);
    let steps = right - left;
    match fill {
        Fill::Forward => values[left + 1..right]
            .iter_mut()
            .take(max_gap)
            .for_each(|gap| *gap = from),
        Fill::Linear if steps - 1 <= max_gap => {
            for step in 1..steps {
                values[left + step] = from + (to - from) * (step as f64 / steps as f64);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn linear_when_in_history_then_draws_a_line_and_leaves_open_ends() {
        let mut values = [NAN, 1.0, NAN, NAN, 4.0, NAN];
        Fill::Linear.fill_history(&mut values, 5);
        assert!(values[0].is_nan() && values[5].is_nan());
        assert_eq!(values[1..5], [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn forward_when_the_gap_is_long_then_stops_at_the_limit() {
        let mut values = [1.0, NAN, NAN, NAN];
        Fill::Forward.fill_history(&mut values, 2);
        assert_eq!(values[..3], [1.0, 1.0, 1.0]);
        assert!(values[3].is_nan());
    }

    #[test]
    fn live_when_linear_then_never_guesses_the_future() {
        assert!(Fill::Linear.fill_live(NAN, 1.0, 1, 5).is_nan());
        assert_eq!(
            Fill::Forward.fill_live(NAN, 1.0, 5, 5).to_bits(),
            1.0_f64.to_bits()
        );
        assert!(Fill::Forward.fill_live(NAN, 1.0, 6, 5).is_nan());
    }
}
