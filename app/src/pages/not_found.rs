//! An address that shows nothing.

use leptos::prelude::*;

use crate::browser;
use crate::i18n::{t, tf};

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    let path = browser::window().location().pathname().unwrap_or_default();
    let what = tf(
        "Nothing is at {path}: the link may be cut off or old.",
        &[("path", &path)],
    );
    view! {
        <div class="failure">
            <h1>{t("There is no such page")}</h1>
            <p class="muted">{what}</p>
            <p class="row">
                <a class="button" href="./">{t("Go to the overview")}</a>
                <a class="button" href="rules">{t("Rules")}</a>
                <a class="button" href="lab">{t("Lab")}</a>
            </p>
        </div>
    }
}
