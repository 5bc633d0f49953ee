//! Spikes against their close neighbourhood: the Hampel identifier over a short window.
//!
//! Hampel, The Influence Curve and its Role in Robust Estimation, JASA 1974; Pearson, Outliers in Process
//! Modeling and Identification, IEEE Transactions on Control Systems Technology 2002. Distance from the
//! median in scaled median absolute deviations, as in `mad`; but here every value enters the window as it
//! is. Up to half of them may be outliers without any harm, and a level that stays for half a window is
//! the new normal.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::order::SortedWindow;
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor, WINDOW};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};
use crate::math::stats::MAD_TO_DEVIATION;

const NEIGHBOURHOOD: ParamSpec = WINDOW.defaulting(30.0);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hampel {
    min_samples: u32,
    floor: SpreadFloor,
    window: SortedWindow,
}

impl Model for Hampel {
    const ABOUT: About = About {
        name: "hampel",
        title: "Hampel filter",
        help: "Finds spikes against the last few samples; a level that stays is accepted after half a window.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 4.0)),
        inclusive: false,
        params: &[NEIGHBOURHOOD, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    const HOLDS_OUT: bool = false;

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(2),
            floor: SpreadFloor::of(spec),
            window: SortedWindow::new(spec.integer(&NEIGHBOURHOOD)),
        }
    }

    fn clear(&mut self) {
        self.window.clear();
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        // A window shorter than the minimum would never be long enough.
        if self.window.len() < self.min_samples as usize && !self.window.is_full() {
            return None;
        }
        let median = self.window.median();
        let deviation = self.window.median_deviation(median) * MAD_TO_DEVIATION;
        let spread = self.floor.apply(deviation, median);
        Some(Judgement::centred(sample.value, median, spread))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        self.window.push(sample.value);
    }

    fn skip(&mut self, sample: Sample) {
        self.learn(sample);
    }

    fn is_full(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::detector::testing::{readings, rule_of};
    use serde_json::json;

    #[test]
    fn hampel_when_spikes_and_a_new_level_then_sees_both_and_accepts_the_level() {
        let rule = rule_of(json!({"kind": "hampel"}), json!({}));
        let mut values: Vec<f64> = (0..200).map(|index| f64::from(index * 7 % 10)).collect();
        values[80] = 90.0;
        values[120..].iter_mut().for_each(|value| *value += 60.0);
        let scores: Vec<f64> = readings(&rule, &values).iter().map(|r| r.score).collect();
        assert!(scores[80] > 1.0 && scores[81] < 1.0);
        assert!(scores[120..130].iter().all(|score| *score > 1.0));
        assert!(scores[150..].iter().all(|score| *score < 1.0));
    }
}
