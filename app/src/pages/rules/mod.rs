//! The rules: how each one is, what it costs, how often it pages; on and off, and away with undo.

mod edit;
mod facts;
mod list;
mod row;
mod state;
mod versions;
mod yaml;

pub use self::edit::RulePage;

use std::collections::BTreeMap;

use hindcast_shared::api::{Role, RuleRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::list::List;
use self::state::{Column, State, Wish};
use crate::api::{self, ApiError};
use crate::app::Who;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::json;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::{draft, url_state};

/// How often the list is asked for: it says what ran when.
const EVERY_MS: i64 = 15_000;

/// What the rows of the list share.
#[derive(Debug, Clone, Copy)]
struct Book {
    rules: RwSignal<Load<Vec<RuleRecord>>>,
    anomalies: RwSignal<Load<BTreeMap<String, u64>>>,
    wish: RwSignal<Wish>,
    failed: RwSignal<Option<ApiError>>,
    /// What was deleted last.
    gone: RwSignal<Option<RuleRecord>>,
    again: RwSignal<u32>,
}

impl Book {
    fn open() -> Self {
        let live = expect_context::<Live>();
        let again = RwSignal::new(0_u32);
        let turn = Memo::new(move |_| live.now_ms.get() / EVERY_MS);
        let watch = move || {
            again.track();
            // A memo that nobody reads follows nothing.
            turn.get();
            live.epoch.track();
        };
        Self {
            rules: loaded(move || {
                watch();
                api::list_rules()
            }),
            anomalies: loaded(move || {
                watch();
                api::count_by_rule()
            }),
            wish: RwSignal::new(wish_of_address()),
            failed: RwSignal::new(None),
            gone: RwSignal::new(None),
            again,
        }
    }

    /// Asks again.
    pub(super) fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    /// Switches a rule on or off.
    pub(super) fn switch(self, record: RuleRecord, on: bool) {
        spawn_local(async move {
            let id = record.rule.id.clone().unwrap_or_default();
            let mut rule = record.rule;
            rule.enabled = on;
            let done = api::update_rule(&id, record.version, &rule).await;
            self.failed.try_set(done.err());
            self.reload();
        });
    }

    /// Deletes a rule; it can be brought back.
    pub(super) fn delete(self, record: RuleRecord) {
        spawn_local(async move {
            let id = record.rule.id.clone().unwrap_or_default();
            match api::delete_rule(&id, record.version).await {
                Ok(()) => {
                    self.failed.try_set(None);
                    self.gone.try_set(Some(record));
                }
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
            self.reload();
        });
    }

    fn bring_back(self) {
        let Some(record) = self.gone.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match api::create_rule(&record.rule).await {
                Ok(_) => {
                    self.failed.try_set(None);
                    self.gone.try_set(None);
                }
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
            self.reload();
        });
    }

    fn wish(self, change: impl FnOnce(&mut Wish)) {
        self.wish.update(change);
        self.wish.with_untracked(|wish| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let text = some(&wish.text);
            let source = some(&wish.source);
            let plain = wish.column == Column::State && !wish.down;
            url_state::replace(&[
                ("q", text.as_deref()),
                ("source", source.as_deref()),
                ("state", wish.state.map(State::as_str)),
                ("sort", (!plain).then(|| wish.column.as_str())),
                ("order", (!plain && wish.down).then_some("desc")),
            ]);
        });
    }

    /// The rules that are shown, in order.
    fn shown(self) -> Vec<RuleRecord> {
        let wish = self.wish.get();
        let anomalies = self
            .anomalies
            .with(|found| found.ready().cloned().unwrap_or_default());
        self.rules.with(|rules| {
            let rules = rules.ready().map_or(&[][..], Vec::as_slice);
            wish.pick(rules, &anomalies)
        })
    }
}

fn wish_of_address() -> Wish {
    let query = url_state::current();
    let text = |key: &str| query.get(key).unwrap_or_default().to_owned();
    Wish {
        text: text("q"),
        source: text("source"),
        state: query.get("state").and_then(State::named),
        column: query
            .get("sort")
            .and_then(Column::named)
            .unwrap_or(Column::State),
        down: query.get("order") == Some("desc"),
    }
}

/// Whether whoever looks may change anything.
pub(in crate::pages) fn may_write(who: Who) -> bool {
    who.0
        .with(|who| who.ready().is_none_or(|me| me.role >= Role::Operator))
}

/// The page.
#[component]
pub fn Rules() -> impl IntoView {
    let book = Book::open();
    let retry = Callback::new(move |()| book.reload());
    let who = expect_context::<Who>();
    let buttons = move || {
        may_write(who).then(|| {
            view! {
                <a class="button" href="rules/new" data-command=t("New rule")>{t("New rule")}</a>
                <a class="button" href="lab?patch=%7B%7D">{t("New rule in the Lab")}</a>
            }
        })
    };
    let body = move || {
        let kind = book.rules.with(|rules| match rules {
            Load::Waiting => 0,
            Load::Failed(_) => 1,
            Load::Ready(rules) if rules.is_empty() => 2,
            Load::Ready(_) => 3,
        });
        match (kind, book.rules.get_untracked()) {
            (1, Load::Failed(error)) => view! { <Failure error retry/> }.into_any(),
            (2, _) => view! {
                <p class="muted">{t("There is no rule yet. Make one here or in the Lab, or write them under rules: in hindcast.yaml.")}</p>
            }
            .into_any(),
            (3, _) => view! { <List book/> }.into_any(),
            _ => view! { <Waiting what=t("rules")/> }.into_any(),
        }
    };
    // What was typed and whether a row has the focus must outlive the next answer.
    let shape = Memo::new(move |_| {
        book.rules.with(|rules| match rules {
            Load::Waiting => 0_u8,
            Load::Failed(_) => 1,
            Load::Ready(rules) if rules.is_empty() => 2,
            Load::Ready(_) => 3,
        })
    });
    let body = move || {
        shape.get();
        untrack(body)
    };
    view! {
        <div class="rules-page">
            <div class="section-head">
                <h1>{t("Rules")}</h1>
                <a class="button" href="models">{t("Models")}</a>
                <a class="button" href="mutes">{t("Mutes")}</a>
                <a class="button" href="calendars">{t("Calendars")}</a>
                <a class="button" href="notifications">{t("Notifications")}</a>
                <a class="button" href="journal">{t("Journal")}</a>
                <a class="button" href="tuning">{t("Tuning")}</a>
                {buttons}
            </div>
            {move || book.gone.get().map(|record| view! {
                <p class="notice" role="status">
                    {tf("{rule} is deleted; its anomalies are closed, its versions stay.", &[("rule", &record.rule.name)])}" "
                    <button type="button" id="undo" on:click=move |_| book.bring_back()>{t("Undo")}</button>
                </p>
            })}
            {move || book.failed.get().map(|error| view! { <Failure error/> })}
            {body}
        </div>
    }
}

/// Where unsaved changes of a rule are kept.
pub(super) fn kept_under(id: &str) -> String {
    format!("hindcast-draft-{id}")
}

/// Whether somebody has left unsaved changes of a rule on this computer.
pub(super) fn has_unsaved(record: &RuleRecord) -> bool {
    let id = record.rule.id.as_deref().unwrap_or_default();
    browser::remembered(&kept_under(id)).is_some_and(|text| !text.is_empty())
}

/// A draft as the type that knows its fields; none while it is not one.
pub(super) fn as_draft(value: &serde_json::Value) -> Option<hindcast_shared::rule::RuleDraft> {
    json::read(&json::write(value)).ok()
}

/// The rule as JSON, without the identity that its address has.
pub(super) fn nameless(record: &RuleRecord) -> serde_json::Value {
    let mut value = draft::to_json(&record.rule);
    if let serde_json::Value::Object(map) = &mut value {
        map.remove("id");
    }
    value
}
