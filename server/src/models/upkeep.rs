//! What is done to models by the clock: regular looks at those that score, and trainings when their plan comes due.
//!
//! A look is a fetch of the whole history, so they are taken one after the other, and the newest one is in the store:
//! a restart takes none anew.

use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::api::{JobCause, ModelRecord, ModelVersion, Promotion, TrainRequest};
use hindcast_shared::time::{Clock, Millis, TimeRange};
use tokio_util::sync::CancellationToken;

use super::gather::{GatherError, gather};
use super::jobs::{JobError, Jobs};
use super::judge::Judge;
use super::registry::{Registry, RegistryError};
use super::retrain::{cause, newest_training_ms};
use crate::sources::Sources;
use crate::store::{Store, StoreError};

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_mins(1);
/// Who trains by the clock, in the journal.
const ACTOR: &str = "schedule";

/// Looks after the models of a registry.
pub(crate) struct Upkeep {
    pub(crate) store: Store,
    pub(crate) registry: Registry,
    pub(crate) sources: Arc<Sources>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long after a look the next one is due.
    pub(crate) look_every: Millis,
}

/// Why something that was due could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpkeepError {
    /// Data.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// Versions.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The queue.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Upkeep {
    /// Does what is due, again and again, until the end of the process.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.once() => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(crate::clock::real(&*self.clock, EVERY)) => {}
            }
        }
    }

    /// Does what is due now; what fails is logged, and due again.
    pub(crate) async fn once(&self) {
        if let Err(error) = self.registry.sweep(self.clock.now_ms()).await {
            tracing::warn!(%error, "what a power cut left of models cannot be removed");
        }
        let models = match self.registry.list().await {
            Ok(models) => models,
            Err(error) => return tracing::error!(%error, "the models cannot be read"),
        };
        for model in models {
            let name = model.name.clone();
            if let Err(error) = self.look_after(model).await {
                tracing::warn!(model = name, %error, "a model could not be looked after");
            }
        }
    }

    async fn look_after(&self, mut model: ModelRecord) -> Result<(), UpkeepError> {
        let is_live = |version: &&ModelVersion| version.live;
        let Some(live) = model.versions.iter().find(is_live).cloned() else {
            return Ok(());
        };
        let now_ms = self.clock.now_ms();
        let looked_ms = model.check.as_ref().map_or(i64::MIN, |check| check.at_ms);
        if now_ms.saturating_sub(looked_ms) >= self.look_every.ms() {
            let ready = self.registry.live(&model.name).await?;
            let judge = Judge::new(self.store.clone(), self.sources.clone());
            let check = judge.check(ready, now_ms).await?;
            self.store.model_checks().add(&model.name, &check).await?;
            model.check = Some(check);
        }
        let Some(cause) = self.cause(&model, &live, now_ms).await? else {
            return Ok(());
        };
        let request = TrainRequest {
            spec: live.spec,
            promote: Promotion::IfNoWorse,
        };
        tracing::info!(
            model = model.name,
            ?cause,
            "a model is due to be trained anew"
        );
        self.jobs.submit(&request, cause, ACTOR).await?;
        Ok(())
    }

    async fn cause(
        &self,
        model: &ModelRecord,
        live: &ModelVersion,
        now_ms: i64,
    ) -> Result<Option<JobCause>, UpkeepError> {
        if live.spec.retrain.is_empty() {
            return Ok(None);
        }
        let job = self.store.model_jobs().newest_of(&model.name).await?;
        let Some(trained_ms) = newest_training_ms(model, job.as_ref(), now_ms) else {
            return Ok(None);
        };
        let check = model.check.as_ref();
        // A look from before the newest training says nothing that this one did not know.
        let check = check.filter(|check| check.at_ms > trained_ms);
        let found = cause(&live.spec, trained_ms, check, now_ms);
        if found.is_some() {
            return Ok(found);
        }
        let enough = self.has_new_points(live, trained_ms, now_ms).await?;
        Ok(enough.then_some(JobCause::NewPoints))
    }

    /// Whether as many samples have come in since as the plan asks for.
    async fn has_new_points(
        &self,
        live: &ModelVersion,
        trained_ms: i64,
        now_ms: i64,
    ) -> Result<bool, UpkeepError> {
        let Some(wanted) = live.spec.retrain.new_points else {
            return Ok(false);
        };
        let range = TimeRange {
            from_ms: trained_ms,
            to_ms: now_ms,
        };
        // More cannot be there than the grid has places; only then is it worth a fetch.
        let places = (now_ms - trained_ms).max(0) / live.spec.step.ms();
        if (places as u64).saturating_mul(live.series) < wanted {
            return Ok(false);
        }
        let material = gather(None, &self.sources, &live.spec, range).await?;
        let came = material.series.iter().map(|series| {
            let part = series.slice(range.from_ms, range.to_ms);
            part.iter().filter(|value| value.is_finite()).count() as u64
        });
        Ok(came.sum::<u64>() >= wanted)
    }
}
