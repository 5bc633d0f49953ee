//! The panel's frame, and the words that its parts share.

use hindcast_shared::study::Outcome;

use super::tree::{Node, button, el};
use crate::i18n::{t, tf};
use crate::words;

/// A share as people write it.
pub(super) fn share(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Pages a week with one digit, where it says something.
pub(super) fn pages(per_week: f64) -> String {
    let text = format!("{per_week:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
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

/// What never changes.
pub(super) fn frame() -> Node {
    let ask = |id: &str, what: &str, text: &str| button("data-do", what, text).with("id", id);
    let field = el("input")
        .with("id", "study-pages")
        .with("type", "number")
        .with("min", "0")
        .with("step", "0.5")
        .with("value", "2")
        .with("class", "short");
    let most = el("label")
        .with("class", "field inline")
        .text(t("Pages a week at most"))
        .add(field);
    let budget = el("span").with("class", "study-budget").add(most).add(ask(
        "study-budget",
        "budget",
        t("Find a setting"),
    ));
    let asks = el("div")
        .with("class", "study-ask")
        .add(ask("study-frontier", "frontier", t("Recall against pages")))
        .add(budget)
        .add(ask(
            "study-profile",
            "profile",
            t("What kind of series is this?"),
        ));
    let progress = el("progress")
        .with("max", "1")
        .with("aria-label", t("Share that is worked out"));
    let state = el("div")
        .with("class", "study-state")
        .add(el("p").with("role", "status"))
        .add(progress)
        .add(ask("study-cancel", "cancel", t("Cancel")));
    let chart = el("div")
        .with("class", "frontier")
        .with("role", "slider")
        .with("tabindex", "0")
        .with("aria-valuemin", "1")
        .with(
            "aria-label",
            t("Recall against pages a week; arrows walk the thresholds, Enter takes one"),
        );
    let title = el("h2").with("id", "study-title").text(t("Work it out"));
    el("div")
        .with("class", "study-frame")
        .add(el("div").with("class", "section-head").add(title))
        .add(asks)
        .add(state)
        .add(el("p").with("class", "refused").with("role", "alert"))
        .add(chart)
        .add(el("p").with("class", "frontier-said muted"))
        .add(el("div").with("class", "study-out"))
}
