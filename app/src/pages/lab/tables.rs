//! A table dropped onto the Lab: read by the worker, shown as any other series, sent nowhere until somebody asks.

use hindcast_shared::api::{SourceKind, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};

use super::bench::Bench;
use crate::api::{self, ApiError};
use crate::browser;
use crate::components::{Failure, RangeText};
use crate::draft;
use crate::i18n::{plural, t, tf};
use crate::json;
use crate::worker::dropped::{TABLE, TableRead};
use crate::worker::protocol::{Ask, Outcome};

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    bench: StoredValue<Bench>,
    /// The file that is shown, for sending it when that is asked for.
    file: StoredValue<Option<web_sys::File>, LocalStorage>,
    trouble: RwSignal<Option<String>>,
    failed: RwSignal<Option<ApiError>>,
    sources: StoredValue<Vec<SourceRecord>>,
}

impl Tables {
    pub(super) fn new(bench: Bench, sources: Vec<SourceRecord>) -> Self {
        Self {
            bench: StoredValue::new(bench),
            file: StoredValue::new_local(None),
            trouble: RwSignal::new(None),
            failed: RwSignal::new(None),
            sources: StoredValue::new(sources),
        }
    }

    /// Has the worker read a file.
    fn open(self, file: web_sys::File) {
        self.trouble.set(None);
        self.failed.set(None);
        let name = file.name();
        let attached = JsValue::from(file.clone());
        browser::hold_table(&attached);
        self.file.set_value(Some(file));
        self.bench.get_value().ask_about(
            Ask::Table(name),
            attached,
            move |outcome, _| match outcome {
                Outcome::More(text) => match json::read::<TableRead>(&text) {
                    Ok(read) => self.show(read),
                    Err(error) => drop(self.trouble.try_set(Some(error.to_string()))),
                },
                Outcome::Failed { message, .. } => drop(self.trouble.try_set(Some(message))),
                _ => {}
            },
        );
    }

    fn show(self, read: TableRead) {
        let bench = self.bench.get_value();
        let range = RangeText::fixed(read.range);
        let mut draft = draft::blank(TABLE, "*");
        let stem = read
            .name
            .rsplit_once('.')
            .map_or(&*read.name, |(stem, _)| stem);
        stem.clone_into(&mut draft.name);
        draft.step = hindcast_shared::time::Millis::new(read.step_ms);
        bench.table.set(Some(read));
        bench.series.set(None);
        bench.open(None, draft);
        range.to_url();
        bench.range.set(range);
    }

    /// Takes the first file of a drop that is a table.
    pub(super) fn dropped(self, event: &web_sys::DragEvent) {
        event.prevent_default();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            self.open(file);
        }
    }

    fn push_source(self) -> Option<String> {
        self.sources.with_value(|sources| {
            let push = sources
                .iter()
                .find(|source| source.kind == SourceKind::Push);
            push.map(|source| source.name.clone())
        })
    }

    /// Sends the file to the server's source for pushed samples, and goes on with that.
    fn upload(self, source: String) {
        let Some(file) = self.file.get_value() else {
            return;
        };
        spawn_local(async move {
            let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
            let text = text
                .ok()
                .and_then(|text| text.as_string())
                .unwrap_or_default();
            match api::lab::upload(&source, text).await {
                Ok(()) => {
                    let bench = self.bench.get_value();
                    let shown = bench.shot.with_untracked(|shot| {
                        let first = shot.as_ref()?.drawn.series.first()?;
                        Some(first.name.clone())
                    });
                    browser::hold_table(&JsValue::UNDEFINED);
                    bench.table.try_set(None);
                    bench.change(|draft| {
                        draft.source = source;
                        draft.query = shown.unwrap_or_default();
                    });
                    bench.settle();
                }
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
        });
    }
}

/// The way in, and what is said about the table that is shown.
#[component]
pub(super) fn TablePanel(tables: Tables) -> impl IntoView {
    let bench = tables.bench.get_value();
    let picked = move |event: web_sys::Event| {
        let field = event
            .target()
            .and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
        let file = field
            .and_then(|field| field.files())
            .and_then(|files| files.get(0));
        if let Some(file) = file {
            tables.open(file);
        }
    };
    let is_shown = move || {
        bench.table.with(Option::is_some) && bench.draft.with(|draft| draft.source == TABLE)
    };
    let said = move || {
        bench.table.with(|read| {
            let read = read.as_ref()?;
            let series = plural(u64::from(read.series), "{n} series", "{n} series in all");
            let samples = plural(u64::from(read.samples), "{n} sample", "{n} samples in all");
            Some(tf(
                "{name}: {series}, {samples}. It stays in this browser.",
                &[
                    ("name", &read.name),
                    ("series", &series),
                    ("samples", &samples),
                ],
            ))
        })
    };
    let upload = move || {
        tables.push_source().map(|source| {
            let word = tf("Upload it to {source}", &[("source", &source)]);
            view! { <button type="button" id="upload" on:click=move |_| tables.upload(source.clone())>{word}</button> }
        })
    };
    view! {
        <div class="table-panel row">
            <span class="muted">{t("Drop a CSV here, or")}</span>
            // The browser's own field speaks the browser's language and is wide.
            <label class="button">{t("Choose a CSV")}<input type="file" class="visually-hidden" id="table-file" accept=".csv,.tsv,.txt,text/csv" on:change=picked/></label>
            <Show when=is_shown>
                <span role="status" id="table-read">{move || said()}</span>
                {move || upload()}
            </Show>
            {move || tables.trouble.get().map(|trouble| view! { <p class="refused" role="alert" id="table-wrong">{trouble}</p> })}
            {move || tables.failed.get().map(|error| view! { <Failure error/> })}
        </div>
    }
}
