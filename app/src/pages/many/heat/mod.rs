//! The heat map: score over time, a row a series. Drag moves it, the wheel zooms, arrow keys move a cursor.

mod cells;
mod hand;
mod paint;

pub(super) use self::cells::Cells;
pub(in crate::pages) use self::paint::paint_small;

use std::sync::Arc;

use leptos::html::{Canvas, Div};
use leptos::prelude::*;

use self::cells::WORST;
use self::hand::{Hand, ZOOM};
use self::paint::{Brush, paint_cells, paint_over};
use super::state::Many;
use super::table::Nothing;
use crate::chart::{ThemeState, gather, observe_size};
use crate::i18n::{t, tf};

/// The map.
#[component]
pub(super) fn HeatMap(many: Many) -> impl IntoView {
    let theme = expect_context::<ThemeState>().theme;
    let box_ref = NodeRef::<Div>::new();
    let [cells_ref, over_ref] = [(); 2].map(|()| NodeRef::<Canvas>::new());
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    observe_size(box_ref, size);
    let hand = Hand::new(many, size);
    // What is drawn small is not seen here.
    many.seen.set(Arc::default());
    let brush = StoredValue::new_local(Brush::default());
    let over = move || {
        if let Some(canvas) = over_ref.get_untracked() {
            let theme = theme.get_untracked();
            hand.with_over(|over| paint_over(&canvas, size.get_untracked(), &theme, over));
        }
    };
    let paint = move || {
        let Some(canvas) = cells_ref.get_untracked() else {
            return;
        };
        let order = many.order.get_untracked();
        many.sheet.with_value(|sheet| {
            brush.update_value(|brush| {
                let view = hand.seen();
                paint_cells(
                    &canvas,
                    size.get_untracked(),
                    &sheet.heat,
                    &order,
                    view,
                    brush,
                );
            });
        });
        over();
    };
    let painted = gather(paint);
    crate::lean::effect(move || {
        theme.track();
        brush.update_value(|brush| brush.palette = None);
        painted();
    });
    crate::lean::effect(move || {
        many.changed.track();
        many.order.track();
        hand.view.track();
        size.track();
        painted();
    });
    let over_painted = gather(over);
    crate::lean::effect(move || {
        hand.cursor.track();
        over_painted();
    });
    let label = move || {
        let shown = many.order.with(|order| order.len()).to_string();
        tf(
            "Heat map of scores over time, {n} series, one a row. Arrow keys move the cursor, plus and minus zoom, Enter opens the series in the Lab.",
            &[("n", &shown)],
        )
    };
    let button = move |name: &'static str, sign: &'static str, factor: f64| {
        view! {
            <button type="button" class="icon" aria-label=name title=name on:click=move |_| hand.zoom(factor, 0.5, 0.5)>{sign}</button>
        }
    };
    view! {
        <div class="heat">
            <div class="heat-head">
                <output class="heat-readout" aria-live="polite">{move || hand.words()}</output>
                <Legend/>
                <span class="row">
                    {button(t("Zoom in"), "+", ZOOM)}
                    {button(t("Zoom out"), "−", 1.0 / ZOOM)}
                    <button type="button" on:click=move |_| hand.view.set(None)>{t("Show everything")}</button>
                </span>
            </div>
            <div class="heat-frame" node_ref=box_ref tabindex="0" role="application" aria-label=label
                on:pointerdown=move |event| hand.pressed(&event)
                on:pointermove=move |event| hand.moved(&event)
                on:pointerup=move |event| hand.released(&event)
                on:pointerleave=move |_| hand.left()
                on:wheel=move |event| hand.turned(&event)
                on:keydown=move |event| hand.key(&event)>
                <canvas class="heat-cells" node_ref=cells_ref></canvas>
                <canvas class="heat-over" node_ref=over_ref></canvas>
            </div>
            <Nothing many/>
        </div>
    }
}

/// The scale of colours, with numbers.
#[component]
fn Legend() -> impl IntoView {
    let worst = format!("{WORST}+");
    view! {
        <dl class="heat-legend" aria-label=t("Colours of scores; 1 is the threshold")>
            <div data-step="calm"><dt></dt><dd>"0"</dd></div>
            <div data-step="near"><dt></dt><dd>"1"</dd></div>
            <div data-step="over"><dt></dt><dd>">1"</dd></div>
            <div data-step="high"><dt></dt><dd>"2"</dd></div>
            <div data-step="worst"><dt></dt><dd>{worst}</dd></div>
            <div data-step="unknown"><dt></dt><dd>{t("not scored")}</dd></div>
        </dl>
    }
}
