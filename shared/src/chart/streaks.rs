//! Anomalous samples in a row, as one line over the series: strong where they last long enough.

use plotters_backend::DrawingBackend;

use super::frame::Frame;
use super::pen::{Outcome, Pen, Shape};
use super::scene::{Scene, StreakMark};
use super::theme::Theme;
use crate::rule::Severity;

/// Width of a line that is long enough, and of one that is not.
const LASTING: f64 = 4.0;
const SHORT: f64 = 2.5;
/// A streak that is no wider than this is a dot.
const DOT: f64 = 3.0;

pub(super) fn streaks<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    let Some(points) = scene.lines.first().map(|line| &line.points) else {
        return Ok(());
    };
    for streak in &scene.streaks {
        let lasts = streak.samples >= scene.lasting;
        let (color, width) = if lasts {
            (theme.severity(Severity::Critical), LASTING)
        } else {
            (theme.severity(Severity::Warning), SHORT)
        };
        let from = points
            .times_ms
            .partition_point(|at_ms| *at_ms < streak.from_ms);
        let to = points
            .times_ms
            .partition_point(|at_ms| *at_ms <= streak.to_ms);
        let at = |index: usize| {
            (
                frame.x(points.times_ms[index]),
                frame.y(points.values[index]),
            )
        };
        let path: Vec<_> = (from..to)
            .filter(|index| points.values[*index].is_finite())
            .map(at)
            .collect();
        match &path[..] {
            [first, .., last] if last.0 - first.0 > DOT => pen.path(&path, color, width)?,
            // Where one pixel has many samples, the nearest that is drawn stands for all.
            [] => {
                if from < points.values.len() && points.values[from].is_finite() {
                    pen.shape(Shape::Dot, at(from), 2.0 * width, color, lasts)?;
                }
            }
            [.., last] => pen.shape(Shape::Dot, *last, 2.0 * width, color, lasts)?,
        }
    }
    Ok(())
}

impl Frame {
    /// The streak at a position, or within a few pixels of it.
    pub fn streak_at(&self, streaks: &[StreakMark], x: f64) -> Option<StreakMark> {
        const GRIP: f64 = 8.0;
        let off = |streak: &StreakMark| {
            let (from, to) = (self.x(streak.from_ms), self.x(streak.to_ms));
            (from - x).max(x - to).max(0.0)
        };
        let near = streaks.iter().filter(|streak| off(streak) <= GRIP);
        near.min_by(|a, b| off(a).total_cmp(&off(b))).copied()
    }
}
