//! The series as small charts, as many side by side as there is room for.

use leptos::html::Div;
use leptos::prelude::*;

use super::sheet::Row;
use super::state::Many;
use super::table::{Nothing, anomalies_text, row_of, score_text, told};
use crate::chart::{Spark, observe_size};
use crate::components::{VirtualRows, item_view};
use crate::i18n::t;
use crate::words;
use hindcast_shared::rule::Severity;

/// Least width of a chart, and its height with its words.
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 108.0;

/// The charts.
#[component]
pub(super) fn Tiles(many: Many) -> impl IntoView {
    let box_ref = NodeRef::<Div>::new();
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    observe_size(box_ref, size);
    let columns = Memo::new(move |_| (size.get().0 / WIDTH).max(1.0) as u32);
    let item = item_view(move |place| view! { <Tile many place/> }.into_any());
    view! {
        <div class="many-tiles" node_ref=box_ref>
            <VirtualRows items=Signal::derive(move || many.order.get()) height=HEIGHT columns=Signal::derive(move || columns.get())
                item seen=many.seen role="list" label=t("Series")/>
            <Nothing many/>
        </div>
    }
}

#[component]
fn Tile(many: Many, place: u32) -> impl IntoView {
    let row = row_of(many, place);
    let scene = Signal::derive(move || many.scenes.with(|scenes| scenes.get(&place).cloned()));
    let label = Signal::derive(move || row.get().as_ref().map(told).unwrap_or_default());
    let part =
        move |part: fn(&Row) -> String| move || row.get().as_ref().map(part).unwrap_or_default();
    let address = move || {
        many.draft.track();
        many.range.track();
        many.lab_address(&row.get().map(|row| row.key).unwrap_or_default(), None)
    };
    let severity = move || row.get().and_then(|row| anomalies_text(&row).0);
    view! {
        <div class="many-tile" role="listitem" data-place=place.to_string() data-severity=move || severity().map(Severity::as_str)>
            <p class="many-tile-head">
                <a href=address title=part(|row| row.full.clone())>{part(|row| row.name.clone())}</a>
                <span class="number"><span class="mark" aria-hidden="true">{move || severity().map(words::glyph)}</span>" "
                    {part(|row| anomalies_text(row).1)}</span>
                <span class="muted number">{part(score_text)}</span>
            </p>
            <Spark scene label/>
        </div>
    }
}
