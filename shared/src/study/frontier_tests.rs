//! The walk against replays of whatever threshold.

use proptest::prelude::*;
use serde_json::json;

use super::super::scene::as_it_is;
use super::super::testing::{Case, rule};
use super::*;

fn walked(scene: Scene<'_>, rule: &Rule, most: f64) -> Frontier {
    let mut walk = Walk::new(scene, rule, most).expect("a rule with a threshold");
    let mut share = walk.share();
    while walk.step().expect("few samples") {
        assert!((0.0..=1.0).contains(&share));
        share = walk.share();
    }
    walk.finish().expect("few samples")
}

/// What comes of a threshold, by a replay that knows nothing of the walk.
fn replayed(scene: Scene<'_>, rule: &Rule, threshold: f64) -> Outcome {
    let mut rule = rule.clone();
    rule.decision.alarms_per_week = None;
    rule.decision.threshold = threshold;
    as_it_is(scene, &rule).expect("time enough")
}

/// The point in whose interval a threshold lies, strictly inside.
fn around(frontier: &Frontier, threshold: f64, down: bool) -> Option<&FrontierPoint> {
    let strictest = if down {
        f64::NEG_INFINITY
    } else {
        f64::INFINITY
    };
    frontier.points.iter().find(|point| {
        let (from, to) = (point.from, point.to);
        let ends = [from.unwrap_or(strictest), to.unwrap_or(-strictest)];
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        low < threshold && threshold < high
    })
}

fn series() -> impl Strategy<Value = Vec<f64>> {
    let piece = prop_oneof![
        8 => proptest::collection::vec(0.0..4.0_f64, 20..120),
        3 => proptest::collection::vec(3.0..30.0_f64, 1..12),
        1 => (1_usize..12).prop_map(|len| vec![f64::NAN; len]),
    ];
    proptest::collection::vec(piece, 6..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn frontier_when_any_threshold_is_replayed_then_has_said_what_comes_of_it(
        values in series(), kind in proptest::sample::select(vec!["zscore", "mad", "threshold", "hampel", "ewma"]),
        confirm in 1_u32..4, merge_min in 0_u32..9, recover_for in 1_u32..4, below in proptest::sample::select(vec![0.9, 1.0, 0.5]),
        critical in proptest::sample::select(vec![1.5, 2.0, 4.0]), down: bool, picks in proptest::collection::vec(0.0..1.0_f64, 12),
        incidents in proptest::collection::vec((70_usize..200, 1_usize..30), 0..3), learn_all in proptest::bool::weighted(0.3),
    ) {
        let incidents: Vec<(usize, usize)> = incidents.iter().map(|(first, len)| (*first, first + len)).collect();
        let case = Case::new(&values, 60, &incidents);
        let direction = match (kind, down) { (_, true) => "below", ("threshold", _) => "above", _ => "both" };
        let mut detector = json!({ "kind": kind });
        if ["zscore", "mad", "hampel"].contains(&kind) {
            detector["window_samples"] = json!(24);
        }
        let rule = rule(&detector, &json!({
            "window": "1h", "fit_every": "1h", "for": confirm, "merge_gap": format!("{merge_min}m"), "learn_from_anomalies": learn_all,
            "recover": {"below": below, "for": recover_for}, "severity": {"warning": 1.0, "critical": critical},
            "decision": {"threshold": 3.0, "direction": direction},
        }));
        let frontier = walked(case.scene(), &rule, 1e9);
        prop_assert!(frontier.is_complete);
        prop_assert_eq!(frontier.current, replayed(case.scene(), &rule, 3.0));
        for point in &frontier.points {
            prop_assert_eq!(point.outcome, replayed(case.scene(), &rule, point.threshold), "at {:?}", point);
        }
        for pick in picks {
            let threshold = if kind == "threshold" { pick * 40.0 - 2.0 } else { 0.2 + pick * pick * 12.0 };
            let flipped = kind == "threshold" && down;
            if let Some(point) = around(&frontier, threshold, flipped).filter(|point| point.is_exact) {
                prop_assert_eq!(point.outcome, replayed(case.scene(), &rule, threshold), "at {} {:?}", threshold, point);
            }
        }
    }
}

#[test]
fn frontier_when_incidents_differ_in_height_then_climbs_with_the_pages() {
    let case = Case::days();
    let rule = rule(
        &json!({"kind": "zscore", "window_samples": 240}),
        &json!({"for": 3}),
    );
    let frontier = walked(case.scene(), &rule, 30.0);
    assert!(frontier.is_complete, "{frontier:?}");
    assert!(frontier.points[0].is_exact);
    let best: Vec<&FrontierPoint> = frontier.points.iter().filter(|point| point.best).collect();
    let steps: Vec<(u64, u64)> = best
        .iter()
        .map(|point| (point.outcome.pages, point.outcome.found))
        .collect();
    assert_eq!(steps.first(), Some(&(0, 0)));
    assert_eq!(steps.last().map(|step| step.1), Some(3), "{steps:?}");
    assert!(steps.is_sorted() && steps.len() >= 3, "{steps:?}");
    let thresholds: Vec<f64> = frontier
        .points
        .iter()
        .map(|point| point.threshold)
        .collect();
    assert!(thresholds.is_sorted_by(|a, b| a > b), "{thresholds:?}");
    // Readable: somewhere there is room for a number with two digits.
    assert!(
        best.iter()
            .any(|point| format!("{}", point.threshold).len() <= 4)
    );
}

#[test]
fn frontier_when_the_detector_compares_series_then_says_so() {
    let case = Case::new(&[1.0; 200], 60, &[]);
    let peers = rule(&json!({"kind": "peers"}), &json!({}));
    let refused = Walk::new(case.scene(), &peers, 10.0).map(|_| ());
    assert_eq!(refused, Err(Cannot::Compares));
}

#[test]
fn frontier_when_nothing_ever_scores_then_is_one_point_without_pages() {
    let case = Case::new(&[5.0; 200], 60, &[(100, 110)]);
    let rule = rule(&json!({"kind": "zscore", "window_samples": 20}), &json!({}));
    let frontier = walked(case.scene(), &rule, 10.0);
    assert!(frontier.is_complete);
    assert_eq!(frontier.points.len(), 1);
    assert_eq!(
        (
            frontier.points[0].outcome.pages,
            frontier.points[0].outcome.found
        ),
        (0, 0)
    );
}
