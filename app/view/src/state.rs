//! An element as it is in the page, and how another description of it is put in its place.

use original::prelude::{AnyView, Owner, Render, RenderEffect};
use original::tachys::view::Mountable;
use original::tachys::view::any_view::AnyViewState;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event, HtmlElement, Node};

use crate::element::{Described, El, Part, Slot};
use crate::given::{Given, Val};

/// What keeps a part as it is.
enum Kept {
    Still(Val),
    /// Until it is dropped.
    Live(RenderEffect<Val>),
    Heard(#[expect(dead_code, reason = "it listens until it is dropped")] Listener),
    Taken,
}

struct Held {
    slot: Slot,
    name: &'static str,
    kept: Kept,
}

/// An element in the page.
pub struct State {
    tag: &'static str,
    element: Element,
    child: Option<AnyViewState>,
    held: Vec<Held>,
}

struct Listener {
    element: Element,
    name: &'static str,
    heard: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        // An element that is gone hears nothing anyway.
        drop(
            self.element
                .remove_event_listener_with_callback(self.name, heard),
        );
    }
}

/// Puts a value where it belongs; a browser that refuses one leaves the old one.
fn put(element: &Element, slot: Slot, name: &str, value: &Val) {
    let done: Result<(), JsValue> = match slot {
        Slot::Attribute => match value.text() {
            Some(text) => element.set_attribute(name, &text),
            None => element.remove_attribute(name),
        },
        Slot::Property => js_sys::Reflect::set(element, &name.into(), &value.js()).map(drop),
        Slot::Class if matches!(value, Val::Flag(true)) => element.class_list().add_1(name),
        Slot::Class => element.class_list().remove_1(name),
        Slot::Style => {
            let style = element.unchecked_ref::<HtmlElement>().style();
            match value.text() {
                Some(text) => style.set_property(name, &text),
                None => style.remove_property(name).map(drop),
            }
        }
        Slot::Listener | Slot::Reference => Ok(()),
    };
    done.ok();
}

fn live(
    element: &Element,
    slot: Slot,
    name: &'static str,
    mut make: Box<dyn FnMut() -> Val>,
    before: Option<Val>,
) -> Kept {
    let element = element.clone();
    Kept::Live(RenderEffect::new_with_value(
        move |old: Option<Val>| {
            let new = make();
            if old.as_ref() != Some(&new) {
                put(&element, slot, name, &new);
            }
            new
        },
        before,
    ))
}

fn listen(element: &Element, name: &'static str, mut heard: Box<dyn FnMut(Event)>) -> Kept {
    let owner = Owner::current().unwrap_or_default();
    let heard = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        #[cfg(debug_assertions)]
        let _no_tracking = original::reactive::diagnostics::SpecialNonReactiveZone::enter();
        owner.with(|| heard(event));
    });
    // A name of an event and a function are always taken.
    element
        .add_event_listener_with_callback(name, heard.as_ref().unchecked_ref())
        .ok();
    Kept::Heard(Listener {
        element: element.clone(),
        name,
        heard,
    })
}

fn hold(element: &Element, part: Part, before: Option<Val>) -> Held {
    let Part { slot, name, given } = part;
    let kept = match given {
        Given::Still(value) => {
            if before.as_ref() != Some(&value) {
                put(element, slot, name, &value);
            }
            Kept::Still(value)
        }
        Given::Live(make) => live(element, slot, name, make, before),
        Given::Heard(heard) => listen(element, name, heard),
        Given::Taken(taken) => {
            taken(element);
            Kept::Taken
        }
    };
    Held { slot, name, kept }
}

impl State {
    pub(crate) fn build(described: El) -> Self {
        let Described { tag, child, parts } = *described.0;
        // Tags are the program's own, and good ones.
        let element = original::prelude::document()
            .create_element(tag)
            .unwrap_or_else(|_| std::process::abort());
        // Options come before the value of their list.
        let child = child.map(|child| {
            let mut child = child.build();
            child.mount(&element, None);
            child
        });
        let parts = parts.take().into_iter();
        let held = parts.map(|part| hold(&element, part, None)).collect();
        Self {
            tag,
            element,
            child,
            held,
        }
    }

    fn is_like(&self, described: &El) -> bool {
        let same = |(held, part): (&Held, &Part)| held.slot == part.slot && held.name == part.name;
        self.tag == described.0.tag
            && self.child.is_some() == described.0.child.is_some()
            && self.held.len() == described.0.parts.len()
            && self.held.iter().zip(described.0.parts.iter()).all(same)
    }

    pub(crate) fn rebuild(&mut self, described: El) {
        if !self.is_like(&described) {
            let mut new = Self::build(described);
            self.insert_before_this(&mut new);
            self.unmount();
            *self = new;
            return;
        }
        let Described { child, parts, .. } = *described.0;
        if let (Some(child), Some(state)) = (child, &mut self.child) {
            AnyView::rebuild(child, state);
        }
        for (held, part) in self.held.iter_mut().zip(parts.take()) {
            let before = match std::mem::replace(&mut held.kept, Kept::Taken) {
                Kept::Still(value) => Some(value),
                Kept::Live(effect) => effect.take_value(),
                Kept::Heard(_) | Kept::Taken => None,
            };
            *held = hold(&self.element, part, before);
        }
    }
}

impl Mountable for State {
    fn unmount(&mut self) {
        self.element.remove();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        // The parent is the program's own, and the marker is in it.
        parent.insert_before(&self.element, marker).ok();
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let parent = self.element.parent_element();
        if let Some(parent) = &parent {
            child.mount(parent, Some(&self.element));
        }
        parent.is_some()
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}
