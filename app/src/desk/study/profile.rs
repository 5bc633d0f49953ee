//! What kind of series it is, in sentences, and detectors to try.

use hindcast_shared::chart::{decimal, minute_text};
use hindcast_shared::profile::{Advice, Figure, Said};
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::UtcOffsets;

use super::super::protocol::Seen;
use super::tree::{Node, button, el};
use crate::draft;
use crate::i18n::{key, t, tf};
use crate::words;
use crate::worker::studies::Profiled;

/// Every sentence, for the catalogues.
const TEXTS: &[&str] = &[
    key("There is no value in this range."),
    key("{count} samples, one every {step}, without a gap."),
    key("{count} samples, one every {step}; {share} are missing, the longest gap lasts {gap}."),
    key("All values are {value}."),
    key("Values lie between {low} and {high}, half of them under {middle}."),
    key("It only rises, or falls back to zero: a counter."),
    key("Only a handful of values occur: a switch or a state."),
    key("It rises and falls: a gauge."),
    key("{share} of the values are zero."),
    key("It repeats itself every {length}: {share} of its variation."),
    key("No season was found in {span}."),
    key("It rises by {rise} a day; a straight line is {share} of its variation."),
    key("It falls by {rise} a day; a straight line is {share} of its variation."),
    key("There is no trend."),
    key("Its level changed {count} times, the last time at {at}, from {before} to {after}."),
    key("Its level changed once, at {at}, from {before} to {after}."),
    key("It is spiky: {count} samples ({share}) stand far out."),
    key("Hardly any sample stands far out: {count} do."),
    key("It is a smooth curve."),
    key("It is noisy: a value says little about the next one."),
    key("Of a counter, only its change says anything."),
    key("Of a switch, only the moments at which it turns can be odd."),
    key("A constant series is worth a page only when it changes."),
    key("Every hour of the day has values of its own."),
    key("Every hour of the week has values of its own."),
    key("Seasons of other lengths than a day or a week are taken out before anything is judged."),
    key(
        "The level changes for good now and then: the recent past says more than the whole history.",
    ),
    key("A change of the level is an event of its own."),
    key("It has a trend: level and slope are followed."),
    key("A steady rise over hours is what a leak looks like."),
    key("Medians are not moved by the spikes, and three samples in a row are asked for."),
    key("Nothing speaks for a special detector: this one compares with everything that was."),
];

/// Takes a detector that is suggested, with what it needs.
pub(super) fn into_draft(advice: &Advice, draft: &mut RuleDraft) {
    draft::set_kind(draft, advice.kind);
    for (name, value) in &advice.params {
        draft::set_param(draft, name, value.clone());
    }
    if let Some(samples) = advice.samples {
        draft::set_confirm(draft, samples, samples);
    }
}

/// Sentences, and what is worth trying.
pub(super) fn told(profiled: &Profiled, about: &Seen) -> Node {
    let shown = about.shown.as_ref();
    let series = shown.filter(|shown| shown.name == profiled.name);
    let unit = series.map_or("", |series| &series.unit);
    let offsets = &about.job.offsets;
    let said = profiled.said.iter();
    let said = said.map(|said| el("li").text(&sentence(said, unit, offsets)));
    let tries = profiled.advice.iter().enumerate().map(|(at, advice)| {
        let title = [("detector", advice.kind.about().title)];
        let name = tf("Try {detector}", &title);
        let button = button("data-try", &at.to_string(), &name);
        el("li")
            .add(button.with("data-kind", advice.kind.as_str()))
            .text(&sentence(&advice.why, unit, offsets))
    });
    let (said, tries): (Vec<Node>, Vec<Node>) = (said.collect(), tries.collect());
    let out = el("div")
        .with("class", "study-answer")
        .add(el("p").add(el("code").text(&profiled.name)))
        .add(el("ul").with("class", "study-said").all(said));
    if tries.is_empty() {
        return out;
    }
    out.add(el("h3").text(t("Worth trying")))
        .add(el("ul").with("class", "study-try").all(tries))
}

pub(super) fn sentence(said: &Said, unit: &str, offsets: &UtcOffsets) -> String {
    let write = |figure: Figure| match figure {
        Figure::Count(count) => words::count(count),
        Figure::Value(value) => words::quantity(value, unit),
        Figure::Share(share) if share > 0.0 && share < 0.1 => decimal(share * 100.0, 1) + "%",
        Figure::Share(share) => super::markup::share(share),
        Figure::Length(ms) => words::length(ms),
        Figure::Instant(ms) => minute_text(ms, offsets),
    };
    let known = TEXTS.iter().find(|text| **text == said.text);
    let figures: Vec<(String, String)> = said
        .figures
        .iter()
        .map(|(name, figure)| (name.clone(), write(*figure)))
        .collect();
    let figures: Vec<(&str, &str)> = figures
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    known.map_or_else(|| said.told(write), |text| tf(text, &figures))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn sentences_when_counted_then_are_those_that_can_be_said() {
        assert_eq!(super::TEXTS, hindcast_shared::profile::TEXTS);
    }
}
