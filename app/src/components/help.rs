//! Keys: what they do, the dialog that lists them, and the switch that turns them off.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::browser;
use crate::i18n::{key, t};
use crate::lean::CollectAny as _;
use crate::route::Route;

const KEYS: [(&str, &str); 19] = [
    ("?", key("This help")),
    (
        "Ctrl+K",
        key("Commands: every page, every rule, everything that can be done here"),
    ),
    ("/", key("Go to the search or query")),
    ("g h", key("Overview")),
    ("g l", key("Lab")),
    ("g s", key("Many series")),
    ("g r", key("Rules")),
    ("d k", key("Wall")),
    ("t z", key("Zoom out")),
    ("t ← →", key("Earlier or later by half of the range")),
    ("t c v", key("Copy the range, or paste one")),
    ("j k", key("Next or previous anomaly")),
    ("a", key("Acknowledge the anomaly that is shown")),
    (
        "l",
        key("Label a range in the Lab: drag, or Enter at both ends"),
    ),
    ("Ctrl+Z", key("Take back the newest label in the Lab")),
    (
        "← → Home End",
        key("Move the cursor of the chart that has the focus"),
    ),
    ("+ −", key("Zoom the heat map that has the focus")),
    (
        "Space",
        key("Choose a range on the timeline: at one anomaly, then at another"),
    ),
    ("Esc", key("Close, or leave a field")),
];

const SWITCH: &str = "hindcast-keys";

/// Listens for keys while it lives.
#[derive(Debug, Clone, Copy)]
pub struct Shortcuts;

/// Whether single keys do something in this browser.
fn enabled() -> bool {
    browser::remembered(SWITCH).as_deref() != Some("off")
}

impl Shortcuts {
    /// Starts to listen; `help` and `commands` open their dialogs.
    pub fn start(help: Callback<()>, commands: Callback<()>) {
        // The first of two keys, such as the g of `g l`.
        let first = StoredValue::new(String::new());
        let route = expect_context::<Route>();
        let listening = window_event_listener(leptos::ev::keydown, move |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key == "k" {
                event.prevent_default();
                return commands.run(());
            }
            if event.ctrl_key() || event.alt_key() || event.meta_key() || !enabled() {
                return;
            }
            if is_typing(&event) {
                if key == "Escape" {
                    blur();
                }
                return;
            }
            let before = first.get_value();
            let begins = before.is_empty() && matches!(key.as_str(), "g" | "t" | "d");
            first.set_value(if begins { key.clone() } else { String::new() });
            match (before.as_str(), key.as_str()) {
                ("g", "h") => route.go("./"),
                ("g", "l") => route.go("lab"),
                ("g", "s") => route.go("lab/series"),
                ("g", "r") => route.go("rules"),
                ("d", "k") => route.go("kiosk"),
                ("", "?") => help.run(()),
                ("", "/") if focus("[data-key='/']") => event.prevent_default(),
                // What else a key does stands on the element that does it.
                (first, key) if !begins && key.chars().all(char::is_alphanumeric) => {
                    let space = if first.is_empty() { "" } else { " " };
                    press(&format!("[data-key='{first}{space}{key}']"));
                }
                _ => {}
            }
        });
        on_cleanup(move || listening.remove());
    }
}

/// Whether a key is meant for a field.
pub(crate) fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        })
}

fn find(selector: &str) -> Option<web_sys::HtmlElement> {
    browser::document()
        .query_selector(selector)
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

fn focus(selector: &str) -> bool {
    find(selector).is_some_and(|element| element.focus().is_ok())
}

fn press(selector: &str) {
    if let Some(element) = find(selector) {
        element.click();
    }
}

fn blur() {
    let active = browser::document()
        .active_element()
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(active) = active {
        active.blur().ok();
    }
}

/// Opens the dialog, unless it is open.
pub fn open(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
        // A dialog that is not open yet can be opened.
        dialog.show_modal().ok();
    }
}

/// The dialog.
#[component]
pub fn Help(
    /// The dialog itself, for whoever opens it.
    dialog: NodeRef<Dialog>,
) -> impl IntoView {
    let switch = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        browser::remember(SWITCH, if on { "on" } else { "off" });
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title">
            <h2 id="help-title">{t("Keys")}</h2>
            <dl>
                {KEYS.map(|(keys, does)| view! {
                    <div><dt>{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_any()}</dt><dd>{t(does)}</dd></div>
                }).into_iter().collect_any()}
            </dl>
            <label class="check"><input type="checkbox" prop:checked=enabled() on:change=switch/>" "{t("Single keys do something")}</label>
            <p class="row"><button type="button" on:click=close>{t("Close")}</button></p>
        </dialog>
    }
}
