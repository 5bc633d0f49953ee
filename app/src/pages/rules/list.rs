//! The table of rules with its filters: what is shown, in which order, and the walk through it by keys.

use hindcast_shared::api::RuleRecord;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::Book;
use super::row::row;
use super::state::{Column, State};
use crate::browser;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;

/// The filters and the table.
#[component]
pub(super) fn List(book: Book) -> impl IntoView {
    let shown = Memo::new(move |_| book.shown());
    let head = Column::ALL.map(|column| {
        let sort = move || {
            let wish = book.wish.get();
            match (wish.column == column, wish.down) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            }
        };
        let clicked = move |_| {
            book.wish(|wish| {
                wish.down = if wish.column == column {
                    !wish.down
                } else {
                    column.is_number()
                };
                wish.column = column;
            });
        };
        view! {
            <th scope="col" aria-sort=sort class:number=column.is_number()>
                <button type="button" class="link" data-sort=column.as_str() on:click=clicked>{column.title()}</button>
            </th>
        }
    });
    let none = move || {
        shown.with(Vec::is_empty).then(|| {
            view! {
                <p class="muted" role="status">{t("No rule fits.")}" "
                    <button type="button" class="link" on:click=move |_| book.wish(|wish| {
                        wish.text.clear();
                        wish.source.clear();
                        wish.state = None;
                    })>{t("Show all")}</button>
                </p>
            }
        })
    };
    view! {
        <Filters book shown/>
        <div class="scroll rules-scroll" tabindex="0" role="region" aria-label=t("Rules")>
            <table class="rules">
                <thead><tr>
                    <th scope="col">{t("On")}</th>
                    {head.into_iter().collect_any()}
                    <th scope="col"><span class="visually-hidden">{t("Actions")}</span></th>
                </tr></thead>
                // A row stays while only its figures change: whoever stands in it with the focus stays there.
                <tbody><For each=move || shown.get() key=kept_by children=move |record| row(book, record)/></tbody>
            </table>
        </div>
        {none}
        <button type="button" hidden data-key="j" on:click=move |_| step(1)></button>
        <button type="button" hidden data-key="k" on:click=move |_| step(-1)></button>
    }
}

#[component]
fn Filters(book: Book, shown: Memo<Vec<RuleRecord>>) -> impl IntoView {
    let sources = move || {
        let mut names: Vec<String> = Vec::new();
        book.rules.with(|rules| {
            for rule in rules.ready().into_iter().flatten() {
                if !names.contains(&rule.rule.source) {
                    crate::sorted::insert_by_key(
                        &mut names,
                        rule.rule.source.clone(),
                        String::clone,
                    );
                }
            }
        });
        names
    };
    let sources = Memo::new(move |_| sources());
    let states = move || {
        State::ALL
            .map(|state| {
                let count = book.rules.with(|rules| {
                    let rules = rules.ready().map_or(&[][..], Vec::as_slice);
                    rules.iter().filter(|rule| State::of(rule) == state).count()
                });
                let pressed = move || (book.wish.get().state == Some(state)).to_string();
                let clicked = move |_| {
                    book.wish(|wish| {
                        wish.state = (wish.state != Some(state)).then_some(state);
                    });
                };
                view! {
                    <button type="button" class="state-filter" data-state=state.as_str() aria-pressed=pressed prop:disabled=count == 0 on:click=clicked>
                        <span class="mark" aria-hidden="true">{state.glyph()}</span>{state.word()}<span class="count">{count}</span>
                    </button>
                }
            })
            .into_iter()
            .collect_any()
    };
    let count = move || {
        let all = book.rules.with(|rules| rules.ready().map_or(0, Vec::len)) as u64;
        let shown = shown.with(Vec::len) as u64;
        if shown == all {
            plural(all, "{n} rule", "{n} rules")
        } else {
            tf(
                "{n} of {all} rules",
                &[("n", &shown.to_string()), ("all", &all.to_string())],
            )
        }
    };
    view! {
        <div class="filters">
            <input type="search" data-key="/" placeholder=t("Filter rules") aria-label=t("Filter rules") autocomplete="off" spellcheck="false"
                prop:value=move || book.wish.get().text
                on:input=move |event| book.wish(|wish| wish.text = event_target_value(&event))/>
            <select aria-label=t("Source") on:change=move |event| book.wish(|wish| wish.source = event_target_value(&event))>
                <option value="">{t("All sources")}</option>
                {move || sources.get().into_iter().map(|name| {
                    let value = name.clone();
                    let mine = name.clone();
                    view! { <option value=value selected=move || book.wish.get().source == mine>{name}</option> }
                }).collect_any()}
            </select>
            <div class="row" role="group" aria-label=t("State")>{states}</div>
            <span class="muted count-line" role="status">{count}</span>
        </div>
    }
}

/// What makes a row another one.
fn kept_by(record: &RuleRecord) -> (Option<String>, u32, State, Option<String>) {
    let error = record.last_run.as_ref().and_then(|run| run.error.clone());
    (
        record.rule.id.clone(),
        record.version,
        State::of(record),
        error,
    )
}

/// Moves the focus to the next or previous rule.
fn step(by: i32) {
    let document = browser::document();
    let Ok(links) = document.query_selector_all(".rules tbody .rule-name") else {
        return;
    };
    let active = document.active_element();
    let is_active = |at: u32| {
        let link = links.item(at);
        active
            .as_ref()
            .zip(link)
            .is_some_and(|(active, link)| active.is_same_node(Some(&link)))
    };
    let now = (0..links.length()).find(|at| is_active(*at));
    let wanted = match now {
        None => 0,
        Some(at) => at.saturating_add_signed(by).min(links.length().max(1) - 1),
    };
    let link = links
        .item(wanted)
        .and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(link) = link {
        // What cannot take the focus keeps it where it is.
        link.focus().ok();
    }
}
