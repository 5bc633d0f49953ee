//! The journal: what an entry is, and the chain of hashes that ties each one to all before it.
//!
//! One append-only list feeds the event stream, the audit trail and every later reader; its positions (`seq`)
//! are their cursors. Knows nothing of SQL (`store::journal`) or of HTTP (`stream`).

use std::str::FromStr;

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::pipeline::{Transition, TransitionKind};
use hindcast_shared::rule::RuleId;
use sha2::{Digest, Sha256};

/// A link of the chain.
pub(crate) type Hash = [u8; 32];

/// What an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EntryKind {
    /// A step in the life of an anomaly; the payload is the transition.
    Transition(TransitionKind),
    /// A person's action, before it is folded; the payload is the command.
    Command,
    /// A note on an anomaly; the payload is its text.
    Note,
    /// The pager's decision; the payload is the page.
    Page,
    /// A new version of a rule; the payload is the rule.
    RuleSaved,
    /// A rule was deleted; the payload is its last version.
    RuleDeleted,
    /// A new version of a label; the payload is the label.
    LabelSaved,
    /// A label was taken back; the payload is its last version.
    LabelDeleted,
    /// A new version of a mute; the payload is the mute.
    MuteSaved,
    /// A mute was ended before its time; the payload is its last version.
    MuteEnded,
    /// A new version of a calendar; the payload is the calendar.
    CalendarSaved,
    /// A calendar was taken back; the payload is its last version.
    CalendarDeleted,
    /// Something happened that a calendar is told of; the payload is the marker.
    CalendarMarked,
    /// An API key was made; the payload is its name and role.
    KeyCreated,
    /// An API key was revoked; the payload is its name.
    KeyRevoked,
    /// A pass was given: a link to a panel, or a wall's token; the payload is what it shows.
    PassCreated,
    /// A pass was revoked; the payload is what it showed.
    PassRevoked,
    /// Somebody said whether an anomaly was right; the payload is what was said.
    FeedbackGiven,
    /// Somebody took that back; the payload is what had been said.
    FeedbackTakenBack,
    /// Every link for feedback was made void; there is no payload.
    FeedbackLinksRevoked,
    /// A version of a model was added; the payload is its name and number.
    ModelSaved,
    /// A version of a model became the one that scores; the payload is its name and number.
    ModelPromoted,
    /// A version of a model was not promoted because it did worse; the payload is its name, number and verdict.
    ModelHeld,
    /// A version of a model, or all of it, was deleted; the payload is its name and number.
    ModelDeleted,
}

/// Every kind with its word.
const KINDS: [(EntryKind, &str); 33] = [
    (EntryKind::Transition(TransitionKind::Opened), "opened"),
    (EntryKind::Transition(TransitionKind::Extended), "extended"),
    (
        EntryKind::Transition(TransitionKind::Escalated),
        "escalated",
    ),
    (EntryKind::Transition(TransitionKind::Reopened), "reopened"),
    (EntryKind::Transition(TransitionKind::Closed), "closed"),
    (
        EntryKind::Transition(TransitionKind::Acknowledged),
        "acknowledged",
    ),
    (EntryKind::Transition(TransitionKind::Judged), "judged"),
    (EntryKind::Transition(TransitionKind::Snoozed), "snoozed"),
    (EntryKind::Transition(TransitionKind::Assigned), "assigned"),
    (EntryKind::Transition(TransitionKind::Undone), "undone"),
    (EntryKind::Command, "command"),
    (EntryKind::Note, "note"),
    (EntryKind::Page, "page"),
    (EntryKind::RuleSaved, "rule_saved"),
    (EntryKind::RuleDeleted, "rule_deleted"),
    (EntryKind::LabelSaved, "label_saved"),
    (EntryKind::LabelDeleted, "label_deleted"),
    (EntryKind::MuteSaved, "mute_saved"),
    (EntryKind::MuteEnded, "mute_ended"),
    (EntryKind::CalendarSaved, "calendar_saved"),
    (EntryKind::CalendarDeleted, "calendar_deleted"),
    (EntryKind::CalendarMarked, "calendar_marked"),
    (EntryKind::KeyCreated, "key_created"),
    (EntryKind::KeyRevoked, "key_revoked"),
    (EntryKind::PassCreated, "pass_created"),
    (EntryKind::PassRevoked, "pass_revoked"),
    (EntryKind::FeedbackGiven, "feedback_given"),
    (EntryKind::FeedbackTakenBack, "feedback_taken_back"),
    (EntryKind::FeedbackLinksRevoked, "feedback_links_revoked"),
    (EntryKind::ModelSaved, "model_saved"),
    (EntryKind::ModelPromoted, "model_promoted"),
    (EntryKind::ModelHeld, "model_held"),
    (EntryKind::ModelDeleted, "model_deleted"),
];

impl EntryKind {
    /// The word in the database and on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }
}

impl FromStr for EntryKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| format!("`{text}` is not a kind of journal entry"))
    }
}

/// What is to be appended.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Nominal time of what happened.
    pub at_ms: i64,
    /// Real time at which it is written down.
    pub recorded_at_ms: i64,
    /// What it tells.
    pub kind: EntryKind,
    /// The rule it is about.
    pub rule_id: Option<RuleId>,
    /// The anomaly it is about.
    pub anomaly_id: Option<AnomalyId>,
    /// Who caused it.
    pub actor: String,
    /// JSON.
    pub payload: String,
}

impl Draft {
    /// The hash of this entry at position `seq`, after the entry with `previous`.
    pub(crate) fn hash(&self, seq: i64, previous: &Hash) -> Hash {
        let anomaly_id = self.anomaly_id.map(|id| id.to_string());
        let mut hasher = Sha256::new();
        hasher.update(previous);
        for number in [seq, self.at_ms, self.recorded_at_ms] {
            hasher.update(number.to_le_bytes());
        }
        for text in [
            self.kind.as_str(),
            self.rule_id.as_ref().map_or("", RuleId::as_str),
            anomaly_id.as_deref().unwrap_or(""),
            &self.actor,
            &self.payload,
        ] {
            // The length goes first, so that no text can slide into its neighbour.
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
        hasher.finalize().into()
    }
}

/// An entry as it stands in the journal.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Position; no holes.
    pub seq: i64,
    /// What it says.
    pub draft: Draft,
    /// Hash of the entry before.
    pub prev_hash: Hash,
    /// Its own hash.
    pub hash: Hash,
}

impl Entry {
    /// The transition, if it is one.
    pub(crate) fn transition(&self) -> Option<Transition> {
        matches!(self.draft.kind, EntryKind::Transition(_))
            .then(|| serde_json::from_str(&self.draft.payload).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(actor: &str, payload: &str) -> Draft {
        Draft {
            at_ms: 1,
            recorded_at_ms: 2,
            kind: EntryKind::Note,
            rule_id: None,
            anomaly_id: None,
            actor: actor.to_owned(),
            payload: payload.to_owned(),
        }
    }

    #[test]
    fn kind_when_written_then_reads_back() {
        for (kind, word) in KINDS {
            assert_eq!(word.parse(), Ok(kind));
            assert_eq!(kind.as_str(), word);
        }
        assert!("gone".parse::<EntryKind>().is_err());
    }

    #[test]
    fn hash_when_text_slides_between_fields_then_differs() {
        let zero = [0; 32];
        assert_ne!(
            draft("ab", "c").hash(1, &zero),
            draft("a", "bc").hash(1, &zero)
        );
        assert_ne!(
            draft("a", "b").hash(1, &zero),
            draft("a", "b").hash(2, &zero)
        );
        assert_ne!(
            draft("a", "b").hash(1, &zero),
            draft("a", "b").hash(1, &[1; 32])
        );
    }
}
