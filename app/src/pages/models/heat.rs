//! Where in a window the model fails: a map of samples and columns, and the same as a table.

use hindcast_shared::api::ModelExplanation;
use hindcast_shared::chart::minute_text;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use super::cells::{Map, earlier, neighbour};
use crate::browser;
use crate::chart::{ThemeState, gather};
use crate::i18n::{plural, t, tf};
use crate::lean::{CollectAny as _, Lasting as _};
use crate::pages::many::paint_small;
use crate::words::quantity;

/// The map with its table.
#[component]
pub(super) fn HeatMap(
    /// What was explained.
    told: ModelExplanation,
    /// Its parts, a row a sample.
    heat: Vec<Vec<f64>>,
) -> impl IntoView {
    let map = StoredValue::new(Map::of(&told, &heat));
    let theme = expect_context::<ThemeState>().theme;
    let [cells_ref, scale_ref] = [(); 2].map(|()| NodeRef::<Canvas>::new());
    let frame_ref = NodeRef::<Div>::new();
    let chosen = RwSignal::new(None::<(usize, usize)>);
    let (rows, samples) = map.with_value(|map| (map.names.len(), map.samples));
    let painted = gather(move || {
        if let Some(canvas) = cells_ref.get_untracked() {
            map.with_value(|map| paint_small(&canvas, (rows, samples), &map.shares()));
        }
        if let Some(canvas) = scale_ref.get_untracked() {
            let steps: Vec<f64> = (0..64).map(|step| f64::from(step) / 63.0).collect();
            paint_small(&canvas, (1, 64), &steps);
        }
    });
    crate::lean::effect(move || {
        theme.follow();
        painted();
    });
    let moved = move |event: PointerEvent| {
        let Some(frame) = frame_ref.get_untracked() else {
            return;
        };
        let share = |at: i32, length: i32, most: usize| {
            let cell = f64::from(at) / f64::from(length.max(1)) * most as f64;
            (cell.max(0.0) as usize).min(most.saturating_sub(1))
        };
        let row = share(event.offset_y(), frame.client_height(), rows);
        let sample = share(event.offset_x(), frame.client_width(), samples);
        chosen.set(Some((row, sample)));
    };
    let pressed = move |event: KeyboardEvent| {
        let key = event.key();
        let next = match chosen.get_untracked() {
            // The first key finds the cell that matters.
            None if key.starts_with("Arrow") => Some(map.with_value(Map::hottest)),
            at => neighbour(&key, at.unwrap_or_default(), (rows, samples)),
        };
        if next.is_some() {
            event.prevent_default();
            event.stop_propagation();
            chosen.set(next);
        }
    };
    let readout = move || map.with_value(|map| map.cell(chosen.get()?));
    let what = if told.method == "tree_shap" {
        t("What each sample adds, column by column")
    } else {
        t("Squared error of each sample, column by column")
    };
    let (names, hottest, highest, hidden) = map.with_value(|map| {
        let names = map.names.iter().map(|name| {
            let full = name.clone();
            view! { <li title=full>{name.clone()}</li> }
        });
        let hottest = map.cell(map.hottest()).unwrap_or_default();
        (names.collect_any(), hottest, map.highest, map.hidden)
    });
    let label = format!("{what}. {}", tf("Highest: {cell}", &[("cell", &hottest)]));
    let others = (hidden > 0).then(|| {
        let words = plural(
            hidden as u64,
            "{n} quieter column is not drawn.",
            "{n} quieter columns are not drawn.",
        );
        view! { <p class="muted">{words}</p> }
    });
    let cursor = move || {
        chosen.get().map(|(row, sample)| {
            let share = |at: usize, of: usize| format!("{:.3}%", at as f64 / of.max(1) as f64 * 100.0);
            view! {
                <span class="model-heat-cursor" style=("--left", share(sample, samples)) style=("--top", share(row, rows))></span>
            }
        })
    };
    let end = minute_text(told.at_ms, &browser::zone_now());
    let first = earlier(samples.saturating_sub(1));
    view! {
        <figure class="model-heat" data-samples=samples.to_string() data-columns=told.columns.len().to_string() data-highest=quantity(highest, "")
            style=("--rows", rows.to_string()) style=("--samples", samples.to_string())>
            <figcaption class="chart-head">
                <span class="chart-title">{what}</span>
                <span class="model-heat-scale" aria-hidden="true">"0"<canvas node_ref=scale_ref></canvas>{quantity(highest, "")}</span>
                <output class="chart-readout">{readout}</output>
            </figcaption>
            <div class="model-heat-body">
                <ul class="model-heat-names" aria-hidden="true">{names}</ul>
                <div class="model-heat-frame" node_ref=frame_ref tabindex="0" role="img" aria-label=label
                    on:pointermove=moved on:pointerdown=moved on:pointerleave=move |_| chosen.set(None) on:keydown=pressed>
                    <canvas class="model-heat-cells" node_ref=cells_ref></canvas>
                    {cursor}
                </div>
                <p class="model-heat-times muted" aria-hidden="true"><span>{first}</span><span>{end}</span></p>
            </div>
            {others}
            {table(map, what)}
        </figure>
    }
}

/// Most rows of the table: the newest samples.
const MOST_ROWS: usize = 200;

fn table(map: StoredValue<Map>, what: &'static str) -> AnyView {
    let open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    };
    let rows = move || {
        map.with_value(|map| {
            let heads = map.names.iter().map(|name| view! { <th scope="col" class="number">{name.clone()}</th> });
            let row = |sample: usize| {
                let cells = map.parts.iter().map(|parts| view! { <td class="number">{quantity(parts[sample], "")}</td> });
                view! { <tr><th scope="row">{map.when(sample)}</th>{cells.collect_any()}</tr> }
            };
            let rows = (0..map.samples).rev().take(MOST_ROWS).map(row);
            view! {
                <div class="scroll" tabindex="0" role="group" aria-label=tf("Data of {title}", &[("title", what)])>
                    <table>
                        <caption>{tf("{title}, newest first", &[("title", what)])}</caption>
                        <thead><tr><th scope="col">{t("Sample")}</th>{heads.collect_any()}</tr></thead>
                        <tbody>{rows.collect_any()}</tbody>
                    </table>
                </div>
            }
        })
    };
    view! {
        <details class="data-table" on:toggle=toggled>
            <summary>{t("Data")}</summary>
            {move || open.get().then(rows)}
        </details>
    }
    .into_any()
}
