//! What a search answers, held against a replay of the answer.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::json;

use super::super::scene::Patience;
use super::super::testing::{Case, rule};
use super::*;
use crate::study::Incidents;

fn searched(scene: Scene<'_>, rule: &Rule, most_pages_per_week: f64, steps: usize) -> Found {
    let mut search = Search::new(
        scene,
        rule,
        Budget {
            most_pages_per_week,
        },
    )
    .expect("time enough");
    for _ in 0..steps {
        assert!((0.0..=1.0).contains(&search.share()));
        if !search.step().expect("few samples") {
            break;
        }
    }
    search.finish()
}

#[test]
fn search_when_only_the_threshold_was_wrong_then_changes_nothing_else() {
    let case = Case::days();
    let rule = rule(
        &json!({"kind": "zscore", "window_samples": 240}),
        &json!({"for": 3, "decision": {"threshold": 2.0}, "severity": {"warning": 1.0}}),
    );
    let found = searched(case.scene(), &rule, 3.0, 1_000);
    assert!(found.before.pages_per_week > 3.0, "{found:?}");
    let best = found.best.expect("a setting");
    assert!(best.fits && found.is_complete, "{best:?}");
    assert_eq!((best.after.found, best.after.incidents), (3, 3));
    assert_eq!(
        as_it_is(case.scene(), &best.rule).expect("time enough"),
        best.after
    );
    let (high, low) = best.room;
    assert!(low <= best.rule.decision.threshold && best.rule.decision.threshold <= high);
}

#[test]
fn search_when_no_setting_can_do_it_then_says_so_and_tells_what_comes_nearest() {
    // The incident looks like every other minute.
    let values: Vec<f64> = (0..1_500).map(|at| f64::from(at * 37 % 11)).collect();
    let case = Case::new(&values, 300, &[(900, 903)]);
    let rule = rule(
        &json!({"kind": "zscore", "window_samples": 60}),
        &json!({"window": "4h", "fit_every": "2h"}),
    );
    let found = searched(case.scene(), &rule, 0.5, 1_000);
    assert!(found.is_complete);
    if let Some(best) = found.best {
        assert!(!best.fits, "{best:?}");
        assert_eq!(
            as_it_is(case.scene(), &best.rule).expect("time enough"),
            best.after
        );
    }
}

#[test]
fn search_when_nothing_is_labelled_then_is_as_sensitive_as_the_budget_allows() {
    let mut case = Case::days();
    case.incidents.clear();
    let rule = rule(&json!({"kind": "mad"}), &json!({"for": 3}));
    let found = searched(case.scene(), &rule, 2.0, 1);
    let best = found.best.expect("a setting");
    assert!(best.fits && best.after.pages_per_week <= 2.0, "{best:?}");
    assert!(best.after.pages > 0, "{best:?}");
    let mut lower = best.rule.clone();
    lower.decision.threshold = best.room.1 * 0.999;
    assert!(
        as_it_is(case.scene(), &lower)
            .expect("time enough")
            .pages_per_week
            > 2.0
    );
}

#[test]
fn search_when_run_again_or_stopped_early_then_answers_alike() {
    let case = Case::days();
    let rule = rule(&json!({"kind": "hampel"}), &json!({}));
    let once = searched(case.scene(), &rule, 4.0, 12);
    assert_eq!(once, searched(case.scene(), &rule, 4.0, 12));
    assert!(!once.is_complete || once.best.is_some_and(|best| best.fits));
}

#[test]
fn search_when_only_some_incidents_are_named_then_need_not_find_the_others() {
    let case = Case::days();
    let rule = rule(
        &json!({"kind": "zscore", "window_samples": 240}),
        &json!({"for": 3}),
    );
    let all = searched(case.scene(), &rule, 3.0, 1)
        .best
        .expect("a setting");
    // The highest of the three.
    let (key, spans) = case.incidents.first_key_value().expect("a series");
    let named: Incidents = [(*key, vec![spans[0].clone()])].into();
    let scene = Scene {
        required: Some(&named),
        ..case.scene()
    };
    let some = searched(scene, &rule, 3.0, 1).best.expect("a setting");
    assert!(some.fits && some.after.required == 1 && some.after.required_found == 1);
    assert_eq!((all.after.required, all.after.required_found), (3, 3));
    assert_eq!(some.after.incidents, 3);
    assert!(
        some.room.0 > all.room.0,
        "{some:?} is stricter than {all:?}"
    );
}

/// Has time for so many questions.
#[derive(Debug)]
struct Questions(Cell<u32>);

impl Patience for Questions {
    fn is_over(&self) -> bool {
        self.0.set(self.0.get().saturating_sub(1));
        self.0.get() == 0
    }
}

#[test]
fn search_when_there_is_no_more_time_then_answers_what_holds_and_says_that_it_is_not_all() {
    let case = Case::days();
    let rule = rule(&json!({"kind": "mad"}), &json!({"for": 3}));
    let mut answers = 0;
    for most in [1, 300, 1_000, 3_000, 9_000] {
        let patience = Questions(Cell::new(most));
        let scene = Scene {
            patience: &patience,
            ..case.scene()
        };
        let budget = Budget {
            most_pages_per_week: 4.0,
        };
        let found = Search::new(scene, &rule, budget).and_then(|mut search| {
            while search.step()? {}
            Ok(search.finish())
        });
        let Ok(found) = found else { continue };
        answers += 1;
        assert!(!found.is_complete, "{most}");
        let best = found.best.expect("a setting");
        let again = as_it_is(case.scene(), &best.rule).expect("time enough");
        assert_eq!(again, best.after, "{most}");
    }
    assert!((1..5).contains(&answers), "{answers}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn search_when_it_says_that_a_setting_fits_then_a_replay_of_it_keeps_to_the_budget(
        bumps in proptest::collection::vec((400_usize..1_400, 1_usize..20, 3.0..40.0_f64, any::<bool>()), 1..8),
        most in 1.0..60.0_f64, kind in proptest::sample::select(vec!["zscore", "threshold", "iqr"]), steps in 1_usize..14,
    ) {
        let mut values: Vec<f64> = (0..1_500).map(|at| f64::from(at * 7 % 13) / 3.0).collect();
        let mut incidents = Vec::new();
        for (first, len, height, labelled) in bumps {
            for value in &mut values[first..first + len] {
                *value += height;
            }
            if labelled {
                incidents.push((first, first + len - 1));
            }
        }
        let case = Case::new(&values, 300, &incidents);
        let rule = rule(&json!({"kind": kind}), &json!({"window": "5h", "fit_every": "5h", "decision": {"threshold": 3.0}}));
        let found = searched(case.scene(), &rule, most, steps);
        if let Some(best) = found.best {
            let replayed = as_it_is(case.scene(), &best.rule).expect("time enough");
            prop_assert_eq!(replayed, best.after);
            let is_silent_between = replayed.tells_apart();
            let is_kept = replayed.pages_per_week <= most && is_silent_between;
            prop_assert_eq!(best.fits, is_kept && replayed.found == replayed.incidents);
        }
    }
}
