//! Why a run of a rule, or an action on an anomaly, did not succeed.

use hindcast_shared::error::FieldError;

use crate::sources::SourceError;
use crate::store::StoreError;

/// Why a run did not succeed; the watermark stays, so that nothing is lost.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetectionError {
    /// The source gave no series.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rule's timetable cannot be read.
    #[error(transparent)]
    Schedule(#[from] FieldError),
    /// The fold was stopped by a shutdown, or failed.
    #[error("the fold was interrupted")]
    Interrupted,
}

/// Why an action on an anomaly did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is no such anomaly.
    #[error("there is no such anomaly")]
    NotFound,
    /// It has changed since the caller looked at it.
    #[error("the anomaly has changed since it was read")]
    Changed,
    /// It is over, or was judged like this already.
    #[error("{0}")]
    Conflict(String),
    /// Nobody has done anything to it since the pipeline last did.
    #[error("there is no step that could be taken back")]
    NothingToUndo,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
