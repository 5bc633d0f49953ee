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

    /// Whether it looks like another one, wherever their limits lie.
    pub fn is_like(&self, other: &Self) -> bool {
        self.shapes() == other.shapes() && self.bits().eq(other.bits())
    }

    /// All that is drawn, but the limit and what is a number for each instant.
    fn shapes(&self) -> impl PartialEq {
        let Self {
            range,
            offsets,
            unit,
            lines,
            band,
            ribbon,
            critical_from,
            spans,
            compared,
            ghosts,
            pages,
            learning,
            limit: _,
            draggable: _,
            streaks,
            lasting,
            bounds,
            labels: _,
            stale,
        } = self;
        let lines: Vec<_> = lines
            .iter()
            .map(|line| (line.color, &line.points.times_ms))
            .collect();
        (
            (range, offsets, unit, critical_from, compared, stale),
            (spans, ghosts, pages, learning, streaks, lasting, bounds),
            (&band.times_ms, &ribbon.times_ms, lines),
        )
    }

    /// The numbers as bits: where a line breaks there is a NaN, which is not even itself.
    fn bits(&self) -> impl Iterator<Item = u64> {
        let Envelope {
            lower,
            upper,
            expected,
            ..
        } = &self.band;
        let lines = self.lines.iter().map(|line| &line.points.values);
        [lower, upper, expected, &self.ribbon.values]
            .into_iter()
            .chain(lines)
            .flatten()
            .map(|value| value.to_bits())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scene_when_only_its_limit_moved_then_is_like_it_was() {
        let range = TimeRange {
            from_ms: 0,
            to_ms: 60,
        };
        let mut scene = Scene::empty(range, UtcOffsets::default());
        scene.lines.push(Line {
            points: Reduced {
                times_ms: vec![0, 20, 40],
                values: vec![1.0, f64::NAN, 2.0],
            },
            color: 1,
        });
        let mut other = scene.clone();
        other.limit = Some(3.0);
        assert!(other.is_like(&scene));
        other.lines[0].points.values[2] = 2.5;
        assert!(!other.is_like(&scene));
        let mut other = scene.clone();
        other.stale = true;
        assert!(!other.is_like(&scene));
    }
}
