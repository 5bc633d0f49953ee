//! The drawing itself, from back to front.

use plotters_backend::DrawingBackend;

use super::bounds::bounds;
use super::dense::Bars;
use super::frame::Frame;
use super::pen::{HAlign, Outcome, Pen, Shape, VAlign};
use super::ribbon::ribbon;
use super::scene::{Change, Line, Scene, Span};
use super::streaks::streaks;
use super::theme::{Color, Theme};
use crate::rule::Severity;

/// Width of a series.
const LINE: f64 = 1.5;
/// Opacity of the expected band.
const BAND: f64 = 0.12;
/// Opacity of an anomaly's interval.
const SPAN: f64 = 0.14;
/// Size of the shape on top of an anomaly.
const MARK: f64 = 9.0;

/// Draws a scene on a clean surface.
///
/// # Errors
/// What the back end fails with.
pub fn draw<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    draw_base(pen, scene, frame, theme)?;
    draw_limit(pen, scene, frame, theme)
}

/// Draws all of it but the limit, which may lie on a surface of its own: it is dragged, and the rest stays.
///
/// # Errors
/// What the back end fails with.
pub fn draw_base<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    // A surface of pixels gathers what is upright, until a mark or a text comes: these are last.
    for (value, _) in &frame.value_labels {
        let (from, to) = (frame.plot.x, frame.plot.right());
        pen.horizontal(from, to, frame.y(*value), theme.hairline)?;
    }
    ticks(pen, frame, theme)?;
    for span in &scene.ghosts {
        interval(pen, frame, span, frame.plot.bottom() - 2.0, theme.ghost)?;
    }
    for span in &scene.spans {
        let color = color_of(scene, theme, span.severity);
        interval(pen, frame, span, frame.plot.y, color)?;
    }
    band(pen, scene, frame, theme)?;
    bounds(pen, scene, frame, theme)?;
    for line in scene.lines.iter().rev() {
        let color = if scene.stale {
            theme.ghost
        } else {
            theme.line(line.color)
        };
        polyline(pen, frame, line, color)?;
    }
    ribbon(pen, scene, frame, theme)?;
    streaks(pen, scene, frame, theme)?;
    let removed = |span: &&Span| span.change == Change::Removed;
    for span in scene.ghosts.iter().filter(removed) {
        cross(pen, frame, span, theme)?;
    }
    for span in &scene.spans {
        mark(pen, frame, span, color_of(scene, theme, span.severity))?;
        if scene.compared {
            change(pen, frame, span, theme)?;
        }
    }
    pages(pen, scene, frame, theme)?;
    labels(pen, frame, theme)
}

pub(super) fn color_of(scene: &Scene, theme: &Theme, severity: Severity) -> Color {
    if scene.stale {
        theme.ghost
    } else {
        theme.severity(severity)
    }
}

/// The line colours of what both rules find, and of what only the saved one found.
const KEPT: usize = 2;
const REMOVED: usize = 4;

/// The part of an interval that is visible, at least two pixels wide.
fn extent(frame: &Frame, span: &Span) -> Option<(f64, f64)> {
    if span.to_ms < frame.range.from_ms || span.from_ms >= frame.range.to_ms {
        return None;
    }
    let from = frame.x(span.from_ms).max(frame.plot.x);
    let to = frame.x(span.to_ms).min(frame.plot.right());
    Some((from, (to - from).max(2.0)))
}

/// An interval, with a line along its upper or lower edge.
fn interval<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    span: &Span,
    edge: f64,
    color: Color,
) -> Outcome<DB> {
    let Some((x, width)) = extent(frame, span) else {
        return Ok(());
    };
    let (top, height) = (frame.plot.y, frame.plot.height);
    pen.fill(x, top, width, height, color.alpha(SPAN))?;
    pen.fill(x, edge, width, 2.0, color)
}

/// A cross says "gone" without colour.
fn cross<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    span: &Span,
    theme: &Theme,
) -> Outcome<DB> {
    let Some((x, width)) = extent(frame, span) else {
        return Ok(());
    };
    let (x, y) = (x + width / 2.0, frame.plot.y - MARK / 2.0 - 2.0);
    let color = theme.line(REMOVED);
    pen.path(&[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)], color, LINE)?;
    pen.path(&[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)], color, LINE)
}

/// The shape of the severity over an interval.
fn mark<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    span: &Span,
    color: Color,
) -> Outcome<DB> {
    let Some((x, width)) = extent(frame, span) else {
        return Ok(());
    };
    let at = (x + width / 2.0, frame.plot.y - MARK / 2.0 - 2.0);
    pen.shape(span.severity.into(), at, MARK, color, true)
}

/// Beside the shape of the severity: a plus for what is new, an equals sign for what both find.
fn change<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    span: &Span,
    theme: &Theme,
) -> Outcome<DB> {
    let Some((x, width)) = extent(frame, span) else {
        return Ok(());
    };
    let (x, y) = (x + width / 2.0 + MARK, frame.plot.y - MARK / 2.0 - 2.0);
    if span.change == Change::Added {
        pen.path(&[(x - 3.0, y), (x + 3.0, y)], theme.accent, LINE)?;
        return pen.path(&[(x, y - 3.0), (x, y + 3.0)], theme.accent, LINE);
    }
    let color = theme.line(KEPT);
    pen.path(&[(x - 3.0, y - 1.5), (x + 3.0, y - 1.5)], color, LINE)?;
    pen.path(&[(x - 3.0, y + 1.5), (x + 3.0, y + 1.5)], color, LINE)
}

/// Runs of indices without a break.
pub(super) fn runs(values: &[f64]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut next = 0;
    std::iter::from_fn(move || {
        let from = next + values[next..].iter().position(|value| value.is_finite())?;
        let len = values[from..]
            .iter()
            .position(|value| !value.is_finite())
            .unwrap_or(values.len() - from);
        next = from + len;
        Some(from..next)
    })
}

fn band<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    let band = &scene.band;
    let color = if scene.stale { theme.ghost } else { theme.band };
    between(
        pen,
        frame,
        &band.times_ms,
        [&band.lower, &band.upper],
        color.alpha(BAND),
    )
}

/// Fills what lies between two lines.
pub(super) fn between<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    times_ms: &[i64],
    [lower, upper]: [&[f64]; 2],
    color: Color,
) -> Outcome<DB> {
    // One-sided bands (a fixed limit) have no area.
    let width: Vec<f64> = lower
        .iter()
        .zip(upper)
        .map(|(lower, upper)| upper - lower)
        .collect();
    for run in runs(&width) {
        let [upper, lower] =
            [upper, lower].map(|edge| frame.points(&times_ms[run.clone()], &edge[run.clone()]));
        match pen.pixel() {
            // An area of a corner a pixel is as slow as a path of one.
            Some(pixel) if upper.len() as f64 * pixel * 8.0 > frame.plot.width => {
                let mut bars = columns(frame, pixel, &upper);
                bars.cover(&upper);
                bars.cover(&lower);
                for (x, width, high, low) in bars.iter() {
                    pen.fill(x, high, width, low - high, color)?;
                }
            }
            _ => {
                let outline: Vec<_> = upper.into_iter().chain(lower.into_iter().rev()).collect();
                pen.area(&outline, color)?;
            }
        }
    }
    Ok(())
}

/// Columns for what is drawn through these points, as far as they lie in the plot: outside of it they may be anywhere.
fn columns(frame: &Frame, pixel: f64, points: &[(f64, f64)]) -> Bars {
    let (from, to) = (points[0].0, points[points.len() - 1].0);
    Bars::new(pixel, from.max(frame.plot.x), to.min(frame.plot.right()))
}

fn polyline<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    frame: &Frame,
    line: &Line,
    color: Color,
) -> Outcome<DB> {
    let points = &line.points;
    for run in runs(&points.values) {
        let path = frame.points(&points.times_ms[run.clone()], &points.values[run]);
        match (&path[..], pen.pixel()) {
            // A lonely sample is a dot, or it would not be seen.
            ([point], _) => pen.shape(Shape::Dot, *point, 2.0 * LINE, color, true)?,
            (_, Some(pixel)) if Bars::suit(&path, pixel) => {
                let mut bars = columns(frame, pixel, &path);
                bars.cover(&path);
                // About as wide as the line would be, or a lonely spike would fade, and on whole columns.
                let more = ((LINE / pixel - 1.0) / 2.0).round() * pixel;
                for (x, width, high, low) in bars.iter() {
                    let (x, width) = (x - more, width + 2.0 * more);
                    pen.fill(x, high - LINE / 2.0, width, low - high + LINE, color)?;
                }
            }
            _ => pen.path(&path, color, LINE)?,
        }
    }
    Ok(())
}

/// Draws the limit of a scene.
///
/// # Errors
/// What the back end fails with.
pub fn draw_limit<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    let Some(limit) = scene.limit.filter(|limit| limit.is_finite()) else {
        return Ok(());
    };
    let share = frame.values.share(limit);
    if !(0.0..=1.0).contains(&share) {
        return Ok(());
    }
    let y = frame.y(limit);
    pen.dashed(frame.plot.x, frame.plot.right(), y, theme.accent)?;
    if scene.draggable {
        let x = frame.plot.right() - 8.0;
        pen.fill(x - 4.0, y - 7.0, 8.0, 15.0, theme.accent)?;
        pen.fill(x - 2.0, y - 2.0, 4.0, 1.0, theme.surface)?;
        pen.fill(x - 2.0, y + 2.0, 4.0, 1.0, theme.surface)?;
    }
    Ok(())
}

/// Where days begin, and what the labels of the axis of time stand under.
fn ticks<DB: DrawingBackend>(pen: &mut Pen<'_, DB>, frame: &Frame, theme: &Theme) -> Outcome<DB> {
    let y = frame.axis_y();
    for tick in &frame.times {
        let x = frame.x(tick.at_ms);
        if tick.day {
            pen.vertical(x, frame.plot.y, frame.plot.bottom(), theme.hairline)?;
        }
        pen.vertical(x, y, y + 4.0, theme.muted)?;
    }
    Ok(())
}

fn labels<DB: DrawingBackend>(pen: &mut Pen<'_, DB>, frame: &Frame, theme: &Theme) -> Outcome<DB> {
    let size = theme.font_size;
    for (value, label) in &frame.value_labels {
        let at = (frame.plot.x - 4.0, frame.y(*value));
        let align = (HAlign::Right, VAlign::Middle);
        pen.text(label, at, align, size, theme.muted)?;
    }
    for tick in &frame.times {
        let width = pen.text_width(&tick.label, size);
        // A label that would be cut off at an edge moves inside.
        let most = (frame.plot.right() + 8.0 - width).max(0.0);
        let left = (frame.x(tick.at_ms) - width / 2.0).clamp(0.0, most);
        let color = if tick.day { theme.text } else { theme.muted };
        let align = (HAlign::Left, VAlign::Top);
        pen.text(
            &tick.label,
            (left, frame.axis_y() + 5.0),
            align,
            size,
            color,
        )?;
    }
    Ok(())
}

fn pages<DB: DrawingBackend>(
    pen: &mut Pen<'_, DB>,
    scene: &Scene,
    frame: &Frame,
    theme: &Theme,
) -> Outcome<DB> {
    for page in scene
        .pages
        .iter()
        .filter(|page| frame.range.contains(page.at_ms))
    {
        let at = (frame.x(page.at_ms), frame.axis_y() - 1.0);
        let color = if page.sent { theme.text } else { theme.muted };
        pen.shape(Shape::Flag, at, 7.0, color, page.sent)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_when_there_are_gaps_then_are_the_pieces_between() {
        let nan = f64::NAN;
        let pieces: Vec<_> = runs(&[nan, 1.0, 2.0, nan, nan, 3.0]).collect();
        assert_eq!(pieces, [1..3, 5..6]);
        assert_eq!(runs(&[]).count(), 0);
    }
}
