//! Ranges that somebody took out, and ranges of values that do not matter.

use serde_json::json;

use super::*;
use crate::time::TimeRange;

/// Sixty calm minutes, then these.
fn after_an_hour(late: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = (0..60).map(|at| f64::from(at % 5)).collect();
    values.extend(late);
    values
}

#[test]
fn range_when_it_is_excluded_then_is_neither_judged_nor_learned() {
    let rule = rule(json!({
        "detector": {"kind": "zscore", "window_samples": 60}, "decision": {"threshold": 5.0},
        "learn_from_anomalies": true,
    }));
    // Forty minutes of an incident, and half an hour later, in the next epoch, two samples like it.
    let mut values = after_an_hour(&[100.0; 40]);
    values.extend((0..30).map(|at| f64::from(at % 5)));
    values.extend([100.0; 2]);
    let mut data = data(&[&values]);
    let starts = |data: &Dataset| -> Vec<i64> {
        let opened = fold(&rule, data);
        let opened = opened
            .iter()
            .filter(|said| matches!(said.kind, TransitionKind::Opened));
        opened
            .map(|said| (said.anomaly.start_ms - START) / STEP)
            .collect()
    };
    assert_eq!(starts(&data), [60], "what came again has been learned");
    let key = *data.series.keys().next().expect("a series");
    let range = TimeRange::new(START + 60 * STEP, START + 100 * STEP).expect("a range");
    data.excluded.insert(key, vec![range]);
    assert_eq!(starts(&data), [130]);
}

#[test]
fn range_when_it_is_excluded_then_silence_in_it_is_no_anomaly() {
    let mut values = vec![1.0; 5];
    values.extend([NAN; 20]);
    values.push(1.0);
    let mut data = data(&[&values]);
    let silent = rule(json!({}));
    assert!(!fold(&silent, &data).is_empty());
    let key = *data.series.keys().next().expect("a series");
    let range = TimeRange::new(START, START + 26 * STEP).expect("a range");
    data.excluded.insert(key, vec![range]);
    assert!(fold(&silent, &data).is_empty());
}

#[test]
fn fixed_limit_when_it_has_a_level_of_return_then_ends_only_under_it() {
    // The limit is 10, and the anomaly ends under 8: 80 % of it.
    let rule = rule(json!({"for": 1, "recover": {"below": 0.8, "for": 1}}));
    let said = fold(&rule, &data(&[&[1.0, 11.0, 9.0, 8.5, 9.9, 7.9, 9.9]]));
    assert_eq!(
        kinds(&said),
        [TransitionKind::Opened, TransitionKind::Closed]
    );
    assert_eq!(last(&said).closed_at_ms, Some(START + 5 * STEP));
}

#[test]
fn fixed_limit_when_only_a_business_range_matters_then_is_silent_inside_it() {
    let decision = json!({"decision": {"threshold": 10.0, "range": {"above": 20.0}}, "for": 1});
    let rule = rule(decision);
    assert!(fold(&rule, &data(&[&[1.0, 11.0, 19.0, 1.0]])).is_empty());
    assert_eq!(fold(&rule, &data(&[&[1.0, 21.0]])).len(), 1);
}
