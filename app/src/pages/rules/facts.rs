//! The small funnel: what the last seven days were for a rule as it is saved, and would have been for a draft.

use hindcast_shared::api::ReplaySummary;
use hindcast_shared::rule::RuleDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::as_draft;
use super::edit::Desk;
use crate::api::{self, ApiError};
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};
use crate::words;

/// The steps of the funnel, with what is left after each.
fn steps(week: &ReplaySummary) -> [String; 5] {
    [
        plural(week.samples, "{n} sample", "{n} samples"),
        tf("{n} over", &[("n", &words::count(week.over_threshold))]),
        tf("{n} lasted", &[("n", &words::count(week.confirmed))]),
        plural(week.fired.len() as u64, "{n} anomaly", "{n} anomalies"),
        plural(week.pages_sent, "{n} page", "{n} pages"),
    ]
}

/// The funnel as a row of steps.
fn funnel(week: &ReplaySummary) -> AnyView {
    let steps = steps(week)
        .map(|step| view! { <li>{step}</li> })
        .into_iter()
        .collect_any();
    let fired = week.fired.len() as u64;
    view! {
        <ol class="funnel" data-anomalies=fired data-pages=week.pages_sent data-samples=week.samples>{steps}</ol>
        <span class="muted">{words::rate(week.pages_per_week)}</span>
    }
    .into_any()
}

fn outcome(week: &Load<ReplaySummary>) -> AnyView {
    match week {
        Load::Waiting => {
            view! { <span class="muted" role="status">{t("Counting…")}</span> }.into_any()
        }
        Load::Failed(error) => view! { <span class="refused">{error.message()}</span> }.into_any(),
        Load::Ready(week) => funnel(week),
    }
}

/// Saved and draft, one below the other.
#[component]
pub(super) fn Week(desk: Desk, id: String) -> impl IntoView {
    let of_saved = id.clone();
    let saved = loaded(move || {
        desk.base.track();
        let id = of_saved.clone();
        async move { api::replay_week(&id, None).await }
    });
    let drafted = RwSignal::new(None::<Load<ReplaySummary>>);
    // What was counted was another draft.
    crate::lean::effect(move || {
        desk.draft.track();
        drafted.set(None);
    });
    let count = move |_| {
        let Some(draft) = desk.draft.with_untracked(as_draft) else {
            return;
        };
        drafted.set(Some(Load::Waiting));
        let id = id.clone();
        let asked = desk.draft.get_untracked();
        spawn_local(async move {
            let week = ask(&id, draft).await;
            if desk.draft.try_with_untracked(|now| *now == asked) == Some(true) {
                drafted.try_set(Some(week));
            }
        });
    };
    let second = move || {
        desk.changed.get().then(|| {
            let shown = match drafted.get() {
                Some(week) => outcome(&week),
                None => view! {
                    <button type="button" id="count-draft" prop:disabled=move || !desk.valid.get() on:click=count.clone()>{t("Count for the draft")}</button>
                }
                .into_any(),
            };
            view! { <div class="week" data-week="draft"><span class="week-name">{t("With the changes")}</span>{shown}</div> }
        })
    };
    view! {
        <section class="weeks" aria-label=t("The last seven days")>
            <div class="week" data-week="saved">
                <span class="week-name">{t("The last seven days, replayed")}</span>
                {move || outcome(&saved.get())}
            </div>
            {second}
        </section>
    }
}

async fn ask(id: &str, mut draft: RuleDraft) -> Load<ReplaySummary> {
    draft.id = Some(id.to_owned());
    let week: Result<_, ApiError> = api::replay_week(id, Some(&draft)).await;
    week.map_or_else(Load::Failed, Load::Ready)
}
