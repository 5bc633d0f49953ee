//! What a panel says to the page around it, and hears from it.
//!
//! Only the parent is heard, and who may be that the server's policy (`frame-ancestors`) decides: a panel that stands in
//! a page of another origin than the configured ones is not shown at all, so what comes from the parent is allowed.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::browser;
use crate::chart::{ThemeChoice, ThemeState};
use crate::components::RangeText;

/// Follows `{type: "hindcast:range", from, to, theme}`; each part may be left out.
pub(super) fn follow(range: RwSignal<RangeText>, theme: ThemeState) {
    let listening = window_event_listener(leptos::ev::message, move |event| {
        let parent = browser::window().parent().ok().flatten();
        let is_parent = parent.is_some_and(|parent| {
            event
                .source()
                .is_some_and(|source| JsValue::from(source) == JsValue::from(parent))
        });
        if !is_parent || !browser::is_framed() {
            return;
        }
        let data = event.data();
        let get = |name: &str| {
            let value = js_sys::Reflect::get(&data, &JsValue::from_str(name)).ok()?;
            // Grafana gives instants as numbers or as texts.
            value
                .as_string()
                .or_else(|| value.as_f64().map(|ms| format!("{ms:.0}")))
        };
        if !data.is_object() || get("type").as_deref() != Some("hindcast:range") {
            return;
        }
        let old = range.get_untracked();
        let new = RangeText {
            from: get("from").unwrap_or_else(|| old.from.clone()),
            to: get("to").unwrap_or_else(|| old.to.clone()),
        };
        // A range that makes no sense changes nothing: the panel goes on showing what it shows.
        if new != old && new.resolve(browser::now_ms()).is_ok() {
            range.set(new);
        }
        if let Some(choice) = get("theme").as_deref().and_then(ThemeChoice::parse)
            && theme.choice.get_untracked() != choice
        {
            theme.choice.set(choice);
        }
    });
    on_cleanup(move || listening.remove());
}

/// Tells the page around how high the panel would like to be. That is no secret, whoever it is.
pub(super) fn tell_height(pixels: f64) {
    let Some(parent) = browser::window().parent().ok().flatten() else {
        return;
    };
    let word = js_sys::Object::new();
    for (name, value) in [
        ("type", JsValue::from_str("hindcast:height")),
        ("height", JsValue::from_f64(pixels)),
    ] {
        // A fresh object takes any property.
        js_sys::Reflect::set(&word, &JsValue::from_str(name), &value).ok();
    }
    if browser::is_framed() {
        parent.post_message(word.unchecked_ref(), "*").ok();
    }
}
