//! What a page shows in place of what is not there: waiting, and failures with what to do.

use std::time::Duration;

use leptos::prelude::*;

use crate::api::ApiError;
use crate::browser;
use crate::i18n::{t, tf};

/// On its way.
#[component]
pub fn Waiting(
    /// What is on its way, in the reader's language.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    view! { <p class="waiting" role="status">{tf("Loading {what}…", &[("what", &what)])}</p> }
}

/// It failed: why, and what to do.
#[component]
pub fn Failure(
    /// Why.
    error: ApiError,
    /// Tries again.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let message = first_upper(&error.message());
    let field = error
        .field()
        .map(|field| view! { <code>{field.to_owned()}</code> " " });
    // What may be over by itself is tried again by itself.
    let wait_s = match &error {
        ApiError::Busy { wait_s } => Some(*wait_s),
        ApiError::Unreachable => Some(5),
        ApiError::Refused { status, .. } if *status >= 500 => Some(15),
        _ => None,
    };
    let wait = wait_s.and_then(|wait_s| retry.map(|retry| view! { <Countdown wait_s retry/> }));
    let sign_in = (error == ApiError::SignedOut)
        .then(|| view! { <a class="button" href=sign_in_address()>{t("Sign in")}</a> });
    view! {
        <div class="failure" role="alert">
            <p><strong>{field}{message}"."</strong></p>
            <p class="muted">{error.advice()}</p>
            {wait}
            <p class="row">
                {retry.map(|retry| view! { <button type="button" on:click=move |_| retry.run(())>{t("Try again")}</button> })}
                {sign_in}
            </p>
        </div>
    }
}

/// How long until it is tried again by itself.
#[component]
fn Countdown(wait_s: u32, retry: Callback<()>) -> impl IntoView {
    let left = RwSignal::new(wait_s);
    let tick = move || {
        let Some(before) = left.try_get_untracked().filter(|left| *left > 0) else {
            return;
        };
        left.set(before - 1);
        if before == 1 {
            retry.run(());
        }
    };
    let ticking = set_interval_with_handle(tick, Duration::from_secs(1)).ok();
    on_cleanup(move || {
        if let Some(ticking) = ticking {
            ticking.clear();
        }
    });
    let words = move || {
        let left = left.get().to_string();
        tf("Trying again in {n} s", &[("n", &left)])
    };
    view! { <p class="countdown" role="timer">{words}</p> }
}

/// Signs in and comes back.
fn sign_in_address() -> String {
    let location = browser::window().location();
    let path = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    format!(
        "login?next={}",
        String::from(js_sys::encode_uri_component(&path))
    )
}

fn first_upper(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let first = text.chars().next().map_or(0, char::len_utf8);
    browser::upper(&text[..first]) + &text[first..]
}
