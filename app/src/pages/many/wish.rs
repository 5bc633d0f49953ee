//! What the page wishes of the worker: which wish is the newest, and how far it has come.

/// The newest wish.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    /// Counts wishes: what comes for an older one is dropped.
    pub(super) number: u32,
    /// When its range was resolved: samples that are final since then come with the next range.
    pub(super) now_ms: i64,
}

/// How far the newest wish has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Progress {
    /// Samples are on their way.
    Fetching,
    /// Samples are here; nothing has come back yet.
    Asked,
    /// So many series of all are replayed.
    Replaying { done: u32, total: u32 },
    /// Somebody stopped it there.
    Stopped { done: u32, total: u32 },
    /// Everything is there.
    Done,
}
