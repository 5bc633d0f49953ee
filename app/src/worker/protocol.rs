//! What page and worker say to each other: JSON, and beside it one buffer of `f64` columns.
//!
//! Worker files keep their names when a new version is installed, so both sides say first which version they are.

use hindcast_shared::api::LabelDraft;
use hindcast_shared::pipeline::SuppressReason;
use hindcast_shared::rule::{RuleDraft, Severity};
use hindcast_shared::time::{TimeRange, UtcOffsets};
use serde::{Deserialize, Serialize};

pub use super::columns::Columns;
use super::studies::Study;

/// The worker's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the program.
    pub version: String,
    /// Version of this protocol.
    pub protocol: u32,
}

impl Hello {
    /// What this program says.
    pub fn own() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: 10,
        }
    }
}

/// A request of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Comes back with the answer.
    pub id: u32,
    /// What is asked.
    pub ask: Ask,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Stop the replay that is under way; answered by nothing but its end.
    Stop,
    /// Replay a rule and draw it.
    Replay(Box<Job>),
    /// The whole list of the newest replay, as JSON.
    Export,
    /// Read the table that is handed over beside this, of this name; a `TableRead` answers. The full worker can.
    Table(String),
    /// What only the full worker can: a [`More`] as JSON, so that the light one carries nothing of it.
    More(String),
}

/// What only the full worker can: tell why a sample was judged as it was, which a `why::Reason` answers; give every
/// sample with its score as a table, where no sample is named; or score a series at once, knowing its future, which a
/// [`WholeDrawn`] answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct More {
    /// The replay beside which it is shown.
    pub job: Job,
    /// Key of the series.
    pub series: String,
    /// The sample that is asked about.
    pub at_ms: Option<i64>,
    /// Whether the whole range is to be scored.
    pub whole: bool,
    /// What is to be worked out about the rule or the series, in place of both.
    pub study: Option<Study>,
}

/// A replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The rule.
    pub rule: RuleDraft,
    /// The version that its anomalies carry.
    pub version: u32,
    /// Id of the stored rule whose points are used; none for a draft that asks something else.
    pub stored: Option<String>,
    /// What to compare with: the saved rule and its version.
    pub saved: Option<Box<(RuleDraft, u32)>>,
    /// What to replay; its end is excluded.
    pub range: TimeRange,
    /// Width of the drawing in device pixels.
    pub columns: u32,
    /// Draw only the series with this key; or with these labels, one of each line, separated by tabs.
    pub only: Option<String>,
    /// Most series to draw.
    pub most_series: u32,
    /// The viewer's wall clock.
    pub offsets: UtcOffsets,
    /// Whether scores, lists and people's actions are wanted: the Lab; a wall of charts does without.
    pub detail: bool,
    /// Whether columns that are already here must be fetched again.
    pub fresh: bool,
    /// What is left out and what was an incident, oldest first; none leaves out what the server said with the columns.
    pub labels: Option<Vec<LabelDraft>>,
}

/// An answer of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Of the request.
    pub id: u32,
    /// What came of it; nothing if only the full worker has the rule's detector.
    pub outcome: Option<Outcome>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A replay.
    Drawn(Box<Drawn>),
    /// A part of the work is done; more comes under the same id.
    Progress {
        /// The part, of 1.
        share: f64,
    },
    /// The answer to [`Ask::More`], as JSON.
    More(String),
    /// A replay was stopped before its end.
    Stopped,
    /// JSON for a file.
    Exported {
        /// The text.
        json: String,
    },
    /// It could not be done.
    Failed {
        /// Why.
        message: String,
        /// Field of the rule that is wrong.
        field: Option<String>,
        /// HTTP status, where a server refused.
        status: Option<u16>,
    },
}

impl Outcome {
    /// A failure without a field.
    pub fn failed(message: String) -> Self {
        Self::Failed {
            message,
            field: None,
            status: None,
        }
    }
}

/// Where a column lies in the buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// First value.
    pub from: u32,
    /// Number of values.
    pub len: u32,
    /// Whether it lies in the buffer that stands still.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub still: bool,
}

/// A drawn replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// What was replayed.
    pub range: TimeRange,
    /// Offsets of the viewer's zone.
    pub offsets: UtcOffsets,
    /// The series, at most as many as were asked for.
    pub series: Vec<DrawnSeries>,
    /// How many there are.
    pub series_total: u32,
    /// What the server said about the query.
    pub warnings: Vec<String>,
    /// Where the points come from: before this instant from the source, afterwards as the rule saw them.
    pub live_since_ms: Option<i64>,
    /// How much survives each stage.
    pub funnel: Funnel,
    /// What would have fired, newest first; at most [`MOST_ROWS`].
    pub fired: Vec<FiredRow>,
    /// Difference to the saved rule.
    pub diff: Option<Diff>,
    /// How good that is, where an incident is labelled.
    pub grade: Option<Grade>,
    /// How long the replay took, without fetching.
    pub replay_ms: f64,
}

/// Longest list that is shown; the file has all.
pub const MOST_ROWS: usize = 200;

/// One series, with its columns in the buffer: instants first, then the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnSeries {
    /// Identity, 32 hexadecimal digits.
    pub key: String,
    /// Text form.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Distance between samples.
    pub step_ms: i64,
    /// The newest sample.
    pub last_ms: Option<i64>,
    /// Values.
    pub line: [Part; 2],
    /// Instants, lower, upper, expected.
    pub band: [Part; 4],
    /// Scores, one a pixel column.
    pub ribbon: [Part; 2],
    /// Distances as a line on the axis of the threshold, when detail is wanted: on the detector's own scale, so that
    /// a threshold that moves leaves them alone; scores where the threshold follows from a budget.
    pub scores: [Part; 2],
    /// Anomalies: from, to, severity (0 to 2), change (0 kept, 1 added).
    pub spans: [Part; 4],
    /// The same of the saved rule; change is 2 where the draft finds nothing.
    pub ghosts: [Part; 4],
    /// Pages: when, and 1 if sent.
    pub pages: [Part; 2],
    /// Anomalous samples in a row: from, to, how many; those of one pixel column are one. Where detail is wanted.
    pub streaks: [Part; 3],
    /// The same, counted.
    pub streaky: Streaky,
    /// Where the detector was learning: from, to.
    pub learning: [Part; 2],
    /// How long it still learns at the end of the range, in words, when detail is wanted.
    pub still_learning: Option<String>,
}

/// Anomalous samples in a row, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Streaky {
    /// Anomalous samples.
    pub samples: u64,
    /// Streaks.
    pub streaks: u32,
    /// Samples of the longest one.
    pub longest: u32,
    /// Streaks that last as long as the rule asks.
    pub lasting: u32,
}

/// One series, scored at once, with its columns in the buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeDrawn {
    /// Key of the series.
    pub series: String,
    /// Scores, one a pixel column.
    pub ribbon: [Part; 2],
    /// Scores as a line.
    pub scores: [Part; 2],
    /// Who scored what, in words.
    pub said: String,
    /// What spoke at the sample that was asked about, and at the newest peaks: in words.
    pub points: Vec<String>,
}

/// What survives each stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Funnel {
    /// Series.
    pub series: u32,
    /// Samples scored.
    pub samples: u64,
    /// Over the threshold.
    pub over: u64,
    /// In confirmed streaks.
    pub confirmed: u64,
    /// Anomalies.
    pub anomalies: u64,
    /// Anomalies a week.
    pub anomalies_per_week: f64,
    /// Pages that were held back.
    pub suppressed: u64,
    /// Pages.
    pub pages: u64,
    /// Pages a week.
    pub pages_per_week: f64,
}

/// What fired, held against the labelled incidents of all series: event by event, as a backtest counts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Grade {
    /// Labelled incidents.
    pub events: u32,
    /// Incidents that an anomaly overlaps.
    pub found: u32,
    /// Anomalies.
    pub alarms: u32,
    /// Anomalies that overlap no incident.
    pub false_alarms: u32,
    /// Share of the anomalies that overlap an incident; none without an anomaly.
    pub precision: Option<f64>,
    /// Share of the incidents that were found.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
    /// From the beginning of a found incident to its detection, the median; none if none was found.
    pub median_delay_ms: Option<i64>,
    /// The longest of these.
    pub longest_delay_ms: Option<i64>,
}

/// Anomalies against the saved rule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diff {
    /// Found by both.
    pub kept: u32,
    /// Only by the draft.
    pub added: u32,
    /// Only by the saved rule.
    pub removed: u32,
    /// Pages that the saved rule would have sent.
    pub pages_before: u32,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiredRow {
    /// Id of the anomaly.
    pub id: String,
    /// Text form of the series.
    pub series: String,
    /// Its key.
    pub series_key: String,
    /// First sample.
    pub start_ms: i64,
    /// Last anomalous sample.
    pub end_ms: i64,
    /// Still going on at the end of the range.
    pub open: bool,
    /// Open already at its beginning.
    pub carried: bool,
    /// How bad.
    pub severity: Severity,
    /// The peak; none where no value came.
    pub peak_ms: Option<i64>,
    /// Score at the peak.
    pub score: f64,
    /// Value at the peak.
    pub value: Option<f64>,
    /// What was expected there.
    pub expected: Option<f64>,
    /// `kept`, `added` or `removed`; none without a saved rule.
    pub change: Option<RowChange>,
    /// Its pages.
    pub pages: Vec<RowPage>,
}

/// Difference of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChange {
    /// Both find it.
    Kept,
    /// Only the draft does.
    Added,
    /// Only the saved rule does.
    Removed,
}

/// A page of one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowPage {
    /// When.
    pub at_ms: i64,
    /// Why it was held back; none if it was sent.
    pub suppressed: Option<SuppressReason>,
}
