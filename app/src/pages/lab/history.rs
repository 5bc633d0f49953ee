//! Every change of the draft, taken back and done again: one order for the draft and for labels.
//!
//! What lies between two settlings is one step: a slider that is dragged settles when it is let go. Labels are the
//! server's, so their steps are taken back there; a label is not drawn again by *Redo*.

use hindcast_shared::api::RuleRecord;
use hindcast_shared::rule::RuleDraft;
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast as _;

use super::bench::Bench;
use super::labels::Labels;
use crate::draft;
use crate::i18n::{t, tf};

/// Most steps that are remembered.
const MOST: usize = 200;

/// The draft with what it is relative to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    pub(super) draft: RuleDraft,
    pub(super) base: RuleDraft,
    pub(super) saved: Option<RuleRecord>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// What was there before.
    Draft(Box<Moment>),
    /// A label was written, changed or deleted.
    Label,
}

/// The steps, newest last.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct History {
    past: Vec<Step>,
    future: Vec<Moment>,
    /// Whether the newest step still goes on.
    open: bool,
}

/// What taking back means now.
#[derive(Debug, PartialEq)]
pub(super) enum Back {
    Nothing,
    To(Box<Moment>),
    Label,
}

impl History {
    /// The draft was changed; tells whether a step began with it.
    pub(super) fn changed(&mut self, before: Moment) -> bool {
        let begins = !self.open || self.past.is_empty();
        self.open = true;
        self.future.clear();
        if begins {
            self.push(Step::Draft(Box::new(before)));
        }
        begins
    }

    /// The hand has let go.
    pub(super) fn settle(&mut self) {
        self.open = false;
    }

    /// A label was written.
    pub(super) fn labelled(&mut self) {
        self.settle();
        self.push(Step::Label);
    }

    /// The newest label is as it was before, or is somebody else's now.
    pub(super) fn label_taken_back(&mut self) {
        if let Some(at) = self.past.iter().rposition(|step| *step == Step::Label) {
            self.past.remove(at);
        }
    }

    /// Takes the newest step back, from what is there now.
    pub(super) fn back(&mut self, now: Moment) -> Back {
        self.settle();
        match self.past.last() {
            None => Back::Nothing,
            // It goes when the server has taken it.
            Some(Step::Label) => Back::Label,
            Some(Step::Draft(_)) => {
                let Some(Step::Draft(before)) = self.past.pop() else {
                    return Back::Nothing;
                };
                self.future.push(now);
                Back::To(before)
            }
        }
    }

    /// Does the step again that was taken back last.
    pub(super) fn again(&mut self, now: Moment) -> Option<Moment> {
        let after = self.future.pop()?;
        self.settle();
        self.push(Step::Draft(Box::new(now)));
        Some(after)
    }

    fn push(&mut self, step: Step) {
        if self.past.len() == MOST {
            self.past.remove(0);
        }
        self.past.push(step);
    }

    /// What would be taken back, in a word; none when there is nothing.
    fn newest(&self, now: &RuleDraft) -> Option<String> {
        match self.past.last()? {
            Step::Label => Some(String::new()),
            Step::Draft(before) => Some(changed_field(&before.draft, now)),
        }
    }
}

/// The first field that differs, as it is written: `decision.threshold`.
fn changed_field(before: &RuleDraft, now: &RuleDraft) -> String {
    let mut path = String::new();
    let mut value = draft::patch(&draft::to_json(before), &draft::to_json(now));
    while let Value::Object(map) = value {
        let Some((key, inner)) = map.into_iter().next() else {
            break;
        };
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&key);
        value = inner;
    }
    path
}

impl Bench {
    fn moment(self) -> Moment {
        Moment {
            draft: self.draft.get_untracked(),
            base: self.base.get_untracked(),
            saved: self.saved.get_untracked(),
        }
    }

    /// Does something to the draft that can be taken back.
    pub(super) fn remembering(self, work: impl FnOnce()) {
        let before = self.moment();
        work();
        if self.moment() != before
            && self
                .history
                .try_update_value(|history| history.changed(before))
                == Some(true)
        {
            self.step();
        }
    }

    fn step(self) {
        self.stepped.update(|count| *count += 1);
    }

    /// Changes the draft.
    pub(super) fn change(self, change: impl FnOnce(&mut RuleDraft)) {
        self.remembering(|| {
            let mut draft = self.draft.get_untracked();
            change(&mut draft);
            if self.draft.with_untracked(|old| *old != draft) {
                self.ahead.update(|count| *count += 1);
                self.draft.set(draft);
            }
        });
    }

    /// The hand has let go: what comes next is a step of its own.
    pub(super) fn settle(self) {
        self.history.update_value(History::settle);
    }

    /// Tells the history about labels.
    pub(super) fn labelled(self, tell: fn(&mut History)) {
        self.history.try_update_value(tell);
        self.stepped.try_update(|count| *count += 1);
    }

    fn put(self, moment: Moment) {
        if self.saved.with_untracked(|saved| *saved != moment.saved) {
            self.saved.set(moment.saved);
        }
        if self.base.with_untracked(|base| *base != moment.base) {
            self.base.set(moment.base);
        }
        self.draft.set(moment.draft);
        self.step();
    }

    /// Takes the newest change back, or says that it was a label.
    pub(super) fn take_back(self) -> Back {
        let now = self.moment();
        match self.history.try_update_value(|history| history.back(now)) {
            Some(Back::To(moment)) => {
                self.put(*moment);
                Back::Nothing
            }
            other => other.unwrap_or(Back::Nothing),
        }
    }

    /// Does the change again that was taken back last.
    pub(super) fn do_again(self) {
        let now = self.moment();
        let after = self.history.try_update_value(|history| history.again(now));
        if let Some(Some(moment)) = after {
            self.put(moment);
        }
    }

    /// Opens a draft of a rule that is there, or of none.
    pub(super) fn open(self, rule: Option<&str>, draft: RuleDraft) {
        let saved = self.rules.with_value(|rules| {
            let found = rules.iter().find(|saved| saved.rule.id.as_deref() == rule);
            found.filter(|_| rule.is_some()).cloned()
        });
        self.settle();
        self.remembering(|| {
            let base = saved.as_ref().map_or_else(
                || draft::blank(&draft.source, &draft.query),
                |saved| saved.rule.clone(),
            );
            self.saved.set(saved);
            self.base.set(base);
            self.draft.set(draft);
        });
        self.settle();
    }
}

/// Whether a key belongs to the text that somebody writes, which has an undo of its own.
fn is_writing(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target();
    let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| match element.tag_name().as_str() {
        "TEXTAREA" => true,
        "INPUT" => element
            .get_attribute("type")
            .is_none_or(|kind| kind != "range" && kind != "checkbox"),
        _ => false,
    })
}

/// The two buttons and their keys.
#[component]
pub(super) fn UndoRedo(bench: Bench, labels: Labels) -> impl IntoView {
    let undo = move || match bench.take_back() {
        Back::Label => labels.undo(),
        Back::To(_) | Back::Nothing => {}
    };
    let listening = window_event_listener(leptos::ev::keydown, move |event| {
        if !(event.ctrl_key() || event.meta_key()) || is_writing(&event) {
            return;
        }
        match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
            ("z", false) => undo(),
            ("z", true) | ("y", false) => bench.do_again(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listening.remove());
    // A step goes on with the field that it began with.
    let what = Memo::new(move |_| {
        bench.stepped.track();
        bench
            .draft
            .with_untracked(|now| bench.history.with_value(|history| history.newest(now)))
    });
    let can_redo = move || {
        bench.stepped.track();
        bench
            .history
            .with_value(|history| !history.future.is_empty())
    };
    let title = move || match what.get() {
        None => t("Nothing to take back").to_owned(),
        Some(field) if field.is_empty() => match labels.newest_step() {
            Some(what) => tf("Takes back: {what} (Ctrl+Z)", &[("what", &what)]),
            None => t("Takes the newest change back (Ctrl+Z)").to_owned(),
        },
        Some(what) => tf("Takes back: {what} (Ctrl+Z)", &[("what", &what)]),
    };
    view! {
        <span class="row" role="group" aria-label=t("Changes")>
            <button type="button" class="quiet" id="undo" title=title prop:disabled=move || what.with(Option::is_none)
                on:click=move |_| undo()>{t("Undo")}</button>
            <button type="button" class="quiet" id="redo" title=t("Does it again (Ctrl+Shift+Z)") prop:disabled=move || !can_redo()
                on:click=move |_| bench.do_again()>{t("Redo")}</button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn at(threshold: f64) -> Moment {
        let mut draft = draft::blank("demo", "checkout");
        draft.decision.threshold = Some(threshold);
        Moment {
            base: draft.clone(),
            draft,
            saved: None,
        }
    }

    #[test]
    fn drag_when_taken_back_then_is_one_step_and_comes_again() {
        let mut history = History::default();
        for threshold in [1.0, 2.0, 3.0] {
            history.changed(at(threshold));
        }
        history.settle();
        history.changed(at(4.0));
        assert_eq!(history.back(at(5.0)), Back::To(Box::new(at(4.0))));
        assert_eq!(history.back(at(4.0)), Back::To(Box::new(at(1.0))));
        assert_eq!(history.back(at(1.0)), Back::Nothing);
        assert_eq!(history.again(at(1.0)), Some(at(4.0)));
        assert_eq!(history.again(at(4.0)), Some(at(5.0)));
        assert_eq!(history.again(at(5.0)), None);
        assert_eq!(history.back(at(5.0)), Back::To(Box::new(at(4.0))));
    }

    #[test]
    fn labels_and_sliders_when_taken_back_then_go_in_one_order() {
        let mut history = History::default();
        history.changed(at(1.0));
        history.labelled();
        history.changed(at(2.0));
        assert_eq!(history.back(at(3.0)), Back::To(Box::new(at(2.0))));
        assert_eq!(history.back(at(2.0)), Back::Label);
        // The server was away: it is still the newest one.
        assert_eq!(history.back(at(2.0)), Back::Label);
        history.label_taken_back();
        assert_eq!(history.back(at(2.0)), Back::To(Box::new(at(1.0))));
    }

    #[test]
    fn field_when_it_differs_then_is_named_as_it_is_written() {
        assert_eq!(
            changed_field(&at(1.0).draft, &at(2.0).draft),
            "decision.threshold"
        );
    }
}
