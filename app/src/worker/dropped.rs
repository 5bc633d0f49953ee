//! What page and worker say to each other of a table that somebody dropped.

use hindcast_shared::time::TimeRange;
use serde::{Deserialize, Serialize};

/// The source that a dropped table stands for.
pub const TABLE: &str = "dropped-table";

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRead {
    /// Name of its file.
    pub name: String,
    /// Series.
    pub series: u32,
    /// Samples of all of them.
    pub samples: u32,
    /// From the first sample to the end of the last one.
    pub range: TimeRange,
    /// Distance between samples.
    pub step_ms: i64,
}
