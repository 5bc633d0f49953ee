//! Full models: which there are, how well each does, its versions, and the trainings.

mod compare;
mod form;
mod jobs;
mod model;
mod state;

use hindcast_shared::api::{JobRecord, ModelComparison, ModelRecord, SourceKind, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::form::TrainForm;
use self::state::is_active;
use super::rules::may_write;
use crate::api::{self, ApiError, models};
use crate::app::Who;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};

/// How often trainings are asked for while one goes on.
const FAST_MS: i64 = 1_000;
/// And how often anything is, while none does.
const SLOW_MS: i64 = 15_000;

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Board {
    models: RwSignal<Load<Vec<ModelRecord>>>,
    jobs: RwSignal<Load<Vec<JobRecord>>>,
    sources: RwSignal<Load<Vec<SourceRecord>>>,
    training: RwSignal<bool>,
    /// The pair that is shown beside each other.
    beside: RwSignal<Option<ModelComparison>>,
    /// The model of which another version was promoted last.
    promoted: RwSignal<Option<(String, u32)>>,
    /// The version that is deleted if it is asked for once more.
    doomed: RwSignal<Option<(String, u32)>>,
    failed: RwSignal<Option<ApiError>>,
    again: RwSignal<u32>,
}

impl Board {
    fn open() -> Self {
        let live = expect_context::<Live>();
        let again = RwSignal::new(0_u32);
        let jobs_every = RwSignal::new(SLOW_MS);
        let fast = Memo::new(move |_| live.now_ms.get() / jobs_every.get());
        let jobs = loaded(move || {
            again.track();
            // A memo that nobody reads follows nothing.
            fast.get();
            models::list_jobs()
        });
        // A training that ends makes a version.
        let over = Memo::new(move |_| {
            jobs.with(|jobs| {
                let jobs = jobs.ready().map_or(&[][..], Vec::as_slice);
                let active = jobs.iter().filter(|job| is_active(job)).count();
                (jobs.first().map(|job| job.id), active)
            })
        });
        crate::lean::effect(move || {
            let (_, active) = over.get();
            jobs_every.set(if active > 0 { FAST_MS } else { SLOW_MS });
        });
        let slow = Memo::new(move |_| live.now_ms.get() / SLOW_MS);
        Self {
            models: loaded(move || {
                again.track();
                over.get();
                slow.get();
                models::list_models()
            }),
            jobs,
            sources: loaded(api::list_sources),
            training: RwSignal::new(false),
            beside: RwSignal::new(None),
            promoted: RwSignal::new(None),
            doomed: RwSignal::new(None),
            failed: RwSignal::new(None),
            again,
        }
    }

    fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    /// Does something, says if it failed, and looks again.
    fn act(self, does: impl Future<Output = Result<(), ApiError>> + 'static) {
        spawn_local(async move {
            let done = does.await;
            self.failed.try_set(done.err());
            self.reload();
        });
    }

    fn promote(self, name: String, version: u32, had: Option<u32>) {
        self.act(async move {
            models::promote(&name, version).await?;
            // Without one before it there is nothing to go back to.
            self.promoted.try_set(had.map(|_| (name, version)));
            Ok(())
        });
    }

    fn revert(self, name: String) {
        self.promoted.set(None);
        self.act(async move { models::revert(&name).await });
    }

    /// The source whose series are scores, if there is one.
    fn scores(self) -> Option<String> {
        self.sources.with(|sources| {
            let all = sources.ready()?;
            let one = all.iter().find(|one| one.kind == SourceKind::Model)?;
            Some(one.name.clone())
        })
    }
}

/// The page.
#[component]
pub fn Models() -> impl IntoView {
    let who = expect_context::<Who>();
    let board = Board::open();
    let retry = Callback::new(move |()| board.reload());
    let body = move || {
        match board.models.get() {
        Load::Waiting => view! { <Waiting what=t("models")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(models) if models.is_empty() => view! {
            <p class="muted">{t("There is no model yet. A model learns weeks of one or many series on the server; its scores are a series like any other.")}</p>
        }
        .into_any(),
        Load::Ready(models) => models
            .into_iter()
            .map(|model| model::model(board, model))
            .collect_any(),
    }
    };
    let promoted = move || {
        board.promoted.get().map(|(name, version)| {
            let words = tf(
                "Version {n} of {model} scores now.",
                &[("n", &version.to_string()), ("model", &name)],
            );
            view! {
                <p class="notice" role="status">{words}" "<button type="button" data-do="revert" on:click=move |_| board.revert(name.clone())>{t("Undo")}</button></p>
            }
        })
    };
    view! {
        <div class="mutes-page models-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Models")}</p>
            <div class="section-head">
                <h1>{t("Models")}</h1>
                {move || (may_write(who) && !board.training.get()).then(|| view! {
                    <button type="button" class="primary" id="new-model" data-command=t("Train a model") on:click=move |_| board.training.set(true)>{t("Train a model")}</button>
                })}
            </div>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {promoted}
            {move || board.training.get().then(|| view! { <TrainForm board/> })}
            {jobs::jobs(board)}
            {body}
        </div>
    }
}
