//! The z-score of the difference from the previous sample: jumps stand out, slow waves do not.
//!
//! Differencing takes a wandering level and most of a smooth season out (Box and Jenkins, Time Series
//! Analysis, 1970); what is left is judged like any other rolling z-score.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor, WINDOW};
use super::window::Moments;
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Diff {
    min_samples: u32,
    floor: SpreadFloor,
    steps: Moments,
    previous: Option<f64>,
    /// The value that was judged last: learning may get it clipped, but the next step starts where it was.
    judged: f64,
}

impl Model for Diff {
    const ABOUT: About = About {
        name: "diff",
        title: "Z-score of the difference",
        help: "Finds jumps: steps from one sample to the next that are far larger than usual.",
        scale: ScaleKind::Ratio,
        // Differences have heavier tails than values.
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 4.0)),
        inclusive: false,
        params: &[WINDOW, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            steps: Moments::new(spec.integer(&WINDOW)),
            previous: None,
            judged: 0.0,
        }
    }

    fn clear(&mut self) {
        self.steps.clear();
        (self.previous, self.judged) = (None, 0.0);
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        self.judged = sample.value;
        let previous = self.previous?;
        if self.steps.len() < self.min_samples as usize {
            return None;
        }
        let (mean, deviation) = self.steps.mean_and_deviation();
        let expected = previous + mean;
        let spread = self.floor.apply(deviation, expected);
        Some(Judgement::centred(sample.value, expected, spread))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        if let Some(previous) = self.previous {
            self.steps.push(sample.value - previous);
        }
        self.previous = Some(self.judged);
    }

    fn skip(&mut self, sample: Sample) {
        self.previous = Some(sample.value);
    }

    fn gap(&mut self, _: i64) {
        // A step over a gap is no step of one sample.
        self.previous = None;
    }

    fn is_full(&self) -> bool {
        self.steps.is_full()
    }
}

#[cfg(test)]
mod tests {
    use crate::detector::PointState;
    use crate::detector::testing::{readings, rule_of};
    use serde_json::json;

    fn wave(index: i32) -> f64 {
        100.0 + 50.0 * libm::sin(f64::from(index) / 40.0) + f64::from(index * 7 % 5) / 10.0
    }

    #[test]
    fn diff_when_a_slow_wave_jumps_then_only_the_jump_is_seen() {
        let rule = rule_of(json!({"kind": "diff", "window_samples": 100}), json!({}));
        let mut values: Vec<f64> = (0..400).map(wave).collect();
        values[300..].iter_mut().for_each(|value| *value += 40.0);
        let over: Vec<usize> = readings(&rule, &values)
            .iter()
            .enumerate()
            .filter(|(_, reading)| reading.score > 1.0)
            .map(|(index, _)| index)
            .collect();
        assert_eq!(over, vec![300], "the new level itself is calm");
    }

    #[test]
    fn diff_when_after_a_gap_then_learns_where_the_series_is_first() {
        let rule = rule_of(json!({"kind": "diff"}), json!({}));
        let mut values: Vec<f64> = (0..60).map(wave).collect();
        values.extend([f64::NAN, 500.0, 501.0]);
        let found = readings(&rule, &values);
        assert_eq!(found[61].state, PointState::Learning);
        assert_eq!(found[62].state, PointState::Scored);
        assert!(found[62].score < 1.0);
    }
}
