//! The wall: a sentence that is read from the door, at most six charts, and never an old truth that looks new.

use hindcast_shared::api::RuleRecord;
use hindcast_shared::chart::second_text;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::state::{State, condition_glyph, condition_name};
use crate::browser;
use crate::components::{Pace, RangeText, RuleCharts, stored_anomalies};
use crate::live::{Link, Live};
use crate::sorted::insert_by_key;

/// More charts than this are not read from afar.
const MOST_CHARTS: usize = 6;

/// The page.
#[component]
pub fn Kiosk() -> impl IntoView {
    let live = expect_context::<Live>();
    let state = State::start(live);
    let range = Signal::stored(RangeText::from_url("now-6h"));
    let stored = stored_anomalies(range, None);
    watch_over(live);
    // The charts of what is wrong come first; they change places only when that changes.
    let shown = Memo::new(move |_| {
        let active = live.active.get();
        let active = active.ready().cloned().unwrap_or_default();
        let rules = state.rules.get();
        let mut worst = Vec::new();
        for rule in rules
            .ready()
            .into_iter()
            .flatten()
            .filter(|rule| rule.rule.enabled)
        {
            insert_by_key(&mut worst, place(rule, &active), Clone::clone);
        }
        worst.truncate(MOST_CHARTS);
        // What is shown stays in the order of ids, so that a chart keeps its place.
        let mut rules = Vec::new();
        for rule in worst {
            insert_by_key(&mut rules, rule, |(_, id, _)| id.clone());
        }
        rules
            .into_iter()
            .map(|(_, id, version)| (id, version))
            .collect::<Vec<_>>()
    });
    let find = move |id: &str| state.find_rule(id);
    let zone = browser::zone_now();
    let as_of = move || match (live.link.get(), live.heard_ms.get()) {
        (Link::Stale, Some(heard)) => format!("STALE · as of {}", second_text(heard, &zone)),
        (Link::Stale, None) => "STALE".to_owned(),
        (_, Some(heard)) => format!("as of {}", second_text(heard, &zone)),
        (_, None) => "connecting".to_owned(),
    };
    let is_old = move || live.link.get() == Link::Stale;
    let sentence = state.sentence;
    view! {
        <main class="kiosk" id="main" class:stale=is_old data-condition=move || condition_name(&sentence.get().condition)>
            <h1 class="kiosk-sentence" aria-live="polite">
                <span class="mark" aria-hidden="true">{move || condition_glyph(&sentence.get().condition)}</span>
                <span>{move || sentence.get().text}</span>
            </h1>
            <p class="kiosk-also">{move || sentence.get().also.join(" ")}</p>
            <div class="kiosk-charts">
                <For each=move || shown.get() key=|rule| rule.clone() children=move |(id, _)| find(&id).map(|rule| {
                    let pace = Pace { most: 1, only: None, bare: true };
                    view! {
                        <section class="kiosk-chart">
                            <h2>{rule.rule.name.clone()}</h2>
                            <div class="kiosk-canvas"><RuleCharts rule range stored pace/></div>
                        </section>
                    }
                })/>
            </div>
            <p class="kiosk-foot"><span>{as_of}</span><span>{browser::zone_name()}</span></p>
        </main>
    }
}

fn place(rule: &RuleRecord, active: &[hindcast_shared::anomaly::Anomaly]) -> (usize, String, u32) {
    let id = rule.rule.id.clone().unwrap_or_default();
    let rank = active
        .iter()
        .position(|anomaly| anomaly.rule_id.as_str() == id)
        .unwrap_or(usize::MAX);
    (rank, id, rule.version)
}

/// Loads the watchdog once, and gives it a sign of life every few seconds.
fn watch_over(live: Live) {
    let document = browser::document();
    if document.get_element_by_id("watchdog").is_none()
        && let Ok(script) = document.create_element("script")
    {
        // A fresh element takes any attribute.
        script.set_attribute("id", "watchdog").ok();
        script.set_attribute("src", "watchdog.js").ok();
        if let Some(head) = document.head() {
            head.append_child(&script).ok();
        }
    }
    crate::lean::effect(move || {
        live.now_ms.track();
        let bytes = wasm_bindgen::memory()
            .dyn_into::<js_sys::WebAssembly::Memory>()
            .ok()
            .and_then(|memory| memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok())
            .map_or(0.0, |buffer| f64::from(buffer.byte_length()));
        let detail = web_sys::CustomEventInit::new();
        detail.set_detail(&wasm_bindgen::JsValue::from_f64(bytes));
        if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict("hindcast:alive", &detail)
        {
            browser::window().dispatch_event(&event).ok();
        }
        // A new version is taken when nobody stands before the wall.
        let hour = js_sys::Date::new_0().get_hours();
        if live.outdated.get_untracked()
            && (3..5).contains(&hour)
            && browser::window().navigator().on_line()
        {
            browser::window().location().reload().ok();
        }
    });
}
