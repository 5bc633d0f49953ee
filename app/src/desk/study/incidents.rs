//! The incidents that a setting must find: all that are labelled, until somebody lets go of some of the series that
//! is shown.

use hindcast_shared::api::{LabelDraft, LabelKind};
use hindcast_shared::chart::minute_text;
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::UtcOffsets;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};

use super::super::protocol::Seen;
use super::tree::{Node, el};
use crate::i18n::t;
use crate::words;

/// What is labelled an incident of the series that is shown, in the range that is replayed.
fn listed(seen: &Seen) -> Vec<&LabelDraft> {
    let (labels, range) = (
        seen.job.labels.as_deref().unwrap_or_default(),
        seen.job.range,
    );
    let Some(shown) = &seen.shown else {
        return Vec::new();
    };
    let Ok(key) = shown.key.parse::<SeriesKey>() else {
        return Vec::new();
    };
    let is_there = |label: &&LabelDraft| {
        label.start_ms < range.to_ms
            && label.end_ms > range.from_ms
            && label.speaks_of(key, &shown.name)
    };
    let incidents = labels
        .iter()
        .filter(|label| label.kind == LabelKind::Incident);
    incidents.filter(is_there).collect()
}

/// A box for each, ticked.
pub(super) fn list(seen: &Seen) -> Node {
    let incidents = listed(seen);
    let boxes = incidents.iter().enumerate().map(|(at, incident)| {
        let id = format!("study-incident-{at}");
        let tick = el("input")
            .with("type", "checkbox")
            .with("id", &id)
            .with("checked", "");
        let name = el("label").with("for", &id);
        el("li")
            .add(tick)
            .add(name.text(&told(incident, &seen.job.offsets)))
    });
    let all = el("ul").all(boxes.collect());
    if incidents.is_empty() {
        return el("div");
    }
    el("details")
        .with("open", "")
        .add(el("summary").text(t("Never miss")))
        .add(all)
}

/// All labels but those that somebody let go of; nothing where nobody did.
pub(super) fn never_miss(root: &Element, seen: &Seen) -> Option<Vec<LabelDraft>> {
    let is_ticked = |at: usize| {
        let found = root.query_selector(&format!("#study-incident-{at}"));
        let tick = found.ok().flatten()?.dyn_into::<HtmlInputElement>().ok()?;
        Some(tick.checked())
    };
    let incidents = listed(seen).into_iter().enumerate();
    let let_go: Vec<&LabelDraft> = incidents
        .filter(|(at, _)| is_ticked(*at) == Some(false))
        .map(|(_, incident)| incident)
        .collect();
    let all = seen.job.labels.as_deref().unwrap_or_default().iter();
    let left = all.filter(|label| !let_go.contains(label)).cloned();
    (!let_go.is_empty()).then(|| left.collect())
}

/// When it was, and how long.
fn told(incident: &LabelDraft, zone: &UtcOffsets) -> String {
    let began = minute_text(incident.start_ms, zone);
    let lasted = words::length(incident.end_ms - incident.start_ms);
    format!("{began}, {lasted}")
}
