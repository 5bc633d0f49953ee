//! What a calendar would have changed: one rule's past is replayed without it and with it, by the server.

use hindcast_shared::api::{CalendarChange, CalendarDraft, PreviewRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Board;
use crate::api::{ApiError, calendars};
use crate::components::Failure;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;

/// A rule to choose, and the answer.
#[component]
pub(super) fn Past(board: Board, draft: Callback<(), Option<CalendarDraft>>) -> impl IntoView {
    let change = RwSignal::new(None::<Result<CalendarChange, ApiError>>);
    let busy = RwSignal::new(false);
    let picked = move |event: web_sys::Event| {
        let rule = event_target_value(&event);
        let Some(calendar) = draft.run(()).filter(|_| !rule.is_empty()) else {
            change.set(None);
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let request = PreviewRequest {
                calendar,
                from: "now-7d".to_owned(),
                to: "now".to_owned(),
                rules: vec![rule],
            };
            let answer = calendars::preview_calendar(&request).await;
            let answer = answer.map(|answer| answer.rules.into_iter().next());
            busy.try_set(false);
            change.try_set(answer.transpose());
        });
    };
    let rules = move || {
        board.rules.with(|rules| {
            let rules = rules.ready().map_or(&[][..], Vec::as_slice);
            let named = rules
                .iter()
                .filter_map(|rule| Some((rule.rule.id.clone()?, rule.rule.name.clone())));
            named
                .map(|(id, name)| view! { <option value=id>{name}</option> })
                .collect_any()
        })
    };
    let told = move || {
        if busy.get() {
            return Some(view! { <p class="muted">{t("Replaying…")}</p> }.into_any());
        }
        Some(match change.get()? {
            Err(error) => view! { <Failure error/> }.into_any(),
            Ok(change) => {
                let (with, without) = (change.pages_with, change.pages_without);
                view! { <p id="calendar-change" data-with=with data-without=without>{said(&change)}</p> }
                    .into_any()
            }
        })
    };
    view! {
        <label class="field">{t("What it would have changed in the last 7 days")}
            <select id="calendar-past" on:change=picked>
                <option value="">{t("choose a rule")}</option>
                {rules}
            </select>
        </label>
        <div aria-live="polite">{told}</div>
    }
}

fn said(change: &CalendarChange) -> String {
    let pages = tf(
        "{with} in place of {without}",
        &[
            ("with", &plural(change.pages_with, "{n} page", "{n} pages")),
            ("without", &change.pages_without.to_string()),
        ],
    );
    if change.incidents_hidden == 0 {
        return tf(
            "{pages}; no labelled incident is hidden.",
            &[("pages", &pages)],
        );
    }
    let hidden = plural(
        change.incidents_hidden,
        "{n} labelled incident is hidden",
        "{n} labelled incidents are hidden",
    );
    format!("▲ {pages}; {hidden}.")
}
