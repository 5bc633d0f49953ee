//! What a proposal changes, carried over to a draft that has gone on since.

use hindcast_shared::rule::RuleDraft;
use serde_json::Value;

use crate::draft::{apply, patch, to_json};
use crate::json;

/// The draft as it is now, with what differs between the one that was asked about and the proposed one.
pub(super) fn carried(
    now: &RuleDraft,
    asked: &RuleDraft,
    proposed: &RuleDraft,
) -> Option<RuleDraft> {
    let mut draft = to_json(now);
    carry(&mut draft, &to_json(asked), &to_json(proposed));
    json::read(&json::write(&draft)).ok()
}

fn carry(now: &mut Value, asked: &Value, proposed: &Value) {
    apply(now, &patch(asked, proposed));
    let detector = &proposed["detector"];
    if asked["detector"]["kind"] != detector["kind"] {
        // Parameters of one detector mean nothing to another.
        now["detector"] = detector.clone();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::carry;

    #[test]
    fn change_when_the_draft_went_on_then_both_hold() {
        let asked = json!({"for": 1, "decision": {"threshold": 3.0, "direction": "above"}, "detector": {"kind": "zscore", "window_samples": 60}});
        let mut proposed = asked.clone();
        proposed["decision"]["threshold"] = json!(4.5);
        proposed["merge_gap"] = json!("5m");
        let mut now = asked.clone();
        now["for"] = json!(3);
        now["decision"]["direction"] = json!("both");
        carry(&mut now, &asked, &proposed);
        assert_eq!(
            now,
            json!({"for": 3, "decision": {"threshold": 4.5, "direction": "both"}, "detector": {"kind": "zscore", "window_samples": 60}, "merge_gap": "5m"})
        );
    }

    #[test]
    fn change_when_a_field_goes_or_the_detector_is_another_then_nothing_of_it_stays() {
        let asked = json!({"decision": {"threshold": 3.0, "alarms_per_week": 2.0}, "detector": {"kind": "zscore", "window_samples": 60}});
        let proposed = json!({"decision": {"threshold": 3.0}, "detector": {"kind": "mad"}});
        let mut now = asked.clone();
        now["detector"]["window_samples"] = json!(90);
        carry(&mut now, &asked, &proposed);
        assert_eq!(now, proposed);
    }
}
