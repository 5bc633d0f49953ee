//! An address that shows nothing.

use leptos::prelude::*;

use crate::i18n::t;

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <div class="failure">
            <h1>{t("There is no such page")}</h1>
            <p><a href="./">{t("Go to the overview")}</a></p>
        </div>
    }
}
