//! A slow, steady rise or fall: the Mann–Kendall test over a window.
//!
//! Mann, Nonparametric Tests Against Trend, Econometrica 1945; Kendall, Rank Correlation Methods, 1975.
//! Of all pairs in the window, how many more rise than fall, in standard deviations of what chance would
//! give, ties accounted for. It needs no straight line and no normal noise, and one spike moves it little.
//! O(window) a sample: each new value meets every older one once.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::window::Ring;
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

const WINDOW: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Window",
    "Over how many samples, the newest included, a trend is looked for.",
    "samples",
    (8, 5_000, 120),
);

/// Pairs of a window, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Pairs {
    /// Rising pairs less falling ones.
    score: i64,
    /// `Σ t (t - 1) (2 t + 5)` over groups of `t` equal values.
    ties: i64,
}

impl Pairs {
    /// Of the pairs of one value with others before it: rising less falling ones, and equal ones.
    fn of(value: f64, others: &[f64]) -> (i64, i64) {
        let (mut rises, mut equals) = (0, 0);
        for other in others {
            rises += i64::from(value > *other) - i64::from(value < *other);
            equals += i64::from(value.to_bits() == other.to_bits());
        }
        (rises, equals)
    }

    fn with(self, value: f64, older: &[f64]) -> Self {
        let (rises, equals) = Self::of(value, older);
        Self {
            score: self.score + rises,
            ties: self.ties + tie_step(equals),
        }
    }

    /// The score in standard deviations, corrected for its being a whole number.
    fn deviations(self, samples: i64) -> f64 {
        let n = samples;
        let variance = (n * (n - 1) * (2 * n + 5) - self.ties) as f64 / 18.0;
        if variance <= 0.0 {
            return 0.0;
        }
        (self.score - self.score.signum()) as f64 / variance.sqrt()
    }
}

/// By how much `t (t - 1) (2 t + 5)` grows when a group of `t` becomes one of `t + 1`.
fn tie_step(t: i64) -> i64 {
    let term = |t: i64| t * (t - 1) * (2 * t + 5);
    term(t + 1) - term(t)
}

/// The test over a whole slice: positive for rising, in standard deviations; 0 of fewer than three values.
/// NaN is not allowed.
pub fn mann_kendall(values: &[f64]) -> f64 {
    if values.len() < 3 {
        return 0.0;
    }
    let pairs = (1..values.len()).fold(Pairs::default(), |pairs, index| {
        pairs.with(canonical(values[index]), &values[..index])
    });
    pairs.deviations(values.len() as i64)
}

/// The two zeros are equal.
fn canonical(value: f64) -> f64 {
    value + 0.0
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MannKendall {
    /// One sample fewer than the window: the newest comes with the question.
    past: Ring,
    pairs: Pairs,
}

impl Model for MannKendall {
    const ABOUT: About = About {
        name: "mann_kendall",
        title: "Mann–Kendall trend",
        help: "Finds a steady rise or fall over a window, such as a leak, however noisy.",
        scale: ScaleKind::Ratio,
        // Samples of a metric hang together, which makes chance look like a trend: more than the book's 1.96.
        threshold: ParamSpec::threshold("σ", (1.0, 30.0, 0.1, 8.0)),
        inclusive: false,
        params: &[WINDOW],
    };

    const HOLDS_OUT: bool = false;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            past: Ring::new(spec.integer(&WINDOW).max(3) - 1),
            pairs: Pairs::default(),
        }
    }

    fn clear(&mut self) {
        self.past.clear();
        self.pairs = Pairs::default();
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if !self.past.is_full() {
            return None;
        }
        let pairs = self.pairs.with(canonical(sample.value), self.past.values());
        let above = pairs.deviations(self.past.len() as i64 + 1);
        Some(Judgement {
            below: -above,
            ..Judgement::undirected(above)
        })
    }

    fn learn(&mut self, sample: Sample) {
        let value = canonical(sample.value);
        if let Some(oldest) = self.past.back(self.past.capacity() as usize - 1) {
            // Seen from the oldest, what rises falls; and it meets itself.
            let (falls, equals) = Pairs::of(oldest, self.past.values());
            self.pairs.score += falls;
            self.pairs.ties -= tie_step(equals - 1);
        }
        self.past.push(value);
        let (rises, equals) = Pairs::of(value, self.past.values());
        self.pairs.score += rises;
        self.pairs.ties += tie_step(equals - 1);
    }

    fn is_full(&self) -> bool {
        // A trend is made of what happened, so every sample enters as it is.
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::{readings, rule_of};
    use proptest::prelude::*;
    use serde_json::json;

    /// By the definition, all pairs.
    fn naive(values: &[f64]) -> f64 {
        let n = values.len() as i64;
        let mut score = 0;
        for (index, newer) in values.iter().enumerate() {
            for older in &values[..index] {
                score += i64::from(newer > older) - i64::from(newer < older);
            }
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let ties: i64 = sorted
            .chunk_by(|a, b| a.total_cmp(b).is_eq())
            .map(|group| group.len() as i64)
            .map(|t| t * (t - 1) * (2 * t + 5))
            .sum();
        let variance = (n * (n - 1) * (2 * n + 5) - ties) as f64 / 18.0;
        if variance == 0.0 {
            0.0
        } else {
            (score - score.signum()) as f64 / variance.sqrt()
        }
    }

    proptest! {
        #[test]
        fn mann_kendall_when_rolled_then_equals_the_definition(values in proptest::collection::vec((0..9_i32).prop_map(f64::from), 8..60)) {
            prop_assert!((mann_kendall(&values) - naive(&values)).abs() < 1e-12);
            let rule = rule_of(json!({"kind": "mann_kendall", "window_samples": 8}), json!({"decision": {"direction": "above"}}));
            for (reading, window) in readings(&rule, &values)[7..].iter().zip(values.windows(8)) {
                prop_assert!((reading.raw - naive(window)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn mann_kendall_when_a_slow_leak_in_noise_then_is_seen_and_noise_alone_is_not() {
        let rule = rule_of(json!({"kind": "mann_kendall"}), json!({}));
        let noise = |index: i32| f64::from(index * 7_919 % 101);
        let leak: Vec<f64> = (0..400)
            .map(|index| noise(index) + f64::from(index.max(200) - 200))
            .collect();
        let scores: Vec<f64> = readings(&rule, &leak).iter().map(|r| r.score).collect();
        assert!(scores[..200].iter().all(|score| *score < 1.0));
        assert!(scores[330..].iter().all(|score| *score > 1.0));
    }
}
