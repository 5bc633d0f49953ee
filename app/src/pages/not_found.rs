//! An address that shows nothing.

use leptos::prelude::*;

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <div class="failure">
            <h1>"There is no such page"</h1>
            <p><a href="./">"Go to the overview"</a></p>
        </div>
    }
}
