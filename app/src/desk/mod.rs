//! The tools that the Lab shows behind a click, as a program of their own: the first click fetches it.
//!
//! Owns what stands in the elements that the page hands over; knows of the page what [`protocol::Seen`] tells, and
//! changes nothing there but by a [`Wish`].

mod ask;
mod calendars;
mod drafts;
mod exchange;
mod front;
pub mod protocol;
mod queries;
mod stages;
mod study;
mod why;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hindcast_shared::rule::RuleDraft;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event};

use self::protocol::{Opened, SAY, Say, Seen, Tool, WISH, Wish, received, send};
use crate::browser;
use crate::i18n::{self, t};
use crate::worker::protocol::Hello;

type Told = Box<dyn FnOnce(String)>;

/// What a tool has of the page; copied freely.
#[derive(Clone, Copy)]
struct Desk {
    root: StoredValue<Element, LocalStorage>,
    seen: RwSignal<Seen>,
    /// Waits for the list of the newest replay.
    exported: StoredValue<Option<Told>, LocalStorage>,
    asker: why::Asker,
}

impl Desk {
    fn wish(self, wish: &Wish) {
        send(&self.root.get_value(), WISH, wish);
    }

    /// What there is now, and not a moment ago.
    fn look(self) -> Seen {
        self.wish(&Wish::Look);
        self.seen.get_untracked()
    }

    /// Changes the draft.
    fn change(self, change: impl FnOnce(&mut RuleDraft)) {
        let mut draft = self.look().job.rule;
        change(&mut draft);
        self.wish(&Wish::Change(Box::new(draft)));
    }

    /// Asks for the list of the newest replay.
    fn export(self, told: impl FnOnce(String) + 'static) {
        self.exported.set_value(Some(Box::new(told)));
        self.wish(&Wish::Export);
    }
}

/// A place on the page with a tool in it.
struct Place {
    root: Element,
    desk: Desk,
    /// Takes the tool away when it goes.
    _mounted: Box<dyn Any>,
}

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// Listens to the page from now on.
pub fn start() {
    i18n::start();
    // Whoever hears something may look, and then hears more before this is over.
    let heard = Closure::<dyn Fn(Event)>::new(|event: Event| {
        if let Some((root, say)) = received(&event) {
            hear(&root, say);
        }
    });
    // Any name can be listened for. The browser keeps it for as long as the document.
    browser::document()
        .add_event_listener_with_callback(SAY, heard.into_js_value().unchecked_ref())
        .ok();
}

fn hear(root: &Element, say: Say) {
    let desk = || {
        PLACES.with_borrow(|places| {
            let place = places.iter().find(|place| place.root == *root);
            place.map(|place| place.desk)
        })
    };
    match say {
        Say::Front(front) => front::show(front),
        Say::Open(opened) => open(root, *opened),
        Say::Seen(seen) => {
            if let Some(desk) = desk() {
                desk.seen.set(*seen);
            }
        }
        Say::Exported(text) => {
            let told = desk().and_then(|desk| desk.exported.try_update_value(Option::take));
            if let Some(told) = told.flatten() {
                told(text);
            }
        }
        Say::Explain(asked) => {
            if let Some(desk) = desk() {
                desk.asker.explain(&asked);
            }
        }
        Say::Tell(why) => {
            if let Some(desk) = desk() {
                desk.asker.tell(why);
            }
        }
        Say::Close => {
            let gone = PLACES.with_borrow_mut(|places| {
                let at = places.iter().position(|place| place.root == *root);
                at.map(|at| places.swap_remove(at))
            });
            drop(gone);
        }
    }
}

fn open(root: &Element, opened: Opened) {
    if opened.hello != Hello::own() {
        let said = browser::document().create_element("p");
        if let Ok(said) = said {
            said.set_text_content(Some(t(
                "the page and its worker are of different versions; load the page again",
            )));
            root.append_child(&said).ok();
        }
        return;
    }
    let made = Rc::new(Cell::new(None));
    let (into, carried) = (root.clone(), Rc::clone(&made));
    let mounted = mount_to(root.clone().unchecked_into(), move || {
        let desk = Desk {
            root: StoredValue::new_local(into),
            seen: RwSignal::new(opened.seen),
            exported: StoredValue::new_local(None),
            asker: why::Asker::new(),
        };
        carried.set(Some(desk));
        match opened.tool {
            Tool::Study => study::study(desk),
            Tool::Drafts => drafts::drafts(desk),
            Tool::Exchange => exchange::exchange(desk),
            Tool::Why => why::why(desk),
            Tool::Stage => stages::stages(desk),
            Tool::Queries => queries::queries(desk),
            Tool::Calendars => calendars::calendars(desk),
            Tool::Ask => ask::ask(desk),
        }
    });
    if let Some(desk) = made.get() {
        PLACES.with_borrow_mut(|places| {
            places.push(Place {
                root: root.clone(),
                desk,
                _mounted: Box::new(mounted),
            });
        });
    }
}
