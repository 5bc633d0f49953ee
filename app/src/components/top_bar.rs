//! The bar on top: where one can go, how the connection is, light or dark.

use hindcast_shared::chart::second_text;
use hindcast_shared::message::Lang;
use leptos::prelude::*;

use crate::api;
use crate::app::Who;
use crate::browser;
use crate::chart::{ThemeChoice, ThemeState};
use crate::i18n::{self, t, tf};
use crate::lean::CollectAny as _;
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
        let here = move || {
            let place = place.get();
            if place == target {
                Some("page")
            } else {
                (place.section() == target).then_some("true")
            }
        };
        view! { <a href=address aria-current=here>{word}</a> }
    };
    view! {
        <header class="top">
            <a class="skip" href="#main">{t("Skip to content")}</a>
            <a class="brand" href="./" aria-label=t("Hindcast, overview")>"Hindcast"</a>
            <nav aria-label=t("Main pages")>
                {link("./", t("Overview"), Place::Overview)}
                {link("lab", t("Lab"), Place::Lab)}
                {link("lab/series", t("Series"), Place::Series)}
                {link("rules", t("Rules"), Place::Rules)}
                {link("kiosk", t("Wall"), Place::Kiosk)}
            </nav>
            <LinkState/>
            <button type="button" class="quiet" on:click=move |_| theme.choice.update(|choice| *choice = choice.next())
                title=t("Light, dark or as the system has it")>
                {move || tf("Theme: {name}", &[("name", theme_word(theme.choice.get()))])}
            </button>
            <Zones/>
            <Languages/>
            <button type="button" class="quiet icon" aria-label=t("Help and keys") title=t("Help and keys (?)") on:click=move |_| on_help.run(())>"?"</button>
            <SignOut/>
        </header>
    }
}

fn theme_word(choice: ThemeChoice) -> &'static str {
    match choice {
        ThemeChoice::Auto => t("auto"),
        ThemeChoice::Light => t("light"),
        ThemeChoice::Dark => t("dark"),
    }
}

/// The languages, each by its own name.
#[component]
fn Languages() -> impl IntoView {
    let now = i18n::language();
    let choose = move |event: web_sys::Event| {
        if let Ok(lang) = event_target_value(&event).parse() {
            i18n::choose(lang);
        }
    };
    let names = [
        (Lang::En, "English"),
        (Lang::Ko, "한국어"),
        (Lang::Ru, "Русский"),
    ];
    view! {
        <select class="quiet" aria-label=t("Language") on:change=choose>
            {names.map(|(lang, name)| view! {
                <option value=lang.tag() lang=lang.tag() selected=lang == now>{name}</option>
            }).into_iter().collect_any()}
        </select>
    }
}

/// The zone of all times that are shown: another one by its IANA name.
#[component]
fn Zones() -> impl IntoView {
    let now = browser::zone_name();
    let own = browser::own_zone_name();
    // Four hundred names are asked for when somebody looks at them.
    let listed = RwSignal::new(vec![now.clone()]);
    let opened = {
        let shown = [now.clone(), own.clone(), "UTC".to_owned()];
        move |_| listed.set(browser::zones_and(&shown))
    };
    let choose = move |event: web_sys::Event| {
        let wanted = event_target_value(&event);
        browser::choose_zone(if wanted == own { "" } else { &wanted });
    };
    let options = move || {
        let option = |name: String| view! { <option selected=name == now>{name.clone()}</option> };
        listed.get().into_iter().map(option).collect_any()
    };
    view! {
        <select class="quiet zone" id="zone" aria-label=t("Time zone") title=t("Time zone of everything that is shown") data-command=t("Time zone")
            on:focus=opened on:change=choose>{options}</select>
    }
}

#[component]
fn LinkState() -> impl IntoView {
    let live = expect_context::<Live>();
    let zone = browser::zone_now();
    let heard = move || live.heard_ms.get().map(|at_ms| second_text(at_ms, &zone));
    let words = Memo::new(move |_| match (live.link.get(), heard()) {
        (Link::Connecting, _) => t("Connecting…").to_owned(),
        (Link::Live, _) => t("Live").to_owned(),
        (Link::Doubtful, Some(heard)) => tf("Connection lost, as of {time}", &[("time", &heard)]),
        (Link::Stale, Some(heard)) => tf("STALE, as of {time}", &[("time", &heard)]),
        (Link::Doubtful | Link::Stale, None) => t("The server does not answer").to_owned(),
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
            <button type="button" on:click=move |_| drop(browser::window().location().reload())>{t("New version: reload")}</button>
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
            view! { <button type="button" class="quiet" on:click=leave title=tf("Signed in as {name}", &[("name", &me.name)])>{t("Sign out")}</button> }.into_any()
        }
        Load::Failed(api::ApiError::SignedOut) => view! { <a href="login">{t("Sign in")}</a> }.into_any(),
        _ => ().into_any(),
    }
    }
}
