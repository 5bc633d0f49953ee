//! Saving the draft: over the rule that it came from, or as a new one.

use hindcast_shared::api::RuleRecord;
use hindcast_shared::rule::RuleDraft;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bench::Bench;
use crate::api::{self, ApiError};
use crate::components::Failure;
use crate::draft;

/// The row at the bottom.
#[component]
pub(super) fn Save(bench: Bench) -> impl IntoView {
    let failed = RwSignal::new(None::<ApiError>);
    let done = RwSignal::new(None::<String>);
    let dialog = NodeRef::<Dialog>::new();
    let name = NodeRef::<Input>::new();
    let changed = Memo::new(move |_| {
        bench.draft.with(|draft| {
            bench
                .base
                .with(|base| draft::patch_text(base, draft).is_some())
        })
    });
    let kept = move |saved: Result<RuleRecord, ApiError>| match saved {
        Ok(record) => {
            failed.try_set(None);
            done.try_set(Some(format!(
                "Saved as {}, version {}.",
                record.rule.name, record.version
            )));
            bench.base.try_set(record.rule.clone());
            bench.draft.try_set(record.rule.clone());
            bench.saved.try_set(Some(record));
        }
        Err(error) => drop(failed.try_set(Some(error))),
    };
    let save = move |_| {
        let Some(record) = bench.saved.get_untracked() else {
            return;
        };
        let draft = bench.draft.get_untracked();
        spawn_local(async move {
            let id = record.rule.id.clone().unwrap_or_default();
            kept(api::update_rule(&id, record.version, &draft).await);
        });
    };
    let open = move |_| {
        failed.set(None);
        if let (Some(dialog), Some(field)) = (dialog.get_untracked(), name.get_untracked()) {
            let suggestion = bench.draft.with_untracked(|draft| {
                if bench.saved.with_untracked(Option::is_some) {
                    format!("{} copy", draft.name)
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
            let saved = api::create_rule(&draft).await;
            if saved.is_ok() {
                close();
            }
            kept(saved);
        });
    };
    let own = move || bench.saved.get().is_some_and(|saved| !saved.provisioned);
    let locked = move || bench.saved.get().is_some_and(|saved| saved.provisioned);
    view! {
        <div class="lab-save">
            {move || own().then(|| view! {
                <button type="button" class="primary" id="save" prop:disabled=move || !changed.get() on:click=save>"Save rule"</button>
            })}
            <button type="button" id="save-as" on:click=open>{move || if own() { "Save as a new rule…" } else { "Save as rule…" }}</button>
            {move || changed.get().then(|| view! {
                <button type="button" class="quiet" on:click=move |_| bench.draft.set(bench.base.get_untracked())>"Take back all changes"</button>
            })}
            {move || locked().then(|| view! { <span class="muted">"This rule comes from the configuration file: save a copy to change it."</span> })}
            {move || done.get().map(|done| view! { <span role="status">{done}</span> })}
            {move || failed.get().map(|error| view! { <Failure error/> })}
        </div>
        <dialog node_ref=dialog aria-labelledby="save-title">
            <form on:submit=create>
                <h2 id="save-title">"Save as rule"</h2>
                <label class="field">"Name"<input type="text" id="rule-name" required maxlength="120" autocomplete="off" node_ref=name/></label>
                {move || failed.get().map(|error| view! { <Failure error/> })}
                <p class="row">
                    <button type="submit" class="primary" id="create">"Save"</button>
                    <button type="button" on:click=move |_| close()>"Cancel"</button>
                </p>
            </form>
        </dialog>
    }
}
