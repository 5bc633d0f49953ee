//! Many series at once: one rule over all series of a query, as a table, as small drawings, as a heat map.

mod filter;
mod heat;
mod inputs;
mod sheet;
mod state;
mod table;
mod tiles;
mod wish;

use hindcast_shared::api::{RuleRecord, SourceRecord};
use hindcast_shared::rule::RuleDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::heat::HeatMap;
pub(super) use self::heat::paint_small;
use self::inputs::{Bar, Inputs, Knobs};
use self::state::Many;
use self::table::Table;
use self::tiles::Tiles;
use crate::api;
use crate::components::{Failure, Waiting};
use crate::draft;
use crate::i18n::t;
use crate::load::Load;
use crate::url_state;

/// How the series stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Table,
    Tiles,
    Heat,
}

impl View {
    const ALL: [Self; 3] = [Self::Table, Self::Tiles, Self::Heat];

    /// The word in addresses.
    fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Tiles => "tiles",
            Self::Heat => "heat",
        }
    }

    fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|view| view.as_str() == text);
        known.unwrap_or(Self::Table)
    }
}

/// What the page begins with.
#[derive(Debug, Clone, PartialEq)]
struct Start {
    rules: Vec<RuleRecord>,
    sources: Vec<SourceRecord>,
    /// The rule that the address names; the one with most series where it names nothing.
    saved: Option<RuleRecord>,
}

impl Start {
    async fn fetch() -> Result<Self, api::ApiError> {
        let sources = api::list_sources().await?;
        let rules = api::list_rules().await?;
        let query = url_state::current();
        let asked = ["query", "source", "patch"];
        let saved = match query.get("rule") {
            Some(id) => Some(api::find_rule(id).await?),
            None if asked.iter().all(|key| query.get(key).is_none()) => {
                let series = |rule: &&RuleRecord| {
                    let run = rule.last_run.as_ref();
                    run.map_or(0, |run| run.series)
                };
                rules.iter().max_by_key(series).cloned()
            }
            None => None,
        };
        Ok(Self {
            rules,
            sources,
            saved,
        })
    }

    /// What the address is relative to.
    fn base(&self) -> RuleDraft {
        if let Some(saved) = &self.saved {
            return saved.rule.clone();
        }
        let query = url_state::current();
        let wanted = query.get("source");
        let named = |source: &&SourceRecord| wanted.is_none_or(|name| name == source.name);
        let source = self.sources.iter().find(named);
        let suggested = source.and_then(|source| source.suggestions.first());
        let name = wanted.or(source.map(|source| source.name.as_str()));
        let asks = query.get("query").or(suggested.map(String::as_str));
        draft::blank(name.unwrap_or_default(), asks.unwrap_or_default())
    }
}

/// The page.
#[component]
pub fn ManySeriesPage() -> impl IntoView {
    let start = RwSignal::new(Load::<Start>::Waiting);
    let again = RwSignal::new(0_u32);
    crate::lean::effect(move || {
        again.track();
        spawn_local(async move {
            let outcome = Start::fetch().await;
            start.try_set(outcome.map_or_else(Load::Failed, Load::Ready));
        });
    });
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    view! {
        <h1 class="visually-hidden">{t("Many series")}</h1>
        {move || match start.get() {
            Load::Waiting => view! { <Waiting what=t("rules and sources")/> }.into_any(),
            Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
            Load::Ready(start) => view! { <Tools start/> }.into_any(),
        }}
    }
}

#[component]
fn Tools(start: Start) -> impl IntoView {
    let many = Many::new(&start);
    let view = Memo::new(move |_| many.view.get());
    view! {
        <div class="many">
            <Inputs many start/>
            <Knobs many/>
            <Bar many/>
            {move || match view.get() {
                View::Table => view! { <Table many/> }.into_any(),
                View::Tiles => view! { <Tiles many/> }.into_any(),
                View::Heat => view! { <HeatMap many/> }.into_any(),
            }}
        </div>
    }
}
