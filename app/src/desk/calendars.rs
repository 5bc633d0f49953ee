//! The calendars that a draft goes by. One that the saved rule does not go by is replayed as if it had always been so.

use leptos::prelude::*;

use super::Desk;
use crate::api::calendars;
use crate::i18n::t;
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};

/// A box for each calendar.
pub(super) fn calendars(desk: Desk) -> AnyView {
    let named = loaded(calendars::name_calendars);
    let boxes = move || {
        match named.get() {
        Load::Waiting => ().into_any(),
        Load::Failed(error) => view! { <p class="refused">{error.message()}</p> }.into_any(),
        Load::Ready(calendars) if calendars.is_empty() => view! { <p class="muted"><a href="calendars">{t("Make a calendar")}</a>" "{t("and see here what it would have changed.")}</p> }.into_any(),
        Load::Ready(calendars) => calendars
            .into_iter()
            .map(|(shown, name)| {
                let (id, mine) = (shown.clone(), shown.clone());
                let is_chosen = move || desk.seen.with(|seen| seen.job.rule.calendars.contains(&mine));
                let chosen = move |event: web_sys::Event| {
                    let on = event_target_checked(&event);
                    desk.change(|draft| {
                        draft.calendars.retain(|one| *one != id);
                        if on {
                            draft.calendars.push(id.clone());
                        }
                    });
                };
                view! { <label class="check"><input type="checkbox" data-calendar=shown prop:checked=is_chosen on:change=chosen/>{name}</label> }
            })
            .collect_any(),
    }
    };
    view! { <div class="field" role="group" aria-label=t("Calendars")>{move || boxes()}</div> }
        .into_any()
}
