//! The training that goes on: how far it is, and what is told of it.

use std::time::Instant;

use hindcast_shared::api::{JobState, LossPoint, TrainingEvent};
use tokio_util::sync::CancellationToken;

/// What goes on now.
pub(super) struct Running {
    pub(super) id: i64,
    pub(super) model: String,
    pub(super) cancel: CancellationToken,
    pub(super) began: Instant,
    pub(super) done: f64,
    /// The share that was told last.
    pub(super) told: f64,
    pub(super) losses: Vec<LossPoint>,
}

impl Running {
    pub(super) fn eta_seconds(&self) -> Option<f64> {
        let spent = self.began.elapsed().as_secs_f64();
        (self.done > 0.0).then(|| spent * (1.0 - self.done) / self.done)
    }

    pub(super) fn event(&self, state: JobState, loss: Option<LossPoint>) -> TrainingEvent {
        TrainingEvent {
            job_id: self.id,
            model: self.model.clone(),
            state,
            done: self.done,
            eta_seconds: self.eta_seconds(),
            loss,
        }
    }
}
