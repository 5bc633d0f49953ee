//! What can be done to an anomaly. Each deed names the version that was seen, so that nobody acts on what somebody
//! else has changed; each can be taken back, and says so.

use hindcast_shared::anomaly::Status;
use hindcast_shared::api::{AssignRequest, NoteRequest, Role, SnoozeRequest};
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::accept::{Accept, buttons as buttons_of};
use super::feedback::Feedback;
use super::later::{SPANS, end_of, instant};
use super::{Read, story};
use crate::api::{self, ApiError};
use crate::app::Who;
use crate::browser;
use crate::components::Failure;
use crate::i18n::{t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::load::Load;

/// What came of the newest deed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// It is done; whether it can be taken back.
    Done(&'static str, bool),
    /// Somebody else was faster, after this version; nothing was done.
    Overtaken(Option<String>),
    /// It was refused.
    Failed(ApiError),
}

/// Sends deeds.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub(super) detail: RwSignal<Load<Read>>,
    said: RwSignal<Option<Said>>,
    pub(super) busy: RwSignal<bool>,
    reload: Callback<()>,
}

impl Hand {
    fn id(self) -> Option<String> {
        self.detail
            .with_untracked(|detail| Some(detail.ready()?.0.anomaly.id.to_string()))
    }

    /// The version that is shown.
    fn version(self) -> Option<String> {
        self.detail
            .with_untracked(|detail| detail.ready()?.1.clone())
    }

    /// Does something; `done` says it in words.
    pub(super) fn send(self, action: &'static str, body: Option<String>, done: Said) {
        let tag = self.version();
        self.over(done, async move |id: String| {
            // A note changes nothing that somebody could have overlooked.
            let seen = tag.as_deref().filter(|_| action != "notes");
            api::act_on_anomaly(&id, action, seen, body).await
        });
    }

    pub(super) fn over(
        self,
        done: Said,
        work: impl AsyncFnOnce(String) -> Result<(), ApiError> + 'static,
    ) {
        let Some(id) = self.id().filter(|_| !self.busy.get_untracked()) else {
            return;
        };
        let seen = self.version();
        self.busy.set(true);
        spawn_local(async move {
            let said = match work(id).await {
                Ok(()) => done,
                Err(ApiError::Refused { status: 412, .. }) => Said::Overtaken(seen),
                Err(error) => Said::Failed(error),
            };
            self.busy.try_set(false);
            self.said.try_set(Some(said));
            self.reload.try_run(());
        });
    }
}

/// The buttons and fields.
#[component]
pub(super) fn Actions(
    detail: RwSignal<Load<Read>>,
    said: RwSignal<Option<Said>>,
    reload: Callback<()>,
) -> impl IntoView {
    let hand = Hand {
        detail,
        said,
        busy: RwSignal::new(false),
        reload,
    };
    let who = expect_context::<Who>();
    let may = Memo::new(move |_| {
        who.0
            .with(|me| me.ready().is_none_or(|me| me.role >= Role::Operator))
    });
    let status = Memo::new(move |_| detail.with(|detail| Some(detail.ready()?.0.anomaly.status)));
    let mute = NodeRef::<Dialog>::new();
    let accept = NodeRef::<Dialog>::new();
    let of_samples = Memo::new(move |_| {
        detail.with(|detail| Some(detail.ready()?.0.anomaly.kind.is_of_samples()))
    });
    let act = move |action: &'static str,
                    word: &'static str,
                    done: &'static str,
                    class: &'static str,
                    key: Option<&'static str>| {
        view! {
            <button type="button" class=class data-key=key data-command=word data-action=action prop:disabled=hand.busy
                on:click=move |_| hand.send(action, None, Said::Done(done, true))>{word}</button>
        }
    };
    let buttons = move || {
        let status = status.get()?;
        let open = (status == Status::Open).then(|| {
            act(
                "acknowledge",
                t("Acknowledge"),
                t("Acknowledged."),
                "primary",
                Some("a"),
            )
        });
        let active = status.is_active().then(|| {
            view! {
                {act("resolve", t("Resolve"), t("Resolved."), "", None)}
                <Snooze hand/>
                <button type="button" data-command=t("Mute…") on:click=move |_| show(mute)>{t("Mute…")}</button>
            }
        });
        // Silence is never normal; a mute is for that.
        let normal = (of_samples.get() == Some(true)).then(|| buttons_of(hand, status, accept));
        Some(view! { <p class="row">{open} {active} {normal}</p> })
    };
    let refused = move || {
        let text = t("Your key may look but not change; ask for an operator key.");
        (!may.get()).then(|| view! { <p class="muted">{text}</p> })
    };
    view! {
        <section class="actions" aria-label=t("Actions")>
            {refused}
            {move || may.get().then(|| view! { {buttons} <Feedback hand/> <Assign hand/> <Note hand/> })}
            <Outcome hand/>
            <Mute hand dialog=mute/>
            <Accept hand dialog=accept/>
        </section>
    }
}

/// What came of the newest deed, and the way back.
#[component]
fn Outcome(hand: Hand) -> impl IntoView {
    let undo = move |_| hand.send("undo", None, Said::Done(t("Taken back."), false));
    let words = move || match hand.said.get()? {
        Said::Done(words, undoable) => {
            let undo = undoable.then(|| view! { <button type="button" data-action="undo" data-command=t("Undo") prop:disabled=hand.busy on:click=undo>{t("Undo")}</button> });
            Some(view! { <p class="row said"><span>{words}</span>{undo}</p> }.into_any())
        }
        Said::Overtaken(seen) => {
            // Who it was comes with the version after the one that was seen.
            let (actor, what) = hand.detail.with(|detail| {
                let (newest, _) = detail.ready().filter(|(_, version)| *version != seen)?;
                let record = newest.history.last()?;
                Some((record.actor.clone(), story::kind_word(&record.kind)))
            })?;
            let text = tf(
                "Nothing was done: {actor} was faster ({what}). This is how it stands now.",
                &[("actor", &actor), ("what", &what)],
            );
            Some(view! { <p class="said refused" role="alert">{text}</p> }.into_any())
        }
        Said::Failed(error) => Some(view! { <Failure error/> }.into_any()),
    };
    view! { <div class="outcome" aria-live="polite">{words}</div> }
}

/// No pages for a while.
#[component]
fn Snooze(hand: Hand) -> impl IntoView {
    let chosen = move |event: web_sys::Event| {
        let choice = event_target_value(&event);
        let now_ms = browser::now_ms();
        let (until_ms, done) = match choice.as_str() {
            "" => return,
            "never" => (None, t("Pages again.")),
            choice => (
                Some(end_of(choice, now_ms, &browser::zone_now())),
                t("Snoozed."),
            ),
        };
        let body = json::write(&SnoozeRequest { until_ms });
        hand.send("snooze", Some(body), Said::Done(done, true));
    };
    let is_snoozed = move || {
        let until_ms = hand
            .detail
            .with(|detail| detail.ready()?.0.anomaly.snoozed_until_ms);
        until_ms.is_some_and(|until_ms| until_ms > browser::now_ms())
    };
    let spans = SPANS.map(|(value, word)| view! { <option value=value>{t(word)}</option> });
    view! {
        <select aria-label=t("Snooze: no pages for a while") on:change=chosen>
            <option value="">{t("Snooze…")}</option>
            {spans.into_iter().collect_any()}
            {move || is_snoozed().then(|| view! { <option value="never">{t("Page again")}</option> })}
        </select>
    }
}

/// Who takes care of it.
#[component]
fn Assign(hand: Hand) -> impl IntoView {
    let who = expect_context::<Who>();
    let field = NodeRef::<Input>::new();
    let assign = move |name: Option<String>| {
        let done = if name.is_some() {
            t("Assigned.")
        } else {
            t("Nobody is in charge any more.")
        };
        let body = json::write(&AssignRequest { assignee: name });
        hand.send("assign", Some(body), Said::Done(done, true));
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = field
            .get_untracked()
            .map(|field| field.value().trim().to_owned());
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            assign(Some(name));
        }
    };
    let assignee = Memo::new(move |_| {
        hand.detail
            .with(|detail| detail.ready()?.0.anomaly.assignee.clone())
    });
    let me = move || who.0.with(|me| me.ready().map(|me| me.name.clone()));
    let mine = move || {
        let me = me().filter(|me| assignee.get().as_ref() != Some(me))?;
        Some(
            view! { <button type="button" data-command=t("Assign to me") on:click=move |_| assign(Some(me.clone()))>{t("To me")}</button> },
        )
    };
    let nobody = move || {
        assignee.get().map(|_| view! { <button type="button" on:click=move |_| assign(None)>{t("To nobody")}</button> })
    };
    view! {
        <form class="row" on:submit=submit>
            <input type="text" node_ref=field id="assignee" class="name" aria-label=t("Who takes care of it") maxlength="200" autocomplete="off"
                placeholder=t("Who takes care of it") prop:value=move || assignee.get().unwrap_or_default()/>
            <button type="submit">{t("Assign")}</button>
            {mine}
            {nobody}
        </form>
    }
}

/// A note for whoever comes next.
#[component]
fn Note(hand: Hand) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value();
        if text.trim().is_empty() {
            return;
        }
        field.set_value("");
        let body = json::write(&NoteRequest { text });
        hand.send("notes", Some(body), Said::Done(t("Noted."), false));
    };
    view! {
        <form class="row" on:submit=submit>
            <input type="text" node_ref=field id="note" aria-label=t("Note") placeholder=t("Write a note") maxlength="4000" autocomplete="off"/>
            <button type="submit">{t("Add note")}</button>
        </form>
    }
}

pub(super) fn show(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
        // A dialog that is not open yet can be opened.
        dialog.show_modal().ok();
    }
}

/// A mute of the rule and the series: for how long and why.
#[component]
fn Mute(hand: Hand, dialog: NodeRef<Dialog>) -> impl IntoView {
    let comment = NodeRef::<Input>::new();
    let span = RwSignal::new("1h".to_owned());
    let end_ms = move || end_of(&span.get(), browser::now_ms(), &browser::zone_now());
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = comment
            .get_untracked()
            .map(|field| field.value().trim().to_owned());
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        close();
        let end_ms = end_ms();
        hand.over(Said::Done(t("Muted."), false), async move |id: String| {
            api::mute_anomaly(&id, end_ms, text).await
        });
    };
    let until = move || {
        let time = instant(end_ms(), &browser::zone_now());
        tf(
            "Nobody is paged because of this rule and series until {time}. Anomalies are found and kept all the same.",
            &[("time", &time)],
        )
    };
    let spans = SPANS.map(|(value, word)| view! { <option value=value>{t(word)}</option> });
    view! {
        <dialog node_ref=dialog aria-labelledby="mute-title">
            <h2 id="mute-title">{t("Mute this rule and series")}</h2>
            <form on:submit=submit>
                <label class="field">{t("For how long")}
                    <select on:change=move |event| span.set(event_target_value(&event))>{spans.into_iter().collect_any()}</select>
                </label>
                <label class="field">{t("Why")}
                    <input type="text" node_ref=comment required maxlength="4000" autocomplete="off"/>
                </label>
                <p class="muted">{until}</p>
                <p class="row">
                    <button type="submit" class="primary">{t("Mute")}</button>
                    <button type="button" on:click=move |_| close()>{t("Cancel")}</button>
                </p>
            </form>
        </dialog>
    }
}
