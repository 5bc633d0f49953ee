//! What is measured: one series of a service, and a rule over it.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{Labels, Series, SeriesKey};
use serde_json::json;

pub(crate) const STEP_MS: i64 = 60_000;
pub(crate) const START_MS: i64 = 1_699_920_000_000;

pub(crate) fn rule(kind: DetectorKind) -> Rule {
    let threshold = kind.default_threshold().unwrap_or(14.0);
    Rule::from_json(json!({
        "name": "bench", "source": "s", "query": "q", "detector": {"kind": kind.as_str()},
        "decision": {"threshold": threshold}, "for": 3,
    }))
    .expect("a valid rule")
}

/// A week.
pub(crate) const SAMPLES: usize = 10_080;

/// What a kind is measured with: one series of a week, or eight for those that compare them.
pub(crate) fn data_for(kind: DetectorKind) -> Dataset {
    several(if kind.is_group() { 8 } else { 1 }, SAMPLES)
}

/// Series that differ in their noise.
pub(crate) fn several(count: usize, len: usize) -> Dataset {
    let mut data = Dataset::new(STEP_MS);
    let mut noise: u64 = 1;
    for number in 0..count {
        let labels = Labels::named("m", &[("number", &number.to_string())]);
        let key = SeriesKey::new(&"s".into(), &labels);
        let series = Series {
            labels,
            unit: String::new(),
            start_ms: START_MS,
            step_ms: STEP_MS,
            values: values(len, &mut noise),
        };
        data.insert(key, series);
    }
    data
}

/// A daily season, a little noise, a spike now and then.
pub(crate) fn values(len: usize, noise: &mut u64) -> Vec<f64> {
    (0..len)
        .map(|index| {
            *noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let spike = if index % 997 < 5 { 10.0 } else { 0.0 };
            let season = ((index % 1_440) as f64 - 720.0).abs() / 240.0;
            10.0 + season + (*noise >> 40) as f64 / f64::from(1 << 24) + spike
        })
        .collect()
}
