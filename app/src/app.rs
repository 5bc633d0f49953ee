//! The page as a whole: what every place on it can ask for, and which address shows what.

use hindcast_shared::api::Me;
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::api;
use crate::bridge::{Bridge, Line, Reply};
use crate::browser;
use crate::chart::{Cursor, ThemeChoice, ThemeState};
use crate::components::{Help, Palette, Shortcuts, TopBar, open_help, open_palette};
use crate::desk::protocol::{self, Front, SAY, Say};
use crate::i18n::t;
use crate::live::{Hears, Live};
use crate::load::{Load, loaded};
use crate::pages::{
    AnomalyPage, Calendars, Embed, Journal, Kiosk, Lab, Login, ManySeriesPage, Models, Mutes,
    NotFound, Notifications, Overview, RulePage, Rules, Tuning,
};
use crate::route::{Place, Program, Route};
use crate::worker::protocol::{Ask, Columns, Outcome};

/// Who is looking.
#[derive(Debug, Clone, Copy)]
pub struct Who(pub RwSignal<Load<Me>>);

/// The worker, started by the first who asks.
#[derive(Debug, Clone, Copy)]
pub struct Workshop(StoredValue<Option<Result<Bridge, String>>, LocalStorage>);

impl Workshop {
    fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    fn bridge(self) -> Result<Bridge, String> {
        self.0
            .try_update_value(|bridge| bridge.get_or_insert_with(Bridge::start).clone())
            .unwrap_or_else(|| Err("the page is closing".to_owned()))
    }

    /// Starts the worker that has every detector, before anybody asks.
    fn start_full(self) {
        self.0.set_value(Some(Bridge::start_full(|_| {})));
    }

    /// A line of requests for one place on the page.
    pub fn line(self) -> Option<Line> {
        self.bridge().ok().map(|bridge| bridge.line())
    }

    /// Asks the worker.
    pub fn ask(self, line: Option<Line>, ask: Ask, reply: impl FnOnce(Outcome, Columns) + 'static) {
        match (self.bridge(), line) {
            (Ok(bridge), Some(line)) => bridge.ask(line, ask, reply),
            (Ok(_), None) => reply(
                Outcome::failed("the worker was not there in time".to_owned()),
                Columns::default(),
            ),
            (Err(why), _) => reply(Outcome::failed(why), Columns::default()),
        }
    }

    /// Asks about something that is handed over beside it.
    pub fn ask_about(self, line: Option<Line>, ask: Ask, beside: JsValue, reply: Reply) {
        if let (Ok(bridge), Some(line)) = (self.bridge(), line) {
            bridge.ask_about(line, ask, beside, reply);
        }
    }

    /// Stops the replay of a line that is under way.
    pub fn stop(self, line: Option<Line>) {
        if let (Ok(bridge), Some(line)) = (self.bridge(), line) {
            bridge.stop(line);
        }
    }

    /// Hears how far long work has come, of 1.
    pub fn hear_progress(self, told: impl Fn(f64) + 'static) {
        if let Ok(bridge) = self.bridge() {
            bridge.hear_progress(told);
        }
    }

    /// Takes back what a line waits for.
    pub fn hang_up(self, line: Option<Line>) {
        if let (Ok(bridge), Some(line)) = (self.bridge(), line) {
            bridge.hang_up(line);
        }
    }
}

/// What every page can ask for.
fn provide(program: Program, hears: Hears) -> Route {
    crate::i18n::start();
    browser::start_zone();
    let route = Route::start(program);
    let workshop = Workshop::new();
    provide_context(workshop);
    if program == Program::Lab {
        // It is there by the time that the page knows what to ask.
        workshop.bridge().ok();
    }
    // A wall is dark unless somebody says otherwise: it lights a room at night.
    let (default, font_size) = match route.place.get_untracked() {
        Place::Kiosk => (ThemeChoice::Dark, browser::short_side() * 0.0225),
        _ => (ThemeChoice::Auto, 0.0),
    };
    provide_context(route);
    provide_context(ThemeState::start(default, font_size.max(12.0)));
    let narrow = route.place.get_untracked() == Place::Embed;
    provide_context(Live::start(narrow, hears));
    provide_context(Cursor(RwSignal::new(None)));
    provide_context(Who(loaded(api::find_me)));
    route
}

/// The program of those who watch: what is wrong.
#[component]
pub fn Watch() -> impl IntoView {
    let route = provide(Program::Watch, Hears::ALL);
    move || match route.place.get() {
        Place::Overview => view! { <Shell><Overview/></Shell> }.into_any(),
        Place::Login => view! { <Login/> }.into_any(),
        _ => view! { <Shell><NotFound/></Shell> }.into_any(),
    }
}

/// The program of those who look into one anomaly, and from it to the next.
#[component]
pub fn OneAnomaly() -> impl IntoView {
    let route = provide(Program::Anomaly, Hears::ALL);
    move || match route.place.get() {
        Place::Anomaly(id) => view! { <Shell><AnomalyPage id/></Shell> }.into_any(),
        _ => view! { <Shell><NotFound/></Shell> }.into_any(),
    }
}

/// The program of those who make rules.
#[component]
pub fn Workbench() -> impl IntoView {
    let route = provide(Program::Lab, Hears::NOTHING);
    // A link to another rule or range is another place, though the program stays.
    move || {
        route.place.track();
        view! { <LabShell><Lab/></LabShell> }
    }
}

/// The program of those who look after rules.
#[component]
pub fn RuleBook() -> impl IntoView {
    let route = provide(Program::Rules, Hears::ALL);
    move || match route.place.get() {
        Place::Rules => view! { <Shell><Rules/></Shell> }.into_any(),
        Place::Rule(id) => view! { <Shell><RulePage id/></Shell> }.into_any(),
        _ => view! { <Shell><NotFound/></Shell> }.into_any(),
    }
}

/// The program of those who look after who is paged, when nobody is, and what came of it.
#[component]
pub fn Paging() -> impl IntoView {
    let route = provide(Program::Paging, Hears::ALL);
    move || match route.place.get() {
        Place::Calendars => view! { <Shell><Calendars/></Shell> }.into_any(),
        Place::Notifications => view! { <Shell><Notifications/></Shell> }.into_any(),
        Place::Mutes => view! { <Shell><Mutes/></Shell> }.into_any(),
        Place::Journal => view! { <Shell><Journal/></Shell> }.into_any(),
        Place::Tuning => view! { <Shell><Tuning/></Shell> }.into_any(),
        _ => view! { <Shell><NotFound/></Shell> }.into_any(),
    }
}

/// The program of those who look after full models.
#[component]
pub fn ModelBook() -> impl IntoView {
    let route = provide(Program::Models, Hears::ALL);
    move || {
        route.place.track();
        view! { <Shell><Models/></Shell> }
    }
}

/// The program of those who judge many series at once.
#[component]
pub fn ManySeries() -> impl IntoView {
    let route = provide(Program::Series, Hears::ALL);
    // Only that worker can do it; the light one would be fetched for nothing.
    expect_context::<Workshop>().start_full();
    move || {
        route.place.track();
        view! { <Shell><ManySeriesPage/></Shell> }
    }
}

/// The program of screens that nobody sits before.
#[component]
pub fn Wall() -> impl IntoView {
    let route = provide(Program::Wall, Hears::ALL);
    move || match route.place.get() {
        Place::Embed => view! { <Embed/> }.into_any(),
        _ => view! { <Kiosk/> }.into_any(),
    }
}

/// What stands around a page: the bar, the help, the keys.
#[component]
fn Shell(children: Children) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let help = Callback::new(move |()| open_help(dialog));
    let palette = NodeRef::<Dialog>::new();
    let commands = Callback::new(move |()| open_palette(palette));
    Shortcuts::start(help, commands);
    view! {
        <TopBar on_help=help/>
        <main id="main" tabindex="-1">{children()}</main>
        <Help dialog/>
        <Palette dialog=palette/>
    }
}

/// The same around the Lab: what stands in front of it is the desk's, which the first who asks fetches.
#[component]
fn LabShell(children: Children) -> impl IntoView {
    let away = RwSignal::new(false);
    let show = move |front: Front| {
        leptos::task::spawn_local(async move {
            let is_there = protocol::fetch().await.is_ok();
            away.try_set(!is_there);
            if let Some(body) = browser::document().body().filter(|_| is_there) {
                protocol::send(&body, SAY, &Say::Front(front));
            }
        });
    };
    let help = Callback::new(move |()| show(Front::Help));
    let commands = Callback::new(move |()| show(Front::Commands));
    Shortcuts::start(help, commands);
    let said = move || {
        away.get().then(|| {
            t("This part of the Lab is fetched when it is first opened, and the server does not answer.")
        })
    };
    view! {
        <TopBar on_help=help/>
        <main id="main" tabindex="-1">{children()}</main>
        <p class="refused" role="alert">{move || said()}</p>
    }
}
