//! The rule as YAML: a plain field with numbered lines, and each message at its line.

use leptos::html::Textarea;
use leptos::prelude::*;

use super::desk::Desk;
use crate::i18n::{said, t, tf};
use crate::lean::CollectAny as _;

/// The editor.
#[component]
pub(super) fn Text(desk: Desk, locked: bool) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let count = Memo::new(move |_| desk.text.with(|text| text.split('\n').count().max(1)));
    let wrong = move |line: usize| {
        desk.errors
            .with(|errors| errors.iter().any(|error| error.line as usize == line))
    };
    let numbers = move || {
        let number = |line: usize| {
            let bad = wrong(line);
            view! { <span data-wrong=bad.to_string()>{if bad { format!("▲ {line}") } else { line.to_string() }}</span> }
        };
        (1..=count.get()).map(number).collect_any()
    };
    let messages = move || {
        desk.errors
            .get()
            .into_iter()
            .map(|error| {
                let line = error.line;
                let place = (line > 0).then(|| {
                    let place = tf("Line {n}", &[("n", &line.to_string())]);
                    view! { <button type="button" class="link" on:click=move |_| go_to(field, line)>{place}</button>": " }
                });
                let about = error.field.map(|field| view! { <code>{field}</code>" " });
                view! { <li>{place}{about}{said(&error.message)}</li> }
            })
            .collect_any()
    };
    view! {
        <div class="yaml">
            <div class="yaml-lines" aria-hidden="true">{numbers}</div>
            <textarea id="rule-yaml" class="code" wrap="off" spellcheck="false" autocomplete="off" node_ref=field
                aria-label=t("The rule as YAML") aria-describedby="rule-yaml-messages"
                aria-invalid=move || (!desk.errors.with(Vec::is_empty)).then_some("true")
                rows=move || count.get().to_string() prop:readOnly=locked prop:value=move || desk.text.get()
                on:input=move |event| desk.type_text(event_target_value(&event))></textarea>
        </div>
        <div id="rule-yaml-messages" role="status"><ul class="messages">{messages}</ul></div>
    }
}

/// Puts the cursor at the beginning of a line.
fn go_to(field: NodeRef<Textarea>, line: u32) {
    let Some(field) = field.get_untracked() else {
        return;
    };
    let text = field.value();
    let before: u32 = text
        .split('\n')
        .take(line.saturating_sub(1) as usize)
        // The browser counts in units of UTF-16.
        .map(|line| line.encode_utf16().count() as u32 + 1)
        .sum();
    let length = text
        .split('\n')
        .nth(line.saturating_sub(1) as usize)
        .map_or(0, |line| line.encode_utf16().count() as u32);
    // A field that is in the page takes the focus and a selection.
    field.focus().ok();
    field.set_selection_range(before, before + length).ok();
}
