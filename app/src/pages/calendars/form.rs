//! A calendar while it is made or changed; beside it when it would hold, and what it would have changed.

use hindcast_shared::api::{CalendarDraft, CalendarRecord, PreviewRequest, PreviewResponse};
use hindcast_shared::time::HOUR_MS;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::past::Past;
use super::row::list;
use super::state::{AGAIN, COUNTRIES, Made, Typed};
use super::{Board, Open};
use crate::api::{ApiError, calendars};
use crate::browser;
use crate::components::Failure;
use crate::i18n::t;
use crate::later::Later;
use crate::lean::CollectAny as _;

/// What is typed, and what the server says of it.
#[derive(Clone, Copy)]
struct Form {
    typed: RwSignal<Typed>,
    made: RwSignal<Made>,
    before: StoredValue<Option<CalendarDraft>>,
    /// Why it cannot be read here.
    wrong: RwSignal<Option<String>>,
    failed: RwSignal<Option<ApiError>>,
    seen: RwSignal<Option<PreviewResponse>>,
}

impl Form {
    fn draft(self) -> Option<CalendarDraft> {
        let made = self.made.get_untracked();
        let draft = self.typed.with_untracked(|typed| {
            self.before
                .with_value(|before| typed.draft(made, before.as_ref()))
        });
        self.wrong.set(draft.as_ref().err().cloned());
        draft.ok()
    }

    /// Asks when it would hold.
    fn look(self) {
        let nameless = self
            .typed
            .with_untracked(|typed| typed.name.trim().is_empty());
        let empty = self.made.get_untracked() == Made::File
            && self.typed.with_untracked(|typed| typed.ics.is_none());
        let Some(calendar) = (!nameless && !empty).then(|| self.draft()).flatten() else {
            self.seen.set(None);
            return;
        };
        spawn_local(async move {
            let request = PreviewRequest {
                calendar,
                from: "now".to_owned(),
                to: "now+90d".to_owned(),
                rules: Vec::new(),
            };
            let answer = calendars::preview_calendar(&request).await;
            match answer {
                Ok(answer) => {
                    self.failed.try_set(None);
                    self.seen.try_set(Some(answer));
                }
                Err(error) => {
                    self.seen.try_set(None);
                    self.failed.try_set(Some(error));
                }
            }
        });
    }

    /// A text field.
    fn text(
        self,
        id: &'static str,
        get: fn(&Typed) -> &String,
        set: fn(&mut Typed) -> &mut String,
    ) -> AnyView {
        view! {
            <input type="text" id=id autocomplete="off" spellcheck="false" prop:value=move || self.typed.with(|typed| get(typed).clone())
                on:input=move |event| self.typed.update(|typed| *set(typed) = event_target_value(&event))/>
        }
        .into_any()
    }

    fn check(
        self,
        id: &'static str,
        word: &'static str,
        get: fn(&Typed) -> bool,
        set: fn(&mut Typed, bool),
    ) -> AnyView {
        view! {
            <label class="check"><input type="checkbox" id=id prop:checked=move || self.typed.with(get)
                on:change=move |event| self.typed.update(|typed| set(typed, event_target_checked(&event)))/>{word}</label>
        }
        .into_any()
    }
}

/// The form.
#[component]
pub(super) fn CalendarForm(board: Board, calendar: Option<CalendarRecord>) -> impl IntoView {
    let is_new = calendar.is_none();
    let before = calendar.as_ref().map(|record| record.calendar.clone());
    let fresh = || Typed {
        // The next whole hour.
        start: browser::field_time((browser::now_ms() / HOUR_MS + 1) * HOUR_MS)
            .chars()
            .take(16)
            .collect(),
        length: "1h".to_owned(),
        zone: browser::zone_name(),
        country: COUNTRIES[0].0.to_owned(),
        skip_paging: true,
        ..Typed::default()
    };
    let form = Form {
        typed: RwSignal::new(before.as_ref().map_or_else(fresh, Typed::of)),
        made: RwSignal::new(if is_new { Made::Event } else { Made::Kept }),
        before: StoredValue::new(before),
        wrong: RwSignal::new(None),
        failed: RwSignal::new(None),
        seen: RwSignal::new(None),
    };
    let looked = Later::new(move || form.look());
    crate::lean::effect(move || {
        form.typed.track();
        form.made.track();
        looked.call();
    });
    let seen = calendar.map(|record| (record.id, record.version));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (Some(draft), seen) = (form.draft(), seen.clone()) else {
            return;
        };
        spawn_local(async move {
            match calendars::write_calendar(seen, &draft).await {
                Ok(_) => {
                    board.open.try_set(Open::Closed);
                    board.reload();
                }
                Err(error) => drop(form.failed.try_set(Some(error))),
            }
        });
    };
    let made = Made::ALL
        .into_iter()
        .filter(|made| *made != Made::Kept || !is_new);
    let made = made.map(|made| {
        view! { <option value=made.as_str() selected=move || form.made.get() == made>{made.word()}</option> }
    });
    let title = if is_new {
        t("New calendar")
    } else {
        t("Change the calendar")
    };
    let holds = move || {
        form.seen.with(|seen| {
            seen.as_ref()
                .map(|seen| list(&seen.occurrences, seen.total))
        })
    };
    let wrong = move || {
        form.wrong
            .get()
            .map(|why| view! { <p class="refused" role="alert">{why}</p> })
    };
    let draft = Callback::new(move |()| form.draft());
    view! {
        <form class="mute-form" aria-labelledby="calendar-title" on:submit=submit>
            <h2 id="calendar-title">{title}</h2>
            <div class="mute-fields">
                <label class="field grow">{t("Name")}{form.text("calendar-name", |typed| &typed.name, |typed| &mut typed.name)}</label>
                <label class="field">{t("Made of")}
                    <select id="calendar-made" on:change=move |event| form.made.set(Made::named(&event_target_value(&event)))>{made.collect_any()}</select>
                </label>
                {move || content(form)}
            </div>
            <div class="mute-fields" role="group" aria-label=t("While it holds")>
                {form.check("skip-paging", t("nobody is paged"), |typed| typed.skip_paging, |typed, on| typed.skip_paging = on)}
                {form.check("skip-learning", t("nothing is learned"), |typed| typed.skip_learning, |typed, on| typed.skip_learning = on)}
                <label class="field">{t("Threshold times (empty: as ever)")}{form.text("scale-threshold", |typed| &typed.scale, |typed| &mut typed.scale)}</label>
                <label class="field mute-why">{t("Why")}{form.text("calendar-comment", |typed| &typed.comment, |typed| &mut typed.comment)}</label>
            </div>
            <div class="calendar-preview" aria-live="polite">{holds}</div>
            <Past board draft/>
            {wrong}
            {move || form.failed.get().map(|error| view! { <Failure error/> })}
            <p class="row">
                <button type="submit" class="primary" id="save-calendar">{t("Save")}</button>
                <button type="button" on:click=move |_| board.open.set(Open::Closed)>{t("Cancel")}</button>
            </p>
        </form>
    }
}

/// The fields of what it is made of.
fn content(form: Form) -> AnyView {
    match form.made.get() {
        Made::Kept => ().into_any(),
        Made::Told => view! {
            <p class="muted mute-why">{t("Tell it of a deployment from here, or from a pipeline by POST /api/v1/calendars/{id}/markers; each lasts 30 minutes unless it says otherwise.")}</p>
        }
        .into_any(),
        Made::Holidays => {
            let options = COUNTRIES.map(|(code, word)| {
                let chosen = move || form.typed.with(|typed| typed.country == code);
                view! { <option value=code selected=chosen>{t(word)}</option> }
            });
            let picked = move |event: web_sys::Event| {
                form.typed.update(|typed| typed.country = event_target_value(&event));
            };
            view! { <label class="field">{t("Country")}<select id="calendar-country" on:change=picked>{options.into_iter().collect_any()}</select></label> }
                .into_any()
        }
        Made::File => view! {
            <label class="field">{t("File")}<input type="file" id="calendar-file" accept=".ics,text/calendar" on:change=move |event| take(form, &event)/></label>
            {zone(form)}
        }
        .into_any(),
        Made::Event => {
            let again = AGAIN.map(|(rule, word)| {
                let chosen = move || form.typed.with(|typed| typed.rrule == rule);
                view! { <option value=rule selected=chosen>{t(word)}</option> }
            });
            let picked = move |event: web_sys::Event| {
                form.typed.update(|typed| typed.rrule = event_target_value(&event));
            };
            view! {
                <label class="field">{t("Begins")}
                    <input type="datetime-local" id="calendar-start" required prop:value=move || form.typed.with(|typed| typed.start.clone())
                        on:input=move |event| form.typed.update(|typed| typed.start = event_target_value(&event))/>
                </label>
                <label class="field">{t("Length")}{form.text("calendar-length", |typed| &typed.length, |typed| &mut typed.length)}</label>
                <label class="field">{t("Comes again")}<select id="calendar-again" on:change=picked>{again.into_iter().collect_any()}</select></label>
                <label class="field grow">{t("As a rule (RRULE)")}{form.text("calendar-rrule", |typed| &typed.rrule, |typed| &mut typed.rrule)}</label>
                {zone(form)}
            }
            .into_any()
        }
    }
}

fn zone(form: Form) -> AnyView {
    view! { <label class="field">{t("Time zone")}{form.text("calendar-zone", |typed| &typed.zone, |typed| &mut typed.zone)}</label> }
        .into_any()
}

/// Takes the text of a file; its name names the calendar, unless it has a name.
fn take(form: Form, event: &web_sys::Event) {
    let input: web_sys::HtmlInputElement = event_target(event);
    let Some(file) = input.files().and_then(|files| files.get(0)) else {
        return;
    };
    let name = file.name();
    let text = file.text();
    spawn_local(async move {
        let Ok(text) = JsFuture::from(text).await else {
            form.wrong
                .try_set(Some(t("The file could not be read.").to_owned()));
            return;
        };
        form.typed.try_update(|typed| {
            typed.ics = text.as_string();
            if typed.name.trim().is_empty() {
                let bare = name.strip_suffix(".ics").unwrap_or(&name);
                bare.clone_into(&mut typed.name);
            }
        });
    });
}
