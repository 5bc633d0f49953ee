//! Saving the draft: over the rule that it came from, or as a new one; now, or as soon as the server is back.

use std::time::Duration;

use hindcast_shared::api::RuleRecord;
use hindcast_shared::rule::RuleDraft;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bench::Bench;
use crate::api::{self, ApiError};
use crate::components::Failure;
use crate::draft;
use crate::i18n::{t, tf};
use crate::json;
use crate::later::Later;
use crate::live::{Link, Live};

/// How often a server that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(3);

/// Something that is to be saved: over the version of a rule that was seen, or as a new rule.
#[derive(Debug, Clone, PartialEq)]
struct Saving {
    over: Option<(String, u32)>,
    draft: RuleDraft,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
struct Saver {
    bench: Bench,
    /// What waits for the server.
    waiting: RwSignal<Option<Saving>>,
    /// What was refused because somebody else saved meanwhile, and what stands there now.
    overtaken: RwSignal<Option<(Saving, RuleRecord)>>,
    failed: RwSignal<Option<ApiError>>,
    done: RwSignal<Option<String>>,
}

impl Saver {
    /// Sends it; tells whether it arrived.
    async fn send(self, saving: Saving) -> bool {
        let outcome = match &saving.over {
            Some((id, version)) => api::update_rule(id, *version, &saving.draft).await,
            None => api::create_rule(&saving.draft).await,
        };
        match outcome {
            Ok(record) => {
                self.arrived(&saving, record);
                return true;
            }
            Err(ApiError::Unreachable) => {
                self.failed.try_set(None);
                self.done.try_set(None);
                self.waiting.try_set(Some(saving));
                return false;
            }
            Err(error) => {
                self.waiting.try_set(None);
                let overtaken = matches!(&error, ApiError::Refused { status: 412, .. });
                if let (true, Some((id, _))) = (overtaken, &saving.over)
                    && let Ok(theirs) = api::find_rule(id).await
                {
                    self.overtaken.try_set(Some((saving, theirs)));
                } else {
                    self.failed.try_set(Some(error));
                }
            }
        }
        false
    }

    fn arrived(self, saving: &Saving, record: RuleRecord) {
        self.waiting.try_set(None);
        self.overtaken.try_set(None);
        self.failed.try_set(None);
        let version = record.version.to_string();
        let named = [("name", record.rule.name.as_str()), ("version", &version)];
        self.done
            .try_set(Some(tf("Saved as {name}, version {version}.", &named)));
        let bench = self.bench;
        bench.base.try_set(record.rule.clone());
        // Somebody may have gone on while it waited.
        let same = bench.draft.try_with_untracked(|draft| {
            draft::patch_text(&saving.draft, draft).is_none() || saving.over.is_none()
        });
        if same == Some(true) {
            bench.draft.try_set(record.rule.clone());
        }
        bench.saved.try_set(Some(record));
    }

    fn save(self) {
        let Some(record) = self.bench.saved.get_untracked() else {
            return;
        };
        let saving = Saving {
            over: record.rule.id.clone().map(|id| (id, record.version)),
            draft: self.bench.draft.get_untracked(),
        };
        spawn_local(async move {
            self.send(saving).await;
        });
    }

    /// Sends what waits.
    fn retry(self) {
        if let Some(saving) = self.waiting.get_untracked() {
            spawn_local(async move {
                self.send(saving).await;
            });
        }
    }

    /// Puts the draft over what somebody else saved, who has been shown.
    fn save_over(self) {
        if let Some((saving, theirs)) = self.overtaken.get_untracked() {
            self.overtaken.set(None);
            let over = saving.over.map(|(id, _)| (id, theirs.version));
            spawn_local(async move {
                self.send(Saving { over, ..saving }).await;
            });
        }
    }

    /// Compares the draft with what somebody else saved.
    fn take_theirs(self) {
        if let Some((_, theirs)) = self.overtaken.get_untracked() {
            self.overtaken.set(None);
            self.bench.base.set(theirs.rule.clone());
            self.bench.saved.set(Some(theirs));
        }
    }
}

/// What is said about the server, and about what waits for it.
#[component]
fn Away(saver: Saver) -> impl IntoView {
    let live = expect_context::<Live>();
    let again = Later::after(AGAIN, move || saver.retry());
    crate::lean::effect(move || {
        if saver.waiting.with(Option::is_some) {
            // With each tick of the clock, unless it waits for its turn already.
            live.now_ms.track();
            again.nudge();
        }
    });
    let text = move || {
        let waits = saver.waiting.with(Option::is_some);
        let lost = matches!(live.link.get(), Link::Doubtful | Link::Stale);
        match (waits, lost) {
            (true, _) => Some(t(
                "The server does not answer: saving waits, and goes out when it is back.",
            )),
            (false, true) => Some(t(
                "The server does not answer. What is loaded can still be tuned.",
            )),
            (false, false) => None,
        }
    };
    let theirs = move || {
        let version = saver
            .overtaken
            .with(|overtaken| overtaken.as_ref().map(|(_, theirs)| theirs.version))?;
        let text = tf(
            "Somebody else saved version {version} of this rule meanwhile.",
            &[("version", &version.to_string())],
        );
        Some(view! {
            <p class="row refused" role="alert" id="overtaken">{text}
                <button type="button" id="take-theirs" on:click=move |_| saver.take_theirs()>{t("Compare with it")}</button>
                <button type="button" id="save-over" on:click=move |_| saver.save_over()>{t("Save mine over it")}</button></p>
        })
    };
    view! {
        {move || text().map(|text| view! {
            <p class="row away" role="status" id="away">{text}
                <button type="button" class="link" hidden=move || saver.waiting.with(Option::is_none) on:click=move |_| saver.waiting.set(None)>{t("Do not save")}</button></p>
        })}
        {move || theirs()}
    }
}

/// The row at the bottom.
#[component]
pub(super) fn Save(bench: Bench) -> impl IntoView {
    let saver = Saver {
        bench,
        waiting: RwSignal::new(None),
        overtaken: RwSignal::new(None),
        failed: RwSignal::new(None),
        done: RwSignal::new(None),
    };
    let dialog = NodeRef::<Dialog>::new();
    let name = NodeRef::<Input>::new();
    // As they are written: no slider should have to read both of them.
    let base = Memo::new(move |_| bench.base.with(json::write));
    let changed = Memo::new(move |_| bench.draft.with(json::write) != base.get());
    let open = move |_| {
        saver.failed.set(None);
        if let (Some(dialog), Some(field)) = (dialog.get_untracked(), name.get_untracked()) {
            let suggestion = bench.draft.with_untracked(|draft| {
                if bench.saved.with_untracked(Option::is_some) {
                    tf("{name} copy", &[("name", &draft.name)])
                } else {
                    draft.name.clone()
                }
            });
            field.set_value(&suggestion);
            // A dialog that is not open yet can be opened.
            dialog.show_modal().ok();
            field.select();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(name) = name.get_untracked().map(|field| field.value()) else {
            return;
        };
        let draft = RuleDraft {
            id: None,
            name,
            ..bench.draft.get_untracked()
        };
        spawn_local(async move {
            let arrived = saver.send(Saving { over: None, draft }).await;
            if arrived || saver.waiting.with_untracked(Option::is_some) {
                close();
            }
        });
    };
    let own = move || bench.saved.get().is_some_and(|saved| !saved.provisioned);
    let locked = move || bench.saved.get().is_some_and(|saved| saved.provisioned);
    view! {
        <div class="lab-save-tools">
            {move || own().then(|| view! {
                <button type="button" class="primary" id="save" prop:disabled=move || !changed.get() on:click=move |_| saver.save()>{t("Save rule")}</button>
            })}
            <button type="button" id="save-as" on:click=open>{move || t(if own() { crate::i18n::key("Save as a new rule…") } else { crate::i18n::key("Save as rule…") })}</button>
            {move || changed.get().then(|| view! {
                <button type="button" class="quiet" on:click=move |_| bench.change(|draft| *draft = bench.base.get_untracked())>{t("Take back all changes")}</button>
            })}
            {move || locked().then(|| view! { <span class="muted">{t("This rule comes from the configuration file: save a copy to change it.")}</span> })}
            {move || saver.done.get().map(|done| view! { <span role="status" id="saved">{done}</span> })}
            {move || saver.failed.get().map(|error| view! { <Failure error/> })}
            <Away saver/>
        </div>
        <dialog node_ref=dialog aria-labelledby="save-title">
            <form on:submit=create>
                <h2 id="save-title">{t("Save as rule")}</h2>
                <label class="field">{t("Name")}<input type="text" id="rule-name" required maxlength="120" autocomplete="off" node_ref=name/></label>
                {move || saver.failed.get().map(|error| view! { <Failure error/> })}
                <p class="row">
                    <button type="submit" class="primary" id="create">{t("Save")}</button>
                    <button type="button" on:click=move |_| close()>{t("Cancel")}</button>
                </p>
            </form>
        </dialog>
    }
}
