//! The new normal: what an anomaly shows is taken for normal, from here on or until a date; or it is not, after all.

use hindcast_shared::anomaly::Status;
use hindcast_shared::api::AcceptRequest;
use hindcast_shared::time::DAY_MS;
use leptos::html::Dialog;
use leptos::prelude::*;

use super::actions::{Hand, Said, show};
use crate::browser;
use crate::i18n::t;
use crate::json;

/// The button that asks how; of what is accepted already, and of what is snoozed, the way back.
pub(super) fn buttons(hand: Hand, status: Status, dialog: NodeRef<Dialog>) -> AnyView {
    if status.is_active() {
        let is_snoozed = hand
            .detail
            .with(|detail| detail.ready()?.0.anomaly.snoozed_until_ms)
            .is_some_and(|until_ms| until_ms > browser::now_ms());
        let keep = is_snoozed.then(|| {
            let keep = move |_| hand.send("keep-alarming", None, Said::Done(t("It alarms as before."), true));
            view! { <button type="button" data-action="keep-alarming" data-command=t("Keep alarming") prop:disabled=hand.busy on:click=keep>{t("Keep alarming")}</button> }
        });
        return view! {
            <button type="button" data-action="accept" data-command=t("The new normal…") on:click=move |_| show(dialog)>{t("The new normal…")}</button>
            {keep}
        }
        .into_any();
    }
    // Only a hand makes it expected, so that step is the one that is taken back.
    (status == Status::Expected)
        .then(|| {
            let keep = move |_| hand.send("undo", None, Said::Done(t("It alarms as before."), false));
            view! { <button type="button" data-action="keep-alarming" data-command=t("Keep alarming") prop:disabled=hand.busy on:click=keep>{t("Keep alarming")}</button> }
        })
        .into_any()
}

/// For good or until when.
#[component]
pub(super) fn Accept(hand: Hand, dialog: NodeRef<Dialog>) -> impl IntoView {
    let until = RwSignal::new(false);
    let end = RwSignal::new(browser::field_time(browser::now_ms() + 7 * DAY_MS));
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let chosen = until.get_untracked();
        let until_ms = chosen.then(|| browser::instant_of_field(&end.get_untracked()));
        let Some(until_ms) = until_ms.map_or(Some(None), |until_ms| until_ms.map(Some)) else {
            return;
        };
        close();
        let body = json::write(&AcceptRequest { until_ms });
        hand.send(
            "accept",
            Some(body),
            Said::Done(t("Accepted as normal."), true),
        );
    };
    let what = move || {
        if until.get() {
            t(
                "Nobody is told of it before then. What is learned stays as it is, and it alarms again if it is still there.",
            )
        } else {
            t(
                "Nobody is told of it any more. From the next time that the rule learns, it learns only what came since the anomaly began; so do replays.",
            )
        }
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="accept-title">
            <h2 id="accept-title">{t("This is the new normal")}</h2>
            <form on:submit=submit>
                <div class="row" role="group" aria-labelledby="accept-title">
                    <label class="check"><input type="radio" name="accept" id="accept-for-good" prop:checked=move || !until.get() on:change=move |_| until.set(false)/>{t("from here on")}</label>
                    <label class="check"><input type="radio" name="accept" id="accept-until" prop:checked=until on:change=move |_| until.set(true)/>{t("until a date")}</label>
                </div>
                {move || until.get().then(|| view! {
                    <label class="field">{t("Until")}
                        <input type="datetime-local" id="accept-end" step="1" required prop:value=end on:input=move |event| end.set(event_target_value(&event))/>
                    </label>
                })}
                <p class="muted">{what}</p>
                <p class="row">
                    <button type="submit" class="primary" id="accept-now">{t("Accept")}</button>
                    <button type="button" on:click=move |_| close()>{t("Cancel")}</button>
                </p>
            </form>
        </dialog>
    }
}
