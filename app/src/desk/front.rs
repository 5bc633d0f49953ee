//! What stands in front of the Lab when somebody asks for it: the keys, and the commands.

use std::any::Any;
use std::cell::RefCell;

use leptos::html::Dialog;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::protocol::Front;
use crate::browser;
use crate::components::{Help, Palette, open_help, open_palette};

/// Both dialogs; they stay for as long as the document.
struct Dialogs {
    help: NodeRef<Dialog>,
    palette: NodeRef<Dialog>,
    _mounted: Box<dyn Any>,
}

thread_local! {
    static DIALOGS: RefCell<Option<Dialogs>> = const { RefCell::new(None) };
}

/// Opens one of them.
pub(super) fn show(front: Front) {
    let dialogs = DIALOGS.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = mounted();
        }
        kept.as_ref().map(|kept| (kept.help, kept.palette))
    });
    match (dialogs, front) {
        (Some((help, _)), Front::Help) => open_help(help),
        (Some((_, palette)), Front::Commands) => open_palette(palette),
        (None, _) => {}
    }
}

fn mounted() -> Option<Dialogs> {
    let place = browser::document().create_element("div").ok()?;
    browser::document().body()?.append_child(&place).ok()?;
    let made = std::rc::Rc::new(RefCell::new(None));
    let carried = made.clone();
    let mounted = mount_to(place.unchecked_into(), move || {
        let [help, palette] = [(); 2].map(|()| NodeRef::<Dialog>::new());
        carried.replace(Some((help, palette)));
        view! { <Help dialog=help/><Palette dialog=palette/> }
    });
    let (help, palette) = made.take()?;
    Some(Dialogs {
        help,
        palette,
        _mounted: Box::new(mounted),
    })
}
