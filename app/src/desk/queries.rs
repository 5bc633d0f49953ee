//! Queries that the server's configuration offers, that were asked in this browser, the newest first, and that
//! somebody keeps: used, kept, deleted.

mod written;

use hindcast_shared::api::LabQuery;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use super::protocol::{KEPT_QUERIES, QUERIES, Wish};
use crate::api;
use crate::browser;
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;

/// The queries of one place in the browser's storage: source and text.
fn read(place: &str) -> Vec<(String, String)> {
    let lines = browser::remembered(place).unwrap_or_default();
    let query = |line: &str| {
        let (source, query) = line.split_once('\t')?;
        Some((source.to_owned(), query.to_owned()))
    };
    lines.lines().filter_map(query).collect()
}

fn write(place: &str, queries: &[(String, String)]) {
    let lines: Vec<String> = queries
        .iter()
        .map(|(source, query)| format!("{source}\t{query}"))
        .collect();
    browser::remember(place, &lines.join("\n"));
}

/// The list.
pub(super) fn queries(desk: Desk) -> AnyView {
    let changed = RwSignal::new(0_u32);
    let offered = RwSignal::new(Vec::<LabQuery>::new());
    spawn_local(async move {
        // Where the server cannot be asked, everything else is still here.
        if let Ok(lab) = api::lab::find_lab().await {
            offered.try_set(lab.queries);
        }
    });
    let rows = move || {
        changed.track();
        desk.seen.track();
        let kept = read(KEPT_QUERIES);
        let asked = read(QUERIES);
        let others = asked.into_iter().filter(|query| !kept.contains(query));
        let all = kept.iter().cloned().map(|query| (query, true));
        let all: Vec<_> = all.chain(others.map(|query| (query, false))).collect();
        let offered = offered.get().into_iter().map(|one| given(desk, one));
        let offered: Vec<_> = offered.collect();
        if all.is_empty() && offered.is_empty() {
            return view! { <p class="muted">{t("Queries that you write stand here, the newest twenty; those that you keep stay.")}</p> }.into_any();
        }
        let rows = all
            .into_iter()
            .map(|(query, is_kept)| row(desk, changed, query, is_kept));
        view! { <ul class="draft-rows query-rows">{offered.collect_any()}{rows.collect_any()}</ul> }
            .into_any()
    };
    view! { {written::written(desk)} {rows} }.into_any()
}

/// A query of the server's configuration: everybody has it, and nobody deletes it here.
fn given(desk: Desk, one: LabQuery) -> AnyView {
    let (source, query) = (one.source.clone(), one.query.clone());
    let take = move |_| take(desk, &source, &query);
    view! {
        <li data-from="server">
            <span><strong>{one.name}</strong>" "<code>{one.query}</code></span>
            <span class="muted">{one.source}</span>
            <button type="button" class="link" data-do="use" on:click=take>{t("Use")}</button>
            <span class="muted">{t("from the configuration")}</span>
        </li>
    }
    .into_any()
}

/// Takes a query as the draft's.
fn take(desk: Desk, source: &str, query: &str) {
    let mut draft = desk.look().job.rule;
    source.clone_into(&mut draft.source);
    query.clone_into(&mut draft.query);
    desk.wish(&Wish::Take(Box::new(draft)));
}

fn row(
    desk: Desk,
    changed: RwSignal<u32>,
    (source, text): (String, String),
    is_kept: bool,
) -> AnyView {
    let query = (source.clone(), text.clone());
    let taken_out = move |place: &str| {
        let mut queries = read(place);
        queries.retain(|one| *one != query);
        queries
    };
    let (again, away) = (taken_out.clone(), taken_out);
    let (of, what) = (source.clone(), text.clone());
    let take = move |_| take(desk, &of, &what);
    let mine = (source.clone(), text.clone());
    let keep = move |_| {
        let mut kept = again(KEPT_QUERIES);
        if !is_kept {
            kept.insert(0, mine.clone());
        }
        write(KEPT_QUERIES, &kept);
        changed.update(|changed| *changed += 1);
    };
    let delete = move |_| {
        for place in [KEPT_QUERIES, QUERIES] {
            write(place, &away(place));
        }
        changed.update(|changed| *changed += 1);
    };
    let (called, gone) = (
        tf("Keep: {query}", &[("query", &text)]),
        tf("Delete: {query}", &[("query", &text)]),
    );
    view! {
        <li>
            <code>{text}</code>
            <span class="muted">{source}</span>
            <button type="button" class="link" data-do="use" on:click=take>{t("Use")}</button>
            <button type="button" class="link" data-do="keep" aria-label=called aria-pressed=is_kept.to_string() on:click=keep>{t("Keep")}</button>
            <button type="button" class="link" data-do="delete" aria-label=gone on:click=delete>{t("Delete")}</button>
        </li>
    }
    .into_any()
}
