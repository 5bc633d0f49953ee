//! The bar on top: where one can go, how the connection is, light or dark.

use hindcast_shared::chart::second_text;
use leptos::prelude::*;

use crate::api;
use crate::app::Who;
use crate::browser;
use crate::chart::ThemeState;
use crate::live::{Link, Live};
use crate::load::Load;
use crate::route::{Place, Route};

/// The bar.
#[component]
pub fn TopBar(
    /// Opens the help.
    #[prop(into)]
    on_help: Callback<()>,
) -> impl IntoView {
    let theme = expect_context::<ThemeState>();
    let place = expect_context::<Route>().place;
    let link = move |address: &'static str, word: &'static str, target: Place| {
        let here = move || (place.get() == target).then_some("page");
        view! { <a href=address aria-current=here>{word}</a> }
    };
    view! {
        <header class="top">
            <a class="skip" href="#main">"Skip to content"</a>
            <a class="brand" href="./" aria-label="Hindcast, overview">"Hindcast"</a>
            <nav aria-label="Pages">
                {link("./", "Overview", Place::Overview)}
                {link("lab", "Lab", Place::Lab)}
                {link("rules", "Rules", Place::Rules)}
                {link("kiosk", "Wall", Place::Kiosk)}
            </nav>
            <LinkState/>
            <button type="button" class="quiet" on:click=move |_| theme.choice.update(|choice| *choice = choice.next())
                title="Light, dark or as the system has it">
                {move || format!("Theme: {}", theme.choice.get().as_str())}
            </button>
            <button type="button" class="quiet icon" aria-label="Help and keys" title="Help and keys (?)" on:click=move |_| on_help.run(())>"?"</button>
            <SignOut/>
        </header>
    }
}

#[component]
fn LinkState() -> impl IntoView {
    let live = expect_context::<Live>();
    let zone = browser::zone_now();
    let heard = move || live.heard_ms.get().map(|at_ms| second_text(at_ms, &zone));
    let words = Memo::new(move |_| match (live.link.get(), heard()) {
        (Link::Connecting, _) => "Connecting…".to_owned(),
        (Link::Live, _) => "Live".to_owned(),
        (Link::Doubtful, Some(heard)) => format!("Connection lost, as of {heard}"),
        (Link::Stale, Some(heard)) => format!("STALE, as of {heard}"),
        (Link::Doubtful | Link::Stale, None) => "The server does not answer".to_owned(),
    });
    let state = move || match live.link.get() {
        Link::Connecting => "connecting",
        Link::Live => "live",
        Link::Doubtful => "doubtful",
        Link::Stale => "stale",
    };
    view! {
        <span class="link-state" data-state=state role="status">{words}</span>
        {move || live.outdated.get().then(|| view! {
            <button type="button" on:click=move |_| drop(browser::window().location().reload())>"New version: reload"</button>
        })}
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let who = expect_context::<Who>();
    let leave = move |_| {
        leptos::task::spawn_local(async move {
            // Whether or not the server heard it, the page asks who is there when it is loaded again.
            api::delete_session().await.ok();
            browser::window().location().reload().ok();
        });
    };
    move || {
        match who.0.get() {
        Load::Ready(me) if me.auth_required => {
            view! { <button type="button" class="quiet" on:click=leave title=format!("Signed in as {}", me.name)>"Sign out"</button> }.into_any()
        }
        Load::Failed(api::ApiError::SignedOut) => view! { <a href="login">"Sign in"</a> }.into_any(),
        _ => ().into_any(),
    }
    }
}
