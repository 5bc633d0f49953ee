//! One calendar of the list: what it is made of and does, when it holds next, and a word to tell it.

use hindcast_shared::api::{CalendarRecord, MarkerDraft, Occurrence};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{does, made_of, occurrence};
use super::{Board, Open};
use crate::api::calendars;
use crate::app::Who;
use crate::browser;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};
use crate::pages::rules::may_write;

/// Occurrences that are listed.
const NEXT: usize = 5;

/// One calendar.
pub(super) fn row(board: Board, record: CalendarRecord) -> AnyView {
    let who = expect_context::<Who>();
    let id = record.id.clone();
    let told = RwSignal::new(0_u32);
    let next = loaded({
        let id = id.clone();
        move || {
            told.track();
            let id = id.clone();
            async move { calendars::next_occurrences(&id).await }
        }
    });
    let used = {
        let id = id.clone();
        move || {
            board.rules.with(|rules| {
                let rules = rules.ready().map_or(&[][..], Vec::as_slice);
                let by = rules
                    .iter()
                    .filter(|rule| rule.rule.calendars.contains(&id));
                plural(
                    by.count() as u64,
                    "{n} rule goes by it",
                    "{n} rules go by it",
                )
            })
        }
    };
    let exact = record.holidays_exact_until.map(|year| {
        let text = tf(
            "exact up to {year}; later years without days off that are decreed a year at a time",
            &[("year", &year.to_string())],
        );
        view! { <p class="muted" data-exact=year.to_string()>{text}</p> }
    });
    let provisioned = record.provisioned;
    let lock = provisioned.then(|| view! { <span class="tag">{t("from the file")}</span> });
    let (made, effects) = (made_of(&record.calendar), does(record.calendar.effects));
    let (name, comment) = (
        record.calendar.name.clone(),
        record.calendar.comment.clone(),
    );
    let marked = id.clone();
    let draft = &record.calendar;
    let is_told = draft.events.is_empty() && draft.ics.is_none() && draft.holidays.is_none();
    let tell = move || (is_told && may_write(who)).then(|| tell(board, marked.clone(), told));
    let buttons = move || {
        (may_write(who) && !provisioned).then(|| {
            let (changed, deleted) = (record.clone(), record.clone());
            view! {
                <button type="button" data-do="edit" on:click=move |_| board.open.set(Open::Change(changed.clone()))>{t("Edit")}</button>
                <button type="button" data-do="delete" on:click=move |_| board.delete(deleted.clone())>{t("Delete")}</button>
            }
        })
    };
    view! {
        <li class="mute calendar" data-id=id>
            <div class="mute-text">
                <p class="mute-comment">{name}" "{lock}</p>
                <p class="muted">{format!("{made}; {effects}")}</p>
                {exact}
                <p class="muted">{comment}</p>
                <p class="muted">{used}</p>
            </div>
            <div class="calendar-next">{move || upcoming(next)}</div>
            <div><p class="row">{buttons}</p>{tell}</div>
        </li>
    }
    .into_any()
}

/// When it holds next.
fn upcoming(next: RwSignal<Load<Vec<Occurrence>>>) -> AnyView {
    let found = match next.get() {
        Load::Waiting => return ().into_any(),
        Load::Failed(error) => {
            return view! { <p class="refused">{error.message()}</p> }.into_any();
        }
        Load::Ready(found) => found,
    };
    list(&found, found.len() as u64)
}

/// Occurrences of the coming ninety days; `total` counts those that are not listed, too.
pub(super) fn list(found: &[Occurrence], total: u64) -> AnyView {
    if found.is_empty() {
        return view! { <p class="muted">{t("It does not hold in the coming 90 days.")}</p> }
            .into_any();
    }
    let (zone, now_ms) = (browser::zone_now(), browser::now_ms());
    let items = found.iter().take(NEXT).map(|one| {
        let now = (one.start_ms <= now_ms).then(|| view! { <strong>{t("now")}</strong> });
        view! { <li>{now}" "{occurrence(one, &zone)}</li> }
    });
    let more = total.saturating_sub(NEXT as u64);
    let more = (more > 0).then(|| {
        let text = tf(
            "and {n} more in the coming 90 days",
            &[("n", &more.to_string())],
        );
        view! { <li class="muted">{text}</li> }
    });
    view! { <ul class="occurrences" data-total=total>{items.collect_any()}{more}</ul> }.into_any()
}

/// A word to tell it: a deployment, now.
fn tell(board: Board, id: String, told: RwSignal<u32>) -> AnyView {
    let field = NodeRef::<Input>::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let marker = MarkerDraft {
            title: field.value(),
            ..MarkerDraft::default()
        };
        if marker.title.trim().is_empty() {
            return;
        }
        field.set_value("");
        let id = id.clone();
        spawn_local(async move {
            let done = calendars::mark_calendar(&id, &marker).await;
            board.failed.try_set(done.err());
            told.try_update(|told| *told += 1);
        });
    };
    view! {
        <form class="row" on:submit=submit>
            <input type="text" class="marker" node_ref=field maxlength="200" autocomplete="off"
                aria-label=t("What happens now") placeholder=t("What happens now")/>
            <button type="submit" data-do="mark">{t("Mark 30 min")}</button>
        </form>
    }
    .into_any()
}
