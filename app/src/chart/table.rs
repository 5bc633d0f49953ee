//! The chart's numbers as a table, for those who read rather than look.

use std::sync::Arc;

use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use hindcast_shared::chart::{Scene, format_value, minute_text};
use leptos::prelude::*;

/// Most rows: the newest ones; everything is in the download of the Lab.
const MOST_ROWS: usize = 100;

/// A table that is only built when it is opened.
#[component]
pub(super) fn DataTable(
    /// What the chart is about.
    title: Signal<String>,
    /// What it shows.
    scene: Signal<Option<Arc<Scene>>>,
) -> impl IntoView {
    let (open, set_open) = signal(false);
    view! {
        <details class="data-table" on:toggle=move |event| {
            set_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
        }>
            <summary>{t("Data")}</summary>
            {move || open.get().then(|| table(&title.get(), scene.get().as_deref()))}
        </details>
    }
}

fn table(title: &str, scene: Option<&Scene>) -> impl IntoView + use<> {
    let rows = scene.map(rows).unwrap_or_default();
    let unit = scene.map(|scene| scene.unit.clone()).unwrap_or_default();
    let value = if unit.is_empty() {
        t("Value").to_owned()
    } else {
        tf("Value ({unit})", &[("unit", &unit)])
    };
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=tf("Data of {title}", &[("title", title)])>
        <table>
            <caption>{tf("{title}, newest first", &[("title", title)])}</caption>
            <thead><tr><th scope="col">{t("Time")}</th><th scope="col" class="number">{value}</th></tr></thead>
            <tbody>
                {rows.into_iter().map(|(when, value)| view! {
                    <tr><td>{when}</td><td class="number">{value}</td></tr>
                }).collect_any()}
            </tbody>
        </table>
        </div>
    }
}

fn rows(scene: &Scene) -> Vec<(String, String)> {
    let Some(line) = scene.lines.first() else {
        return Vec::new();
    };
    line.points
        .times_ms
        .iter()
        .zip(&line.points.values)
        .rev()
        .take(MOST_ROWS)
        .map(|(at_ms, value)| {
            let value = if value.is_finite() {
                format_value(*value, value.abs() / 1000.0)
            } else {
                t("no data").to_owned()
            };
            (minute_text(*at_ms, &scene.offsets), value)
        })
        .collect()
}
