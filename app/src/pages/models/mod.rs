//! Full models: which there are, how well each does, its versions, and the trainings.

mod cells;
mod checks;
mod compare;
mod explain;
mod form;
mod heat;
mod import;
mod jobs;
mod losses;
mod model;
mod odd;
mod state;
mod training;
mod versions;

use hindcast_shared::api::{JobRecord, ModelComparison, ModelRecord, SourceKind, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::explain::Asked;
use self::form::TrainForm;
use self::import::Import;
use self::state::is_active;
use super::rules::may_write;
use crate::api::{self, ApiError, models};
use crate::app::Who;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::url_state;
use crate::words;

/// How often trainings are asked for while no stream tells of them.
const AWAY_MS: i64 = 5_000;
/// How often models are asked for: others look, promote and delete as well.
const SLOW_MS: i64 = 15_000;

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Board {
    models: RwSignal<Load<Vec<ModelRecord>>>,
    /// The models as they were last known, and when that was.
    known: RwSignal<Option<(Vec<ModelRecord>, i64)>>,
    /// The newest trainings, as they were last known or told.
    jobs: RwSignal<Vec<JobRecord>>,
    sources: RwSignal<Load<Vec<SourceRecord>>>,
    /// Whether nobody tells how trainings go.
    away: RwSignal<bool>,
    training: RwSignal<bool>,
    import: RwSignal<Import>,
    /// The pair that is shown beside each other.
    beside: RwSignal<Option<ModelComparison>>,
    /// The window that is explained.
    asked: RwSignal<Option<Asked>>,
    /// What was folded or unfolded by hand.
    folds: RwSignal<Vec<(String, bool)>>,
    /// The model of which another version was promoted last.
    promoted: RwSignal<Option<(String, u32)>>,
    /// The version that is deleted if it is asked for once more; the whole model where none is named.
    doomed: RwSignal<Option<(String, Option<u32>)>>,
    failed: RwSignal<Option<ApiError>>,
    again: RwSignal<u32>,
    /// Minutes, for whoever says how long ago something was.
    minute: Memo<i64>,
}

impl Board {
    fn open() -> Self {
        let live = expect_context::<Live>();
        let again = RwSignal::new(0_u32);
        let away = RwSignal::new(true);
        let poll = Memo::new(move |_| away.get().then(|| live.now_ms.get() / AWAY_MS));
        let listed = loaded(move || {
            again.track();
            // A memo that nobody reads follows nothing.
            poll.get();
            models::list_jobs()
        });
        let jobs = RwSignal::new(Vec::<JobRecord>::new());
        crate::lean::effect(move || {
            if let Load::Ready(listed) = listed.get() {
                jobs.set(listed);
            }
        });
        // A training that ends makes a version.
        let over = Memo::new(move |_| {
            jobs.with(|jobs| {
                let active = jobs.iter().filter(|job| is_active(job)).count();
                (jobs.first().map(|job| job.id), active)
            })
        });
        let slow = Memo::new(move |_| live.now_ms.get() / SLOW_MS);
        let models = loaded(move || {
            again.track();
            over.get();
            slow.get();
            models::list_models()
        });
        let known = RwSignal::new(None);
        crate::lean::effect(move || {
            if let Load::Ready(models) = models.get() {
                known.set(Some((models, browser::now_ms())));
            }
        });
        let board = Self {
            models,
            known,
            jobs,
            sources: loaded(api::list_sources),
            away,
            training: RwSignal::new(false),
            import: RwSignal::new(Import::Idle),
            beside: RwSignal::new(None),
            asked: RwSignal::new(asked_by_address()),
            folds: RwSignal::new(Vec::new()),
            promoted: RwSignal::new(None),
            doomed: RwSignal::new(None),
            failed: RwSignal::new(None),
            again,
            minute: Memo::new(move |_| live.now_ms.get() / 60_000),
        };
        training::follow(live, Callback::new(move |told| board.hear(told)));
        board
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

    /// A model as it was last known.
    fn model(self, name: &str) -> Option<ModelRecord> {
        self.known.with(|known| {
            let (models, _) = known.as_ref()?;
            models.iter().find(|model| model.name == name).cloned()
        })
    }

    /// How long ago something was; keeps being true.
    fn ago(self, at_ms: i64) -> String {
        self.minute.track();
        words::ago(at_ms, browser::now_ms())
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

/// The window that a link asks about.
fn asked_by_address() -> Option<Asked> {
    let query = url_state::current();
    Some(Asked {
        model: query.get("model")?.to_owned(),
        series: query.get("series").map(str::to_owned),
        at_ms: query.get("at").and_then(|at| at.parse().ok()),
    })
}

/// The page.
#[component]
pub fn Models() -> impl IntoView {
    let who = expect_context::<Who>();
    let board = Board::open();
    let retry = Callback::new(move |()| board.reload());
    // A model that changes leaves the others alone, and whatever is open in them.
    let names = Memo::new(move |_| {
        board.known.with(|known| {
            let models = known.as_ref()?.0.iter();
            Some(models.map(|model| model.name.clone()).collect::<Vec<_>>())
        })
    });
    let body = crate::lean::live(move || {
        match names.get() {
        None => ().into_any(),
        Some(names) if names.is_empty() => view! {
            <p class="muted models-none">{t("There is no model yet. A model learns weeks of one or many series on the server; its scores are a series like any other.")}</p>
        }
        .into_any(),
        Some(names) => names
            .into_iter()
            .map(|name| model::model(board, name))
            .collect_any(),
    }
    });
    let error = Memo::new(move |_| {
        board.models.with(|models| match models {
            Load::Failed(error) => Some(error.clone()),
            _ => None,
        })
    });
    let missing = crate::lean::live(move || {
        let known_ms = board.known.with_untracked(|known| Some(known.as_ref()?.1));
        match (error.get(), known_ms) {
            (Some(error), None) => view! { <Failure error retry/> }.into_any(),
            (Some(error), Some(known_ms)) => {
                let words = move || {
                    tf(
                        "What follows was so {time}.",
                        &[("time", &board.ago(known_ms))],
                    )
                };
                view! { <div class="models-stale"><Failure error retry/><p class="muted">{words}</p></div> }.into_any()
            }
            (None, _) if names.get().is_none() => view! { <Waiting what=t("models")/> }.into_any(),
            (None, _) => ().into_any(),
        }
    });
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
                {import::button(board)}
                {move || (may_write(who) && !board.training.get()).then(|| view! {
                    <button type="button" class="primary" id="new-model" data-command=t("Train a model") on:click=move |_| board.training.set(true)>{t("Train a model")}</button>
                })}
            </div>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {import::outcome(board)}
            {promoted}
            {move || board.training.get().then(|| view! { <TrainForm board/> })}
            {jobs::jobs(board)}
            {missing}
            {body}
        </div>
    }
}
