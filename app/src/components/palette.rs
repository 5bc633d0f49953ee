//! The command palette: everywhere one can go and everything the page offers, found by a few letters.
//!
//! Pages name what they offer by `data-command` on the element that does it; the palette only clicks it.

use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::api;
use crate::browser;
use crate::i18n::{key, t, tf};
use crate::lean::CollectAny as _;
use crate::route;

/// Most lines that are shown: more letters find the others.
const MOST: usize = 12;

const PLACES: [(&str, &str); 10] = [
    ("./", key("Overview")),
    ("lab", key("Lab")),
    ("lab/series", key("Many series")),
    ("rules", key("Rules")),
    ("models", key("Models")),
    ("mutes", key("Mutes")),
    ("calendars", key("Calendars")),
    ("notifications", key("Notifications")),
    ("journal", key("Journal")),
    ("kiosk", key("Wall")),
];

/// Something to do.
#[derive(Debug, Clone)]
struct Command {
    words: String,
    does: Does,
}

#[derive(Debug, Clone)]
enum Does {
    Go(String),
    /// The place of an element among those that name a command.
    Press(u32),
}

/// The dialog; whoever opens it calls [`open`].
#[component]
pub fn Palette(
    /// The dialog itself.
    dialog: NodeRef<Dialog>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let typed = RwSignal::new(String::new());
    let all = RwSignal::new(Vec::<Command>::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let wanted = browser::lower(&typed.get());
        all.with(|all| {
            let fits = |command: &&Command| {
                let words = browser::lower(&command.words);
                wanted.split_whitespace().all(|part| words.contains(part))
            };
            let found = all.iter().filter(fits).take(MOST);
            found
                .map(|command| command.words.clone())
                .collect::<Vec<_>>()
        })
    });
    let run = move |at: usize| {
        let words = found.with_untracked(|found| found.get(at).cloned());
        let command = all.with_untracked(|all| {
            let same = |command: &&Command| Some(&command.words) == words.as_ref();
            all.iter().find(same).cloned()
        });
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        match command.map(|command| command.does) {
            Some(Does::Go(address)) => route::visit(&address),
            Some(Does::Press(place)) => press(place),
            None => {}
        }
    };
    let opened = move |event: web_sys::Event| {
        if !event_target::<web_sys::Element>(&event).has_attribute("open") {
            return;
        }
        typed.set(String::new());
        at.set(0);
        all.set(offered());
        leptos::task::spawn_local(async move {
            // Rules that cannot be read are not offered; everything else is.
            let rules = api::list_rules().await.unwrap_or_default();
            let rules = rules.into_iter().filter_map(|rule| {
                let words = tf("Lab: {rule}", &[("rule", &rule.rule.name)]);
                let does = Does::Go(format!("lab?rule={}", rule.rule.id?));
                Some(Command { words, does })
            });
            all.try_update(|all| all.extend(rules));
        });
        if let Some(field) = field.get_untracked() {
            field.set_value("");
            field.focus().ok();
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        let now = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => at.set((now + 1).min(last)),
            "ArrowUp" => at.set(now.saturating_sub(1)),
            "Enter" => run(now),
            _ => return,
        }
        event.prevent_default();
    };
    let written = move |event: web_sys::Event| {
        typed.set(event_target_value(&event));
        at.set(0);
    };
    let lines = move || {
        let chosen = at.get();
        let line = |(place, words): (usize, String)| {
            view! {
                <li id=format!("command-{place}") role="option" aria-selected=(place == chosen).to_string()
                    on:click=move |_| run(place)>{words}</li>
            }
        };
        found.get().into_iter().enumerate().map(line).collect_any()
    };
    view! {
        <dialog class="palette" node_ref=dialog aria-label=t("Commands") on:toggle=opened>
            <input type="text" node_ref=field role="combobox" aria-expanded="true" aria-controls="commands" autocomplete="off"
                aria-label=t("Command, page or rule") placeholder=t("Command, page or rule") spellcheck="false"
                aria-activedescendant=move || format!("command-{}", at.get())
                on:input=written on:keydown=keys/>
            <ul id="commands" role="listbox" aria-label=t("Commands")>{lines}</ul>
            <p class="muted" role="status">{move || found.with(Vec::is_empty).then(|| t("Nothing fits."))}</p>
        </dialog>
    }
}

/// Opens the palette, unless another dialog is in front.
pub fn open(dialog: NodeRef<Dialog>) {
    let busy = browser::document()
        .query_selector("dialog[open]")
        .is_ok_and(|dialog| dialog.is_some());
    if let Some(dialog) = dialog.get_untracked().filter(|_| !busy) {
        // A dialog that is not open yet can be opened.
        dialog.show_modal().ok();
    }
}

/// Elements that name a command, in the order of the page.
fn elements() -> Option<web_sys::NodeList> {
    browser::document()
        .query_selector_all("[data-command]:not(:disabled)")
        .ok()
}

fn offered() -> Vec<Command> {
    let mut all = Vec::new();
    if let Some(elements) = elements() {
        for place in 0..elements.length() {
            let element = elements
                .item(place)
                .and_then(|node| node.dyn_into::<web_sys::Element>().ok());
            if let Some(words) = element.and_then(|element| element.get_attribute("data-command")) {
                all.push(Command {
                    words,
                    does: Does::Press(place),
                });
            }
        }
    }
    all.extend(PLACES.map(|(address, words)| Command {
        words: t(words).to_owned(),
        does: Does::Go(address.to_owned()),
    }));
    all
}

fn press(place: u32) {
    let element = elements()
        .and_then(|elements| elements.item(place))
        .and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // A field is there to be written in.
        element.focus().ok();
        element.click();
    }
}
