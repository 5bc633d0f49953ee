//! What the panel's frame lacks, and the words that its parts share.

use hindcast_shared::chart::marked;
use hindcast_shared::study::Outcome;
use web_sys::Element;

use super::tree::{button, el};
use crate::i18n::{t, tf};
use crate::words;

/// A share as people write it.
pub(super) fn share(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Pages a week with one digit, where it says something.
pub(super) fn pages(per_week: f64) -> String {
    let text = format!("{per_week:.1}");
    marked(text.strip_suffix(".0").unwrap_or(&text).to_owned())
}

pub(super) fn precision(outcome: &Outcome) -> String {
    outcome.precision.map_or_else(|| "–".to_owned(), share)
}

pub(super) fn delay(outcome: &Outcome) -> String {
    outcome
        .median_delay_ms
        .map_or_else(|| "–".to_owned(), words::length)
}

/// `2 of 3`.
pub(super) fn found(outcome: &Outcome) -> String {
    of(outcome.found, outcome.incidents)
}

pub(super) fn of(count: u64, all: u64) -> String {
    let (count, all) = (count.to_string(), all.to_string());
    tf("{n} of {all}", &[("n", &count), ("all", &all)])
}

/// Adds to the page's frame what a study needs and a button does not.
pub(super) fn complete(root: &Element) {
    let progress = el("progress")
        .with("max", "1")
        .with("aria-label", t("Share that is worked out"));
    let cancel = button("data-do", "cancel", t("Cancel")).with("id", "study-cancel");
    let chart = el("div")
        .with("class", "frontier")
        .with("role", "slider")
        .with("tabindex", "0")
        .with("aria-valuemin", "1")
        .with(
            "aria-label",
            t("Recall against pages a week; arrows walk the thresholds, Enter takes one"),
        );
    let said = el("p").with("class", "frontier-said muted");
    let out = el("div").with("class", "study-out");
    let part = |selector: &str| root.query_selector(selector).ok().flatten();
    if let (Some(state), Some(frame)) = (part(".study-state"), part(".study-frame")) {
        let must = el("div").with("class", "study-must");
        if let Ok(Some(ask)) = root.query_selector(".study-ask") {
            must.append_to(&ask);
        }
        progress.append_to(&state);
        cancel.append_to(&state);
        chart.append_to(&frame);
        said.append_to(&frame);
        out.append_to(&frame);
    }
}

/// Writes a text where there is a place for it.
pub(super) fn put(place: Option<Element>, text: &str) {
    if let Some(place) = place {
        place.set_text_content(Some(text));
    }
}
