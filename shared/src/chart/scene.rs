//! What a chart shows, already reduced to its width.

use crate::reduce::{Envelope, Reduced};
use crate::rule::{Direction, MinDeviation, OutsideRange, Severity};
use crate::time::{TimeRange, UtcOffsets};

/// One line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Its points; NaN breaks it.
    pub points: Reduced,
    /// Which of the theme's line colours it has.
    pub color: usize,
}

/// How an interval differs from what the saved rule found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change {
    /// Both find it, or there is nothing to compare with.
    #[default]
    Kept,
    /// Only the draft finds it.
    Added,
    /// Only the saved rule finds it.
    Removed,
}

/// An anomaly as an interval of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First sample.
    pub from_ms: i64,
    /// Last sample.
    pub to_ms: i64,
    /// How bad; gives colour and shape.
    pub severity: Severity,
    /// Difference to the saved rule.
    pub change: Change,
}

/// A page on the axis of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageMark {
    /// When.
    pub at_ms: i64,
    /// Whether somebody was told.
    pub sent: bool,
}

/// Anomalous samples in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreakMark {
    /// First sample.
    pub from_ms: i64,
    /// Last sample.
    pub to_ms: i64,
    /// How many.
    pub samples: u32,
}

/// What counts beside the score: how far a value must be from what was expected, and where it must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The least distance.
    pub least: MinDeviation,
    /// The side that counts.
    pub direction: Direction,
    /// Only values outside of it count.
    pub outside: OutsideRange,
}

/// A chart's content.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// What is shown of time.
    pub range: TimeRange,
    /// The viewer's time zone over that range.
    pub offsets: UtcOffsets,
    /// Unit of the values.
    pub unit: String,
    /// The lines; the first lies on top.
    pub lines: Vec<Line>,
    /// The expected band of the first line.
    pub band: Envelope,
    /// Scores of the first line, one a pixel column.
    pub ribbon: Reduced,
    /// The score from which on the ribbon shows critical.
    pub critical_from: f64,
    /// Anomalies.
    pub spans: Vec<Span>,
    /// Whether there is a saved rule to compare with: then each interval says how it differs.
    pub compared: bool,
    /// What the saved rule found, behind everything.
    pub ghosts: Vec<Span>,
    /// Pages.
    pub pages: Vec<PageMark>,
    /// Where there is no score because the detector was learning: from, to.
    pub learning: Vec<(i64, i64)>,
    /// A limit on the axis of values: the threshold.
    pub limit: Option<f64>,
    /// Whether the limit can be dragged, and so has a handle.
    pub draggable: bool,
    /// Anomalous samples in a row, over the first line.
    pub streaks: Vec<StreakMark>,
    /// So many samples in a row make an anomaly.
    pub lasting: u32,
    /// Business bounds around what was expected.
    pub bounds: Option<Bounds>,
    /// Labels of the first line, for whoever reads a value.
    pub labels: String,
    /// Whether the data is older than it should be: drawn without colour.
    pub stale: bool,
}

impl Scene {
    /// A chart without content.
    pub fn empty(range: TimeRange, offsets: UtcOffsets) -> Self {
        Self {
            range,
            offsets,
            unit: String::new(),
            lines: Vec::new(),
            band: Envelope::default(),
            ribbon: Reduced::default(),
            critical_from: 2.0,
            spans: Vec::new(),
            compared: false,
            ghosts: Vec::new(),
            pages: Vec::new(),
            learning: Vec::new(),
            limit: None,
            draggable: false,
            streaks: Vec::new(),
            lasting: 1,
            bounds: None,
            labels: String::new(),
            stale: false,
        }
    }

    /// The finite values of all lines.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.lines
            .iter()
            .flat_map(|line| &line.points.values)
            .copied()
            .filter(|value| value.is_finite())
    }
}
