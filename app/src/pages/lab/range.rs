//! The range that never matters: only values outside of it may be anomalous, whatever their score.

use hindcast_shared::rule::OutsideRange;
use leptos::prelude::*;

use super::bench::Bench;
use crate::browser;
use crate::i18n::t;

type Bound = fn(&mut OutsideRange) -> &mut Option<f64>;

fn bound(bench: Bench, id: &'static str, word: &'static str, bound: Bound) -> AnyView {
    let value = move || {
        let mut range = bench.draft.with(|draft| draft.decision.range);
        *bound(&mut range)
    };
    let typed = move |event: web_sys::Event| {
        // An empty field is no bound.
        let value = browser::number(&event_target_value(&event));
        bench.change(|draft| *bound(&mut draft.decision.range) = value);
    };
    view! { <label class="field inline">{word}<input type="number" step="any" class="short" id=id prop:value=value on:change=typed/></label> }
    .into_any()
}

/// Both bounds; empty ones do not bound.
pub(super) fn range(bench: Bench) -> AnyView {
    view! {
        <div class="row only-outside" role="group" aria-label=t("Only values outside of a range count") title=t("Only values outside of a range count")>
            {bound(bench, "range-below", t("Only under"), |range| &mut range.below)}
            {bound(bench, "range-above", t("or over"), |range| &mut range.above)}
        </div>
    }
    .into_any()
}
