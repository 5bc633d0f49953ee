//! Why the store could not do something. Callers turn the expected ones into answers; the rest are faults.

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// A migration failed.
    #[error("the database could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The file was written by a newer version of the program.
    #[error(
        "the database has migration {found}, this version knows only up to {known}; start a newer version"
    )]
    Newer {
        /// In the file.
        found: i64,
        /// In the program.
        known: i64,
    },
    /// Migrations are due and were not asked for.
    #[error("{count} migration(s) of the database are pending; run `hindcast migrate` first")]
    Pending {
        /// How many.
        count: usize,
    },
    /// Something stored cannot be read back.
    #[error("stored {what} cannot be read: {message}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The commit's task was stopped by a shutdown.
    #[error("the commit was interrupted by a shutdown")]
    Interrupted,
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which name.
        id: String,
    },
    /// Somebody else changed it first.
    #[error("version {expected} was expected, but {actual} is stored")]
    VersionMismatch {
        /// What the caller had seen.
        expected: i64,
        /// What is there.
        actual: i64,
    },
    /// The rule comes from the configuration file.
    #[error("rule `{0}` is provisioned by the configuration file; copy it to edit it")]
    Provisioned(String),
    /// The calendar comes from the configuration file.
    #[error("calendar `{0}` is provisioned by the configuration file")]
    ProvisionedCalendar(String),
    /// Something else has this name.
    #[error("a {what} with the id `{id}` exists")]
    Taken {
        /// What it is.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// It is over, and nothing can be changed any more.
    #[error("{what} `{id}` is over; make a new one")]
    Over {
        /// What it is.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// The version scores, so it cannot go.
    #[error("model version `{id}` is live; promote another one first, or delete the whole model")]
    Live {
        /// Model and version.
        id: String,
    },
    /// A rule with this id exists.
    #[error("a rule with the id `{0}` exists")]
    Exists(String),
    /// The tick belongs to a version of the rule that is not the stored one any more.
    #[error("the tick is of version {tick} of the rule, but {stored} is stored")]
    StaleRule {
        /// The tick's.
        tick: u32,
        /// The stored one; 0 when the rule is gone.
        stored: u32,
    },
    /// More series than the store is configured to keep.
    #[error("the store keeps at most {max} series")]
    TooManySeries {
        /// The limit.
        max: u32,
    },
    /// An entry of the journal does not follow from the one before it.
    #[error("the journal's chain is broken at entry {seq}")]
    BrokenChain {
        /// The first entry that does not fit.
        seq: i64,
    },
}

impl StoreError {
    /// Whether there was no room to write: `SQLITE_FULL`, or `SQLITE_IOERR_WRITE` where the system refused.
    pub(crate) fn is_full(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else {
            return false;
        };
        matches!(error.code().as_deref(), Some("13" | "778"))
    }

    /// Refuses a change by somebody who has seen another version; who names none takes any.
    pub(super) fn unless_seen(version: Option<u32>, stored: u32) -> Result<(), Self> {
        match version {
            Some(expected) if expected != stored => Err(Self::VersionMismatch {
                expected: i64::from(expected),
                actual: i64::from(stored),
            }),
            _ => Ok(()),
        }
    }

    /// A refusal of something stored.
    pub(crate) fn corrupt(what: &'static str, message: &impl ToString) -> Self {
        Self::Corrupt {
            what,
            message: message.to_string(),
        }
    }
}
