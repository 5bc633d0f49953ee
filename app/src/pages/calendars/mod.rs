//! Calendars: when nobody is paged, nothing is learned or more is tolerated; made, changed, told and deleted here.

mod form;
mod past;
mod row;
mod state;

use hindcast_shared::api::{CalendarRecord, RuleRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::form::CalendarForm;
use super::rules::may_write;
use crate::api::{self, ApiError, calendars};
use crate::app::Who;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};

/// What the form is open for.
#[derive(Debug, Clone, PartialEq)]
enum Open {
    Closed,
    New,
    Change(CalendarRecord),
}

/// What the list and the form share.
#[derive(Debug, Clone, Copy)]
struct Board {
    calendars: RwSignal<Load<Vec<CalendarRecord>>>,
    rules: RwSignal<Load<Vec<RuleRecord>>>,
    open: RwSignal<Open>,
    failed: RwSignal<Option<ApiError>>,
    /// What was deleted last, to bring it back.
    gone: RwSignal<Option<CalendarRecord>>,
    again: RwSignal<u32>,
}

impl Board {
    fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    fn delete(self, calendar: CalendarRecord) {
        spawn_local(async move {
            let done = calendars::delete_calendar(&calendar.id, calendar.version).await;
            if done.is_ok() {
                self.gone.try_set(Some(calendar));
            }
            self.failed.try_set(done.err());
            self.reload();
        });
    }

    fn bring_back(self) {
        let Some(calendar) = self.gone.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let done = calendars::write_calendar(None, &calendar.calendar).await;
            if done.is_ok() {
                self.gone.try_set(None);
            }
            self.failed.try_set(done.err());
            self.reload();
        });
    }
}

/// The page.
#[component]
pub fn Calendars() -> impl IntoView {
    let live = expect_context::<Live>();
    let who = expect_context::<Who>();
    let again = RwSignal::new(0_u32);
    let board = Board {
        calendars: loaded(move || {
            again.track();
            live.epoch.track();
            calendars::list_calendars()
        }),
        rules: loaded(api::list_rules),
        open: RwSignal::new(Open::Closed),
        failed: RwSignal::new(None),
        gone: RwSignal::new(None),
        again,
    };
    let retry = Callback::new(move |()| board.reload());
    let body = move || {
        match board.calendars.get() {
        Load::Waiting => view! { <Waiting what=t("calendars")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(calendars) if calendars.is_empty() && board.open.get() != Open::Closed => ().into_any(),
        Load::Ready(calendars) if calendars.is_empty() => view! {
            <p class="muted">{t("There is no calendar. A calendar says when nobody is to be paged, nothing is to be learned or more is to be tolerated: maintenance on Friday nights, public holidays, deployments. Rules name the calendars that they go by.")}</p>
        }
        .into_any(),
        Load::Ready(calendars) => {
            let rows = calendars.into_iter().map(|one| row::row(board, one));
            view! { <ul class="mutes calendars">{rows.collect_any()}</ul> }.into_any()
        }
    }
    };
    let form = move || match board.open.get() {
        Open::Closed => ().into_any(),
        Open::New => view! { <CalendarForm board calendar=None/> }.into_any(),
        Open::Change(calendar) => {
            view! { <CalendarForm board calendar=Some(calendar)/> }.into_any()
        }
    };
    view! {
        <div class="mutes-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Calendars")}</p>
            <div class="section-head">
                <h1>{t("Calendars")}</h1>
                {move || (may_write(who) && board.open.get() == Open::Closed).then(|| view! {
                    <button type="button" class="primary" id="new-calendar" data-command=t("New calendar") on:click=move |_| board.open.set(Open::New)>{t("New calendar")}</button>
                })}
            </div>
            {move || board.gone.get().map(|gone| view! {
                <p class="notice" role="status">
                    {tf("{calendar} is deleted; what it did stays in the journal.", &[("calendar", &gone.calendar.name)])}" "
                    <button type="button" id="undo" on:click=move |_| board.bring_back()>{t("Undo")}</button>
                </p>
            })}
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {form}
            {body}
        </div>
    }
}
