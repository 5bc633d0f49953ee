//! The limit that is usual for a metric of this name, offered and not imposed.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::rule::usual;
use leptos::prelude::*;

use super::bench::Bench;
use crate::draft;

/// Nothing where the name says nothing, or the limit is taken already.
#[component]
pub(super) fn UsualLimit(bench: Bench) -> impl IntoView {
    let offered = Memo::new(move |_| {
        bench.draft.with(|draft| {
            let usual = usual(&draft.query)?;
            let taken = draft::kind(draft) == DetectorKind::Threshold
                && draft.decision.threshold == Some(usual.limit);
            (!taken).then_some(usual)
        })
    });
    let take = move |_| {
        if let Some(usual) = offered.get_untracked() {
            bench.change(|draft| draft::set_limit(draft, usual));
        }
    };
    move || {
        offered.get().map(|usual| {
            let limit = crate::words::quantity(usual.limit, usual.unit);
            view! {
                <p class="muted">{usual.title}" is usually limited to "{limit}". "
                    <button type="button" class="link" on:click=take>"Use that"</button></p>
            }
        })
    }
}
