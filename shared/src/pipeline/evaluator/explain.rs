//! Why the next sample of a series is judged as it is: asked of the detector that the fold has taught.
//!
//! What would have been quiet is found by asking the whole decision about
//! other values, because a smallest deviation or a business range may matter more than the threshold.

use std::sync::Arc;

use super::Evaluator;
use super::group::Group;
use super::series::{Met, SeriesState};
use crate::api;
use crate::detector::{Explanation, PointState, Reading, Sample, ScaleKind, label};
use crate::map::Map;
use crate::pipeline::dataset::Dataset;
use crate::pipeline::decide::is_anomalous;
use crate::rule::{Direction, Rule};
use crate::series::{Series, SeriesKey};
use crate::time::WEEK_MS;

/// Between the value and one that is quiet, the nearest quiet one is looked for at so many places first.
const PLACES: u32 = 24;
/// So many of the newest values are asked whether one of them would be quiet.
const MOST_ANCHORS: usize = 24;

impl Evaluator {
    /// The same for one series alone, where the detector judges each by itself.
    #[must_use]
    pub(crate) fn of_one(mut self, key: SeriesKey) -> Self {
        self.only = self.group.is_none().then_some(key);
        self
    }

    /// Why the sample after the watermark is judged as it is; nothing of a series that is not known.
    ///
    /// The fold ends with it: the detector is asked about other values and other times, without a copy.
    pub(crate) fn explain(
        mut self,
        key: SeriesKey,
        at_ms: i64,
        data: &Dataset,
    ) -> Option<api::Explanation> {
        // Its first value may come with this very sample.
        self.meet_new_series(data, at_ms);
        let rule = Arc::clone(&self.rule);
        let rule = &*rule;
        let series = data.series.get(&key)?;
        let met = Met::new(
            series.value_at(at_ms),
            at_ms,
            data.excluded(key),
            &data.calendars,
        );
        let value = self.series.get(&key)?.would_take(rule, met.value);
        let sample = Sample::new(value, at_ms, &data.offsets);
        let explanation = self.told(key, sample, data).filter(|_| !met.excluded);
        let told = explanation.as_ref();
        let reading = match told {
            Some(told) => told.reading,
            None if met.excluded => Reading::excluded(),
            None => Reading::unknown(value),
        };
        let anomalous = is_anomalous(&reading, value, &rule.decision);
        let quiet = anomalous.then(|| self.quiet(key, sample, &reading, data));
        let threshold = match &self.group {
            Some(group) => group.detector.scale().threshold(),
            None => self.series.get(&key)?.detector.scale().threshold(),
        };
        let learned_at_ms = match reading.state {
            PointState::Learning => self.learns_until_ms(key, at_ms, data),
            _ => None,
        };
        let scored =
            |number: f64| Some(number).filter(|number| told.is_some() && number.is_finite());
        let parts = told.map_or(&[][..], |told| &told.parts);
        Some(api::Explanation {
            at_ms,
            value: Some(value).filter(|value| value.is_finite()),
            unit: if rule.unit.is_empty() {
                series.unit.clone()
            } else {
                rule.unit.clone()
            },
            detector: rule.detector.kind(),
            state: reading.state,
            learned_at_ms,
            expected: scored(reading.expected),
            lower: scored(reading.lower),
            upper: scored(reading.upper),
            raw: scored(as_written(rule, reading.raw)),
            threshold: as_written(rule, threshold),
            alarms_per_week: rule.decision.alarms_per_week,
            score: scored(reading.score),
            side: reading.side,
            anomalous,
            parts: parts
                .iter()
                .map(|part| api::ExplanationPart {
                    name: part.name.clone().into_owned(),
                    label: label(&part.name).to_owned(),
                    value: part.value,
                    unit: part.unit,
                    detail: part.detail.clone(),
                })
                .collect(),
            quiet,
        })
    }

    fn told(&mut self, key: SeriesKey, sample: Sample, data: &Dataset) -> Option<Explanation> {
        let Some(group) = &mut self.group else {
            return self.series.get_mut(&key)?.detector.explain_here(sample);
        };
        let frame = frame(&self.rule, group, &self.series, data, sample.at_ms);
        let at = group.members.binary_search(&key).ok()?;
        let name = |at: usize| {
            let key = group.members.get(at);
            let state = key.and_then(|key| self.series.get(key));
            state.map_or_else(String::new, |state| state.text.clone())
        };
        group.detector.explain(&frame, at, &name)
    }

    /// What would have been quiet in place of an anomalous sample.
    fn quiet(
        &mut self,
        key: SeriesKey,
        sample: Sample,
        reading: &Reading,
        data: &Dataset,
    ) -> api::Quiet {
        let rule = Arc::clone(&self.rule);
        let anchors = anchors(reading, data.series.get(&key), sample.at_ms);
        let is_quiet = |told: Option<Reading>, value: f64| {
            told.is_none_or(|told| !is_anomalous(&told, value, &rule.decision))
        };
        let raw = reading.raw;
        let (value, budget) = if let Some(group) = &mut self.group {
            let mut frame = frame(&rule, group, &self.series, data, sample.at_ms);
            let at = group.members.binary_search(&key).unwrap_or_default();
            let value = quiet_value(sample.value, &anchors, &mut |value| {
                frame[at] = value;
                is_quiet(group.detector.peek(&frame, at), value)
            });
            (value, group.detector.scale().quiet_budget(raw))
        } else if let Some(state) = self.series.get_mut(&key) {
            let detector = &mut state.detector;
            let value = quiet_value(sample.value, &anchors, &mut |value| {
                is_quiet(detector.peek(Sample { value, ..sample }), value)
            });
            (value, detector.scale().quiet_budget(raw))
        } else {
            (None, None)
        };
        // Where a value at the threshold is anomalous already, it must lie beyond.
        let least = if rule.decision.inclusive {
            raw.next_up()
        } else {
            raw
        };
        api::Quiet {
            value,
            threshold: budget.is_none().then(|| as_written(&rule, least)),
            alarms_per_week: budget.map(|p| p * WEEK_MS as f64 / rule.step.ms() as f64),
        }
    }
}

/// The values of a group's members at an instant, as they count.
fn frame(
    rule: &Rule,
    group: &Group,
    states: &Map<SeriesKey, SeriesState>,
    data: &Dataset,
    at_ms: i64,
) -> Vec<f64> {
    let taken = |key: &SeriesKey| -> f64 {
        let value = data.series.get(key);
        let value = value.map_or(f64::NAN, |series| series.value_at(at_ms));
        let met = Met::new(value, at_ms, data.excluded(*key), &data.calendars);
        let state = states.get(key).filter(|_| !met.excluded);
        state.map_or(f64::NAN, |state| state.would_take(rule, met.value))
    };
    group.members.iter().map(taken).collect()
}

/// Values that may be quiet: what was expected, its edges, and what came before.
fn anchors(reading: &Reading, series: Option<&Series>, at_ms: i64) -> Vec<f64> {
    let newest = series.map_or(&[][..], |series| {
        let before = series.slice(series.start_ms, at_ms);
        &before[before.len().saturating_sub(MOST_ANCHORS)..]
    });
    let mut anchors = vec![reading.expected, reading.lower, reading.upper];
    anchors.extend(newest.iter().rev());
    anchors
}

/// A raw distance as the rule writes its threshold: looking down at a limit, the raw value is the negated one.
fn as_written(rule: &Rule, raw: f64) -> f64 {
    let is_limit = rule.detector.kind().about().scale == ScaleKind::Limit;
    if is_limit && rule.decision.direction == Direction::Below {
        -raw
    } else {
        raw
    }
}

/// The quiet value nearest to `value` on the way to the first of `anchors` that is quiet.
fn quiet_value(value: f64, anchors: &[f64], is_quiet: &mut dyn FnMut(f64) -> bool) -> Option<f64> {
    let mut finite = anchors.iter().filter(|anchor| anchor.is_finite());
    let anchor = *finite.find(|anchor| is_quiet(**anchor))?;
    let (mut loud, mut quiet) = (value, anchor);
    for place in 1..PLACES {
        let at = value + (anchor - value) * f64::from(place) / f64::from(PLACES);
        if is_quiet(at) {
            quiet = at;
            break;
        }
        loud = at;
    }
    loop {
        let middle = loud + (quiet - loud) * 0.5;
        // Neighbours have no middle.
        let lies_between = (middle - loud).abs() > 0.0 && (middle - quiet).abs() > 0.0;
        if !lies_between {
            return Some(quiet);
        }
        if is_quiet(middle) {
            quiet = middle;
        } else {
            loud = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quiet_value_when_there_is_an_edge_then_is_the_last_quiet_one_before_it(
            edge in 1.0..1e6_f64, over in 1e-6..1e6_f64
        ) {
            let found = quiet_value(edge + over, &[0.0], &mut |value| value <= edge);
            prop_assert_eq!(found, Some(edge));
            let found = quiet_value(-edge - over, &[0.0], &mut |value| value >= -edge);
            prop_assert_eq!(found, Some(-edge));
        }
    }

    #[test]
    fn quiet_value_when_nothing_is_quiet_then_there_is_none() {
        assert_eq!(quiet_value(9.0, &[1.0, f64::NAN], &mut |_| false), None);
    }

    #[test]
    fn quiet_value_when_several_edges_lie_on_the_way_then_takes_the_nearest() {
        let mut is_quiet = |value: f64| value <= 10.0 || (60.0..70.0).contains(&value);
        let found = quiet_value(100.0, &[0.0], &mut is_quiet).expect("an edge");
        assert!((69.999..70.0).contains(&found), "{found}");
    }
}
