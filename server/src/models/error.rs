//! Why a model could not be trained, read or asked; each says what to do.

use std::io::ErrorKind;
use std::path::PathBuf;

use hindcast_shared::error::FieldError;

/// Why a model could not be trained, read or asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    /// The specification is wrong.
    #[error("{0}")]
    Spec(#[from] FieldError),
    /// There is nothing to learn from.
    #[error(
        "source `{source_name}` has no samples of `{query}` in the range: populate the source, or take another range"
    )]
    NoData {
        /// Whom was asked.
        source_name: String,
        /// What for.
        query: String,
    },
    /// There is too little to learn from.
    #[error(
        "too few windows: {training} to learn from and {validation} to set thresholds by, at least {least_training} \
         and {least_validation} are needed; take a longer history, a shorter window or a smaller stride, \
         or fill the gaps of the series"
    )]
    TooFewWindows {
        /// What there is to learn from.
        training: usize,
        /// What there is to set thresholds by.
        validation: usize,
        /// What is needed.
        least_training: usize,
        /// What is needed.
        least_validation: usize,
    },
    /// A window has more numbers than the algorithm takes.
    #[error(
        "a window has {width} numbers, and this model takes at most {most}; shorten the window or have fewer series, \
         lags and columns"
    )]
    TooWide {
        /// Numbers of a window.
        width: usize,
        /// What is taken.
        most: usize,
    },
    /// It would not fit.
    #[error(
        "training needs about {needed_mib} MiB and models.memory_mib allows {allowed_mib}; take a larger stride, \
         a shorter history or a smaller size, or allow more"
    )]
    TooLarge {
        /// Estimate.
        needed_mib: u64,
        /// Limit.
        allowed_mib: u64,
    },
    /// The algorithm gave up.
    #[error("training failed: {0}")]
    Failed(String),
    /// The loss grew beyond all numbers.
    #[error(
        "training failed: the loss of round {epoch} is not a number, and nothing was replaced; take another seed, \
         a longer history or a smaller size"
    )]
    Diverged {
        /// In which round, from 1.
        epoch: u32,
    },
    /// The GPU that was asked for is not there.
    #[error(
        "training failed: the machine has no GPU for `{device}`; install its driver and see that this process may use \
         it, or set models.device to `auto` or `cpu`"
    )]
    NoGpu {
        /// The value of `models.device`.
        device: &'static str,
    },
    /// Somebody asked to stop.
    #[error("cancelled; nothing was replaced")]
    Cancelled,
    /// None of the series is known to the model.
    #[error(
        "the model does not know any of the series: it was trained on {known}; train it anew on these, or ask for those"
    )]
    UnknownSeries {
        /// One or some of them.
        known: String,
    },
    /// There is no window to look at.
    #[error(
        "there is no whole window that ends there, or it is mostly gaps; ask for another instant"
    )]
    NoWindow,
    /// What lies there cannot be used.
    #[error("{path}: {message}")]
    Artifact {
        /// Where.
        path: PathBuf,
        /// What is wrong, and what to do.
        message: String,
    },
    /// There is no room.
    #[error(
        "{path}: {error}; nothing was replaced and nothing was left behind; make room there, or set models.path to a \
         folder that has some"
    )]
    Full {
        /// In which folder.
        path: PathBuf,
        /// What the file system said.
        #[source]
        error: std::io::Error,
    },
    /// The file system refused.
    #[error("{path}: {error}; nothing was replaced")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
}

impl ModelError {
    /// Something at a path cannot be used.
    pub(crate) fn artifact(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self::Artifact {
            path: path.into(),
            message: message.into(),
        }
    }

    /// Makes a refusal of the file system tell its path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path, error }
            }
            _ => Self::Io { path, error },
        }
    }
}
