//! The limit that is usual for a metric of this name, offered and not imposed.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::rule::usual;
use leptos::prelude::*;

use super::bench::Bench;
use crate::draft;
use crate::i18n::{t, tf};

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
    crate::lean::live(move || {
        offered.get().map(|usual| {
            let limit = crate::words::quantity(usual.limit, usual.unit);
            let told = tf(
                "{name}: the usual limit is {limit}.",
                &[("name", t(usual.title)), ("limit", &limit)],
            );
            view! {
                <p class="muted">{told}" "
                    <button type="button" class="link" on:click=take>{t("Use that")}</button></p>
            }
        })
    })
}
