//! What keeps a wall going for months: the watchdog, new builds, a screen that stays on and does not burn in.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser;
use crate::i18n::t;
use crate::live::{Link, Live};

/// How long everything stands at one place on the screen.
const SHIFT_EVERY_MS: i64 = 3 * 60_000;
/// The places: 1 to 4 pixels to each side, as `data-shift` in the style sheet.
const SHIFTS: i64 = 9;
/// When nobody stands before the wall.
const NIGHT: std::ops::Range<u32> = 3..5;

/// Where everything stands now, as `data-shift`.
pub(super) fn shift(now_ms: i64) -> String {
    (now_ms / SHIFT_EVERY_MS).rem_euclid(SHIFTS).to_string()
}

/// The hour of the day where the wall hangs.
pub(super) fn hour(now_ms: i64) -> u32 {
    js_sys::Date::new(&JsValue::from_f64(now_ms as f64)).get_hours()
}

/// Loads the watchdog once, and gives it a sign of life every second.
pub(super) fn watch_over(live: Live) {
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
        detail.set_detail(&JsValue::from_f64(bytes));
        if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict("hindcast:alive", &detail)
        {
            browser::window().dispatch_event(&event).ok();
        }
    });
}

/// Takes a new build: between two pages, or in the night. Never while it could not be fetched.
pub(super) fn renew(live: Live, turned: bool) {
    let night = NIGHT.contains(&js_sys::Date::new_0().get_hours());
    let reached =
        browser::window().navigator().on_line() && live.link.get_untracked() == Link::Live;
    if live.outdated.get_untracked() && reached && (turned || night) {
        browser::window().location().reload().ok();
    }
}

/// Keeps the screen on; the signal says what stands in the way.
pub(super) fn stay_awake() -> RwSignal<Option<&'static str>> {
    let trouble = RwSignal::new(None);
    let window = browser::window();
    if !window.is_secure_context() {
        trouble.set(Some(t(
            "The screen may go to sleep: keeping it on needs https.",
        )));
        return trouble;
    }
    let get = |object: &JsValue, name: &str| {
        let found = js_sys::Reflect::get(object, &JsValue::from_str(name)).ok()?;
        Some(found).filter(JsValue::is_truthy)
    };
    let lock = get(&window.navigator(), "wakeLock");
    let request = lock.as_ref().and_then(|lock| get(lock, "request"));
    let (Some(lock), Some(Ok(request))) = (lock, request.map(JsCast::dyn_into::<js_sys::Function>))
    else {
        trouble.set(Some(t(
            "The screen may go to sleep: this browser cannot keep it on.",
        )));
        return trouble;
    };
    let refused = Closure::<dyn FnMut(JsValue)>::new(move |_| {
        trouble.try_set(Some(t(
            "The screen may go to sleep: the browser did not keep it on.",
        )));
    });
    let granted = Closure::<dyn FnMut(JsValue)>::new(move |_| {
        trouble.try_set(None);
    });
    let ask = StoredValue::new_local((lock, request, granted, refused));
    let ask = move || {
        ask.try_with_value(|(lock, request, granted, refused)| {
            let promise = request.call1(lock, &JsValue::from_str("screen"));
            if let Ok(Ok(promise)) = promise.map(JsCast::dyn_into::<js_sys::Promise>) {
                drop(promise.then2(granted, refused));
            }
        });
    };
    ask();
    // The browser takes the lock back whenever the page is hidden.
    let seen = window_event_listener(
        leptos::ev::Custom::<web_sys::Event>::new("visibilitychange"),
        move |_| {
            if !browser::document().hidden() {
                ask();
            }
        },
    );
    on_cleanup(move || seen.remove());
    trouble
}
