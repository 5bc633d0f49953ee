//! One model: how well the version that scores does, why it finds windows odd, and away with it.

use hindcast_shared::api::ModelRecord;
use leptos::prelude::*;

use super::board::Board;
use super::checks;
use super::compare::compared;
use super::explain::{self, Asked};
use super::state::{column_drift_words, drift_words, figures_words, kind_word, less_words};
use super::versions;
use crate::api::{self, models};
use crate::app::Who;
use crate::browser;
use crate::i18n::{plural, t, tf};
use crate::lean::{self, CollectAny as _};
use crate::pages::rules::may_write;
use crate::words;

/// The section of a model, which stays while the model changes.
pub(super) fn model(board: Board, name: String) -> AnyView {
    let of = name.clone();
    let record = Memo::new(move |_| board.model(&of));
    let checked = Memo::new(move |_| record.get()?.check);
    let live = Memo::new(move |_| {
        let record = record.get()?;
        let live = record.versions.iter().find(|version| version.live)?;
        Some(live.spec.clone())
    });
    let newest_ms = Memo::new(move |_| checked.get().map(|check| check.at_ms));
    let less = lean::live(move || {
        let words = less_words(&checked.get()?)?;
        Some(
            view! { <p class="refused model-less" data-less><span aria-hidden="true">"◆ "</span>{words}</p> },
        )
    });
    let about = move || record.get().and_then(|record| about_words(&record));
    let of = name.clone();
    let figures = lean::live(move || checks::over_time(board, of.clone(), newest_ms.get()));
    let of = name.clone();
    let explained = lean::live(move || {
        live.get()
            .map(|spec| explain::panel(board, of.clone(), spec))
    });
    let shown = name.clone();
    let beside = lean::live(move || {
        let pair = board.beside.get();
        pair.filter(|pair| pair.champion.spec.name == shown)
            .map(|pair| compared(board, &pair))
    });
    let has_live = Memo::new(move |_| live.get().is_some());
    let title = format!("model-{name}");
    view! {
        <section class="model" data-model=name.clone() aria-labelledby=title.clone()>
            <div class="section-head">
                <h2 id=title.clone()>{name.clone()}</h2>
                {less}
                <p class="row">{buttons(board, name.clone(), record, has_live)}</p>
            </div>
            {farewell(board, name.clone(), record)}
            <p class="muted">{about}</p>
            {seen(board, checked, has_live)}
            {figures}
            {explained}
            {beside}
            {versions::versions(board, name.clone(), record)}
        </section>
    }
    .into_any()
}

fn about_words(record: &ModelRecord) -> Option<String> {
    let live = record.versions.iter().find(|version| version.live);
    let version = live.or(record.versions.first())?;
    let values = [
        ("kind", kind_word(version.kind).to_owned()),
        ("query", version.spec.query.clone()),
        ("source", version.spec.source.to_string()),
    ];
    let values = values.each_ref().map(|(key, text)| (*key, text.as_str()));
    Some(tf("{kind} over {query} of {source}", &values))
}

/// The newest look, in a sentence.
fn seen(
    board: Board,
    checked: Memo<Option<hindcast_shared::api::ModelCheck>>,
    has_live: Memo<bool>,
) -> AnyView {
    let zone = browser::zone_now();
    lean::live(move || match (checked.get(), has_live.get()) {
        (Some(check), _) => {
            let at_ms = check.at_ms;
            let at = move || tf("Looked at {time}", &[("time", &board.ago(at_ms))]);
            let since = |at_ms| words::since(at_ms, browser::now_ms(), &zone);
            let drift = drift_words(&check, since);
            let drift = drift.map(|words| view! { <p class="refused">{words}</p> });
            let moved = check.column_drift.iter().map(|one| {
                let words = column_drift_words(one, since);
                view! { <li>{words}</li> }
            });
            let count = moved.len();
            let moved = (count > 0).then(|| view! {
                <div class="model-moved" data-moved=count.to_string()>
                    <p class="refused">{t("Inputs that are others than when it was trained:")}</p>
                    <ul>{moved.collect_any()}</ul>
                </div>
            });
            view! { <p class="figures">{figures_words(&check.figures)}" "<span class="muted">{at}</span></p>{drift}{moved} }
                .into_any()
        }
        (None, true) => {
            view! { <p class="muted">{t("How well it does has not been looked at yet.")}</p> }
                .into_any()
        }
        (None, false) => {
            view! { <p class="muted">{t("No version scores; promote one.")}</p> }.into_any()
        }
    })
}

fn buttons(
    board: Board,
    name: String,
    record: Memo<Option<ModelRecord>>,
    has_live: Memo<bool>,
) -> AnyView {
    let who = expect_context::<Who>();
    let of = name.clone();
    let lab = lean::live(move || {
        let source = board.scores().filter(|_| has_live.get())?;
        let query = models::score_query(&of);
        let address = api::address("", &[("source", &source), ("query", &query)]);
        let address = address.split_once('?').map_or("", |(_, query)| query);
        Some(
            view! { <a class="button" data-do="lab" href=format!("lab?{address}")>{t("Open in the Lab")}</a> },
        )
    });
    let of = name.clone();
    let explain = lean::live(move || {
        has_live.get().then(|| {
            let model = of.clone();
            let asks = move |_| {
                board.asked.set(Some(Asked {
                    model: model.clone(),
                    series: None,
                    at_ms: None,
                }));
            };
            view! { <button type="button" data-do="explain" on:click=asks>{t("Explain a window")}</button> }
        })
    });
    let of = name.clone();
    let revert = lean::live(move || {
        let former = record.get()?.former_version.filter(|_| may_write(who))?;
        let model = of.clone();
        let words = tf("Go back to version {n}", &[("n", &former.to_string())]);
        Some(
            view! { <button type="button" data-do="revert" on:click=move |_| board.revert(model.clone())>{words}</button> },
        )
    });
    let delete = lean::live(move || {
        let (this, is_doomed) = (
            name.clone(),
            board.doomed.get() == Some((name.clone(), None)),
        );
        (may_write(who) && !is_doomed).then(|| view! {
            <button type="button" data-do="delete-model" on:click=move |_| board.doomed.set(Some((this.clone(), None)))>{t("Delete the model")}</button>
        })
    });
    view! { {revert}{explain}{lab}{delete} }.into_any()
}

/// What goes with a model, before it goes.
fn farewell(board: Board, name: String, record: Memo<Option<ModelRecord>>) -> AnyView {
    lean::live(move || {
        let is_doomed = board.doomed.get() == Some((name.clone(), None));
        is_doomed.then(|| {
            let versions = record.get_untracked().map_or(0, |record| record.versions.len());
            let versions = plural(versions as u64, "{n} version", "{n} versions");
            let words = tf(
                "{model} goes for good: {versions}, its figures over time, and the series of its scores, so that rules on them have no data. This cannot be undone; download what you want to keep.",
                &[("model", &name), ("versions", &versions)],
            );
            let doomed = name.clone();
            let delete = move |_| {
                let name = doomed.clone();
                board.doomed.set(None);
                board.act(async move { models::delete_model(&name).await });
            };
            view! {
                <div class="farewell" role="alert">
                    <p class="refused">{words}</p>
                    <p class="row">
                        <button type="button" class="danger" data-do="delete-model-for-good" on:click=delete>{t("Delete for good")}</button>
                        <button type="button" on:click=move |_| board.doomed.set(None)>{t("Keep it")}</button>
                    </p>
                </div>
            }
        })
    })
}
