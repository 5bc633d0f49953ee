//! A rule that somebody works on: one draft behind the form and the YAML, checked while it is written.
//!
//! The draft is JSON and not a rule, because what is half typed is no rule. Owns no view.

use std::time::Duration;

use hindcast_shared::api::{ParseProblem, RuleRecord};
use hindcast_shared::rule::{RuleDraft, RuleId};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Map, Value};

use super::super::{kept_under, nameless, yaml};
use crate::api::{self, ApiError};
use crate::i18n::said;
use crate::{browser, json};

/// How long the hand must rest before the server is asked.
const REST: Duration = Duration::from_millis(250);

/// The state; copied freely.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Desk {
    /// Under which name unsaved changes are kept: the rule's id, or `new`.
    name: StoredValue<String>,
    /// The rule that the draft began with; none while it is new.
    pub(in super::super) base: RwSignal<Option<RuleRecord>>,
    /// What the draft is compared with.
    start: RwSignal<Value>,
    pub(in super::super) draft: RwSignal<Value>,
    /// The draft as YAML: as somebody typed it, or as the form gives it.
    pub(super) text: RwSignal<String>,
    pub(super) errors: RwSignal<Vec<ParseProblem>>,
    pub(super) warnings: RwSignal<Vec<String>>,
    /// Whether the server has said yes to what stands here.
    pub(in super::super) valid: RwSignal<bool>,
    /// Whether the server is being asked.
    pub(super) checking: RwSignal<bool>,
    /// Whether the draft differs from what is saved.
    pub(in super::super) changed: Memo<bool>,
    /// Whether the draft is what somebody has left here some time ago.
    pub(super) restored: RwSignal<bool>,
    /// Whether the text was typed, so that the draft follows it; otherwise the text follows the draft.
    by_text: StoredValue<bool>,
    /// Counts the askings: an answer to an older one is dropped.
    turn: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Desk {
    /// Begins with a rule, or with a beginning for a new one; what was left here some time ago goes on.
    pub(super) fn open(name: &str, base: Option<RuleRecord>, beginning: Value) -> Self {
        let start = base.as_ref().map_or(beginning, nameless);
        let kept = browser::remembered(&kept_under(name)).filter(|text| !text.is_empty());
        let text = kept.clone().unwrap_or_else(|| yaml::write(&start));
        let (start, draft) = (RwSignal::new(start.clone()), RwSignal::new(start));
        let text = RwSignal::new(text);
        let desk = Self {
            name: StoredValue::new(name.to_owned()),
            base: RwSignal::new(base),
            start,
            draft,
            text,
            errors: RwSignal::new(Vec::new()),
            warnings: RwSignal::new(Vec::new()),
            valid: RwSignal::new(false),
            checking: RwSignal::new(false),
            changed: Memo::new(move |_| {
                start.with(|start| text.with(|text| *text != yaml::write(start)))
            }),
            restored: RwSignal::new(kept.is_some()),
            by_text: StoredValue::new(kept.is_some()),
            turn: StoredValue::new(0),
            timer: StoredValue::new(None),
        };
        desk.ask();
        let leaving = window_event_listener(leptos::ev::beforeunload, move |event| {
            // The browser asks in its own words.
            if desk.changed.get_untracked() {
                event.prevent_default();
            }
        });
        on_cleanup(move || {
            leaving.remove();
            if let Some(timer) = desk.timer.try_update_value(Option::take).flatten() {
                timer.clear();
            }
        });
        desk
    }

    /// A field by its dotted path; null where there is none.
    pub(super) fn get(self, path: &str) -> Value {
        self.draft.with(|draft| at(draft, path).clone())
    }

    /// Sets a field, or takes it out.
    pub(super) fn set(self, path: &str, value: Option<Value>) {
        self.draft.update(|draft| put(draft, path, value));
        let text = self.draft.with_untracked(yaml::write);
        self.text.set(text);
        self.by_text.set_value(false);
        self.touched();
    }

    /// Takes the text of the YAML as it is typed.
    pub(super) fn type_text(self, text: String) {
        self.text.set(text);
        self.by_text.set_value(true);
        self.touched();
    }

    /// Takes a whole draft.
    pub(super) fn take(self, draft: Value) {
        self.text.set(yaml::write(&draft));
        self.draft.set(draft);
        self.by_text.set_value(false);
        self.touched();
    }

    /// Back to what is saved.
    pub(super) fn discard(self) {
        let start = self.start.get_untracked();
        self.take(start);
        self.restored.set(false);
    }

    /// Goes on from a rule as it is now saved; the draft stays.
    pub(super) fn rebase(self, record: RuleRecord) {
        self.start.set(nameless(&record));
        self.base.set(Some(record));
        self.keep();
    }

    /// What is saved is what stands here.
    pub(in super::super) fn saved(self, record: RuleRecord) {
        let draft = nameless(&record);
        self.rebase(record);
        self.take(draft);
        self.restored.set(false);
    }

    /// What is wrong with a field.
    pub(super) fn error_at(self, path: &str) -> Option<String> {
        self.errors.with(|errors| {
            // What is wrong with one of a list is wrong with the list.
            let about = |error: &&ParseProblem| {
                let field = error.field.as_deref().unwrap_or_default();
                field
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            };
            errors.iter().find(about).map(|error| said(&error.message))
        })
    }

    /// What the server said no to when it was to be saved.
    pub(super) fn refused(self, error: &ApiError) {
        self.errors.set(vec![ParseProblem {
            field: error.field().map(str::to_owned),
            message: error.message(),
            line: 0,
        }]);
    }

    /// The draft as it stands, for saving: a text that was typed a moment ago is read first.
    pub(super) async fn newest(self) -> Option<Value> {
        if !(self.by_text.try_get_value()? && self.checking.try_get_untracked()?) {
            return self.draft.try_get_untracked();
        }
        let text = self.text.try_get_untracked()?;
        match api::parse_rule(text).await {
            Ok(answer) => {
                let is_new = self.base.try_with_untracked(Option::is_none)?;
                self.errors.try_set(answer.errors);
                answer.rule.map(|rule| without_own_id(rule, is_new))
            }
            Err(error) => {
                self.refused(&error);
                None
            }
        }
    }

    fn touched(self) {
        self.keep();
        self.valid.set(false);
        self.checking.set(true);
        let timer = set_timeout_with_handle(move || self.ask(), REST).ok();
        let before = self
            .timer
            .try_update_value(|kept| std::mem::replace(kept, timer));
        if let Some(before) = before.flatten() {
            before.clear();
        }
    }

    /// Keeps what is not saved on this computer.
    fn keep(self) {
        let text = if self.changed.get_untracked() {
            self.text.get_untracked()
        } else {
            String::new()
        };
        self.name
            .with_value(|name| browser::remember(&kept_under(name), &text));
    }

    fn ask(self) {
        self.turn.update_value(|turn| *turn += 1);
        let mine = self.turn.get_value();
        let text = self.text.get_untracked();
        self.checking.set(true);
        spawn_local(async move {
            let answer = api::parse_rule(text).await;
            if self.turn.try_get_value() != Some(mine) {
                return;
            }
            self.checking.set(false);
            match answer {
                Ok(answer) => {
                    self.valid.set(answer.rule.is_some());
                    if let Some(rule) = answer.rule.filter(|_| self.by_text.get_value()) {
                        let is_new = self.base.with_untracked(Option::is_none);
                        self.draft.set(without_own_id(rule, is_new));
                    }
                    self.errors.set(answer.errors);
                    self.warnings.set(answer.warnings);
                }
                Err(error) => self.refused(&error),
            }
        });
    }
}

/// The identity stands in the address; a new rule has one only where it is not made from the name.
fn without_own_id(mut rule: RuleDraft, is_new: bool) -> Value {
    let made = RuleId::slug(&rule.name).ok();
    if !is_new || rule.id.as_deref() == made.as_ref().map(RuleId::as_str) {
        rule.id = None;
    }
    crate::draft::to_json(&rule)
}

/// The value at a dotted path; null where there is none.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, step| &value[step])
}

/// Puts a value at a dotted path; maps that come to be empty go away with what was in them.
fn put(value: &mut Value, path: &str, new: Option<Value>) {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(map) = value else { return };
    match (path.split_once('.'), new) {
        (None, Some(new)) => drop(map.insert(path.to_owned(), new)),
        (None, None) => drop(map.remove(path)),
        (Some((step, rest)), new) => {
            let inner = map.entry(step.to_owned()).or_insert(Value::Null);
            put(inner, rest, new);
            if inner.as_object().is_some_and(Map::is_empty) {
                map.remove(step);
            }
        }
    }
}

/// A typed text as JSON has it: a number where it is one.
pub(super) fn number_or_text(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let number = json::read::<Value>(text).ok().filter(Value::is_number);
    Some(number.unwrap_or_else(|| Value::from(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn field_when_set_by_its_path_then_maps_come_and_go_with_it() {
        let mut draft = json!({ "name": "a" });
        put(&mut draft, "decision.range.above", Some(json!(10)));
        assert_eq!(
            draft,
            json!({ "name": "a", "decision": { "range": { "above": 10 } } })
        );
        assert_eq!(at(&draft, "decision.range.above"), &json!(10));
        put(&mut draft, "decision.range.above", None);
        assert_eq!(draft, json!({ "name": "a" }));
        put(&mut draft, "no_data", Some(json!("off")));
        put(&mut draft, "no_data.after", Some(json!("5m")));
        assert_eq!(draft["no_data"], json!({ "after": "5m" }));
    }

    #[test]
    fn text_when_it_is_a_number_then_becomes_one() {
        assert_eq!(number_or_text(" 3.5 "), Some(json!(3.5)));
        assert_eq!(number_or_text("three"), Some(json!("three")));
        assert_eq!(number_or_text(" "), None);
    }
}
