//! Labels in the Lab: a range of the series is called an incident, normal, or not to be learned.
//!
//! The bar above the charts draws them, the list under the charts changes them; each step can be taken back.

mod state;
mod steps;

use hindcast_shared::api::{LabelKind, LabelOrigin, LabelRecord};
use hindcast_shared::chart::minute_text;
use hindcast_shared::time::{HOUR_MS, TimeRange, UtcOffsets};
use leptos::html::Input;
use leptos::prelude::*;

use self::state::Form;
pub(super) use self::state::Labels;
use crate::api::ApiError;
use crate::browser;
use crate::components::{Failure, RangeText, is_typing};
use crate::i18n::{key, plural, t, tf};
use crate::lean::CollectAny as _;
use crate::lean::effect;
use crate::load::Load;
use crate::words;

/// What can be said of a range, and what follows from it.
const KINDS: [(LabelKind, &str, &str, &str); 3] = [
    (
        LabelKind::Incident,
        "label-incident",
        key("Incident"),
        key("Something was wrong: it should have fired."),
    ),
    (
        LabelKind::Normal,
        "label-normal",
        key("Normal"),
        key("Nothing was wrong: whatever fires here is false."),
    ),
    (
        LabelKind::Exclude,
        "label-exclude",
        key("Do not learn this"),
        key("Nothing is learned from it, and nothing fires in it."),
    ),
];

/// The bar above the charts: the mode, the fields, the newest step.
#[component]
pub(super) fn LabelBar(labels: Labels) -> impl IntoView {
    let toggle = move |_| {
        labels.called.set(0);
        labels
            .form
            .update(|form| *form = form.is_none().then(Form::default));
    };
    let listening = window_event_listener(leptos::ev::keydown, move |event| {
        if is_typing(&event) {
            return;
        }
        if event.key() == "Escape" {
            labels.form.set(None);
        }
    });
    on_cleanup(move || listening.remove());
    let said = move || {
        if labels.busy.get() {
            Some(t("Saving…").to_owned())
        } else {
            labels.said.get()
        }
    };
    let tools = move || {
        labels.may_write().then(|| {
            view! {
                <button type="button" id="label" data-key="l" title=t("Label a range (l)")
                    aria-pressed=move || labels.is_brushing().to_string() on:click=toggle>{t("Label a range")}</button>
            }
        })
    };
    let failure = move || match labels.failed.get()? {
        // What is in the fields, and the step to take back, wait here.
        ApiError::Unreachable => {
            let said = t(
                "Not saved: the server does not answer. Press again when it does; nothing is lost.",
            );
            Some(view! { <p class="refused" role="alert">{said}</p> }.into_any())
        }
        error => Some(view! { <Failure error/> }.into_any()),
    };
    view! {
        <div class="label-bar">
            <p class="row">{move || tools()}<span class="muted" role="status">{move || said()}</span></p>
            <Show when=move || labels.is_brushing()><Fields labels/></Show>
            {move || failure()}
        </div>
    }
}

#[component]
fn Fields(labels: Labels) -> impl IntoView {
    let first = NodeRef::<Input>::new();
    effect(move || {
        if labels.called.get() > 0
            && let Some(field) = first.get()
        {
            field.focus().ok();
        }
    });
    let time = move |part: fn(&Form) -> Option<i64>| {
        let at_ms = labels.form.with(|form| part(form.as_ref()?));
        at_ms.map_or_else(String::new, browser::field_time)
    };
    let edited = move |event: &web_sys::Event, part: fn(&mut Form) -> &mut Option<i64>| {
        // A date that is half typed is none, and stays as it stands in the field.
        if let Some(at_ms) = browser::instant_of_field(&event_target_value(event)) {
            labels.form.update(|form| {
                if let Some(form) = form {
                    *part(form) = Some(at_ms);
                }
            });
        }
    };
    let ready = move || labels.form.with(|form| form.as_ref()?.range()).is_some();
    let whose = move || {
        let pattern = labels
            .form
            .with(|form| form.as_ref()?.before.as_ref()?.pattern.clone());
        pattern.unwrap_or_else(|| labels.series())
    };
    let kinds = KINDS.map(|(kind, id, word, help)| {
        view! {
            <button type="button" id=id title=t(help) prop:disabled=move || !ready() || labels.busy.get() on:click=move |_| labels.save(kind)>
                <span class="mark" data-kind=name(kind) aria-hidden="true">{words::label_kind(kind).0}</span>{t(word)}
            </button>
        }
    });
    view! {
        <form class="label-form" on:submit=move |event| event.prevent_default()>
            <p>{t("Drag over the chart, or give both times; then say what it was:")}" "<code>{move || whose()}</code></p>
            <div class="row">
                <label class="field">{t("From")}<input type="datetime-local" step="1" id="label-from" node_ref=first
                    prop:value=move || time(|form| form.from_ms) on:change=move |event| edited(&event, |form| &mut form.from_ms)/></label>
                <label class="field">{t("To")}<input type="datetime-local" step="1" id="label-to"
                    prop:value=move || time(|form| form.to_ms) on:change=move |event| edited(&event, |form| &mut form.to_ms)/></label>
                <div class="row label-kinds" role="group" aria-label=t("What it was")>{kinds.into_iter().collect_any()}</div>
                <button type="button" class="quiet" id="label-cancel" on:click=move |_| labels.form.set(None)>{t("Cancel")}</button>
            </div>
            <p class="muted">{t("What is not to be learned neither teaches nor fires: here at once; in production for samples from now on, and for what was learned already from the next fit or restart on.")}</p>
        </form>
    }
}

fn name(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Incident => "incident",
        LabelKind::Normal => "normal",
        LabelKind::Exclude => "exclude",
    }
}

/// The list under the charts.
#[component]
pub(super) fn LabelList(labels: Labels) -> impl IntoView {
    let count = move || match labels.visible().len() {
        0 => String::new(),
        count => plural(count as u64, "{n} in this range", "{n} in this range"),
    };
    let body = move || {
        if let Some(error) = labels.list.with(|list| match list {
            Load::Failed(error) => Some(error.clone()),
            _ => None,
        }) {
            let retry = Callback::new(move |()| labels.reload());
            return view! { <Failure error retry/> }.into_any();
        }
        let range = labels.bench().resolved.get();
        let (Some(range), true) = (range, labels.is_ready()) else {
            return view! { <p class="muted" role="status">{t("Loading labels…")}</p> }.into_any();
        };
        let offsets = browser::zone_offsets(range);
        let (rows, may_write) = (labels.visible(), labels.may_write());
        if rows.is_empty() {
            let how = if may_write {
                t(
                    "Nobody has labelled anything here. “Label a range”, then drag over the chart: incidents give precision and recall.",
                )
            } else {
                t("Nobody has labelled anything here. An operator’s key may.")
            };
            return view! { <p class="muted">{how}</p> }.into_any();
        }
        let rows = rows
            .into_iter()
            .rev()
            .map(|label| row(labels, label, &offsets, may_write))
            .collect_any();
        view! { <ul class="label-rows" tabindex="0" aria-label=t("Labels, newest first")>{rows}</ul> }
            .into_any()
    };
    view! {
        <section class="labels" aria-labelledby="labels-title">
            <div class="section-head">
                <h2 id="labels-title">{t("Labels")}</h2>
                <p class="muted" role="status" id="label-count">{move || count()}</p>
            </div>
            {move || body()}
        </section>
    }
}

fn row(
    labels: Labels,
    label: LabelRecord,
    offsets: &UtcOffsets,
    may_write: bool,
) -> impl IntoView + use<> {
    let (glyph, word) = words::label_kind(label.kind);
    let when = minute_text(label.start_ms, offsets);
    let range = TimeRange {
        from_ms: label.start_ms,
        to_ms: label.end_ms,
    };
    let mut whose = match label.origin {
        LabelOrigin::Import => t("came with the data").to_owned(),
        LabelOrigin::User => tf("by {name}", &[("name", &label.author)]),
        LabelOrigin::Feedback => tf("judged by {name}", &[("name", &label.author)]),
    };
    if label.version > 1 {
        let version = label.version.to_string();
        whose = tf(
            "{whose}, version {n}",
            &[("whose", &whose), ("n", &version)],
        );
    }
    if let Some(pattern) = &label.pattern {
        whose = tf(
            "{whose}, for {pattern}",
            &[("whose", &whose), ("pattern", pattern)],
        );
    }
    let show = move |_| {
        let room = (range.duration_ms() * 2).max(HOUR_MS);
        let text = RangeText::fixed(TimeRange {
            from_ms: range.from_ms - room,
            to_ms: range.to_ms + room,
        });
        text.to_url();
        labels.bench().range.set(text);
    };
    let (edited, deleted) = (label.clone(), label.clone());
    let said = format!("{word}, {when}");
    let tools = may_write.then(|| {
        let (edit, delete) = (
            tf("Edit: {label}", &[("label", &said)]),
            tf("Delete: {label}", &[("label", &said)]),
        );
        view! {
            <button type="button" class="link" data-do="edit" aria-label=edit on:click=move |_| labels.open(range, Some(edited.clone()))>{t("Edit")}</button>
            <button type="button" class="link" data-do="delete" aria-label=delete on:click=move |_| labels.write(Some(deleted.clone()), None)>{t("Delete")}</button>
        }
    });
    view! {
        <li data-label=label.id>
            <span><span class="mark" data-kind=name(label.kind) aria-hidden="true">{glyph}</span>{word}</span>
            <button type="button" class="link" title=tf("Zoom to {time}", &[("time", &said)]) on:click=show>{when}</button>
            <span>{words::length(range.duration_ms())}</span>
            <span class="muted">{whose}</span>
            {tools}
        </li>
    }
}
