//! How training tells how far it is, and hears that it shall stop.

use hindcast_shared::api::LossPoint;
use tokio_util::sync::CancellationToken;

use super::ModelError;

/// How far training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Progress {
    /// Share that is done, 0 to 1.
    pub(crate) done: f64,
    /// The loss of the round that has just ended.
    pub(crate) loss: Option<LossPoint>,
}

/// Who watches a training.
pub(crate) struct Watch {
    cancel: CancellationToken,
    tell: Box<dyn Fn(Progress) + Send + Sync>,
}

impl Watch {
    /// Nobody: it runs to its end.
    pub(crate) fn nobody() -> Self {
        Self::new(CancellationToken::new(), |_| ())
    }

    /// Whoever is told, and may cancel.
    pub(crate) fn new(
        cancel: CancellationToken,
        tell: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Self {
        Self {
            cancel,
            tell: Box::new(tell),
        }
    }

    /// Tells how far it is.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] when it shall stop.
    pub(crate) fn at(&self, done: f64) -> Result<(), ModelError> {
        self.say(Progress { done, loss: None })
    }

    /// Tells the loss of a round and how far it is.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] when it shall stop.
    pub(crate) fn epoch(&self, done: f64, loss: LossPoint) -> Result<(), ModelError> {
        let loss = Some(loss);
        self.say(Progress { done, loss })
    }

    fn say(&self, progress: Progress) -> Result<(), ModelError> {
        if self.cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        (self.tell)(progress);
        Ok(())
    }
}
