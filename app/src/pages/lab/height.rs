//! How high the chart is: dragged at its lower edge, or moved by arrow keys; this browser keeps it.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use crate::browser;
use crate::i18n::t;

/// Where it is kept.
const KEPT: &str = "hindcast-plot-height";
const LEAST: f64 = 120.0;
const MOST: f64 = 1_200.0;
/// A press of an arrow key.
const STEP: f64 = 20.0;

fn element(class: &str) -> Option<HtmlElement> {
    let found = browser::document().query_selector(&format!(".{class}"));
    found.ok()??.dyn_into().ok()
}

/// The height of the chart inside, as it is.
fn shown(class: &str) -> Option<f64> {
    let frame = element(class)?.query_selector(".chart-frame").ok()??;
    Some(f64::from(frame.client_height()))
}

/// Gives it a height in CSS pixels; none takes the design's own.
fn apply(class: &str, height: Option<f64>) {
    let Some(element) = element(class) else {
        return;
    };
    let text = height.map_or_else(String::new, |height| format!("{height:.0}px"));
    // A length can always be set; an empty one takes the property away.
    element.style().set_property("--plot-height", &text).ok();
}

/// The edge that is dragged, of the element of this class.
pub(super) fn handle(class: &'static str) -> AnyView {
    let kept = browser::remembered(KEPT).and_then(|text| browser::number(&text));
    let height = RwSignal::new(kept.map(|kept| kept.clamp(LEAST, MOST)));
    // Where the pointer took hold of it, and how high the chart was then.
    let held = StoredValue::new(None::<(f64, f64)>);
    crate::lean::effect(move || {
        let height = height.get();
        request_animation_frame(move || apply(class, height));
    });
    let now = move || {
        let set = height.get_untracked();
        set.or_else(|| shown(class)).unwrap_or(LEAST)
    };
    let set = move |wanted: Option<f64>| {
        let wanted = wanted.map(|wanted| wanted.clamp(LEAST, MOST));
        height.set(wanted);
        browser::remember(
            KEPT,
            &wanted.map_or_else(String::new, |wanted| format!("{wanted:.0}")),
        );
    };
    let pressed = move |event: PointerEvent| {
        let now = now();
        held.set_value(Some((f64::from(event.client_y()), now)));
        let target = event.current_target();
        if let Some(target) = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            // Without the capture the drag ends where the pointer leaves.
            target.set_pointer_capture(event.pointer_id()).ok();
        }
    };
    let moved = move |event: PointerEvent| {
        if let Some((from, before)) = held.get_value() {
            set(Some(before + f64::from(event.client_y()) - from));
        }
    };
    let keyed = move |event: KeyboardEvent| {
        let now = now();
        let wanted = match event.key().as_str() {
            "ArrowUp" => Some(now - STEP),
            "ArrowDown" => Some(now + STEP),
            "Home" => Some(LEAST),
            "Escape" => None,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        set(wanted);
    };
    view! {
        <div class="plot-edge" role="separator" tabindex="0" aria-orientation="horizontal" aria-label=t("Height of the chart")
            aria-valuemin="120" aria-valuemax="1200" aria-valuenow=move || format!("{:.0}", height.get().or_else(|| shown(class)).unwrap_or(LEAST))
            title=t("Drag it, or use the arrow keys; Esc takes the usual height.")
            on:pointerdown=pressed on:pointermove=moved on:pointerup=move |_| held.set_value(None)
            on:pointercancel=move |_| held.set_value(None) on:dblclick=move |_| set(None) on:keydown=keyed></div>
    }
    .into_any()
}
