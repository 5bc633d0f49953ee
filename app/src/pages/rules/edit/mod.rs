//! One rule: as a form, as YAML, and its versions; one draft behind both.

mod desk;
mod field;
mod fields;
mod form;
mod names;
mod save;
mod text;

pub(super) use self::desk::Desk;
pub(super) use self::names::name_of;

use hindcast_shared::api::{RuleRecord, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use self::form::Form;
use self::save::Save;
use self::text::Text;
use super::facts::Week;
use super::may_write;
use super::state::State;
use super::versions::Versions;
use crate::api::{self, ApiError};
use crate::app::Who;
use crate::components::{Failure, SuggestChange, Waiting};
use crate::draft;
use crate::i18n::{t, tf};
use crate::load::Load;
use crate::url_state;

/// What the page begins with.
#[derive(Debug, Clone, PartialEq)]
struct Start {
    record: Option<RuleRecord>,
    beginning: Value,
    sources: Vec<SourceRecord>,
}

impl Start {
    async fn fetch(id: String) -> Result<Self, ApiError> {
        let sources = api::list_sources().await?;
        if id != NEW {
            let record = Some(api::find_rule(&id).await?);
            return Ok(Self {
                record,
                beginning: Value::Null,
                sources,
            });
        }
        let copied = match url_state::current().get("copy") {
            Some(id) => Some(api::find_rule(id).await?.rule),
            None => None,
        };
        let rule = copied.map_or_else(
            || {
                let source = sources.first();
                let asks = source.and_then(|source| source.suggestions.first());
                draft::blank(
                    source.map_or("", |source| source.name.as_str()),
                    asks.map_or("", String::as_str),
                )
            },
            |mut rule| {
                rule.id = None;
                rule.name = tf("Copy of {rule}", &[("rule", &rule.name)]);
                rule
            },
        );
        Ok(Self {
            record: None,
            beginning: draft::to_json(&rule),
            sources,
        })
    }
}

/// In place of an id: a rule that is yet to be made.
const NEW: &str = "new";

/// The page.
#[component]
pub fn RulePage(
    /// The rule's id, or `new`.
    id: String,
) -> impl IntoView {
    let start = RwSignal::new(Load::<Start>::Waiting);
    let again = RwSignal::new(0_u32);
    let asked = id.clone();
    crate::lean::effect(move || {
        again.track();
        let id = asked.clone();
        spawn_local(async move {
            let outcome = Start::fetch(id).await;
            start.try_set(outcome.map_or_else(Load::Failed, Load::Ready));
        });
    });
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    move || match start.get() {
        Load::Waiting => view! { <Waiting what=t("rule")/> }.into_any(),
        Load::Failed(error) if error.is_not_found() => view! {
            <div class="failure" role="alert">
                <h1>{t("There is no such rule")}</h1>
                <p>{t("It may have been deleted, or the link is wrong.")}</p>
                <p><a href="rules">{t("All rules")}</a></p>
            </div>
        }
        .into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(start) => view! { <Page id=id.clone() start/> }.into_any(),
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Form,
    Text,
    Versions,
}

impl View {
    fn of_address() -> Self {
        match url_state::current().get("view") {
            Some("yaml") => Self::Text,
            Some("versions") => Self::Versions,
            _ => Self::Form,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Text => "yaml",
            Self::Versions => "versions",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Form => t("Form"),
            Self::Text => "YAML",
            Self::Versions => t("Versions"),
        }
    }
}

#[component]
fn Page(id: String, start: Start) -> impl IntoView {
    let who = expect_context::<Who>();
    let may_write = Memo::new(move |_| may_write(who));
    let Start {
        record,
        beginning,
        sources,
    } = start;
    let locked = record.as_ref().is_some_and(|record| record.provisioned);
    let is_new = record.is_none();
    let desk = Desk::open(&id, record, beginning);
    let view = RwSignal::new(View::of_address());
    let tabs = [View::Form, View::Text, View::Versions]
        .into_iter()
        .filter(|each| !is_new || *each != View::Versions)
        .map(|each| {
            let here = move || (view.get() == each).to_string();
            let pick = move |_| {
                view.set(each);
                let word = (each != View::Form).then(|| each.as_str());
                url_state::replace(&[("view", word), ("from", None), ("to", None)]);
            };
            view! { <button type="button" aria-pressed=here data-view=each.as_str() on:click=pick>{each.word()}</button> }
        });
    let tabs = crate::lean::CollectAny::collect_any(tabs);
    let title = move || {
        let name = desk.get("name");
        let name = name.as_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            t("New rule").to_owned()
        } else {
            name
        }
    };
    let state = move || {
        desk.base.get().map(|record| {
            let state = State::of(&record);
            view! {
                <span class="rule-state" data-state=state.as_str()><span class="mark" aria-hidden="true">{state.glyph()}</span>{state.word()}</span>
                <span class="muted">{tf("version {n} by {who}", &[("n", &record.version.to_string()), ("who", &crate::words::actor(&record.updated_by))])}</span>
                {locked.then(|| view! { <span class="tag">{t("from the file")}</span> })}
            }
        })
    };
    let versions_of = id.clone();
    let applied = Callback::new(move |record| desk.saved(record));
    let body = move || match view.get() {
        View::Form => view! { <Form desk sources=sources.clone() locked/> }.into_any(),
        View::Text => view! { <Text desk locked/> }.into_any(),
        View::Versions => view! { <Versions desk id=versions_of.clone() locked/> }.into_any(),
    };
    view! {
        <div class="rule-page" data-rule=id.clone()>
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{if is_new { t("New rule").to_owned() } else { id.clone() }}</p>
            <div class="section-head">
                <h1>{title}</h1>
                {state}
                <div class="row tabs" role="group" aria-label=t("View")>{tabs}</div>
            </div>
            {locked.then(|| view! { <p class="muted">{t("This rule comes from the configuration file: change it there, or make a copy.")}</p> })}
            {move || desk.restored.get().then(|| view! {
                <p class="notice" role="status">{t("These are changes that you left here unsaved.")}</p>
            })}
            {(!is_new).then(|| view! { <Week desk id=id.clone()/> })}
            {body}
            {(!is_new).then(|| view! { <SuggestChange rule=id.clone() may_write applied/> })}
            <Save desk locked may_write/>
        </div>
    }
}
