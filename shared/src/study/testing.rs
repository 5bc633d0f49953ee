//! Samples, incidents and rules for the tests of this folder.

use serde_json::{Value, json};

use super::{Endless, Incidents, Scene};
use crate::math::random::Random;
use crate::pipeline::Dataset;
use crate::replay::People;
use crate::rule::{Rule, Ticks};
use crate::series::{Labels, Series, SeriesKey};
use crate::time::{DAY_MS, TimeRange};

pub(super) const STEP: i64 = 60_000;
pub(super) const START: i64 = 1_700_006_400_000;
pub(super) const TICKS: Ticks = Ticks::Every(STEP);

/// One series, its incidents, and the range of all but its first part.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) data: Dataset,
    pub(super) incidents: Incidents,
    pub(super) range: TimeRange,
}

impl Case {
    /// From values a minute apart, and incidents by their first and last index.
    pub(super) fn new(values: &[f64], from: usize, incidents: &[(usize, usize)]) -> Self {
        let labels = Labels::named("m", &[]);
        let key = SeriesKey::new(&"s".into(), &labels);
        let mut data = Dataset::new(STEP);
        let at = |index: usize| START + index as i64 * STEP;
        let range = TimeRange {
            from_ms: at(from),
            to_ms: at(values.len()),
        };
        data.insert(
            key,
            Series {
                labels,
                unit: String::new(),
                start_ms: START,
                step_ms: STEP,
                values: values.to_vec(),
            },
        );
        let spans = incidents
            .iter()
            .map(|(first, last)| at(*first)..at(last + 1));
        Self {
            data,
            incidents: [(key, spans.collect())].into(),
            range,
        }
    }

    /// Eight days of a daily course with noise, judged from the second day on; in the last days three incidents of
    /// different heights, and bumps that nobody needs to hear of.
    pub(super) fn days() -> Self {
        let mut random = Random::new(7);
        let per_day = (DAY_MS / STEP) as usize;
        let mut values: Vec<f64> = (0..8 * per_day)
            .map(|minute| 50.0 + 5.0 * libm::sin(minute as f64 / 229.2) + random.normal())
            .collect();
        let incidents = [
            (5_000, 5_030, 40.0),
            (7_500, 7_515, 25.0),
            (10_000, 10_040, 18.0),
        ];
        for (first, last, height) in incidents {
            for value in &mut values[first..=last] {
                *value += height;
            }
        }
        for bump in 0..12 {
            for value in &mut values[3_000 + bump * 640..3_003 + bump * 640] {
                *value += 14.0;
            }
        }
        Self::new(
            &values,
            per_day,
            &incidents.map(|(first, last, _)| (first, last)),
        )
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            data: &self.data,
            range: self.range,
            ticks: &TICKS,
            people: People::default(),
            incidents: &self.incidents,
            required: None,
            normal: None,
            patience: &Endless,
        }
    }
}

/// A rule with a detector, and whatever else.
pub(super) fn rule(detector: &Value, more: &Value) -> Rule {
    let mut value = json!({
        "name": "r", "source": "s", "query": "q", "step": "1m", "window": "1d", "fit_every": "1d",
        "detector": detector,
    });
    if let (Some(all), Some(more)) = (value.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    Rule::from_json(value).expect("a valid rule")
}
