//! The incidents that a setting must find: all that are labelled, until somebody lets go of some.

use hindcast_shared::api::{LabelDraft, LabelKind};
use hindcast_shared::chart::minute_text;
use hindcast_shared::time::UtcOffsets;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};

use super::tree::{Node, el};
use crate::i18n::t;
use crate::words;
use crate::worker::protocol::Job;

/// What is labelled an incident in the range that is replayed.
pub(super) fn of(job: &Job) -> Vec<&LabelDraft> {
    let labels = job.labels.as_deref().unwrap_or_default();
    let is_there =
        |label: &LabelDraft| label.start_ms < job.range.to_ms && label.end_ms > job.range.from_ms;
    labels
        .iter()
        .filter(|label| label.kind == LabelKind::Incident && is_there(label))
        .collect()
}

/// A box for each, ticked.
pub(super) fn list(job: &Job) -> Node {
    let incidents = of(job);
    let boxes = incidents.iter().enumerate().map(|(at, incident)| {
        let id = format!("study-incident-{at}");
        let tick = el("input")
            .with("type", "checkbox")
            .with("id", &id)
            .with("checked", "");
        let name = el("label").with("for", &id);
        el("li")
            .add(tick)
            .add(name.text(&told(incident, &job.offsets)))
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

/// Those that are ticked; nothing where all of them are.
pub(super) fn never_miss(root: &Element, job: &Job) -> Option<Vec<LabelDraft>> {
    let incidents = of(job);
    let is_ticked = |at: usize| {
        let found = root.query_selector(&format!("#study-incident-{at}"));
        let tick = found.ok().flatten()?.dyn_into::<HtmlInputElement>().ok()?;
        Some(tick.checked())
    };
    let ticked: Vec<LabelDraft> = incidents
        .iter()
        .enumerate()
        .filter(|(at, _)| is_ticked(*at).unwrap_or(true))
        .map(|(_, incident)| (*incident).clone())
        .collect();
    (ticked.len() < incidents.len()).then_some(ticked)
}

/// When it was, and how long.
fn told(incident: &LabelDraft, zone: &UtcOffsets) -> String {
    let began = minute_text(incident.start_ms, zone);
    let lasted = words::length(incident.end_ms - incident.start_ms);
    format!("{began}, {lasted}")
}
