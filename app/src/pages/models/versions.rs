//! The versions of a model: what each is, how its loss fell, and what can be done with it.

use hindcast_shared::api::{ModelRecord, ModelVersion};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::board::Board;
use super::losses;
use super::state::{fold, state_word};
use crate::api::models;
use crate::app::Who;
use crate::i18n::{sentences, t, tf};
use crate::lean::{self, CollectAny as _};
use crate::pages::rules::may_write;
use crate::words;

/// The list, newest first.
pub(super) fn versions(board: Board, name: String, record: Memo<Option<ModelRecord>>) -> AnyView {
    // What a look finds changes no version.
    let shown = Memo::new(move |_| {
        let record = record.get()?;
        Some((record.live_version, record.versions))
    });
    lean::live(move || {
        let (live, versions) = shown.get()?;
        let rows = versions
            .into_iter()
            .map(|version| row(board, name.clone(), live, version))
            .collect_any();
        Some(view! { <ul class="mutes versions">{rows}</ul> })
    })
}

fn row(board: Board, name: String, live: Option<u32>, version: ModelVersion) -> AnyView {
    let number = version.version;
    let (trained_ms, windows) = (version.trained_at_ms, version.data.training_windows);
    let trained = move || {
        let values = [
            ("time", board.ago(trained_ms)),
            ("n", words::count(windows)),
        ];
        let values = values.each_ref().map(|(key, text)| (*key, text.as_str()));
        tf("trained {time} on {n} windows", &values)
    };
    let state = state_word(&version);
    let is_live = version.live;
    let notes = sentences(version.notes.clone());
    let course = losses::ended(&version).map(|ended| {
        let fold_name = format!("losses {name} {number}");
        view! {
            <div class="version-course">
                {fold(board, fold_name, is_live, ended, move || losses::kept(&version))}
            </div>
        }
    });
    view! {
        <li class="mute" data-version=number data-live=is_live.to_string()>
            <div class="mute-text"><p>{tf("Version {n}", &[("n", &number.to_string())])}": "{state}</p><p class="muted">{notes}</p></div>
            <p class="mute-time"><span class="muted">{trained}</span></p>
            <p class="row">{buttons(board, name, live, number)}</p>
            {course}
        </li>
    }
    .into_any()
}

fn buttons(board: Board, name: String, live: Option<u32>, number: u32) -> AnyView {
    let who = expect_context::<Who>();
    let is_live = live == Some(number);
    let file = models::export_address(&name, number);
    lean::live(move || {
        let (promoted, compared) = (name.clone(), name.clone());
        let this = (name.clone(), Some(number));
        let is_doomed = board.doomed.get() == Some(this.clone());
        let compare = live.filter(|_| !is_live).map(|live| {
            let does = move |_| {
                let name = compared.clone();
                spawn_local(async move {
                    match models::compare(&name, live, number).await {
                        Ok(pair) => drop(board.beside.try_set(Some(pair))),
                        Err(error) => drop(board.failed.try_set(Some(error))),
                    }
                });
            };
            view! { <button type="button" data-do="compare" on:click=does>{t("Compare")}</button> }
        });
        let change = (may_write(who) && !is_live).then(|| {
            let delete = move |_| {
                let (name, _) = this.clone();
                if is_doomed {
                    board.doomed.set(None);
                    board.act(async move { models::delete_version(&name, number).await });
                } else {
                    board.doomed.set(Some(this.clone()));
                }
            };
            view! {
                <button type="button" data-do="promote" on:click=move |_| board.promote(promoted.clone(), number, live)>{t("Promote")}</button>
                <button type="button" data-do="delete" on:click=delete>{if is_doomed { t("Delete for good") } else { t("Delete") }}</button>
            }
        });
        view! { {change}{compare}<a class="button" download="" href=file.clone()>{t("Download")}</a> }
    })
}
