//! Which place an address shows, and moving between places without loading the page again.
//!
//! The app is several programs, so that whoever watches does not download the Lab: a link into another
//! program is left to the browser.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use crate::browser;
use crate::i18n::t;

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `/`
    Overview,
    /// `/anomalies/{id}`
    Anomaly(String),
    /// `/lab`
    Lab,
    /// `/lab/series`
    Series,
    /// `/rules`
    Rules,
    /// `/rules/{id}`, and `/rules/new`
    Rule(String),
    /// `/models`
    Models,
    /// `/mutes`
    Mutes,
    /// `/calendars`
    Calendars,
    /// `/notifications`
    Notifications,
    /// `/journal`
    Journal,
    /// `/tuning`
    Tuning,
    /// `/login`
    Login,
    /// `/embed/panel`
    Embed,
    /// `/kiosk`
    Kiosk,
    /// Anything else.
    Nowhere,
}

/// What is downloaded at once; `public/boot.js` chooses by the same paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// For those who watch.
    Watch,
    /// One anomaly.
    Anomaly,
    /// The Lab.
    Lab,
    /// Many series at once.
    Series,
    /// Rules.
    Rules,
    /// Full models.
    Models,
    /// Mutes, calendars, notifications, the journal and the week.
    Paging,
    /// Kiosk and panel: what nobody sits before.
    Wall,
}

impl Place {
    /// The place of a path, without the base.
    pub fn of(path: &str) -> Self {
        match path.trim_matches('/') {
            "" => Self::Overview,
            "lab" => Self::Lab,
            "lab/series" => Self::Series,
            "rules" => Self::Rules,
            "models" => Self::Models,
            "mutes" => Self::Mutes,
            "calendars" => Self::Calendars,
            "notifications" => Self::Notifications,
            "journal" => Self::Journal,
            "tuning" => Self::Tuning,
            "login" => Self::Login,
            "embed/panel" => Self::Embed,
            "kiosk" => Self::Kiosk,
            path => match path.split_once('/') {
                Some(("anomalies", id)) if !id.contains('/') => Self::Anomaly(id.to_owned()),
                Some(("rules", id)) if !id.contains('/') => Self::Rule(id.to_owned()),
                _ => Self::Nowhere,
            },
        }
    }

    /// The page of the bar that it belongs to.
    #[must_use]
    pub fn section(&self) -> Self {
        match self {
            Self::Rule(_)
            | Self::Models
            | Self::Mutes
            | Self::Calendars
            | Self::Notifications
            | Self::Journal => Self::Rules,
            Self::Anomaly(_) => Self::Overview,
            place => place.clone(),
        }
    }

    /// What it is called, in the reader's language.
    fn title(&self) -> &'static str {
        match self {
            Self::Overview => t("Overview"),
            Self::Anomaly(_) => t("Anomaly"),
            Self::Lab => t("Lab"),
            Self::Series => t("Many series"),
            Self::Rules => t("Rules"),
            Self::Rule(_) => t("Rule"),
            Self::Models => t("Models"),
            Self::Mutes => t("Mutes"),
            Self::Calendars => t("Calendars"),
            Self::Notifications => t("Notifications"),
            Self::Journal => t("Journal"),
            Self::Tuning => t("Tuning"),
            Self::Login => t("Sign in"),
            Self::Embed => t("Panel"),
            Self::Kiosk => t("Wall"),
            Self::Nowhere => t("There is no such page"),
        }
    }

    /// The program that shows it.
    pub fn program(&self) -> Program {
        match self {
            Self::Anomaly(_) => Program::Anomaly,
            Self::Lab => Program::Lab,
            Self::Series => Program::Series,
            Self::Rules | Self::Rule(_) => Program::Rules,
            Self::Models => Program::Models,
            Self::Mutes | Self::Calendars | Self::Notifications | Self::Journal | Self::Tuning => {
                Program::Paging
            }
            Self::Embed | Self::Kiosk => Program::Wall,
            _ => Program::Watch,
        }
    }
}

/// Where the viewer is.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The place; told anew whenever the address changes, also to the same place with another query.
    pub place: RwSignal<Place>,
    program: Program,
}

impl Route {
    /// Follows clicks on links and the browser's back button.
    pub fn start(program: Program) -> Self {
        let route = Self {
            place: RwSignal::new(here()),
            program,
        };
        let clicks = window_event_listener(leptos::ev::click, move |event| route.clicked(&event));
        // Tabs and screen readers tell pages apart by their titles.
        crate::lean::effect(move || {
            let title = route.place.get().title();
            browser::document().set_title(&format!("{title} · Hindcast"));
        });
        let back = window_event_listener(leptos::ev::popstate, move |_| {
            if here().program() == program {
                route.place.set(here());
            } else {
                browser::window().location().reload().ok();
            }
        });
        on_cleanup(move || {
            clicks.remove();
            back.remove();
        });
        route
    }

    /// Goes to an address, relative to the base.
    pub fn go(self, address: &str) {
        let base = browser::document()
            .base_uri()
            .ok()
            .flatten()
            .unwrap_or_default();
        if let Ok(url) = web_sys::Url::new_with_base(address, &base) {
            self.open(&url.href(), &url.pathname());
        }
    }

    fn clicked(self, event: &MouseEvent) {
        let plain = event.button() == 0
            && !event.ctrl_key()
            && !event.meta_key()
            && !event.shift_key()
            && !event.alt_key();
        if !plain || event.default_prevented() {
            return;
        }
        let element = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let link = element.and_then(|element| element.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else {
            return;
        };
        let ours = link.origin() == browser::window().location().origin().unwrap_or_default()
            && link.target().is_empty()
            && link.hash().is_empty()
            && !link.has_attribute("download")
            && place_of(&link.pathname())
                .is_some_and(|place| place != Place::Nowhere && place.program() == self.program);
        if ours {
            event.prevent_default();
            self.open(&link.href(), &link.pathname());
        }
    }

    fn open(self, address: &str, path: &str) {
        let place = place_of(path).filter(|place| place.program() == self.program);
        let moved = place.is_some()
            && browser::window()
                .history()
                .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(address)))
                .is_ok();
        match place.filter(|_| moved) {
            Some(place) => {
                self.place.set(place);
                browser::window().scroll_to_with_x_and_y(0.0, 0.0);
            }
            None => drop(browser::window().location().set_href(address)),
        }
    }
}

/// Goes to an address as a click on a link to it would: whichever program is asked, the page's own route hears of it.
pub fn visit(address: &str) {
    let document = browser::document();
    let link = document.create_element("a").ok();
    let link = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let (Some(link), Some(body)) = (link, document.body()) {
        link.set_href(address);
        // A link is heard where it is; it goes as soon as it was.
        body.append_child(&link).ok();
        link.click();
        link.remove();
    }
}

fn place_of(path: &str) -> Option<Place> {
    path.strip_prefix(&browser::base_path()).map(Place::of)
}

fn here() -> Place {
    let path = browser::window().location().pathname().unwrap_or_default();
    place_of(&path).unwrap_or(Place::Nowhere)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn place_when_an_address_is_known_then_is_found() {
        assert_eq!(Place::of("/"), Place::Overview);
        assert_eq!(
            Place::of("/anomalies/01JH"),
            Place::Anomaly("01JH".to_owned())
        );
        assert_eq!(Place::of("/embed/panel"), Place::Embed);
        assert_eq!(Place::of("/anomalies/1/2"), Place::Nowhere);
        assert_eq!(Place::of("/lab/").program(), Program::Lab);
        assert_eq!(Place::of("/rules/cpu"), Place::Rule("cpu".to_owned()));
        for path in ["/rules", "/rules/new"] {
            assert_eq!(Place::of(path).program(), Program::Rules);
        }
        for path in [
            "/mutes",
            "/calendars",
            "/notifications",
            "/journal",
            "/tuning",
        ] {
            assert_eq!(Place::of(path).program(), Program::Paging);
        }
        assert_eq!(Place::of("/lab/series").program(), Program::Series);
        assert_eq!(Place::of("/models").program(), Program::Models);
        assert_eq!(Place::of("/kiosk").program(), Program::Wall);
    }
}
