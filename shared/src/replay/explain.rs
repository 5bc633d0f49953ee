//! Why one sample of the past was judged as it was, or how long its detector still learned: the production fold
//! up to it, then a question.

use std::sync::Arc;

use super::Span;
use super::collect::Collector;
use crate::api::Explanation;
use crate::pipeline::{Dataset, Evaluator};
use crate::rule::{Rule, Ticks};
use crate::series::SeriesKey;
use crate::time::floor_to;

/// From where on data must reach to explain the sample at `at_ms`: a window before its fit boundary.
pub fn explain_from_ms(rule: &Rule, at_ms: i64) -> i64 {
    floor_to(at_ms, rule.fit_every.ms()) - rule.window.ms()
}

/// Why a rule judges the sample of a series at `at_ms` as it does; nothing if the series has no value in the
/// history that its detector would have had.
///
/// What a detector knows depends on its fit epoch alone, so nothing before it is folded, and neither are
/// people's actions. `data` must reach back to [`explain_from_ms`] and holds every series that the rule watches.
pub fn explain(rule: &Rule, data: &Dataset, key: SeriesKey, at_ms: i64) -> Option<Explanation> {
    let at_ms = floor_to(at_ms, rule.step.ms());
    up_to(rule, data, key, at_ms).explain(key, at_ms, data)
}

/// When a series that is learning at `at_ms` is scored, if samples go on as they are; nothing where that cannot be
/// told. `data` must reach back to [`explain_from_ms`].
pub fn learns_until_ms(rule: &Rule, data: &Dataset, key: SeriesKey, at_ms: i64) -> Option<i64> {
    let at_ms = floor_to(at_ms, rule.step.ms());
    up_to(rule, data, key, at_ms).learns_until_ms(key, at_ms, data)
}

/// The fold of one series up to the sample before `at_ms`.
fn up_to(rule: &Rule, data: &Dataset, key: SeriesKey, at_ms: i64) -> Evaluator {
    let step_ms = rule.step.ms();
    let evaluator = Evaluator::new(Arc::new(rule.clone()), 1);
    let mut evaluator = evaluator.without_growth().of_one(key);
    evaluator.begin_at(floor_to(at_ms, rule.fit_every.ms()), data);
    // Looks away, as in a replay's warm-up: another type of observer would be another copy of the fold.
    let span = Span {
        boundary_ms: at_ms,
        first_ms: at_ms,
        last_ms: at_ms,
    };
    let mut nobody = Collector::new(rule, data, span, false);
    let _told_nobody =
        evaluator.advance(data, at_ms - step_ms, &Ticks::Every(step_ms), &mut nobody);
    evaluator
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::detector::testing::rule_of;
    use crate::detector::{DetectorKind, PointState};
    use crate::replay::{People, replay};
    use crate::series::{Labels, Series};
    use crate::time::{DAY_MS, MINUTE_MS, TimeRange};

    const STEP_MS: i64 = 30 * MINUTE_MS;
    const DAYS: i64 = 40;

    fn key(index: usize) -> SeriesKey {
        let labels = Labels::named("m", &[("i", &index.to_string())]);
        SeriesKey::new(&"s".into(), &labels)
    }

    /// Three series with a day's wave; the first goes astray on the last day.
    fn data() -> Dataset {
        let mut data = Dataset::new(STEP_MS);
        let count = DAYS * DAY_MS / STEP_MS;
        for index in 0..3_i64 {
            let value = |step: i64| {
                let phase = (step % 48 - 24).abs() as f64;
                let noise = ((step + 17 * index) * 7_919).rem_euclid(101) as f64 / 50.0;
                let astray = index == 0 && (count - 20..count - 14).contains(&step);
                40.0 + phase + noise + if astray { 60.0 } else { 0.0 }
            };
            let series = Series {
                labels: Labels::named("m", &[("i", &index.to_string())]),
                unit: "ms".to_owned(),
                start_ms: 0,
                step_ms: STEP_MS,
                values: (0..count).map(value).collect(),
            };
            data.insert(key(index as usize), series);
        }
        data
    }

    fn rule(kind: DetectorKind) -> Rule {
        let threshold = kind.default_threshold().unwrap_or(90.0);
        rule_of(
            json!({"kind": kind.as_str()}),
            json!({"step": "30m", "window": "30d", "decision": {"threshold": threshold}}),
        )
    }

    #[test]
    fn explanation_when_any_detector_gives_it_then_is_what_the_replay_says_and_quiet_is_quiet() {
        let data = data();
        let (from_ms, to_ms) = ((DAYS - 1) * DAY_MS, DAYS * DAY_MS);
        let range = TimeRange { from_ms, to_ms };
        let mut quieted = 0;
        for kind in DetectorKind::ALL {
            let (rule, name) = (rule(kind), kind.as_str());
            let done = replay(
                &rule,
                1,
                &data,
                range,
                &Ticks::Every(STEP_MS),
                People::default(),
            );
            let columns = &done.columns[&key(0)];
            let over = |index: &usize| {
                columns.states[*index] == PointState::Scored && columns.scores[*index] > 1.0
            };
            let at = (0..columns.scores.len()).find(over).unwrap_or(30);
            let at_ms = from_ms + at as i64 * STEP_MS;
            let told = explain(&rule, &data, key(0), at_ms).expect("a series that is known");
            assert_eq!(told.state, columns.states[at], "{name}");
            assert_eq!(
                told.score.unwrap_or(0.0).to_bits(),
                columns.scores[at].to_bits(),
                "{name}"
            );
            assert_eq!(told.anomalous, over(&at), "{name}");
            let Some(quiet) = told.quiet else {
                assert!(!told.anomalous, "{name}: no word of how it would be quiet");
                continue;
            };
            let mut higher = rule.clone();
            higher.decision.threshold = quiet.threshold.expect("no budget was asked for");
            let at_that = explain(&higher, &data, key(0), at_ms).expect("it is known");
            assert!(!at_that.anomalous, "{name}: {quiet:?} {at_that:?}");
            let Some(value) = quiet.value else { continue };
            let mut other = data.clone();
            let series = other.series.get_mut(&key(0)).expect("it is there");
            let index = series.index_of(at_ms).expect("an instant of the grid");
            series.values[index] = value;
            let at_that = explain(&rule, &other, key(0), at_ms).expect("it is known");
            assert!(!at_that.anomalous, "{name}: {value} {at_that:?}");
            quieted += 1;
        }
        assert!(quieted >= 15, "{quieted} detectors name a quiet value");
    }

    #[test]
    fn explanation_when_the_detector_is_learning_then_says_until_when_as_the_fold_will() {
        let mut data = data();
        let began_ms = (DAYS - 1) * DAY_MS + 5 * STEP_MS;
        let series = data.series.get_mut(&key(1)).expect("it is there");
        let began = series.index_of(began_ms).expect("an instant of the grid");
        series.values[..began].fill(f64::NAN);
        for kind in ["zscore", "mad", "auto", "isolation_forest", "ets", "cusum"] {
            let rule = rule(DetectorKind::named(kind).expect("a detector"));
            let told = explain(&rule, &data, key(1), began_ms + 2 * STEP_MS).expect("it is known");
            assert_eq!(told.state, PointState::Learning, "{kind}");
            assert!(told.parts.is_empty() && told.score.is_none(), "{kind}");
            let until_ms = told.learned_at_ms.expect("samples keep coming");
            let asked = learns_until_ms(&rule, &data, key(1), began_ms + 2 * STEP_MS);
            assert_eq!(asked, Some(until_ms), "{kind}");
            // The series goes on for long enough, and the values that come are others than imagined.
            let mut longer = data.clone();
            let series = longer.series.get_mut(&key(1)).expect("it is there");
            while series.end_ms() <= until_ms {
                let again = series.values[series.values.len() - 19];
                series.values.push(again + 0.25);
            }
            let state = |at_ms| explain(&rule, &longer, key(1), at_ms).expect("known").state;
            assert_eq!(state(until_ms - STEP_MS), PointState::Learning, "{kind}");
            assert_eq!(state(until_ms), PointState::Scored, "{kind}");
        }
    }

    #[test]
    fn explanation_when_there_is_no_history_then_there_is_none() {
        let rule = rule(DetectorKind::Zscore);
        assert_eq!(explain(&rule, &Dataset::new(STEP_MS), key(0), 0), None);
        assert_eq!(explain(&rule, &data(), key(0), -DAY_MS), None);
    }
}
