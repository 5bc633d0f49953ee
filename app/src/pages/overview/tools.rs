//! The filter's controls.

use leptos::prelude::*;

use super::super::state::State;
use super::filter::{Filter, Phase, SEVERITIES};
use crate::i18n::t;
use crate::lean::CollectAny as _;
use crate::words;

/// The row of controls.
#[component]
pub(super) fn Tools(state: State, filter: RwSignal<Filter>) -> impl IntoView {
    let severity = move |severity: hindcast_shared::rule::Severity| {
        let on = move || filter.with(|filter| filter.severities.contains(&severity));
        view! {
            <button type="button" class="toggle" data-severity=severity.as_str() aria-pressed=move || on().to_string()
                on:click=move |_| filter.update(|filter| filter.toggle(severity))>
                <span class="mark" aria-hidden="true">{words::glyph(severity)}</span>{words::severity_word(severity)}
            </button>
        }
    };
    let phases = Phase::ALL.map(|phase| {
        let word = match phase {
            Phase::Active => t("Going on"),
            Phase::Open => t("Open"),
            Phase::Taken => t("Acknowledged"),
            Phase::Over => t("Over, in the range"),
            Phase::All => t("All, in the range"),
        };
        (phase.as_str().to_owned(), word.to_owned())
    });
    let phases = StoredValue::new(phases.to_vec());
    let sources = Memo::new(move |_| {
        let any = (String::new(), t("Any source").to_owned());
        let known = state.sources.get();
        let known = known.ready().into_iter().flatten();
        let named = known.map(|source| (source.name.clone(), source.name.clone()));
        std::iter::once(any).chain(named).collect::<Vec<_>>()
    });
    let rules = Memo::new(move |_| {
        let any = (String::new(), t("Any rule").to_owned());
        state.rules.with(|rules| {
            let known = rules.ready().into_iter().flatten();
            let named = known.map(|rule| {
                let id = rule.rule.id.clone().unwrap_or_default();
                (id, rule.rule.name.clone())
            });
            std::iter::once(any).chain(named).collect::<Vec<_>>()
        })
    });
    let set_phase = Callback::new(move |text: String| {
        filter.update(|filter| filter.phase = Phase::parse(&text));
    });
    let none = move || filter.with(|filter| *filter == Filter::default());
    view! {
        <div class="overview-tools" role="search" aria-label=t("Filter")>
            <span class="row" role="group" aria-label=t("Severity")>{SEVERITIES.map(severity).into_iter().collect_any()}</span>
            {select("status", t("Status"), Signal::derive(move || phases.get_value()),
                Signal::derive(move || filter.with(|filter| filter.phase.as_str().to_owned())), set_phase)}
            {select("source", t("Source"), sources.into(), Signal::derive(move || filter.with(|filter| filter.source.clone())),
                Callback::new(move |text| filter.update(|filter| filter.source = text)))}
            {select("rule", t("Rule"), rules.into(), Signal::derive(move || filter.with(|filter| filter.rule.clone())),
                Callback::new(move |text| filter.update(|filter| filter.rule = text)))}
            <input type="search" data-key="/" id="overview-words" placeholder=t("Rule, series or label") aria-label=t("Filter by words in rules, series and labels")
                prop:value=move || filter.with(|filter| filter.words.clone())
                on:input=move |event| filter.update(|filter| filter.words = event_target_value(&event))/>
            <button type="button" class="quiet" prop:disabled=none on:click=move |_| filter.set(Filter::default())>{t("Show all")}</button>
        </div>
    }
}

fn select(
    id: &'static str,
    label: &'static str,
    options: Signal<Vec<(String, String)>>,
    current: Signal<String>,
    picked: Callback<String>,
) -> AnyView {
    let option = move |(value, name): (String, String)| {
        let own = value.clone();
        view! { <option value=value selected=move || current.get() == own>{name}</option> }
    };
    view! {
        <select data-filter=id aria-label=label on:change=move |event| picked.run(event_target_value(&event)) prop:value=current>
            {move || options.get().into_iter().map(option).collect_any()}
        </select>
    }
    .into_any()
}
