//! Full models: which there are, how well each does, its versions, and the trainings.

mod board;
mod cells;
mod checks;
mod compare;
mod explain;
mod form;
mod heat;
mod import;
mod jobs;
mod losses;
mod model;
mod odd;
mod state;
mod training;
mod versions;

use leptos::prelude::*;

use self::board::Board;
use self::form::TrainForm;
use super::rules::may_write;
use crate::app::Who;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::load::Load;

/// The page.
#[component]
pub fn Models() -> impl IntoView {
    let who = expect_context::<Who>();
    let board = Board::open();
    let retry = Callback::new(move |()| board.reload());
    // A model that changes leaves the others alone, and whatever is open in them.
    let names = Memo::new(move |_| {
        board.known.with(|known| {
            let models = known.as_ref()?.0.iter();
            Some(models.map(|model| model.name.clone()).collect::<Vec<_>>())
        })
    });
    let body = crate::lean::live(move || {
        match names.get() {
        None => ().into_any(),
        Some(names) if names.is_empty() => view! {
            <p class="muted models-none">{t("There is no model yet. A model learns weeks of one or many series on the server; its scores are a series like any other.")}</p>
        }
        .into_any(),
        Some(names) => names
            .into_iter()
            .map(|name| model::model(board, name))
            .collect_any(),
    }
    });
    // Each try that fails begins the wait for the next one anew.
    let error = move || {
        board.models.with(|models| match models {
            Load::Failed(error) => Some(error.clone()),
            _ => None,
        })
    };
    let missing = crate::lean::live(move || {
        let known_ms = board.known.with_untracked(|known| Some(known.as_ref()?.1));
        match (error(), known_ms) {
            (Some(error), None) => view! { <Failure error retry/> }.into_any(),
            (Some(error), Some(known_ms)) => {
                let words = move || {
                    tf(
                        "What follows was so {time}.",
                        &[("time", &board.ago(known_ms))],
                    )
                };
                view! { <div class="models-stale"><Failure error retry/><p class="muted">{words}</p></div> }.into_any()
            }
            (None, _) if names.get().is_none() => view! { <Waiting what=t("models")/> }.into_any(),
            (None, _) => ().into_any(),
        }
    });
    let promoted = move || {
        board.promoted.get().map(|(name, version)| {
            let words = tf(
                "Version {n} of {model} scores now.",
                &[("n", &version.to_string()), ("model", &name)],
            );
            view! {
                <p class="notice" role="status">{words}" "<button type="button" data-do="revert" on:click=move |_| board.revert(name.clone())>{t("Undo")}</button></p>
            }
        })
    };
    view! {
        <div class="mutes-page models-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Models")}</p>
            <div class="section-head">
                <h1>{t("Models")}</h1>
                {import::button(board)}
                {move || (may_write(who) && !board.training.get()).then(|| view! {
                    <button type="button" class="primary" id="new-model" data-command=t("Train a model") on:click=move |_| board.training.set(true)>{t("Train a model")}</button>
                })}
            </div>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {import::outcome(board)}
            {promoted}
            {move || board.training.get().then(|| view! { <TrainForm board/> })}
            {jobs::jobs(board)}
            {missing}
            {body}
        </div>
    }
}
