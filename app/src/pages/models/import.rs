//! A version that was downloaded elsewhere, taken in from a file.

use hindcast_shared::api::{ModelRecord, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::board::Board;
use super::state::percent;
use crate::api::{ApiError, models};
use crate::app::Who;
use crate::components::Failure;
use crate::i18n::{t, tf};
use crate::lean;

/// How far an import is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Import {
    /// None goes on.
    Idle,
    /// A file is on its way: its name, and the share that was sent.
    Sending(String, f64),
    /// It was taken in.
    Done(String),
    /// It was refused: which file, and why.
    Refused(String, ApiError),
}

/// The button, for those who may.
pub(super) fn button(board: Board) -> AnyView {
    let who = expect_context::<Who>();
    lean::live(move || {
        let may = who
            .0
            .with(|who| who.ready().is_none_or(|me| me.role >= Role::Admin));
        may.then(|| {
            let picked = move |event: web_sys::Event| take(board, &event);
            view! {
                <label class="button file-button">{t("Import a model")}<input type="file" class="visually-hidden" id="model-file" accept=".hindcast-model" on:change=picked/></label>
            }
        })
    })
}

fn take(board: Board, event: &web_sys::Event) {
    let input: web_sys::HtmlInputElement = event_target(event);
    let Some(file) = input.files().and_then(|files| files.get(0)) else {
        return;
    };
    // The same file may be chosen once more.
    input.set_value("");
    let name = file.name();
    board.import.set(Import::Sending(name.clone(), 0.0));
    spawn_local(async move {
        let sending = name.clone();
        let sent = move |share: f64| {
            board
                .import
                .try_set(Import::Sending(sending.clone(), share));
        };
        let outcome = match models::import(&file, sent).await {
            Ok(record) => Import::Done(taken(&record)),
            Err(error) => Import::Refused(name, error),
        };
        board.import.try_set(outcome);
        board.reload();
    });
}

fn taken(record: &ModelRecord) -> String {
    let version = record.versions.first().map_or(0, |version| version.version);
    tf(
        "Imported as version {n} of {model}; it scores when it is promoted.",
        &[("n", &version.to_string()), ("model", &record.name)],
    )
}

/// What came of it.
pub(super) fn outcome(board: Board) -> AnyView {
    let close = move || {
        view! { <button type="button" on:click=move |_| board.import.set(Import::Idle)>{t("Close")}</button> }
    };
    lean::live(move || match board.import.get() {
        Import::Idle => ().into_any(),
        Import::Sending(name, share) if share < 1.0 => {
            let words = tf(
                "Sending {name}: {share}",
                &[("name", &name), ("share", &percent(share))],
            );
            view! { <p class="notice" role="status" data-import="sending"><progress max="1" prop:value=share aria-label=t("Import a model")></progress>" "{words}</p> }
                .into_any()
        }
        Import::Sending(name, _) => {
            let words = tf(
                "{name} was sent; the server looks at it…",
                &[("name", &name)],
            );
            view! { <p class="notice" role="status" data-import="checking"><progress aria-label=t("Import a model")></progress>" "{words}</p> }
                .into_any()
        }
        Import::Done(words) => {
            view! { <p class="notice row" role="status" data-import="done">{words}{close()}</p> }
                .into_any()
        }
        Import::Refused(name, error) => {
            let words = tf(
                "{name} was not taken in, and nothing was replaced.",
                &[("name", &name)],
            );
            view! { <div class="import-refused" data-import="refused"><p>{words}</p><Failure error/><p class="row">{close()}</p></div> }
                .into_any()
        }
    })
}
