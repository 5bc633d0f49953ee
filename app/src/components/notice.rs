//! What a page shows in place of what is not there: waiting, and failures with what to do.

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
    let sign_in = (error == ApiError::SignedOut)
        .then(|| view! { <a class="button" href="login">{t("Sign in")}</a> });
    view! {
        <div class="failure" role="alert">
            <p><strong>{field}{message}"."</strong></p>
            <p class="muted">{error.advice()}</p>
            <p class="row">
                {retry.map(|retry| view! { <button type="button" on:click=move |_| retry.run(())>{t("Try again")}</button> })}
                {sign_in}
            </p>
        </div>
    }
}

fn first_upper(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let first = text.chars().next().map_or(0, char::len_utf8);
    browser::upper(&text[..first]) + &text[first..]
}
