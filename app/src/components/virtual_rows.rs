//! A long list of which only the part that is seen is in the page.

use std::rc::Rc;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;

use crate::chart::{gather, observe_size};

/// Rows above and below that are there as well, so that a turn of the wheel shows no hole.
const MARGIN: u32 = 4;

/// How an item is shown.
pub type ItemView = StoredValue<Rc<dyn Fn(u32) -> AnyView>, LocalStorage>;

/// How an item is shown; the closure is kept once for all items.
pub fn item_view(view: impl Fn(u32) -> AnyView + 'static) -> ItemView {
    StoredValue::new_local(Rc::new(view))
}

/// A list that scrolls in a box of its own.
#[component]
pub fn VirtualRows(
    /// The items in their order, by numbers that stay theirs.
    items: Signal<Arc<Vec<u32>>>,
    /// Height of a row in pixels, hairline and all.
    height: f64,
    /// Items in a row.
    columns: Signal<u32>,
    /// How one is shown.
    item: ItemView,
    /// Which items are in the page.
    seen: RwSignal<Arc<Vec<u32>>>,
    /// What the list is, for assistive technology.
    role: &'static str,
    /// Its name there.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let box_ref = NodeRef::<Div>::new();
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let top = RwSignal::new(0.0_f64);
    observe_size(box_ref, size);
    let rows = Memo::new(move |_| {
        let count = items.with(|items| items.len() as u32);
        count.div_ceil(columns.get().max(1))
    });
    let window = Memo::new(move |_| {
        let first = ((top.get() / height) as u32).saturating_sub(MARGIN);
        let fit = (size.get().1 / height).ceil() as u32;
        // In steps, so that not every pixel of a scroll makes rows anew.
        let first = first.min(rows.get()) / MARGIN * MARGIN;
        (first, (first + fit + 3 * MARGIN).min(rows.get()))
    });
    let shown = Memo::new(move |_| {
        let (first, last) = window.get();
        let across = columns.get().max(1);
        items.with(|items| {
            let from = (first * across) as usize;
            let to = ((last * across) as usize).min(items.len());
            items.get(from..to).unwrap_or(&[]).to_vec()
        })
    });
    crate::lean::effect(move || {
        seen.set(Arc::new(shown.get()));
    });
    let scrolled = gather(move || {
        if let Some(element) = box_ref.get_untracked() {
            top.set(f64::from(element.scroll_top()));
        }
    });
    let px = |pixels: f64| format!("{pixels}px");
    view! {
        <div class="virtual" node_ref=box_ref tabindex="0" role=role aria-label=label on:scroll=move |_| scrolled()>
            <div class="virtual-space" role="presentation" style:height=move || px(f64::from(rows.get()) * height)>
                <div class="virtual-window" role="presentation"
                    style:transform=move || format!("translateY({}px)", f64::from(window.get().0) * height)
                    style:grid-template-columns=move || format!("repeat({}, minmax(0, 1fr))", columns.get().max(1))
                    style:grid-auto-rows=px(height)>
                    <For each=move || shown.get() key=|place| *place
                        children=move |place| item.with_value(|item| item(place))/>
                </div>
            </div>
        </div>
    }
}
