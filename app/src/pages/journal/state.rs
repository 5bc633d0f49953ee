//! What is looked for in the journal, and what its entries are called. Owns no view.

use crate::i18n::{key, t};
use crate::url_state;

/// Kinds that belong together, with the word in the address.
pub(super) const GROUPS: [(&str, &str, &[&str]); 10] = [
    (
        "anomalies",
        key("Life of anomalies"),
        &[
            "opened",
            "extended",
            "escalated",
            "reopened",
            "closed",
            "acknowledged",
            "judged",
            "snoozed",
            "assigned",
            "undone",
        ],
    ),
    ("actions", key("Actions and notes"), &["command", "note"]),
    (
        "feedback",
        key("Feedback"),
        &[
            "feedback_given",
            "feedback_taken_back",
            "feedback_links_revoked",
        ],
    ),
    ("pages", key("Pages"), &["page"]),
    ("rules", key("Rules"), &["rule_saved", "rule_deleted"]),
    ("mutes", key("Mutes"), &["mute_saved", "mute_ended"]),
    (
        "calendars",
        key("Calendars"),
        &["calendar_saved", "calendar_deleted", "calendar_marked"],
    ),
    ("labels", key("Labels"), &["label_saved", "label_deleted"]),
    (
        "models",
        key("Models"),
        &[
            "model_saved",
            "model_promoted",
            "model_held",
            "model_deleted",
        ],
    ),
    (
        "keys",
        key("Keys and passes"),
        &["key_created", "key_revoked", "pass_created", "pass_revoked"],
    ),
];

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) rule: String,
    pub(super) anomaly: String,
    pub(super) actor: String,
    /// The word of a group; empty for all.
    pub(super) group: String,
}

impl Wish {
    pub(super) fn of_address() -> Self {
        let query = url_state::current();
        let text = |key: &str| query.get(key).unwrap_or_default().to_owned();
        Self {
            rule: text("rule"),
            anomaly: text("anomaly"),
            actor: text("actor"),
            group: text("kind"),
        }
    }

    pub(super) fn to_address(&self) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let parts = [
            ("rule", some(&self.rule)),
            ("anomaly", some(&self.anomaly)),
            ("actor", some(&self.actor)),
            ("kind", some(&self.group)),
        ];
        let parts: Vec<_> = parts
            .iter()
            .map(|(key, value)| (*key, value.as_deref()))
            .collect();
        url_state::replace(&parts);
    }

    /// As the API asks it, newest first.
    pub(super) fn query<'a>(&'a self, from: &'a str, to: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut query = vec![("order", "newest"), ("from", from)];
        // Up to now means up to the newest, which may be written this very moment.
        if to != "now" {
            query.push(("to", to));
        }
        for (key, value) in [
            ("rule", &self.rule),
            ("anomaly", &self.anomaly),
            ("actor", &self.actor),
        ] {
            if !value.trim().is_empty() {
                query.push((key, value.trim()));
            }
        }
        let group = GROUPS.iter().find(|(word, ..)| *word == self.group);
        for kind in group.map_or(&[][..], |(_, _, kinds)| *kinds) {
            query.push(("kind", *kind));
        }
        query
    }
}

/// What an entry tells, for people.
pub(super) fn kind_word(kind: &str) -> &'static str {
    t(match kind {
        "opened" => key("Anomaly opened"),
        "extended" => key("Anomaly goes on"),
        "escalated" => key("Anomaly escalated"),
        "reopened" => key("Anomaly came back"),
        "closed" => key("Anomaly closed"),
        "acknowledged" => key("Anomaly acknowledged"),
        "judged" => key("Anomaly judged"),
        "snoozed" => key("Anomaly snoozed"),
        "assigned" => key("Anomaly assigned"),
        "undone" => key("Judgement taken back"),
        "command" => key("Somebody acted"),
        "note" => key("Note"),
        "page" => key("Page decided"),
        "rule_saved" => key("Rule saved"),
        "rule_deleted" => key("Rule deleted"),
        "label_saved" => key("Label saved"),
        "label_deleted" => key("Label taken back"),
        "mute_saved" => key("Mute saved"),
        "mute_ended" => key("Mute ended"),
        "calendar_saved" => key("Calendar saved"),
        "calendar_deleted" => key("Calendar taken back"),
        "calendar_marked" => key("Calendar told"),
        "model_saved" => key("Model saved"),
        "model_promoted" => key("Model made live"),
        "model_held" => key("Model not promoted"),
        "model_deleted" => key("Model deleted"),
        "key_created" => key("Key made"),
        "key_revoked" => key("Key revoked"),
        "pass_created" => key("Pass given"),
        "pass_revoked" => key("Pass revoked"),
        "feedback_given" => key("Feedback"),
        "feedback_taken_back" => key("Feedback taken back"),
        "feedback_links_revoked" => key("Feedback links revoked"),
        _ => key("Something else"),
    })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn wish_when_asked_then_names_every_kind_of_its_group() {
        let wish = Wish {
            rule: " cpu ".to_owned(),
            anomaly: String::new(),
            actor: String::new(),
            group: "rules".to_owned(),
        };
        let asked = wish.query("now-7d", "now");
        assert_eq!(
            asked,
            [
                ("order", "newest"),
                ("from", "now-7d"),
                ("rule", "cpu"),
                ("kind", "rule_saved"),
                ("kind", "rule_deleted"),
            ]
        );
    }

    #[test]
    fn group_when_listed_then_every_kind_has_a_word_of_its_own() {
        for (_, _, kinds) in GROUPS {
            for kind in kinds {
                assert_ne!(kind_word(kind), "Something else", "{kind}");
            }
        }
    }
}
