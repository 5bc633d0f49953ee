//! The draft's query over as many lines as it needs, laid out by the server, which also names the place of a fault.

use hindcast_shared::api::{FormatRequest, FormatResponse};
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::Desk;
use crate::api::{self, ApiError};
use crate::i18n::{t, tf};

/// The field with its buttons.
pub(super) fn written(desk: Desk) -> AnyView {
    let field = NodeRef::<Textarea>::new();
    let said = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let shown = move || desk.seen.with(|seen| seen.job.rule.query.clone());
    let text = move || {
        field
            .get_untracked()
            .map_or_else(String::new, |field| field.value())
    };
    let tell = move |good: &str, bad: Option<String>| {
        said.try_set(good.to_owned());
        wrong.try_set(bad);
    };
    let lay_out = move |_| {
        let asked = FormatRequest {
            source: desk.look().job.rule.source,
            query: text(),
        };
        spawn_local(async move {
            match api::lab::format_query(&asked).await {
                Ok(FormatResponse {
                    query: Some(query), ..
                }) => {
                    if let Some(field) = field.get_untracked() {
                        field.set_value(&query);
                    }
                    tell(t("Laid out; “Use” takes it into the draft."), None);
                }
                Ok(FormatResponse { problem, .. }) => {
                    let place = problem.map(|problem| {
                        if let Some(field) = field.get_untracked() {
                            point(&field, problem.line, problem.column);
                        }
                        tf(
                            "Line {line}, column {column}: {message}",
                            &[
                                ("line", &problem.line.to_string()),
                                ("column", &problem.column.to_string()),
                                ("message", &problem.message),
                            ],
                        )
                    });
                    tell("", place);
                }
                Err(error) => tell("", Some(ApiError::message(&error))),
            }
        });
    };
    let take = move |_| {
        let source = desk.look().job.rule.source;
        super::take(desk, &source, text().trim());
        tell(t("Taken into the draft."), None);
    };
    view! {
        <label class="field query-written">{t("Query")}
            <textarea class="code" id="query-written" rows="5" spellcheck="false" node_ref=field prop:value=shown></textarea>
        </label>
        <p class="row">
            <button type="button" id="query-format" on:click=lay_out>{t("Format")}</button>
            <button type="button" id="query-use" on:click=take>{t("Use")}</button>
            <span class="muted" role="status">{said}</span>
        </p>
        <p class="refused" role="alert" id="query-wrong">{move || wrong.get()}</p>
    }
    .into_any()
}

/// Puts the cursor of a field where something is wrong.
fn point(field: &web_sys::HtmlTextAreaElement, line: u32, column: u32) {
    let text = field.value();
    let before = text.split('\n').take(line.saturating_sub(1) as usize);
    // A browser counts in units of UTF-16.
    let lines: u32 = before
        .map(|line| line.encode_utf16().count() as u32 + 1)
        .sum();
    let here = text.split('\n').nth(line.saturating_sub(1) as usize);
    let head = here
        .unwrap_or_default()
        .chars()
        .take(column.saturating_sub(1) as usize);
    let at = lines + head.map(|c| c.len_utf16() as u32).sum::<u32>();
    // A field that is shown can be selected in.
    field.focus().ok();
    field.set_selection_range(at, at).ok();
}
