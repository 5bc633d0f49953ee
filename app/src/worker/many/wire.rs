//! What page and full worker say to each other about one rule over many series.
//!
//! The page asks for one stretch of series after the other, so that the newest wish never waits for the rest of an
//! older one, and so that progress and cancelling need nothing of their own.

use hindcast_shared::series::Labels;
use serde::{Deserialize, Serialize};

use crate::worker::protocol::{DrawnSeries, Job, Part};

/// The text of an [`Ask::More`](crate::worker::protocol::Ask::More) about many series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManyAsk {
    /// The rule, the range, and what else a replay needs; of the drawing its width in pixels.
    pub many: Job,
    /// Where to go on: 0, or `next` of the answer before.
    pub from: u32,
    /// Columns of the heat map; 0 for none.
    pub heat: u32,
    /// The fetch of which the page knows the series already; 0 for none.
    pub known: u32,
    /// Places of the series to draw, in place of a replay.
    pub draw: Option<Vec<u32>>,
}

/// A stretch of series, replayed; its columns lie in the buffer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ManyFolded {
    /// Counts fetches, and says of which this is.
    pub fetched: u32,
    /// Series of the query that the rule watches.
    pub total: u32,
    /// Place of the first series of this stretch.
    pub first: u32,
    /// Number of series in it.
    pub count: u32,
    /// Where to go on; none at the end.
    pub next: Option<u32>,
    /// All series in their places, where the page does not know them.
    pub heads: Vec<ManyHead>,
    /// [`STATS`] numbers a series; see [`Stat`].
    pub stats: Part,
    /// Highest score of each cell, a row a series; NaN where nothing was scored.
    pub heat: Part,
    /// Samples scored in this stretch.
    pub samples: u64,
    /// Samples over the threshold.
    pub over: u64,
    /// Samples that lasted.
    pub confirmed: u64,
    /// What the server said about the query.
    pub warnings: Vec<String>,
    /// Milliseconds that fetching and decoding took; 0 where everything was here.
    pub fetch_ms: f64,
}

/// What is known of a series without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManyHead {
    /// Identity, 32 hexadecimal digits.
    pub key: String,
    /// Labels.
    pub labels: Labels,
    /// Unit.
    pub unit: String,
}

/// Series, drawn small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManyDrawn {
    /// The fetch that they are of.
    pub fetched: u32,
    /// Places, in the order of `series`.
    pub places: Vec<u32>,
    /// The series.
    pub series: Vec<DrawnSeries>,
}

/// Numbers a series.
pub const STATS: usize = 7;

/// Which number; the discriminant is its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stat {
    /// Anomalies in the range.
    Anomalies,
    /// Highest score of any sample; NaN where nothing was scored.
    Highest,
    /// Pages sent.
    Pages,
    /// Worst severity, 0 to 2; NaN without an anomaly.
    Severity,
    /// When the worst anomaly was at its worst; NaN without one.
    WorstAt,
    /// 1 while an anomaly goes on at the end of the range.
    Open,
    /// Samples with a value.
    Samples,
}
