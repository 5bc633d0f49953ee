//! What is looked at: rule, source, query, step, range.

use hindcast_shared::api::{RuleRecord, SourceRecord};
use hindcast_shared::time::Millis;
use leptos::prelude::*;

use super::bench::Bench;
use super::queries;
use crate::components::RangePicker;
use crate::i18n::t;
use crate::lean::CollectAny as _;
use crate::worker::dropped::TABLE;

/// The row on top.
#[component]
pub(super) fn Inputs(
    bench: Bench,
    rules: Vec<RuleRecord>,
    sources: Vec<SourceRecord>,
) -> impl IntoView {
    let options = rules
        .iter()
        .filter_map(|rule| rule.rule.id.clone().map(|id| (id, rule.rule.name.clone())))
        .collect::<Vec<_>>();
    let records = StoredValue::new(rules);
    let picked = move |event: web_sys::Event| {
        let id = event_target_value(&event);
        bench.take(records.with_value(|rules| {
            rules
                .iter()
                .find(|rule| rule.rule.id.as_deref() == Some(&id))
                .cloned()
        }));
    };
    let current = move || {
        bench
            .saved
            .get()
            .and_then(|saved| saved.rule.id)
            .unwrap_or_default()
    };
    let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let suggestions = StoredValue::new(sources);
    // What was asked is offered as soon as something else is; no slider moves any of this.
    let about = Memo::new(move |_| queries::line(bench));
    let suggested = move || {
        let about = about.get();
        let source = about.split('\t').next().unwrap_or_default();
        let mut found = suggestions.with_value(|sources| {
            sources
                .iter()
                .find(|known| known.name == source)
                .map(|known| known.suggestions.clone())
                .unwrap_or_default()
        });
        queries::asked(source, &mut found);
        found
    };
    let asked = move |event: web_sys::Event| {
        bench.change(|draft| draft.query = event_target_value(&event));
        queries::remember(bench);
    };
    let refused_step = RwSignal::new(None::<String>);
    let step = move |event: web_sys::Event| match event_target_value(&event).parse::<Millis>() {
        Ok(step) => {
            refused_step.set(None);
            bench.change(|draft| draft.step = step);
        }
        Err(why) => refused_step.set(Some(why)),
    };
    view! {
        <div class="lab-inputs">
            <label class="field">{t("Rule")}
                <select on:change=picked prop:value=current>
                    <option value="">{t("New rule")}</option>
                    {options.into_iter().map(|(id, name)| {
                        let value = id.clone();
                        view! { <option value=value selected=move || current() == id>{name}</option> }
                    }).collect_any()}
                </select>
            </label>
            <label class="field">{t("Source")}
                <select on:change=move |event| bench.change(|draft| draft.source = event_target_value(&event))
                    prop:value=move || bench.draft.with(|draft| draft.source.clone())>
                    // The select is empty otherwise: no source of the server has this name.
                    {move || bench.table.get().map(|read| view! {
                        <option value=TABLE selected=move || bench.draft.with(|draft| draft.source == TABLE)>{read.name}</option>
                    })}
                    {names.into_iter().map(|name| {
                        let value = name.clone();
                        let mine = name.clone();
                        view! { <option value=value selected=move || bench.draft.with(|draft| draft.source == mine)>{name}</option> }
                    }).collect_any()}
                </select>
            </label>
            <label class="field grow">{t("Query")}
                <input type="text" class="code" data-key="/" list="suggestions" spellcheck="false" autocomplete="off"
                    prop:value=move || bench.draft.with(|draft| draft.query.clone())
                    on:change=asked/>
                <datalist id="suggestions">
                    {move || suggested().into_iter().map(|query| view! { <option value=query></option> }).collect_any()}
                </datalist>
            </label>
            <label class="field">{t("Step")}
                <input type="text" class="short" autocomplete="off"
                    prop:value=move || bench.draft.with(|draft| draft.step.to_string())
                    on:change=step/>
            </label>
            <div class="field">{t("Range")}<RangePicker range=bench.range/></div>
            <button type="button" on:click=move |_| bench.refresh() title=t("Fetch the samples again, up to now")>{t("Refresh")}</button>
            {move || refused_step.get().map(|why| view! { <p class="refused" role="alert">{why}</p> })}
        </div>
    }
}
