//! One rule's chart for a frame on somebody else's page: no chrome, no scroll bars, live.

use leptos::prelude::*;

use crate::api;
use crate::components::{Pace, RangeText, RuleCharts, stored_anomalies};
use crate::live::{Link, Live};
use crate::load::{Load, loaded};
use crate::url_state;
use crate::words;

/// The page.
#[component]
pub fn Embed() -> impl IntoView {
    let live = expect_context::<Live>();
    let rule = url_state::current()
        .get("rule")
        .unwrap_or_default()
        .to_owned();
    let range = Signal::stored(RangeText::from_url("now-6h"));
    let wanted = StoredValue::new(rule.clone());
    let stored = stored_anomalies(range, Some(rule).filter(|rule| !rule.is_empty()));
    let again = Memo::new(move |_| live.now_ms.get() / 60_000);
    let record = loaded(move || {
        live.epoch.track();
        // A frame is rarely loaded again: a server that was away is asked until it answers.
        again.track();
        let rule = wanted.get_value();
        async move { api::find_rule(&rule).await }
    });
    // Only a new version builds the chart anew.
    let found = Memo::new(move |_| {
        record
            .get()
            .ready()
            .map(|record| (record.rule.name.clone(), record.version))
    });
    let worst = move || {
        let active = live.active.get();
        let mine = active
            .ready()?
            .iter()
            .find(|anomaly| anomaly.rule_id.as_str() == wanted.get_value())?;
        Some((mine.severity, words::deviation(mine)))
    };
    let state = move || match live.link.get() {
        Link::Stale => Some("STALE"),
        Link::Doubtful => Some("connection lost"),
        _ => None,
    };
    let head = move || {
        let (severity, what) = worst().unzip();
        view! {
            <header class="embed-head" data-severity=severity.map_or("none", hindcast_shared::rule::Severity::as_str)>
                <span class="mark" aria-hidden="true">{severity.map_or("✓", words::glyph)}</span>
                <strong>{found.get().map(|(name, _)| name)}</strong>
                <span class="embed-what">{what}</span>
                {state().map(|state| view! { <span class="tag" data-state="stale">{state}</span> })}
            </header>
        }
    };
    let pace = Pace {
        most: 1,
        only: None,
        bare: true,
    };
    view! {
        <main class="embed" id="main">
            <h1 class="visually-hidden">"Panel"</h1>
            {move || match (found.get(), record.get_untracked()) {
                (Some(_), Load::Ready(rule)) => view! {
                    {head}
                    <div class="embed-chart"><RuleCharts rule range stored pace=pace.clone()/></div>
                }.into_any(),
                _ => match record.get() {
                    Load::Failed(error) if error.is_not_found() || wanted.with_value(String::is_empty) => {
                        let name = wanted.get_value();
                        let text = if name.is_empty() { "Name a rule: /embed/panel?rule=…".to_owned() } else { format!("There is no rule {name}.") };
                        view! { <p class="embed-message" role="alert">{text}</p> }.into_any()
                    }
                    Load::Failed(error) => view! { <p class="embed-message" role="alert">{error.to_string()}"."</p> }.into_any(),
                    _ => view! { <p class="embed-message" role="status">"Loading…"</p> }.into_any(),
                },
            }}
        </main>
    }
}
