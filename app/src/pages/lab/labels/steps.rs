//! What was done to labels here, so that it can be taken back: each step knows what stood there before.

use hindcast_shared::api::{LabelDraft, LabelRecord};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What was done, for people: `incident saved`.
    pub(super) what: String,
    /// What stood there before it; nothing before a label was drawn.
    pub(super) before: Option<LabelDraft>,
    id: String,
    version: u32,
    /// Whether the label is there after it.
    there: bool,
}

impl Step {
    /// The label that its taking back replaces.
    pub(super) fn seen(&self) -> Option<(String, u32)> {
        self.there.then(|| (self.id.clone(), self.version))
    }
}

/// The steps, newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Steps(Vec<Step>);

impl Steps {
    /// Keeps what was done: one label in the place of another one, or of none.
    pub(super) fn push(
        &mut self,
        what: String,
        before: Option<&LabelRecord>,
        now: Option<&LabelRecord>,
    ) {
        let Some(label) = now.or(before) else {
            return;
        };
        if let Some(now) = now {
            self.became(&label.id, now);
        }
        self.0.push(Step {
            what,
            before: before.map(LabelDraft::from),
            id: label.id.clone(),
            version: label.version,
            there: now.is_some(),
        });
    }

    /// What would be taken back next.
    pub(super) fn newest(&self) -> Option<&Step> {
        self.0.last()
    }

    /// The newest step has been taken back, and this stands there now: earlier steps were about the same label,
    /// under its earlier version, or under the name that it had before it was deleted.
    pub(super) fn took_back(&mut self, now: Option<&LabelRecord>) {
        if let (Some(step), Some(now)) = (self.0.pop(), now) {
            self.became(&step.id, now);
        }
    }

    /// Gives the newest step up: somebody else has changed what it was about.
    pub(super) fn give_up(&mut self) {
        self.0.pop();
    }

    fn became(&mut self, id: &str, now: &LabelRecord) {
        for step in self.0.iter_mut().filter(|step| step.id == id) {
            step.id.clone_from(&now.id);
            step.version = now.version;
        }
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{LabelKind, LabelOrigin};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn label(id: &str, version: u32, kind: LabelKind) -> LabelRecord {
        LabelRecord {
            id: id.to_owned(),
            source: "push".to_owned(),
            series_key: None,
            pattern: Some("load*".to_owned()),
            start_ms: 0,
            end_ms: 60_000,
            kind,
            origin: LabelOrigin::User,
            author: "ann".to_owned(),
            version,
        }
    }

    #[test]
    fn steps_when_a_deleted_label_comes_back_under_another_name_then_all_speak_of_that_one() {
        let drawn = label("a", 1, LabelKind::Incident);
        let changed = label("a", 2, LabelKind::Normal);
        let mut steps = Steps::default();
        steps.push("drawn".to_owned(), None, Some(&drawn));
        steps.push("changed".to_owned(), Some(&drawn), Some(&changed));
        steps.push("deleted".to_owned(), Some(&changed), None);

        let newest = steps.newest().expect("a step").clone();
        assert_eq!(newest.seen(), None, "there is nothing to replace");
        assert_eq!(
            newest.before.map(|label| label.kind),
            Some(LabelKind::Normal)
        );
        steps.took_back(Some(&label("b", 1, LabelKind::Normal)));

        let newest = steps.newest().expect("a step").clone();
        assert_eq!(newest.seen(), Some(("b".to_owned(), 1)));
        assert_eq!(
            newest.before.map(|label| label.kind),
            Some(LabelKind::Incident)
        );
        steps.took_back(Some(&label("b", 2, LabelKind::Incident)));

        let newest = steps.newest().expect("a step");
        assert_eq!(newest.seen(), Some(("b".to_owned(), 2)));
        assert_eq!(newest.before, None, "taking this back takes the label away");
        steps.took_back(None);
        assert_eq!(steps.newest(), None);
    }
}
