//! What the parts of the page about full models share: what is known, what is asked, what was chosen.

use hindcast_shared::api::{JobRecord, ModelComparison, ModelRecord, SourceKind, SourceRecord};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::explain::Asked;
use super::import::Import;
use super::state::is_active;
use super::training;
use crate::api::{self, ApiError, models};
use crate::browser;
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
pub(super) struct Board {
    pub(super) models: RwSignal<Load<Vec<ModelRecord>>>,
    /// The models as they were last known, and when that was.
    pub(super) known: RwSignal<Option<(Vec<ModelRecord>, i64)>>,
    /// The newest trainings, as they were last known or told.
    pub(super) jobs: RwSignal<Vec<JobRecord>>,
    pub(super) sources: RwSignal<Load<Vec<SourceRecord>>>,
    /// Whether nobody tells how trainings go.
    pub(super) away: RwSignal<bool>,
    pub(super) training: RwSignal<bool>,
    pub(super) import: RwSignal<Import>,
    /// The pair that is shown beside each other.
    pub(super) beside: RwSignal<Option<ModelComparison>>,
    /// The window that is explained.
    pub(super) asked: RwSignal<Option<Asked>>,
    /// What was folded or unfolded by hand.
    pub(super) folds: RwSignal<Vec<(String, bool)>>,
    /// The model of which another version was promoted last.
    pub(super) promoted: RwSignal<Option<(String, u32)>>,
    /// The version that is deleted if it is asked for once more; the whole model where none is named.
    pub(super) doomed: RwSignal<Option<(String, Option<u32>)>>,
    pub(super) failed: RwSignal<Option<ApiError>>,
    pub(super) again: RwSignal<u32>,
    /// Minutes, for whoever says how long ago something was.
    pub(super) minute: Memo<i64>,
}

impl Board {
    pub(super) fn open() -> Self {
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

    pub(super) fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    /// Does something, says if it failed, and looks again.
    pub(super) fn act(self, does: impl Future<Output = Result<(), ApiError>> + 'static) {
        spawn_local(async move {
            let done = does.await;
            self.failed.try_set(done.err());
            self.reload();
        });
    }

    pub(super) fn promote(self, name: String, version: u32, had: Option<u32>) {
        self.act(async move {
            models::promote(&name, version).await?;
            // Without one before it there is nothing to go back to.
            self.promoted.try_set(had.map(|_| (name, version)));
            Ok(())
        });
    }

    pub(super) fn revert(self, name: String) {
        self.promoted.set(None);
        self.act(async move { models::revert(&name).await });
    }

    /// A model as it was last known.
    pub(super) fn model(self, name: &str) -> Option<ModelRecord> {
        self.known.with(|known| {
            let (models, _) = known.as_ref()?;
            models.iter().find(|model| model.name == name).cloned()
        })
    }

    /// How long ago something was; keeps being true.
    pub(super) fn ago(self, at_ms: i64) -> String {
        self.minute.track();
        words::ago(at_ms, browser::now_ms())
    }

    /// The source whose series are scores, if there is one.
    pub(super) fn scores(self) -> Option<String> {
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
