//! What the tests of single detectors share.

use serde_json::{Value, json};

use super::{Detector, Reading, Sample};
use crate::rule::Rule;
use crate::time::{MINUTE_MS, UtcOffsets};

/// A rule with this detector and these other keys, one sample a minute.
#[expect(
    clippy::needless_pass_by_value,
    reason = "literals read better without borrows"
)]
pub(crate) fn rule_of(detector: Value, extra: Value) -> Rule {
    let mut value = json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "detector": detector,
    });
    if let (Some(value), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
        value.extend(extra.clone());
    }
    Rule::from_json(value).expect("a valid rule")
}

/// What a new detector says to values a minute apart, from 1970 on, in UTC.
pub(crate) fn readings(rule: &Rule, values: &[f64]) -> Vec<Reading> {
    let (mut detector, offsets) = (Detector::new(rule), UtcOffsets::utc());
    (0_i64..)
        .zip(values)
        .map(|(index, value)| detector.step(Sample::new(*value, index * MINUTE_MS, &offsets)))
        .collect()
}
