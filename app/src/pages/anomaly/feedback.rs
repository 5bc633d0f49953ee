//! Whether it was right: four answers, what was said, and the way back.

use hindcast_shared::api::{AnomalyFeedback, FeedbackAnswer};
use leptos::prelude::*;

use super::actions::{Hand, Said};
use crate::api::feedback as api;
use crate::browser;
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::load::loaded;
use crate::words;

/// What an answer is called, here and in tests, and what is said when it is given.
pub(super) fn words_of(answer: FeedbackAnswer) -> (&'static str, &'static str, &'static str) {
    match answer {
        FeedbackAnswer::True => ("right", t("Right"), t("Labelled as an incident.")),
        FeedbackAnswer::False => (
            "false-alarm",
            t("False alarm"),
            t("Marked as a false alarm."),
        ),
        FeedbackAnswer::Expected => ("expected", t("Expected"), t("Marked as expected.")),
        FeedbackAnswer::WrongTeam => (
            "wrong-team",
            t("Wrong team"),
            t("Noted as told to the wrong team."),
        ),
    }
}

/// The four answers and the one that is in force.
#[component]
pub(super) fn Feedback(hand: Hand) -> impl IntoView {
    let id = Memo::new(move |_| {
        hand.detail
            .with(|detail| Some(detail.ready()?.0.anomaly.id.to_string()))
    });
    let told = loaded(move || {
        // Whatever happened to the anomaly may have been said by somebody.
        hand.detail.track();
        let id = id.get().unwrap_or_default();
        async move { api::find_feedback(&id).await }
    });
    let current = Memo::new(move |_| {
        told.with(|told| {
            told.ready()
                .and_then(|told: &AnomalyFeedback| told.current.clone())
        })
    });
    let answers = FeedbackAnswer::ALL.map(|answer| {
        let (name, word, done) = words_of(answer);
        let pressed = move || {
            let current = current.get();
            current.is_some_and(|current| current.answer == answer).to_string()
        };
        // What ends an anomaly is undone as a step; the others are taken back below.
        let ends = matches!(answer, FeedbackAnswer::False | FeedbackAnswer::Expected);
        let give = move |_| hand.send("feedback", Some(api::said(answer)), Said::Done(done, ends));
        view! {
            <button type="button" data-action=name data-command=word aria-pressed=pressed prop:disabled=hand.busy on:click=give>{word}</button>
        }
    });
    let said = move || {
        let current = current.get()?;
        let ago = words::ago(current.at_ms, browser::now_ms());
        let text = tf(
            "{actor} said: {answer}, {when}",
            &[
                ("actor", &current.actor),
                ("answer", words_of(current.answer).1),
                ("when", &ago),
            ],
        );
        let back = move |_| {
            hand.over(
                Said::Done(t("Taken back."), false),
                async move |id: String| api::take_feedback_back(&id).await,
            );
        };
        Some(view! {
            <span class="muted" data-feedback=current.answer.as_str()>{text}</span>
            <button type="button" data-action="take-back" prop:disabled=hand.busy on:click=back>{t("Take back")}</button>
        })
    };
    view! {
        <div class="row feedback" role="group" aria-label=t("Was this right?")>
            <span class="muted" aria-hidden="true">{t("Was this right?")}</span>
            {answers.into_iter().collect_any()}
            {said}
        </div>
    }
}
