//! Drafts with a name, kept in this browser: listed, opened, renamed, deleted and brought back.

use leptos::html::Input;
use leptos::prelude::*;

use super::Desk;
use super::protocol::{DRAFTS, Kept, Wish};
use crate::browser;
use crate::i18n::{t, tf};
use crate::json;
use crate::lean::CollectAny as _;

/// More are a mess, and storage ends somewhere.
const MOST: usize = 50;

fn read() -> Vec<Kept> {
    browser::remembered(DRAFTS)
        .and_then(|text| json::read(&text).ok())
        .unwrap_or_default()
}

/// The state; copied freely.
#[derive(Clone, Copy)]
struct Shelf {
    kept: RwSignal<Vec<Kept>>,
    /// What was deleted last, and where it stood.
    deleted: RwSignal<Option<(usize, Kept)>>,
    said: RwSignal<String>,
    desk: Desk,
}

impl Shelf {
    fn change(self, change: impl FnOnce(&mut Vec<Kept>)) {
        // Another tab may have written meanwhile.
        let mut kept = read();
        change(&mut kept);
        browser::remember(DRAFTS, &json::write(&kept));
        self.desk.wish(&Wish::Kept(kept.len() as u32));
        self.kept.set(kept);
    }

    fn keep(self, name: &str) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        let seen = self.desk.look();
        let mine = Kept {
            name: name.to_owned(),
            rule: seen.rule,
            draft: seen.job.rule,
            from: seen.from,
            to: seen.to,
            series: seen.series,
        };
        self.said
            .set(tf("Kept as “{name}” in this browser.", &[("name", name)]));
        self.change(|kept| {
            if let Some(old) = kept.iter_mut().find(|old| old.name == mine.name) {
                *old = mine;
            } else {
                kept.push(mine);
                let over = kept.len().saturating_sub(MOST);
                kept.drain(..over);
            }
        });
    }

    fn open(self, name: &str) {
        let Some(wanted) = read().into_iter().find(|kept| kept.name == name) else {
            return;
        };
        self.desk.wish(&Wish::Open(Box::new(wanted)));
        self.said.set(tf("Opened “{name}”.", &[("name", name)]));
    }

    fn delete(self, name: &str) {
        let mut gone = None;
        self.change(|kept| {
            if let Some(at) = kept.iter().position(|kept| kept.name == name) {
                gone = Some((at, kept.remove(at)));
            }
        });
        self.said.set(tf("Deleted “{name}”.", &[("name", name)]));
        self.deleted.set(gone);
    }

    fn bring_back(self) {
        if let Some((at, kept)) = self.deleted.get_untracked() {
            self.deleted.set(None);
            self.said
                .set(tf("“{name}” is back.", &[("name", &kept.name)]));
            self.change(|all| all.insert(at.min(all.len()), kept));
        }
    }

    fn rename(self, old: &str, new: &str) {
        let new = new.trim();
        let taken = read().iter().any(|kept| kept.name == new);
        if new.is_empty() || new == old {
            return self.kept.set(read());
        }
        if taken {
            self.said
                .set(tf("“{name}” is taken already.", &[("name", new)]));
            return self.kept.set(read());
        }
        self.change(|kept| {
            if let Some(kept) = kept.iter_mut().find(|kept| kept.name == old) {
                new.clone_into(&mut kept.name);
            }
        });
    }
}

/// The list.
pub(super) fn drafts(desk: Desk) -> AnyView {
    let shelf = Shelf {
        kept: RwSignal::new(read()),
        deleted: RwSignal::new(None),
        said: RwSignal::new(String::new()),
        desk,
    };
    let field = NodeRef::<Input>::new();
    let keep = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            shelf.keep(&field.value());
            field.set_value("");
        }
    };
    let rows = move || {
        shelf
            .kept
            .get()
            .into_iter()
            .rev()
            .map(|kept| row(shelf, kept))
            .collect_any()
    };
    view! {
        <form class="row" on:submit=keep>
            <label class="field inline">{t("Keep the draft as")}<input type="text" id="draft-name" maxlength="80" autocomplete="off" node_ref=field/></label>
            <button type="submit" id="draft-keep">{t("Keep")}</button>
        </form>
        <ul class="draft-rows">{rows}</ul>
        <p class="row"><span role="status" class="muted">{shelf.said}</span>
            <button type="button" class="link" id="draft-back" hidden=move || shelf.deleted.with(Option::is_none)
                on:click=move |_| shelf.bring_back()>{t("Undo")}</button></p>
    }
    .into_any()
}

fn row(shelf: Shelf, kept: Kept) -> AnyView {
    let name = kept.name;
    let [open, delete, old] = [name.clone(), name.clone(), name.clone()];
    let what = format!("{} · {}", kept.draft.name, kept.draft.query);
    let renamed = move |event: web_sys::Event| shelf.rename(&old, &event_target_value(&event));
    let called = tf("Name of the draft “{name}”", &[("name", &name)]);
    view! {
        <li>
            <input type="text" maxlength="80" aria-label=called prop:value=name.clone() on:change=renamed/>
            <span class="muted">{what}</span>
            <button type="button" class="link" data-do="open" on:click=move |_| shelf.open(&open)>{t("Open")}</button>
            <button type="button" class="link" data-do="delete" on:click=move |_| shelf.delete(&delete)>{t("Delete")}</button>
        </li>
    }
    .into_any()
}
