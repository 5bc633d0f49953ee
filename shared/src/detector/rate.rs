//! How fast a value changes: the distance from the sample a few steps ago.
//!
//! Percent of the earlier value, or units a minute; the plainest detector of steps and ramps.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::window::Ring;
use super::{DetectorSpec, Judgement, Model, Sample, Setup};
use crate::time::MINUTE_MS;

const LAG: ParamSpec = ParamSpec::integer(
    "lag_samples",
    "Compared with",
    "The value is compared with the one this many samples ago.",
    "samples",
    (1, 10_000, 1),
);
const CHANGE: ParamSpec = ParamSpec::choice(
    "change",
    "Measured in",
    "Percent of the earlier value, or units of the series a minute.",
    &["percent", "per_minute"],
);
const MIN_BASE: ParamSpec = ParamSpec::number(
    "min_base",
    "Smallest base",
    "Percentages are of at least this value, so that a change from 0 to 1 is not infinite.",
    "",
    (1e-9, 1e12, 0.1, 1.0),
);

const PERCENT: usize = 0;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rate {
    in_percent: bool,
    min_base: f64,
    step_ms: i64,
    values: Ring,
    /// When the values were seen, in milliseconds, which a double holds exactly.
    times: Ring,
}

impl Model for Rate {
    const ABOUT: About = About {
        name: "rate",
        title: "Rate of change",
        help: "Finds values that rise or fall too fast.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("%", (1.0, 1_000.0, 1.0, 50.0)),
        inclusive: false,
        params: &[LAG, CHANGE, MIN_BASE],
    };

    const HOLDS_OUT: bool = false;

    fn new(spec: &DetectorSpec, setup: Setup) -> Self {
        let lag = spec.integer(&LAG);
        Self {
            in_percent: spec.choice(&CHANGE) == PERCENT,
            min_base: spec.number(&MIN_BASE),
            step_ms: setup.step_ms.max(1),
            values: Ring::new(lag),
            times: Ring::new(lag),
        }
    }

    fn clear(&mut self) {
        self.values.clear();
        self.times.clear();
    }

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if !self.values.is_full() {
            return None;
        }
        let back = self.values.len() - 1;
        let (before, at_ms) = (self.values.back(back)?, self.times.back(back)?);
        let unit = if self.in_percent {
            before.abs().max(self.min_base) / 100.0
        } else {
            // After a gap the same change took longer.
            (sample.at_ms as f64 - at_ms).max(self.step_ms as f64) / MINUTE_MS as f64
        };
        Some(Judgement::centred(sample.value, before, unit))
    }

    #[inline]
    fn learn(&mut self, sample: Sample) {
        self.values.push(sample.value);
        self.times.push(sample.at_ms as f64);
    }

    fn skip(&mut self, sample: Sample) {
        // A change is measured from what happened, not from what should have.
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
    fn rate_when_a_value_doubles_then_is_seen_once() {
        let rule = rule_of(json!({"kind": "rate"}), json!({}));
        let raws: Vec<f64> = readings(&rule, &[10.0, 11.0, 22.0, 22.0, 11.0])
            .iter()
            .map(|reading| reading.raw)
            .collect();
        assert_eq!(raws, vec![0.0, 10.0, 100.0, 0.0, 50.0]);
    }

    #[test]
    fn rate_when_a_minute_then_counts_the_time_of_a_gap() {
        let rule = rule_of(
            json!({"kind": "rate", "change": "per_minute"}),
            json!({"decision": {"threshold": 5.0}}),
        );
        let nan = f64::NAN;
        let found = readings(&rule, &[10.0, nan, nan, 22.0]);
        assert!((found[3].raw - 4.0).abs() < 1e-12, "12 in three minutes");
        assert!((found[3].upper - 25.0).abs() < 1e-12);
    }

    #[test]
    fn rate_when_from_zero_then_stays_finite() {
        let rule = rule_of(json!({"kind": "rate"}), json!({}));
        let raw = readings(&rule, &[0.0, 1.0])[1].raw;
        assert!((raw - 100.0).abs() < 1e-12);
    }
}
