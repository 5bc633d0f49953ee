//! Texts beside a wish: chosen or dropped files, a few and short ones.

use hindcast_shared::api::Attachment;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::FileList;

use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;

/// As the server allows.
const MOST: usize = 4;
const MOST_BYTES: usize = 16 * 1024;
const MOST_NAME: usize = 100;

/// What is attached; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Attached {
    texts: RwSignal<Vec<Attachment>>,
    refused: RwSignal<bool>,
}

impl Attached {
    pub(super) fn new() -> Self {
        Self {
            texts: RwSignal::new(Vec::new()),
            refused: RwSignal::new(false),
        }
    }

    pub(super) fn all(self) -> Vec<Attachment> {
        self.texts.get_untracked()
    }

    fn take(self, files: Option<FileList>) {
        self.refused.set(false);
        let Some(files) = files else { return };
        for file in (0..files.length()).filter_map(|at| files.get(at)) {
            spawn_local(async move {
                let text = JsFuture::from(file.text()).await.ok();
                let text = text.and_then(|text| text.as_string()).unwrap_or_default();
                let name = file.name().chars().take(MOST_NAME).collect();
                let fits = text.len() <= MOST_BYTES
                    && self
                        .texts
                        .try_with_untracked(|texts| texts.len() < MOST)
                        .unwrap_or(false);
                if fits {
                    let one = Attachment { name, text };
                    self.texts.try_update(|texts| texts.push(one));
                } else {
                    self.refused.try_set(true);
                }
            });
        }
    }
}

/// The field, and what is attached.
pub(super) fn attach(attached: Attached) -> AnyView {
    let chosen = move |event: web_sys::Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        attached.take(field.files());
        // The same file can be chosen again.
        field.set_value("");
    };
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        event.stop_propagation();
        attached.take(event.data_transfer().and_then(|data| data.files()));
    };
    let row = move |(at, one): (usize, Attachment)| {
        let away = tf("Leave out: {name}", &[("name", &one.name)]);
        let remove = move |_| attached.texts.update(|texts| drop(texts.remove(at)));
        view! { <li>{one.name}" "<button type="button" class="link" aria-label=away on:click=remove>{t("Leave out")}</button></li> }
    };
    let rows = move || {
        let texts = attached.texts.get();
        (!texts.is_empty()).then(|| view! { <ul class="ask-texts">{texts.into_iter().enumerate().map(row).collect_any()}</ul> })
    };
    let refused = move || {
        let most = MOST.to_string();
        let words = tf("At most {n} texts of 16 KiB each.", &[("n", &most)]);
        attached
            .refused
            .get()
            .then(|| view! { <p class="refused" role="alert">{words}</p> })
    };
    view! {
        <label class="field" on:dragover=move |event: web_sys::DragEvent| event.prevent_default() on:drop=dropped>{t("Texts that belong to it, such as a log or a report")}
            <input type="file" id="ask-files" multiple accept="text/*,.md,.log,.csv,.json,.yaml,.yml" on:change=chosen/>
        </label>
        {rows}
        {refused}
    }
    .into_any()
}
