//! A curve on its canvases: grid and lines by `shared::chart`, points, marks and the cursor over them.

use hindcast_shared::chart::{Frame, Theme};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::super::canvas::css;
use super::super::surface::{draw_on, frame_on, prepare};
use super::course::{Course, Flag};

/// More places than this have no point of their own.
const MOST_POINTS: usize = 80;
/// Width that a number along the axis takes.
const TICK: f64 = 44.0;
/// Size of a point, and of the one under the cursor.
const POINT: f64 = 2.5;
const CHOSEN: f64 = 4.0;
/// Length of a dash, and of the gap behind it.
const DASH: f64 = 4.0;

/// Draws what does not follow the pointer, and says where everything stands.
pub(super) fn paint(
    canvas: &HtmlCanvasElement,
    course: &Course,
    theme: &Theme,
    size: (f64, f64),
) -> Option<Frame> {
    let (scene, whole) = course.scenes();
    let mut frame = frame_on(canvas, &whole, theme, size)?;
    let most = (frame.plot.width / TICK) as usize;
    if let Some(ticks) = course.ticks(most) {
        frame.times = ticks;
    }
    draw_on(canvas, &scene, &frame, theme, size)?;
    Some(frame)
}

/// Draws points, marks, and what is under the cursor.
pub(super) fn paint_over(
    canvas: &HtmlCanvasElement,
    frame: &Frame,
    course: &Course,
    theme: &Theme,
    (width, height): (f64, f64),
    chosen: Option<usize>,
) {
    let Some(context) = prepare(canvas, width, height) else {
        return;
    };
    for flag in &course.flags {
        paint_flag(&context, frame, course, theme, flag);
    }
    if let Some(at) = chosen.and_then(|chosen| course.at.get(chosen)) {
        context.set_fill_style_str(&css(theme.muted.into()));
        let x = frame.x(course.place(*at)).round();
        context.fill_rect(x, frame.plot.y, 1.0, frame.plot.height);
    }
    let few = course.at.len() <= MOST_POINTS;
    for (number, strand) in course.strands.iter().enumerate().rev() {
        let line = css(theme.line(strand.color).into());
        let inside = css(theme.surface.into());
        for (index, value) in strand.values.iter().enumerate() {
            let is_chosen = chosen == Some(index);
            if !value.is_finite() || !(few || is_chosen) {
                continue;
            }
            let at = course.at.get(index).copied().unwrap_or_default();
            let (x, y) = (frame.x(course.place(at)), frame.y(*value));
            let size = if is_chosen { CHOSEN } else { POINT };
            context.begin_path();
            context.set_fill_style_str(if number == 1 { &inside } else { &line });
            context.set_stroke_style_str(&line);
            if number == 2 {
                context.rect(x - size, y - size, 2.0 * size, 2.0 * size);
            } else if context.arc(x, y, size, 0.0, std::f64::consts::TAU).is_err() {
                // No radius here is below zero, which is all that a circle can be refused for.
                continue;
            }
            context.fill();
            context.stroke();
        }
    }
}

fn paint_flag(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    course: &Course,
    theme: &Theme,
    flag: &Flag,
) {
    let plot = frame.plot;
    let x = frame.x(course.place(flag.at)).round();
    if x < plot.x || x > plot.right() + 1.0 {
        return;
    }
    context.set_fill_style_str(&css(theme.muted.into()));
    let mut y = plot.y;
    while y < plot.bottom() {
        context.fill_rect(x, y, 1.0, DASH.min(plot.bottom() - y));
        y += 2.0 * DASH;
    }
    context.set_font(&format!("600 11px {}", theme.font_family));
    context.set_fill_style_str(&css(theme.text.into()));
    let width = context
        .measure_text(&flag.label)
        .map_or(0.0, |metrics| metrics.width());
    let left = (x - width / 2.0).clamp(plot.x, (plot.right() - width).max(plot.x));
    // A text that does not fit is only not seen; the table has it.
    context.fill_text(&flag.label, left, plot.y - 3.0).ok();
}
