//! The overview: a sentence, what is open, how the sources are, and the wall of charts.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{RuleRecord, SourceRecord, SourceState};
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;

use super::state::{State, condition_glyph, condition_name};
use crate::browser;
use crate::components::{
    AnomalyList, Failure, Pace, RangePicker, RangeText, RuleCharts, Waiting, stored_anomalies,
};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::Load;
use crate::url_state;
use crate::words;

/// Most series drawn for a rule.
const MOST_SERIES: u32 = 6;

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let live = expect_context::<Live>();
    let state = State::start(live);
    let range = RwSignal::new(RangeText::from_url("now-24h"));
    let search = RwSignal::new(url_state::current().get("q").unwrap_or_default().to_owned());
    let active = Signal::derive(move || live.active.get().ready().cloned().unwrap_or_default());
    view! {
        <div class="overview">
            <h1 class="visually-hidden">"Overview"</h1>
            <Headline state/>
            <section aria-labelledby="open-title" class="open">
                <h2 id="open-title">"Open anomalies " <span class="count">{move || active.get().len()}</span></h2>
                <div aria-live="polite">
                    {move || match live.active.get() {
                        Load::Waiting => view! { <Waiting what="anomalies"/> }.into_any(),
                        Load::Failed(error) => view! { <Failure error retry=Callback::new(move |()| live.fetch())/> }.into_any(),
                        Load::Ready(active) if active.is_empty() => view! { <p class="muted">"None."</p> }.into_any(),
                        Load::Ready(_) => ().into_any(),
                    }}
                </div>
                <AnomalyList items=active/>
            </section>
            <Sources state/>
            <section aria-labelledby="wall-title">
                <div class="section-head">
                    <h2 id="wall-title">"Series"</h2>
                    <input type="search" data-key="/" placeholder="Filter rules" aria-label="Filter rules"
                        prop:value=search
                        on:input=move |event| {
                            let text = event_target_value(&event);
                            url_state::replace(&[("q", (!text.is_empty()).then_some(text.as_str()))]);
                            search.set(text);
                        }/>
                    <RangePicker range/>
                </div>
                <Wall state range search/>
            </section>
        </div>
    }
}

#[component]
fn Headline(state: State) -> impl IntoView {
    let sentence = state.sentence;
    view! {
        <div class="headline" data-condition=move || condition_name(&sentence.get().condition)>
            <p class="sentence" aria-live="polite">
                <span class="mark" aria-hidden="true">{move || condition_glyph(&sentence.get().condition)}</span>
                <span class="sentence-text">{move || sentence.get().text}</span>
            </p>
            <ul class="also">
                {move || sentence.get().also.into_iter().map(|also| view! { <li>{also}</li> }).collect_any()}
            </ul>
        </div>
    }
}

#[component]
fn Sources(state: State) -> impl IntoView {
    let live = expect_context::<Live>();
    let item = move |source: SourceRecord| {
        let now_ms = live.now_ms.get_untracked();
        let (name, glyph, text) = match &source.state {
            SourceState::Unknown => ("unknown", "○", "not asked yet".to_owned()),
            SourceState::Up { .. } => ("up", "✓", "up".to_owned()),
            SourceState::Down { since_ms, why } => (
                "down",
                "▲",
                format!(
                    "down since {}: {why}",
                    words::since(*since_ms, now_ms, &browser::zone_now())
                ),
            ),
        };
        view! {
            <li class="source" data-state=name>
                <span class="mark" aria-hidden="true">{glyph}</span>
                <span class="source-name">{source.name.clone()}</span>
                <span class="muted">{text}</span>
            </li>
        }
    };
    view! {
        <section aria-labelledby="sources-title">
            <h2 id="sources-title">"Sources"</h2>
            {move || match state.sources.get() {
                Load::Waiting => view! { <Waiting what="sources"/> }.into_any(),
                Load::Failed(error) => view! { <Failure error/> }.into_any(),
                Load::Ready(sources) if sources.is_empty() => {
                    view! { <p class="muted">"No source is configured. Add one under sources: in hindcast.yaml."</p> }.into_any()
                }
                Load::Ready(sources) => view! { <ul class="sources">{sources.into_iter().map(item).collect_any()}</ul> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Wall(state: State, range: RwSignal<RangeText>, search: RwSignal<String>) -> impl IntoView {
    let stored = stored_anomalies(range.into(), None);
    // Only what is configured decides which charts there are; a new run must not build them anew.
    let shown = Memo::new(move |_| {
        let needle = browser::lower(&search.get());
        state.rules.get().ready().map(|rules| {
            rules
                .iter()
                .filter(|rule| {
                    rule.rule.enabled && browser::lower(&rule.rule.name).contains(&needle)
                })
                .map(|rule| (rule.rule.id.clone().unwrap_or_default(), rule.version))
                .collect::<Vec<_>>()
        })
    });
    let find = move |id: &str| state.find_rule(id);
    let zoom = Callback::new(move |selected: TimeRange| {
        let text = RangeText::fixed(selected);
        text.to_url();
        range.set(text);
    });
    move || {
        match shown.get() {
        None => match state.rules.get() {
            Load::Failed(error) => view! { <Failure error/> }.into_any(),
            _ => view! { <Waiting what="rules"/> }.into_any(),
        },
        Some(shown) if shown.is_empty() => {
            view! { <p class="muted">"No rule is on. "<a href="lab">"Make one in the Lab"</a>"."</p> }.into_any()
        }
        Some(shown) => {
            let panels = shown
                .iter()
                .filter_map(|(id, _)| find(id))
                .map(|rule| view! { <RulePanel rule range stored zoom/> })
                .collect_any();
            view! { <div class="wall">{panels}</div> }.into_any()
        }
    }
    }
}

#[component]
fn RulePanel(
    rule: RuleRecord,
    range: RwSignal<RangeText>,
    stored: Signal<Option<Vec<Anomaly>>>,
    zoom: Callback<TimeRange>,
) -> impl IntoView {
    let id = rule.rule.id.clone().unwrap_or_default();
    let error = rule.last_run.as_ref().and_then(|run| run.error.clone());
    let pace = Pace {
        most: MOST_SERIES,
        only: None,
        bare: false,
    };
    view! {
        <article class="rule-panel" data-rule=id.clone()>
            <header class="rule-head">
                <h3><a href=format!("lab?rule={id}") title="Open in the Lab">{rule.rule.name.clone()}</a></h3>
                <span class="muted">{format!("{} · {}", rule.rule.source, detector_name(&rule))}</span>
            </header>
            {error.map(|error| view! { <p class="refused" role="alert">{error}</p> })}
            <RuleCharts rule range stored pace on_zoom=zoom/>
        </article>
    }
}

fn detector_name(rule: &RuleRecord) -> String {
    let kind = rule
        .rule
        .detector
        .get("kind")
        .and_then(|kind| kind.as_str())
        .unwrap_or("");
    match rule.rule.decision.threshold {
        Some(threshold) => format!("{kind}, threshold {threshold}"),
        None => kind.to_owned(),
    }
}
