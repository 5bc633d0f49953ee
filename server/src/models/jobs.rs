//! Training by the server: one job at a time, on a thread that yields to everything else.
//!
//! A job that the end of the process cuts off goes back into the queue; what it had learned is learned anew from the
//! same seed, and no version is ever half there. Whoever cancels a job hears so at once, and nothing was replaced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hindcast_shared::api::{
    JobCause, JobRecord, JobState, LossPoint, ModelSpec, Promotion, TrainRequest,
};
use hindcast_shared::time::{Clock, TimeRange};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

use super::artifact::Artifact;
use super::dataset::Material;
use super::gather::{GatherError, gather};
use super::judge::Judge;
use super::registry::{Registry, RegistryError};
use super::running::Running;
use super::{Means, ModelError, Progress, Watch, retrain, train};
use crate::sources::Sources;
use crate::store::{Ending, Standing, Store, StoreError, StoreResult};
use crate::stream::Hub;

/// Jobs that may wait; more are refused.
const MOST_WAITING: u32 = 100;
/// The share of a training after which it is told how far it is.
const TOLD: f64 = 0.01;
/// How much a training thread yields to the others.
const NICENESS: i32 = 10;

/// The queue of trainings.
pub(crate) struct Jobs {
    store: Store,
    registry: Registry,
    sources: Arc<Sources>,
    clock: Arc<dyn Clock>,
    hub: Arc<Hub>,
    means: Means,
    wake: Notify,
    running: Mutex<Option<Running>>,
}

/// Why a job was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// Too many wait.
    #[error("{MOST_WAITING} jobs are waiting already; cancel one, or come back later")]
    Full,
    /// It is over.
    #[error("job {0} is over")]
    Over(i64),
    /// There is no reason to begin it again.
    #[error(
        "job {0} has neither failed nor been cancelled; wait for its end, or ask for another training"
    )]
    NotFailed(i64),
    /// What was asked for is wrong.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a job made no version.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Gather(#[from] GatherError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the training thread failed")]
    Thread,
}

impl Jobs {
    /// An empty queue; what the store has is taken up by [`Jobs::run`].
    pub(crate) fn new(
        store: Store,
        registry: Registry,
        sources: Arc<Sources>,
        clock: Arc<dyn Clock>,
        hub: Arc<Hub>,
        means: Means,
    ) -> Self {
        Self {
            store,
            registry,
            sources,
            clock,
            hub,
            means,
            wake: Notify::new(),
            running: Mutex::new(None),
        }
    }

    /// Puts a training into the queue.
    pub(crate) async fn submit(
        &self,
        request: &TrainRequest,
        cause: JobCause,
        actor: &str,
    ) -> Result<JobRecord, JobError> {
        let spec = &request.spec;
        let checked = spec.check().and_then(|()| retrain::check(spec));
        checked.map_err(ModelError::Spec)?;
        let jobs = self.store.model_jobs();
        if jobs.unfinished().await? >= MOST_WAITING {
            return Err(JobError::Full);
        }
        let id = jobs
            .create(request, cause, actor, self.clock.now_ms())
            .await?;
        self.wake.notify_one();
        Ok(self.find(id).await?)
    }

    /// Puts what a job that failed or was cancelled was to train into the queue again, as a job of its own.
    pub(crate) async fn retry(&self, id: i64, actor: &str) -> Result<JobRecord, JobError> {
        let job = self.store.model_jobs().get(id).await?;
        if !matches!(job.state, JobState::Failed | JobState::Cancelled) {
            return Err(JobError::NotFailed(id));
        }
        let request = TrainRequest {
            spec: job.spec,
            promote: job.promote,
        };
        self.submit(&request, JobCause::Asked, actor).await
    }

    /// The newest jobs first, with how far the running one is.
    pub(crate) async fn list(&self, limit: u32) -> StoreResult<Vec<JobRecord>> {
        let mut jobs = self.store.model_jobs().list(limit).await?;
        for job in &mut jobs {
            self.add_progress(job);
        }
        Ok(jobs)
    }

    /// One job, with how far it is.
    pub(crate) async fn find(&self, id: i64) -> StoreResult<JobRecord> {
        let mut job = self.store.model_jobs().get(id).await?;
        self.add_progress(&mut job);
        Ok(job)
    }

    /// Stops a job, or takes it out of the queue.
    pub(crate) async fn cancel(&self, id: i64) -> Result<JobRecord, JobError> {
        let ending = Ending {
            state: JobState::Cancelled,
            message: Some(ModelError::Cancelled.to_string()),
            version: None,
            losses: self.losses_of(id),
        };
        let jobs = self.store.model_jobs();
        if !jobs.end(id, &ending, self.clock.now_ms()).await? {
            self.store.model_jobs().get(id).await?;
            return Err(JobError::Over(id));
        }
        if let Some(running) = self.running().as_ref().filter(|running| running.id == id) {
            running.cancel.cancel();
        }
        Ok(self.find(id).await?)
    }

    /// Trains what is in the queue, one after the other, until the end of the process.
    pub(crate) async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        if let Err(error) = self.store.model_jobs().requeue().await {
            tracing::error!(%error, "jobs that were cut off cannot be taken up again");
        }
        while !shutdown.is_cancelled() {
            let next = self
                .store
                .model_jobs()
                .begin_next(self.clock.now_ms())
                .await;
            match next {
                Ok(Some(job)) => self.work(job, &shutdown).await,
                Ok(None) => {
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = shutdown.cancelled() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the queue of trainings cannot be read");
                    tokio::select! {
                        () = tokio::time::sleep(std::time::Duration::from_secs(10)) => {}
                        () = shutdown.cancelled() => {}
                    }
                }
            }
        }
    }

    async fn work(self: &Arc<Self>, job: JobRecord, shutdown: &CancellationToken) {
        let id = job.id;
        let cancel = shutdown.child_token();
        *self.running() = Some(Running {
            id,
            model: job.spec.name.clone(),
            cancel: cancel.clone(),
            began: Instant::now(),
            done: 0.0,
            told: 0.0,
            losses: Vec::new(),
        });
        tracing::info!(job.id = id, model = job.spec.name, "training");
        let outcome = self.trained(&job, cancel).await;
        let losses = self.losses_of(id);
        let ran = self.running().take();
        if shutdown.is_cancelled() && outcome.is_err() {
            // Not the job's fault: the next start takes it up again.
            if let Err(error) = self.store.model_jobs().put_back(id).await {
                tracing::error!(job.id = id, %error, "a job could not be put back");
            }
            return;
        }
        let ending = match outcome {
            Ok(version) => Ending {
                state: JobState::Done,
                message: None,
                version: Some(version),
                losses,
            },
            Err(failure) => {
                let cancelled = matches!(failure, Failure::Model(ModelError::Cancelled));
                Ending {
                    state: if cancelled {
                        JobState::Cancelled
                    } else {
                        JobState::Failed
                    },
                    message: Some(failure.to_string()),
                    version: None,
                    losses,
                }
            }
        };
        tracing::info!(job.id = id, state = ?ending.state, message = ending.message, "trained");
        let now_ms = self.clock.now_ms();
        if let Err(error) = self.store.model_jobs().end(id, &ending, now_ms).await {
            tracing::error!(job.id = id, %error, "how a job ended cannot be written down");
        }
        if let Some(ran) = ran {
            // Whoever hears of it finds it in the store.
            self.hub.publish_training(ran.event(ending.state, None));
        }
    }

    async fn trained(
        self: &Arc<Self>,
        job: &JobRecord,
        cancel: CancellationToken,
    ) -> Result<u32, Failure> {
        let now_ms = self.clock.now_ms();
        let range = TimeRange {
            from_ms: now_ms - job.spec.history.ms(),
            to_ms: now_ms,
        };
        let gathering = gather(Some(&self.store), &self.sources, &job.spec, range);
        let material = tokio::select! {
            material = gathering => material?,
            () = cancel.cancelled() => return Err(ModelError::Cancelled.into()),
        };
        let artifact = self
            .on_a_nice_thread(&job.spec, material, now_ms, cancel.clone())
            .await?;
        if cancel.is_cancelled() {
            return Err(ModelError::Cancelled.into());
        }
        let standing = self.standing(job, &artifact, range).await?;
        let added = self.registry.add(artifact, &standing, &job.actor, now_ms);
        Ok(added.await?)
    }

    /// What the new version is to be, by what was asked for and by what the one that scores finds in the same history.
    async fn standing(
        &self,
        job: &JobRecord,
        artifact: &Artifact,
        range: TimeRange,
    ) -> Result<Standing, Failure> {
        match job.promote {
            Promotion::Never => Ok(Standing::Candidate),
            Promotion::Always => Ok(Standing::Live),
            Promotion::IfNoWorse => {
                let champion = match self.registry.live(&job.spec.name).await {
                    Ok(champion) => champion,
                    // Nothing scores that could be replaced, or its weights are gone and it cannot.
                    Err(
                        RegistryError::NoneLive(_)
                        | RegistryError::Model(_)
                        | RegistryError::Store(StoreError::NotFound { .. }),
                    ) => return Ok(Standing::Live),
                    Err(error) => return Err(error.into()),
                };
                let judge = Judge::new(self.store.clone(), self.sources.clone());
                let challenger = Arc::new(artifact.open()?);
                let trial = judge.trial(champion, challenger, range).await?;
                Ok(Standing::Tried(Box::new(trial)))
            }
        }
    }

    async fn on_a_nice_thread(
        self: &Arc<Self>,
        spec: &ModelSpec,
        material: Material,
        now_ms: i64,
        cancel: CancellationToken,
    ) -> Result<Artifact, Failure> {
        let (spec, jobs, means) = (spec.clone(), self.clone(), self.means);
        let (tell, told) = oneshot::channel();
        let work = move || {
            // Where the system refuses, it goes on at its usual pace.
            rustix::process::setpriority_process(None, NICENESS).ok();
            let watch = Watch::new(cancel, move |progress| jobs.note(progress));
            tell.send(train(&spec, &material, now_ms, means, &watch))
                .ok();
        };
        let thread = std::thread::Builder::new().name("training".to_owned());
        thread.spawn(work).map_err(|_| Failure::Thread)?;
        Ok(told.await.map_err(|_| Failure::Thread)??)
    }

    fn note(&self, progress: Progress) {
        let mut running = self.running();
        let Some(running) = running.as_mut() else {
            return;
        };
        running.done = progress.done;
        running.losses.extend(progress.loss);
        if progress.loss.is_some() || running.done - running.told >= TOLD {
            running.told = running.done;
            let event = running.event(JobState::Running, progress.loss);
            self.hub.publish_training(event);
        }
    }

    fn losses_of(&self, id: i64) -> Vec<LossPoint> {
        let running = self.running();
        let running = running.as_ref().filter(|running| running.id == id);
        running.map_or_else(Vec::new, |running| running.losses.clone())
    }

    fn add_progress(&self, job: &mut JobRecord) {
        let running = self.running();
        let Some(running) = running.as_ref().filter(|running| running.id == job.id) else {
            return;
        };
        if job.state == JobState::Running {
            job.done = running.done;
            job.losses.clone_from(&running.losses);
            job.eta_seconds = running.eta_seconds();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}
