//! Turns a key into a session; the key is sent once, in a body, and kept nowhere.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::browser;
use crate::i18n::{t, tf};
use crate::url_state;

/// The page.
#[component]
pub fn Login() -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(key) = field
            .get_untracked()
            .map(|field| field.value().trim().to_owned())
        else {
            return;
        };
        if key.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::create_session(key).await {
                Ok(()) => {
                    // A fresh page asks for everything with the cookie that it has now.
                    browser::window().location().set_href(&back()).ok();
                }
                Err(error) => {
                    busy.set(false);
                    failed.set(Some(match error {
                        ApiError::SignedOut => {
                            t("This key is not known, or it was revoked.").to_owned()
                        }
                        ApiError::Busy { wait_s } => {
                            let wait_s = wait_s.to_string();
                            tf("Too many tries: wait {n} s.", &[("n", &wait_s)])
                        }
                        error => format!("{}. {}", error.message(), error.advice()),
                    }));
                }
            }
        });
    };
    view! {
        <main class="login" id="main">
            <form on:submit=submit>
                <h1>"Hindcast"</h1>
                <label for="key">{t("Key")}</label>
                <input id="key" type="password" autocomplete="current-password" required node_ref=field aria-describedby="key-help"/>
                <p id="key-help" class="muted">{tf("An administrator makes one with {command}.", &[("command", "hindcast token create")])}</p>
                {move || failed.get().map(|why| view! { <p class="refused" role="alert">{why}</p> })}
                <button class="primary" type="submit" prop:disabled=busy>{t("Sign in")}</button>
            </form>
        </main>
    }
}

/// Where somebody came from when their session was over; the overview otherwise, and never another site.
fn back() -> String {
    let home = format!("{}/", browser::base_path());
    let next = url_state::current().get("next").map(str::to_owned);
    next.filter(|next| next.starts_with(&home) && !next.starts_with("//") && !next.contains('\\'))
        .unwrap_or(home)
}
