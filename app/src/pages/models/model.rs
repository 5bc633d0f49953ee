//! One model: how well the version that scores does, and all versions with what can be done to each.

use hindcast_shared::api::{ModelRecord, ModelVersion};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Board;
use super::compare::compared;
use super::state::{figures_words, kind_word, state_word, warnings};
use crate::api::{self, models};
use crate::app::Who;
use crate::browser;
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::pages::rules::may_write;
use crate::words;

/// The section of a model.
pub(super) fn model(board: Board, model: ModelRecord) -> AnyView {
    let now_ms = expect_context::<Live>().now_ms.get_untracked();
    let name = model.name.clone();
    let live = model.versions.iter().find(|version| version.live);
    let about = live.or(model.versions.first()).map(|version| {
        let values = [
            ("kind", kind_word(version.kind).to_owned()),
            ("query", version.spec.query.clone()),
            ("source", version.spec.source.to_string()),
        ];
        let values = values.each_ref().map(|(key, text)| (*key, text.as_str()));
        tf("{kind} over {query} of {source}", &values)
    });
    let zone = browser::zone_now();
    let seen = match (&model.check, live) {
        (Some(check), _) => {
            let warnings = warnings(check, |at_ms| words::since(at_ms, now_ms, &zone))
                .into_iter()
                .map(|words| view! { <p class="refused">{words}</p> })
                .collect_any();
            let at = tf(
                "Looked at {time}",
                &[("time", &words::ago(check.at_ms, now_ms))],
            );
            view! { <p class="figures">{figures_words(&check.figures)}" "<span class="muted">{at}</span></p>{warnings} }
                .into_any()
        }
        (None, Some(_)) => {
            view! { <p class="muted">{t("How well it does has not been looked at yet.")}</p> }
                .into_any()
        }
        (None, None) => {
            view! { <p class="muted">{t("No version scores; promote one.")}</p> }.into_any()
        }
    };
    let (of_lab, has_live) = (name.clone(), live.is_some());
    let lab = move || {
        let source = board.scores().filter(|_| has_live)?;
        let query = format!("model_score{{model=\"{of_lab}\"}}");
        let address = api::address("", &[("source", &source), ("query", &query)]);
        let address = address.split_once('?').map_or("", |(_, query)| query);
        Some(
            view! { <a class="button" data-do="lab" href=format!("lab?{address}")>{t("Open in the Lab")}</a> },
        )
    };
    let shown = name.clone();
    let beside = move || {
        let pair = board.beside.get();
        pair.filter(|pair| pair.champion.spec.name == shown)
            .map(|pair| compared(board, &pair))
    };
    let live_version = model.live_version;
    let rows = model
        .versions
        .into_iter()
        .map(|version| row(board, name.clone(), live_version, version, now_ms))
        .collect_any();
    view! {
        <section class="model" data-model=name.clone()>
            <div class="section-head"><h2>{name.clone()}</h2>{lab}</div>
            <p class="muted">{about}</p>
            {seen}
            {beside}
            <ul class="mutes versions">{rows}</ul>
        </section>
    }
    .into_any()
}

fn row(
    board: Board,
    name: String,
    live: Option<u32>,
    version: ModelVersion,
    now_ms: i64,
) -> AnyView {
    let who = expect_context::<Who>();
    let number = version.version;
    let trained = tf(
        "trained {time} on {n} windows",
        &[
            ("time", &words::ago(version.trained_at_ms, now_ms)),
            ("n", &words::count(version.data.training_windows)),
        ],
    );
    let file = models::export_address(&name, number);
    let state = state_word(&version);
    let is_live = version.live;
    let buttons = move || {
        let (promoted, compared, doomed) = (name.clone(), name.clone(), name.clone());
        let is_doomed = board.doomed.get() == Some((name.clone(), number));
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
                let this = (doomed.clone(), number);
                if board.doomed.get_untracked() == Some(this.clone()) {
                    board.doomed.set(None);
                    board.act(async move { models::delete_version(&this.0, this.1).await });
                } else {
                    board.doomed.set(Some(this));
                }
            };
            view! {
                <button type="button" data-do="promote" on:click=move |_| board.promote(promoted.clone(), number, live)>{t("Promote")}</button>
                <button type="button" data-do="delete" on:click=delete>{if is_doomed { t("Delete for good") } else { t("Delete") }}</button>
            }
        });
        view! { {change}{compare}<a class="button" download="" href=file.clone()>{t("Download")}</a> }
    };
    view! {
        <li class="mute" data-version=number data-live=is_live.to_string()>
            <div class="mute-text"><p>{tf("Version {n}", &[("n", &number.to_string())])}": "{state}</p><p class="muted">{version.notes.join(" ")}</p></div>
            <p class="mute-time"><span class="muted">{trained}</span></p>
            <p class="row">{buttons}</p>
        </li>
    }
    .into_any()
}
