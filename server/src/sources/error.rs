//! Why a source gave no series.

use hindcast_shared::series::SourceName;
use hindcast_shared::time::Millis;

/// Why a source gave no series; the message is meant for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SourceError {
    /// It cannot be reached, or says that it cannot answer.
    #[error("{why}")]
    Unavailable {
        /// In its own words where it has any.
        why: String,
    },
    /// It refuses the query.
    #[error("{message}")]
    InvalidQuery {
        /// Its own message.
        message: String,
    },
    /// It did not answer in time.
    #[error("no answer within {after}")]
    Timeout {
        /// How long was waited.
        after: Millis,
    },
    /// More series than a rule may watch.
    #[error(
        "the query returns {found} series and at most {limit} are allowed; narrow it down or aggregate with sum by (…)"
    )]
    TooManySeries {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More points than one query may ask for.
    #[error(
        "the range holds {found} points a series and at most {limit} are allowed; ask for a shorter range or a longer step"
    )]
    TooManyPoints {
        /// How many there are.
        found: i64,
        /// How many are allowed.
        limit: i64,
    },
    /// More bytes than are read into memory at once.
    #[error("the answer is larger than {limit_mib} MiB; narrow the query down")]
    AnswerTooLarge {
        /// How many are read.
        limit_mib: usize,
    },
    /// No such source is configured.
    #[error("there is no source `{name}`; configured are: {known}")]
    UnknownSource {
        /// What was asked for.
        name: SourceName,
        /// What there is.
        known: String,
    },
    /// The store failed while samples were read or written.
    #[error("the store failed: {why}")]
    Store {
        /// What it said.
        why: String,
    },
}

impl SourceError {
    /// Whether the source is to be shown as down, as opposed to a question that was wrong.
    pub(crate) fn means_down(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Timeout { .. } | Self::Store { .. }
        )
    }

    /// Whether the question was wrong.
    pub(crate) fn is_invalid_query(&self) -> bool {
        matches!(
            self,
            Self::InvalidQuery { .. }
                | Self::TooManySeries { .. }
                | Self::TooManyPoints { .. }
                | Self::AnswerTooLarge { .. }
        )
    }
}
