//! The Lab: the pipeline as a column of sliders, and what the rule would have fired, at once.
//!
//! Each move makes a new draft; the worker replays it over columns that it has already.

mod bench;
mod beside;
mod column;
mod fired;
mod fit;
mod grade;
mod height;
mod history;
mod inputs;
mod labels;
mod plots;
mod queries;
mod range;
mod save;
mod severities;
mod tables;
mod usual;
mod view;
mod whole;
mod why;

use hindcast_shared::api::{LabStart, RuleRecord, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::bench::Bench;
use self::beside::{Beside, Drawers, StageList, Study};
use self::column::Column;
use self::fired::Fired;
use self::history::UndoRedo;
use self::inputs::Inputs;
use self::labels::{LabelList, Labels};
use self::plots::Plots;
use self::save::Save;
use self::tables::{TablePanel, Tables};
use self::whole::{Whole, WholePanel};
use self::why::{Asker, Learning, Reason};
use crate::api;
use crate::components::{Failure, Waiting};
use crate::i18n::t;
use crate::load::Load;
use crate::url_state;

/// The page.
#[component]
pub fn Lab() -> impl IntoView {
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
        <h1 class="visually-hidden">{t("Lab")}</h1>
        {move || match start.get() {
            Load::Waiting => view! { <Waiting what=t("rules and sources")/> }.into_any(),
            Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
            Load::Ready(start) => view! { <Tools start/> }.into_any(),
        }}
    }
}

/// What the Lab begins with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    pub(super) rules: Vec<RuleRecord>,
    pub(super) sources: Vec<SourceRecord>,
    /// The rule that the address names, if there is one.
    pub(super) saved: Option<RuleRecord>,
    /// What the server's configuration begins with, where the address says nothing.
    pub(super) lab: Option<LabStart>,
}

impl Start {
    async fn fetch() -> Result<Self, api::ApiError> {
        let sources = api::list_sources().await?;
        let rules = api::list_rules().await?;
        let query = url_state::current();
        let is_bare = query.get("rule").or(query.get("patch")).is_none();
        let lab = if is_bare {
            // An older server has none.
            api::lab::find_lab()
                .await
                .ok()
                .filter(|lab| lab.draft.is_some())
        } else {
            None
        };
        let named = |id: &str| {
            let is_it = |rule: &&RuleRecord| rule.rule.id.as_deref() == Some(id);
            rules.iter().find(is_it).cloned()
        };
        let saved = match query.get("rule").map(|id| (id, named(id))) {
            Some((_, Some(saved))) => Some(saved),
            // The server says what is wrong with it.
            Some((id, None)) => Some(api::find_rule(id).await?),
            // Without a wish the first rule is a better beginning than an empty page.
            None if is_bare && lab.is_none() => rules.first().cloned(),
            None => None,
        };
        Ok(Self {
            rules,
            sources,
            saved,
            lab,
        })
    }
}

#[component]
fn Tools(start: Start) -> impl IntoView {
    let bench = Bench::new(&start);
    let beside = Beside::new(bench);
    let asker = Asker::new(bench, beside);
    let whole = Whole::new(bench, asker);
    let labels = Labels::new(bench);
    let tables = Tables::new(bench, start.sources.clone());
    let Start { rules, sources, .. } = start;
    view! {
        <div class="lab" on:change=move |_| bench.settle() on:pointerup=move |_| bench.settle()
            on:dragover=move |event: web_sys::DragEvent| event.prevent_default() on:drop=move |event: web_sys::DragEvent| tables.dropped(&event)>
            <Inputs bench rules sources=sources.clone()/>
            <TablePanel tables/>
            <div class="lab-body">
                <Column bench beside/>
                <div class="lab-result">
                    <Learning bench/>
                    <Plots bench whole labels/>
                    <StageList beside view=bench.view()/>
                    <WholePanel whole/>
                    <Reason bench asker/>
                    <Study beside/>
                    <LabelList labels/>
                    <Fired bench asker labels/>
                </div>
            </div>
            <Drawers beside/>
            <div class="lab-save"><UndoRedo bench labels/><Save bench/></div>
        </div>
    }
}
