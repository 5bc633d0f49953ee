//! How much history a detector learns from, how often it learns, and how often the rule looks.
//!
//! The first two are learned anew when they change; how often the rule looks only moves what is said and when.

use hindcast_shared::rule::{RuleDraft, Schedule};
use hindcast_shared::time::Millis;
use leptos::prelude::*;

use super::bench::{Bench, Trouble};
use crate::i18n::t;

/// The fields.
pub(super) fn fit(bench: Bench) -> AnyView {
    view! {
        <div class="row fit">
            {length(bench, "window", t("Fit window"), t("So much history a detector may look back on."), |draft| draft.window.to_string(), |draft, length| draft.window = length)}
            {length(bench, "fit_every", t("Fit every"), t("So often it learns anew from that history."), |draft| draft.fit_every.to_string(), |draft, length| draft.fit_every = length)}
            {length(bench, "schedule", t("Infer every"), t("So often the rule looks at new samples; no score changes with it."), looks, look_every)}
        </div>
    }
    .into_any()
}

fn looks(draft: &RuleDraft) -> String {
    match &draft.schedule {
        None => draft.step.to_string(),
        Some(Schedule::Every { every, .. }) => every.to_string(),
        Some(Schedule::Cron { cron, .. }) => cron.clone(),
    }
}

fn look_every(draft: &mut RuleDraft, wanted: Millis) {
    match &mut draft.schedule {
        Some(Schedule::Every { every, .. }) => *every = wanted,
        other => {
            *other = (wanted != draft.step).then_some(Schedule::Every {
                every: wanted,
                jitter: Millis::default(),
                catch_up: Millis::from_secs(3_600),
            });
        }
    }
}

fn length(
    bench: Bench,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    shown: fn(&RuleDraft) -> String,
    set: fn(&mut RuleDraft, Millis),
) -> AnyView {
    let changed = move |event: web_sys::Event| match event_target_value(&event).parse::<Millis>() {
        Ok(length) => bench.change(|draft| set(draft, length)),
        Err(message) => bench.trouble.set(Some(Trouble {
            field: Some(field.to_owned()),
            message,
        })),
    };
    view! {
        <label class="field" title=help>{label}
            <input type="text" class="short" id=format!("length-{field}") autocomplete="off" prop:value=move || bench.draft.with(shown) on:change=changed/>
        </label>
    }
    .into_any()
}
