//! A rule while somebody works on it: changed field by field, and written into the address as what differs.

use hindcast_shared::detector::{DetectorKind, ParamKind, ParamSpec, ScaleKind};
use hindcast_shared::rule::{RuleDraft, Severities, Usual};
use hindcast_shared::time::Millis;
use serde_json::{Map, Value, json};

use crate::json::{read, write};

/// What turns `base` into `changed`: an RFC 7396 merge patch; null where there is no difference.
pub fn patch(base: &Value, changed: &Value) -> Value {
    let (Value::Object(base), Value::Object(changed)) = (base, changed) else {
        return if base == changed {
            Value::Null
        } else {
            changed.clone()
        };
    };
    let mut difference = Map::new();
    for key in base.keys().filter(|key| !changed.contains_key(*key)) {
        difference.insert(key.clone(), Value::Null);
    }
    for (key, value) in changed {
        match base.get(key) {
            Some(old) if old == value => {}
            Some(old @ Value::Object(_)) if value.is_object() => {
                difference.insert(key.clone(), patch(old, value));
            }
            _ => {
                difference.insert(key.clone(), value.clone());
            }
        }
    }
    if difference.is_empty() {
        Value::Null
    } else {
        Value::Object(difference)
    }
}

/// Applies a merge patch.
pub fn apply(base: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(base) = base else {
        return;
    };
    for (key, change) in changes {
        match change {
            Value::Null => {
                base.remove(key);
            }
            Value::Object(_) if base.get(key).is_some_and(Value::is_object) => {
                if let Some(inner) = base.get_mut(key) {
                    apply(inner, change);
                }
            }
            _ => {
                base.insert(key.clone(), change.clone());
            }
        }
    }
}

/// A rule to begin with.
pub fn blank(source: &str, query: &str) -> RuleDraft {
    let value = json!({
        "name": crate::i18n::t("New rule"),
        "source": source,
        "query": query,
        "detector": { "kind": "auto" },
        "for": 3,
    });
    // The literal above has every key that has no default.
    read(&write(&value)).unwrap_or_else(|error| unreachable!("a blank rule is a rule: {error}"))
}

/// The draft as JSON.
///
/// Through text, here and back: the code that reads and writes text is in the page anyway.
pub fn to_json(draft: &RuleDraft) -> Value {
    read(&write(draft)).unwrap_or_default()
}

/// A draft from a base and what the address says; a patch that does not fit is left out.
pub fn from_patch(base: &RuleDraft, text: Option<&str>) -> RuleDraft {
    let patch = text.and_then(|text| read::<Value>(text).ok());
    let Some(patch) = patch else {
        return base.clone();
    };
    let mut value = to_json(base);
    apply(&mut value, &patch);
    read(&write(&value)).unwrap_or_else(|_| base.clone())
}

/// What the address says about a draft; nothing when it is the base.
pub fn patch_text(base: &RuleDraft, draft: &RuleDraft) -> Option<String> {
    match patch(&to_json(base), &to_json(draft)) {
        Value::Null => None,
        patch => Some(write(&patch)),
    }
}

/// Which detector a draft names, if it names one.
pub fn named_kind(draft: &RuleDraft) -> Option<DetectorKind> {
    let word = draft.detector.get("kind").and_then(Value::as_str);
    word.and_then(DetectorKind::named)
}

/// Which detector a draft has.
pub fn kind(draft: &RuleDraft) -> DetectorKind {
    named_kind(draft).unwrap_or(DetectorKind::Zscore)
}

/// Where the slider of the threshold begins; a fixed limit has no default of its own.
pub fn default_threshold(kind: DetectorKind) -> f64 {
    const LIMIT: f64 = 90.0;
    kind.default_threshold().unwrap_or(LIMIT)
}

/// The budget of alarms a week from which the threshold follows, if it does.
pub fn budget(draft: &RuleDraft) -> Option<f64> {
    const USUAL: f64 = 1.0;
    let decision = &draft.decision;
    let calibrated = kind(draft).about().scale == ScaleKind::Calibrated;
    decision
        .alarms_per_week
        .or((calibrated && decision.threshold.is_none()).then_some(USUAL))
}

/// Whether a detector can be asked for a budget.
pub fn takes_budget(kind: DetectorKind) -> bool {
    kind.about().scale != ScaleKind::Limit && !kind.is_group()
}

fn fits(param: &ParamSpec, value: &Value) -> bool {
    match param.kind {
        ParamKind::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        ParamKind::Number | ParamKind::Integer => {
            let number = value.as_f64();
            number.is_some_and(|number| (param.min..=param.max).contains(&number))
        }
    }
}

/// Takes another detector: parameters that both have go along, the threshold is the new one's own.
pub fn set_kind(draft: &mut RuleDraft, kind: DetectorKind) {
    let mut detector = Map::new();
    detector.insert("kind".to_owned(), json!(kind.as_str()));
    let before = self::kind(draft).params();
    for param in kind.params() {
        // A parameter of that name may be another thing: a trend's run is no baseline.
        let same = |old: &&ParamSpec| old.name == param.name && old.label == param.label;
        let value = before
            .iter()
            .find(same)
            .and_then(|old| draft.detector.get(old.name));
        if let Some(value) = value.filter(|value| fits(param, value)) {
            detector.insert(param.name.to_owned(), value.clone());
        }
    }
    draft.detector = Value::Object(detector);
    let calibrated = kind.about().scale == ScaleKind::Calibrated;
    // A budget means the same for every detector that takes one, and stays.
    if !takes_budget(kind) || draft.decision.alarms_per_week.is_none() {
        draft.decision.alarms_per_week = None;
        draft.decision.threshold = (!calibrated).then(|| default_threshold(kind));
    }
    draft.decision.inclusive = None;
    draft.decision.direction = None;
}

/// Takes a usual limit.
pub fn set_limit(draft: &mut RuleDraft, usual: Usual) {
    set_kind(draft, DetectorKind::Threshold);
    draft.decision.threshold = Some(usual.limit);
    draft.decision.direction = Some(usual.direction);
    draft.severity = Severities::only(usual.severity);
    if draft.unit.is_empty() {
        usual.unit.clone_into(&mut draft.unit);
    }
}

/// A parameter of the detector; its default when the draft names none.
pub fn param(draft: &RuleDraft, name: &str, default: f64) -> f64 {
    draft
        .detector
        .get(name)
        .and_then(Value::as_f64)
        .unwrap_or(default)
}

/// Sets a parameter of the detector.
pub fn set_param(draft: &mut RuleDraft, name: &str, value: Value) {
    if let Value::Object(detector) = &mut draft.detector {
        detector.insert(name.to_owned(), value);
    }
}

/// `for:` as `(count, of)`.
pub fn confirm(draft: &RuleDraft) -> (u32, u32) {
    let as_u32 = |value: &Value| value.as_u64().and_then(|value| u32::try_from(value).ok());
    match &draft.confirm {
        Value::Object(pair) => {
            let count = pair.get("count").and_then(as_u32).unwrap_or(1);
            (count, pair.get("of").and_then(as_u32).unwrap_or(count))
        }
        // A duration is rounded up to steps.
        Value::String(text) => text.parse::<Millis>().map_or((1, 1), |length| {
            let (length, step) = (length.ms(), draft.step.ms().max(1));
            let count = ((length + step - 1) / step).clamp(1, i64::from(u32::MAX)) as u32;
            (count, count)
        }),
        value => as_u32(value).map_or((1, 1), |count| (count, count)),
    }
}

/// Sets `for:`; in a row is written as a plain number.
pub fn set_confirm(draft: &mut RuleDraft, count: u32, of: u32) {
    draft.confirm = if of <= count {
        json!(count)
    } else {
        json!({ "count": count, "of": of })
    };
}

/// Whether both ask the source for the same points, so that the stored ones of the saved rule can be used.
pub fn same_points(a: &RuleDraft, b: &RuleDraft) -> bool {
    a.source == b.source
        && a.query == b.query
        && a.step == b.step
        && a.source_pattern == b.source_pattern
}

#[cfg(test)]
mod tests {
    #[cfg(not(target_arch = "wasm32"))]
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn patch_when_a_slider_moves_then_names_only_that() {
        let base = blank("demo", "checkout");
        let mut draft = base.clone();
        draft.decision.threshold = Some(4.0);
        assert_eq!(
            patch_text(&base, &draft).as_deref(),
            Some(r#"{"decision":{"threshold":4.0}}"#)
        );
        assert_eq!(
            from_patch(&base, patch_text(&base, &draft).as_deref()),
            draft
        );
        assert_eq!(patch_text(&base, &base), None);
    }

    #[test]
    fn patch_when_it_is_nonsense_then_the_base_stays() {
        let base = blank("demo", "checkout");
        assert_eq!(from_patch(&base, Some("{")), base);
        assert_eq!(from_patch(&base, Some(r#"{"step":"soon"}"#)), base);
    }

    #[test]
    fn detector_when_changed_then_keeps_the_window_and_takes_its_own_threshold() {
        let mut draft = blank("demo", "checkout");
        set_kind(&mut draft, DetectorKind::Zscore);
        set_param(&mut draft, "window_samples", json!(60));
        set_kind(&mut draft, DetectorKind::Mad);
        assert_eq!(
            draft.detector,
            json!({ "kind": "mad", "window_samples": 60 })
        );
        assert_eq!(draft.decision.threshold, Some(3.5));
        set_kind(&mut draft, DetectorKind::Trend);
        assert_eq!(draft.detector, json!({ "kind": "trend" }));
    }

    #[test]
    fn confirm_when_written_in_any_form_then_counts_samples() {
        let mut draft = blank("demo", "checkout");
        set_confirm(&mut draft, 3, 5);
        assert_eq!(confirm(&draft), (3, 5));
        set_confirm(&mut draft, 4, 4);
        assert_eq!(draft.confirm, json!(4));
        draft.confirm = json!("3m");
        assert_eq!(confirm(&draft), (3, 3));
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn object() -> impl Strategy<Value = Value> {
        // Merge patches cannot say "set to null", and a draft never does.
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from)
        ];
        let tree = leaf.prop_recursive(3, 16, 4, |inner| {
            proptest::collection::btree_map("[a-d]", inner, 1..4)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        });
        proptest::collection::btree_map("[a-d]", tree, 0..4)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest! {
        #[test]
        fn patch_when_applied_then_gives_the_changed_one(base in object(), changed in object()) {
            let mut value = base.clone();
            apply(&mut value, &patch(&base, &changed));
            prop_assert_eq!(value, changed);
        }
    }
}
