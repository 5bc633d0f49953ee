//! The browsers that are told: this one, when somebody clicks, and the list of all.
//!
//! What only the browser knows is asked of `subscribe.js`, which is loaded with this page.

use hindcast_shared::api::{PushDevice, PushDevices, PushDraft};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::super::rules::may_write;
use crate::api::{ApiError, notifications as api};
use crate::app::Who;
use crate::browser;
use crate::components::Failure;
use crate::i18n::{t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::words;

/// Under what the id of this browser is remembered here.
const OWN_ID: &str = "push-device";

/// What the script says of this browser.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Own {
    state: String,
    draft: Option<PushDraft>,
    why: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Board {
    who: Who,
    list: RwSignal<Option<PushDevices>>,
    own: RwSignal<Option<Own>>,
    failed: RwSignal<Option<ApiError>>,
    name: RwSignal<String>,
}

impl Board {
    fn reload(self) {
        spawn_local(async move {
            match api::list_push_devices().await {
                Ok(list) => drop(self.list.try_set(Some(list))),
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
        });
    }

    fn look(self) {
        spawn_local(async move {
            self.own.try_set(ask("state", "", "").await);
        });
    }

    fn on(self) {
        let key = self
            .list
            .with_untracked(|list| list.as_ref().map(|list| list.key.clone()));
        let name = self.name.get_untracked();
        spawn_local(async move {
            let Some(own) = ask("on", &key.unwrap_or_default(), &name).await else {
                return;
            };
            if let Some(draft) = &own.draft {
                match api::take_browser(draft).await {
                    Ok(taken) => browser::remember(OWN_ID, &taken.id),
                    Err(error) => drop(self.failed.try_set(Some(error))),
                }
            }
            self.own.try_set(Some(own));
            self.reload();
        });
    }

    fn off(self) {
        spawn_local(async move {
            self.own.try_set(ask("off", "", "").await);
            if let Some(id) = browser::remembered(OWN_ID) {
                self.forget(id);
            }
        });
    }

    fn forget(self, id: String) {
        spawn_local(async move {
            let gone = api::delete_browser(&id).await;
            self.failed
                .try_set(gone.err().filter(|error| !error.is_not_found()));
            self.reload();
        });
    }
}

/// Asks the script; none when it is not there.
async fn ask(what: &str, key: &str, name: &str) -> Option<Own> {
    let script = js_sys::Reflect::get(&browser::window(), &"hindcastPush".into()).ok()?;
    let script = script.dyn_into::<js_sys::Function>().ok()?;
    let answer = script.call3(&JsValue::NULL, &what.into(), &key.into(), &name.into());
    let answer = answer.ok()?.dyn_into::<js_sys::Promise>().ok()?;
    let said = JsFuture::from(answer).await.ok()?.as_string()?;
    json::read(&said).ok()
}

/// Loads the script, and looks when it is there.
fn load(board: Board) {
    let document = browser::document();
    if document.get_element_by_id(OWN_ID).is_some() {
        return board.look();
    }
    let Ok(script) = document.create_element("script") else {
        return;
    };
    // A fresh element takes any attribute.
    script.set_attribute("id", OWN_ID).ok();
    script.set_attribute("src", "subscribe.js").ok();
    let loaded = Closure::once_into_js(move || board.look());
    script
        .add_event_listener_with_callback("load", loaded.unchecked_ref())
        .ok();
    if let Some(head) = document.head() {
        head.append_child(&script).ok();
    }
}

/// The part of the page about browsers.
#[component]
pub(super) fn Browsers(who: Who) -> impl IntoView {
    let board = Board {
        who,
        list: RwSignal::new(None),
        own: RwSignal::new(None),
        failed: RwSignal::new(None),
        name: RwSignal::new(String::new()),
    };
    load(board);
    board.reload();
    view! {
        <section class="tell" aria-labelledby="browsers">
            <h2 id="browsers">{t("Browsers")}</h2>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {move || board.list.get().map(|list| part(board, list))}
        </section>
    }
}

fn part(board: Board, list: PushDevices) -> AnyView {
    if list.routes.is_empty() && list.items.is_empty() {
        return view! {
            <p class="muted" data-browser="no-route">{t("No route tells browsers. One with channel: push in the configuration does.")}</p>
        }
        .into_any();
    }
    let rows = list
        .items
        .into_iter()
        .map(|device| row(board, device))
        .collect_any();
    view! {
        <p class="muted">{t("A browser that is told shows what these routes say, while this page is closed as well.")}</p>
        <div class="row tell-this" role="status">{move || board.own.get().map(|own| this_browser(board, &own))}</div>
        <div class="scroll" tabindex="0" role="region" aria-label=t("Browsers")>
            <table class="rules outbox">
                <caption class="visually-hidden">{t("Browsers")}</caption>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn this_browser(board: Board, own: &Own) -> AnyView {
    let state = own.state.clone();
    let says = |text: String| view! { <span data-browser=state.clone()>{text}</span> }.into_any();
    match own.state.as_str() {
        "insecure" => says(t("A browser can be told over https only, or on the machine itself. This page came over http.").to_owned()),
        "unsupported" => says(t("This browser cannot be told. On an iPhone or iPad, put Hindcast on the home screen first.").to_owned()),
        "denied" => says(t("This browser was told to show no notifications of this site; its settings can allow them.").to_owned()),
        "failed" => {
            let why = own.why.clone().unwrap_or_default();
            says(tf("It did not work: {why}", &[("why", &why)]))
        }
        _ if !may_write(board.who) => ().into_any(),
        "on" => view! {
            <span data-browser="on">"✓ "{t("This browser is told.")}</span>
            <button type="button" data-do="push-off" on:click=move |_| board.off()>{t("Tell it no more")}</button>
        }
        .into_any(),
        _ => view! {
            <label class="field" data-browser="off">{t("Name of this browser")}
                <input type="text" maxlength="80" prop:value=move || board.name.get() on:input=move |event| board.name.set(event_target_value(&event))/>
            </label>
            <button type="button" data-do="push-on" on:click=move |_| board.on()>{t("Tell this browser")}</button>
        }
        .into_any(),
    }
}

fn row(board: Board, device: PushDevice) -> AnyView {
    let now_ms = browser::now_ms();
    let own = browser::remembered(OWN_ID).is_some_and(|own| own == device.id);
    let last = device.last_sent_ms.map_or_else(
        || t("nothing sent yet").to_owned(),
        |at_ms| words::ago(at_ms, now_ms),
    );
    let (state, mark) = match (&device.error, device.last_sent_ms) {
        (Some(_), _) => ("failing", "✕"),
        (None, Some(_)) => ("fine", "✓"),
        (None, None) => ("off", "–"),
    };
    let name = if device.name.is_empty() {
        t("without a name").to_owned()
    } else {
        device.name
    };
    let (id, key) = (device.id.clone(), device.id);
    let button = may_write(board.who).then(|| {
        view! { <button type="button" data-do="push-delete" on:click=move |_| board.forget(id.clone())>{t("Delete")}</button> }
    });
    let this = own.then(|| view! { <span class="rule-query">{t("this browser")}</span> });
    view! {
        <tr data-device=key>
            <th scope="row"><span class="rule-name">{name}</span>{this}<span class="rule-query">{device.owner}" · "{words::ago(device.created_at_ms, now_ms)}</span></th>
            <td data-state=state><span class="mark" aria-hidden="true">{mark}</span>" "{last}</td>
            <td><span class="rule-query">{device.error}</span></td>
            <td class="rule-buttons">{button}</td>
        </tr>
    }
    .into_any()
}
