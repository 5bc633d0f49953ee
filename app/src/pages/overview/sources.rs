//! How the sources are.

use hindcast_shared::api::{SourceRecord, SourceState};
use leptos::prelude::*;

use super::super::state::State;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{said, t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::Load;
use crate::words;

/// The list.
#[component]
pub(super) fn Sources(state: State) -> impl IntoView {
    let live = expect_context::<Live>();
    let item = move |source: SourceRecord| {
        let now_ms = live.now_ms.get_untracked();
        let (name, glyph, text) = match &source.state {
            SourceState::Unknown => ("unknown", "○", t("not asked yet").to_owned()),
            SourceState::Up { .. } => ("up", "✓", t("up").to_owned()),
            SourceState::Down { since_ms, why } => {
                let time = words::since(*since_ms, now_ms, &browser::zone_now());
                let text = tf(
                    "down since {time}: {why}",
                    &[("time", &time), ("why", &said(why))],
                );
                ("down", "▲", text)
            }
        };
        view! {
            <li class="source" data-state=name>
                <span class="mark" aria-hidden="true">{glyph}</span>
                <span class="source-name">{source.name.clone()}</span>
                <span class="muted">{text}</span>
            </li>
        }
    };
    view! {
        <section aria-labelledby="sources-title">
            <h2 id="sources-title">{t("Sources")}</h2>
            {move || match state.sources.get() {
                Load::Waiting => view! { <Waiting what=t("sources")/> }.into_any(),
                Load::Failed(error) => view! { <Failure error/> }.into_any(),
                Load::Ready(sources) if sources.is_empty() => {
                    view! { <p class="muted">{t("No source is configured. Add one under sources: in hindcast.yaml.")}</p> }.into_any()
                }
                Load::Ready(sources) => view! { <ul class="sources">{sources.into_iter().map(item).collect_any()}</ul> }.into_any(),
            }}
        </section>
    }
}
