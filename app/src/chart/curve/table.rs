//! A curve's numbers as a table, for those who read rather than look.

use std::sync::Arc;

use leptos::prelude::*;

use super::course::{Axis, Course};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;

/// Most rows: the newest ones.
const MOST_ROWS: usize = 500;

/// A table that is only built when it is opened.
pub(super) fn table(title: Signal<String>, course: Signal<Arc<Course>>) -> AnyView {
    let open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    };
    view! {
        <details class="data-table" on:toggle=toggled>
            <summary>{t("Data")}</summary>
            {move || open.get().then(|| rows(&title.get(), &course.get()))}
        </details>
    }
    .into_any()
}

fn rows(title: &str, course: &Course) -> AnyView {
    let has_notes = course.notes.iter().any(|note| !note.is_empty());
    let first = match course.axis {
        Axis::Rounds => t("Round"),
        Axis::Times(_) => t("Time"),
    };
    let heads = course
        .strands
        .iter()
        .map(|strand| view! { <th scope="col" class="number">{strand.name}</th> })
        .collect_any();
    let row = |index: usize| {
        let place = match course.axis {
            Axis::Rounds => course.at[index].to_string(),
            Axis::Times(_) => course.where_words(index),
        };
        let cells = course
            .strands
            .iter()
            .map(|strand| view! { <td class="number">{course.value_words(strand, index)}</td> })
            .collect_any();
        let note = has_notes.then(|| {
            view! { <td>{course.note(index).unwrap_or_default().to_owned()}</td> }
        });
        view! { <tr data-at=course.at[index].to_string()><th scope="row">{place}</th>{cells}{note}</tr> }
    };
    let rows = (0..course.at.len()).rev().take(MOST_ROWS).map(row);
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=tf("Data of {title}", &[("title", title)])>
            <table>
                <caption>{tf("{title}, newest first", &[("title", title)])}</caption>
                <thead><tr><th scope="col">{first}</th>{heads}{has_notes.then(|| view! { <th scope="col">{t("Note")}</th> })}</tr></thead>
                <tbody>{rows.collect_any()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
